"""The verbs of `shirube vision` for which the device speaks too. Light to import, as `vision.verbs` is."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from vision.verb_options import ModelOption, RuntimeOption, ThreadsOption, passed_on

footage_app = typer.Typer()

MOST_JOBS = 8  # beyond it drawing and encoding set the pace


CompareOption = Annotated[
    str | None, typer.Option("--compare", help="並べて比べるモデル / a second model, side by side")
]
CompareRuntime = Annotated[
    Literal["onnx", "ncnn", "openvino", "ultralytics"] | None,
    typer.Option("--compare-runtime", help="比べるほうの仕組み / what runs the second one"),
]
PlotsOption = Annotated[
    Path | None, typer.Option("--plots", help="図のフォルダー / plots of distance over time, a folder")
]
WarmUp = Annotated[
    float, typer.Option("--warm-up", min=0.0, help="--from の前の助走 / seconds before --from")
]
Rate = Annotated[float, typer.Option("--rate", min=0.1, max=240, help="1 秒に何コマ / frames a second")]
Every = Annotated[int | None, typer.Option("--every", min=1, help="何コマごとか / each so many-th frame")]
Jobs = Annotated[
    int | None, typer.Option("--jobs", min=1, max=64, help="同時に検出するコマ / frames detected at once")
]
Latency = Annotated[
    float | None, typer.Option("--latency-ms", min=0.0, help="モデルの時間 / of the model, for what is said")
]
FolderFps = Annotated[
    float, typer.Option("--fps", min=0.1, max=240, help="フォルダーの写真の速さ / of a folder of pictures")
]
AsJson = Annotated[bool, typer.Option("--json", help="結果を JSON で / print the summary as JSON")]


@footage_app.command("run")
def vision_run(
    source: Annotated[
        Path, typer.Argument(help="映像、写真、写真のフォルダー / a video, a picture, a folder of them")
    ],
    out: Annotated[
        Path | None, typer.Option(help="注釈つき .mp4、.png かフォルダー / annotated .mp4, .png or folder")
    ] = None,
    events: Annotated[Path | None, typer.Option(help="出来事 / events.jsonl")] = None,
    plots: PlotsOption = None,
    from_s: Annotated[float, typer.Option("--from", help="秒 / seconds")] = 0.0,
    to_s: Annotated[float | None, typer.Option("--to", help="秒 / seconds")] = None,
    warm_up_s: WarmUp = 2.0,
    rate: Rate = 10.0,
    every: Every = None,
    camera: Annotated[Path | None, typer.Option(help="レンズ / camera.toml of `vision calibrate`")] = None,
    imu: Annotated[
        Path | None, typer.Option(help="頭の傾き、映像の秒で / how the head was held, .jsonl | .csv")
    ] = None,
    model: ModelOption = None,
    runtime: RuntimeOption = None,
    compare: CompareOption = None,
    compare_runtime: CompareRuntime = None,
    threads: ThreadsOption = 1,
    jobs: Jobs = None,
    latency_ms: Latency = None,
    fps: FolderFps = 10.0,
    as_json: AsJson = False,
) -> None:
    """録画で映像処理を動かし、言うことも描く / run the pipeline on recordings, with what would be said."""
    from device.footage.cli import Choice, execute, open_camera, open_models
    from device.footage.run import Options
    from vision.attitude import read_attitudes
    from vision.run import Span

    def say(text: str) -> None:
        typer.echo(text, err=True)

    choices = [Choice(model, runtime)]
    if compare is not None or compare_runtime is not None:
        choices.append(Choice(compare if compare is not None else model, compare_runtime))
    options = Options(
        source,
        out,
        events,
        Span(from_s, to_s, rate, warm_up_s),
        every,
        None if camera is None else open_camera(camera),
        None if imu is None else read_attitudes(imu),
        latency_s=None if latency_ms is None else latency_ms / 1000,
        folder_fps=fps,
        jobs=jobs or min(os.cpu_count() or 1, MOST_JOBS),
    )
    execute(options, open_models(choices, threads, say), plots, as_json=as_json, say=say, print_=typer.echo)


@footage_app.command("bench")
def vision_bench(
    source: Annotated[Path, typer.Argument(help="映像 / a recorded video, pictures")],
    count: Annotated[int, typer.Option(min=1, help="何枚 / how many frames")] = 200,
    model: ModelOption = None,
    runtime: RuntimeOption = None,
    threads: ThreadsOption = 1,
    latency_s: Annotated[
        float, typer.Option("--latency-s", min=0.0, help="音が出るまでを測る秒数、0 で無し / 0: not measured")
    ] = 20.0,
    ultralytics: Annotated[
        Path, typer.Option(help="ultralytics predict に使う重み / weights that it loads")
    ] = Path("../shared/data/weights/yolov8n_int8.onnx"),
    as_json: AsJson = False,
) -> None:
    """1 枚あたりの時間と音が出るまで / milliseconds a frame beside peers, and to the first sample."""
    from device.footage.bench import Options, as_json_text, report, table
    from vision.onnx_detector import open_detector

    def say(text: str) -> None:
        typer.echo(text, err=True)

    detector = open_detector(model, threads=threads, runtime=runtime)
    if detector.notice:
        say(detector.notice)
    found = report(Options(source, count, threads, latency_s, ultralytics), detector, say)
    for text in [as_json_text(found)] if as_json else table(found):
        typer.echo(text)


@passed_on(footage_app, "encounters")
def _encounters(arguments: list[str]) -> int:
    """出会いの場面と警告 / scripted encounters against truth: --n --seed --json --jobs --perfect --show K."""
    from device.encounters.cli import main

    return main(arguments)
