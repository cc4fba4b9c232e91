"""The command line: the only file that knows every room. Rooms are imported when their verb is used."""

import dataclasses
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from routing.cli import map_app, route_app
from server.cli import server_app
from vision.labelling.cli import labels_app

app = typer.Typer(
    help="標 Shirube: 視覚障害者の歩行の相棒 / a walking companion for blind and low-vision people.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _group(name: str, text: str) -> typer.Typer:
    group = typer.Typer(help=text, no_args_is_help=True)
    app.add_typer(group, name=name)
    return group


app.add_typer(map_app, name="map")
vision_app = _group("vision", "映像処理 / the vision pipeline on recorded video")
vision_app.add_typer(labels_app, name="labels")
device_app = _group("device", "装置 / the companion")
app.add_typer(server_app, name="server")
study_app = _group("study", "実証実験 / outings and the field trial")
app.add_typer(route_app, name="route")

Lang = Annotated[str, typer.Option("--lang", help="ja | en")]
ModelOption = Annotated[str | None, typer.Option("--model", help="モデルの名前かファイル / id or file")]
RuntimeOption = Annotated[
    Literal["onnx", "ncnn", "openvino", "ultralytics"] | None,
    typer.Option("--runtime", help="動かす仕組み / what runs the model（なければ / default: manifest）"),
]
ThreadsOption = Annotated[int, typer.Option("--threads", min=1, help="使うコアの数 / CPU threads")]


def _told(message: str) -> NoReturn:
    typer.echo(f"shirube: {message}", err=True)
    raise SystemExit(2)


def _not_built(verb: str) -> NoReturn:
    _told(f"`shirube {verb}` はまだありません / is not built yet")


def _lang(text: str) -> Literal["ja", "en"]:
    if text == "ja" or text == "en":
        return text  # type: ignore[return-value]
    _told(f"--lang {text}: ja か en を指定してください / choose ja or en")


# --- demo -----------------------------------------------------------------------------------


@app.command()
def demo(
    video: Annotated[Path | None, typer.Option(help="自分の映像 / your own clip")] = None,
    lang: Lang = "ja",
    out: Annotated[Path, typer.Option(help="書き出すフォルダー / where to write")] = Path("out/demo"),
    seed: Annotated[int, typer.Option(help="測位の雑音の種 / seed of the position noise")] = 7,
    minutes: Annotated[
        float | None, typer.Option(min=0.2, help="途中でやめる / end after so many minutes")
    ] = None,
    serve: Annotated[bool, typer.Option(help="終わってもサーバーを残す / leave the server up")] = False,
    live: Annotated[
        bool, typer.Option(help="実時間、本物の gpsd と音 / real time, real gpsd and sound")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="結果を JSON で / print the summary as JSON")
    ] = False,
) -> None:
    """大分駅から県立美術館まで、端から端まで歩く / walk from the station to the museum, end to end."""
    from device.demo.run import Options
    from device.demo.stage_door import run_demo

    options = Options(out=out, lang=_lang(lang), seed=seed, video=video, minutes=minutes, live=live)
    raise SystemExit(run_demo(options, serve=serve, as_json=as_json))


# --- vision ---------------------------------------------------------------------------------


@vision_app.command("run")
def vision_run(
    source: Annotated[Path, typer.Argument(help="映像 / a recorded video")],
    out: Annotated[Path | None, typer.Option(help="注釈つき動画 / annotated.mp4")] = None,
    events: Annotated[Path | None, typer.Option(help="出来事 / events.jsonl")] = None,
    from_s: Annotated[float, typer.Option("--from", help="秒 / seconds")] = 0.0,
    to_s: Annotated[float | None, typer.Option("--to", help="秒 / seconds")] = None,
    model: ModelOption = None,
    runtime: RuntimeOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """録画で映像処理を動かす / run the pipeline on recorded video."""
    from vision.onnx_detector import open_detector
    from vision.run import run_video

    detector = open_detector(model, threads=threads, runtime=runtime)
    if detector.notice:
        typer.echo(detector.notice, err=True)

    def progress(done: int, expected: int) -> None:
        if sys.stderr.isatty() or done == expected or done % 100 == 0:
            typer.echo(f"\r{done}/{expected}", err=True, nl=False)

    summary = run_video(
        source, detector, out=out, events=events, start_s=from_s, end_s=to_s, progress=progress
    )
    typer.echo("", err=True)
    for name, value in dataclasses.asdict(summary).items():
        typer.echo(f"{name}: {value}")


@vision_app.command("bench")
def vision_bench(
    source: Annotated[Path, typer.Argument(help="映像 / a recorded video")],
    count: Annotated[int, typer.Option(min=1, help="何枚 / how many frames")] = 200,
    model: ModelOption = None,
    runtime: RuntimeOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """1 枚あたりの時間 / milliseconds a frame: the model beside everything else."""
    from itertools import islice

    from vision.bench import bench
    from vision.onnx_detector import open_detector
    from vision.video import frames, open_clip

    detector = open_detector(model, threads=threads, runtime=runtime)
    if detector.notice:
        typer.echo(detector.notice, err=True)
    images = [frame.image for frame in islice(frames(open_clip(source)), count)]
    for timing in bench(detector, images):
        typer.echo(str(timing))


Columns = Annotated[int, typer.Option("--columns", help="横の内側の角の数 / inner corners across")]
Rows = Annotated[int, typer.Option("--rows", help="縦の内側の角の数 / inner corners down")]
SquareMm = Annotated[
    float, typer.Option("--square-mm", help="マスの一辺、印刷を測って / a square's side, as printed")
]


@vision_app.command("chessboard")
def vision_chessboard(
    out: Annotated[Path, typer.Option(help=".pdf | .svg | .png")] = Path("chessboard.pdf"),
    columns: Columns = 9,
    rows: Rows = 6,
    square_mm: SquareMm = 25.0,
) -> None:
    """カメラ校正用の市松模様を A4 に描く / draw the board for calibrating a camera, on A4."""
    from vision.calibration.board import Board
    from vision.calibration.run import chessboard

    chessboard(Board(columns, rows, square_mm), out, typer.echo)


@vision_app.command("calibrate")
def vision_calibrate(
    source: Annotated[Path, typer.Argument(help="写真のフォルダーか映像 / a folder of pictures, or a video")],
    out: Annotated[Path, typer.Option(help="書き出すファイル / where to write")] = Path("camera.toml"),
    lens: Annotated[
        Literal["pinhole", "fisheye"], typer.Option(help="約 100 度より広ければ fisheye / above 100 degrees")
    ] = "pinhole",
    columns: Columns = 9,
    rows: Rows = 6,
    square_mm: SquareMm = 25.0,
) -> None:
    """市松模様の写真からレンズを測る / measure a camera's lens from pictures of the board."""
    from vision.calibration.board import Board
    from vision.calibration.run import calibrate

    def progress(count: int) -> None:
        if sys.stderr.isatty():
            typer.echo(f"\r{count}\r", err=True, nl=False)

    board = Board(columns, rows, square_mm)
    calibrate(source, board, out, model=lens, say=typer.echo, progress=progress)


@vision_app.command("evaluate")
def vision_evaluate(
    data: Annotated[Path, typer.Argument(help="正解つきの画像や映像 / labelled pictures, scenes, a clip")],
    model: Annotated[str | None, typer.Option(help="モデルの名前かファイル / id or file")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON で / print JSON")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="何枚まで / at most so many pictures")] = None,
    size_report: Annotated[
        bool, typer.Option("--size-report", help="大きさと速さ / file size, time, recall by size")
    ] = False,
    split: Annotated[str, typer.Option(help="test | val | train | all（実写 / real pictures）")] = "test",
    pictures: Annotated[Path, typer.Option(help="実写の置き場 / where labelled pictures lie")] = Path(
        "../shared/data/vision"
    ),
    weights: Annotated[Path, typer.Option(help="比べる相手 / weights of the baselines")] = Path(
        "../shared/data/weights"
    ),
    spans: Annotated[Path | None, typer.Option(help="映像の区間 / spans of clips, TOML")] = None,
    baselines: Annotated[bool, typer.Option(help="素朴な方法とも比べる / naive systems too")] = True,
) -> None:
    """正解と比べる / our model and naive systems on labelled data, in one table."""
    from vision.evaluation.run import Options, evaluate, told

    options = Options(model, pictures, weights, split, limit, spans, baselines, size_report)
    typer.echo(told(evaluate(data, options, _progress, _left_out), as_json=as_json))


def _progress(what: str, done: int, of: int) -> None:
    if sys.stderr.isatty() or done == of or done % 100 == 0:
        typer.echo(f"\r{what} {done}/{of}", err=True, nl=done == of)


def _left_out(line: str) -> None:
    typer.echo(f"除外 / left out: {line}", err=True)


# Their own parsers tell the rest: `shirube vision train --help`.
_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@vision_app.command("scenes", context_settings=_PASS_ON, add_help_option=False)
def vision_scenes(context: typer.Context) -> None:
    """描いた街路と正解 / rendered streets with truth: --n --seed --out."""
    _needs("moderngl", "scenes")
    from vision.scenes.dataset import main as render

    raise SystemExit(render(context.args))


@vision_app.command("faults", context_settings=_PASS_ON, add_help_option=False)
def vision_faults(context: typer.Context) -> None:
    """故障を映像に入れて、告げるまでの時間を測る / put faults into clips: CLIP... [--rate 10] [--json]."""
    from vision.fault_injection import main as faults

    raise SystemExit(faults(context.args))


@vision_app.command("train", context_settings=_PASS_ON, add_help_option=False)
def vision_train(context: typer.Context) -> None:
    """学習 / training: prepare, train, draw the curves."""
    _needs("torch", "train")
    from vision.training.__main__ import main as train

    raise SystemExit(train(context.args))


@vision_app.command("export", context_settings=_PASS_ON, add_help_option=False)
def vision_export(context: typer.Context) -> None:
    """学習したモデルを書き出す / the trained model as ONNX, INT8, NCNN, TensorRT, with its manifest."""
    _needs("onnx", "train")
    from vision.training.export import main as export

    raise SystemExit(export(context.args))


@vision_app.command("encounters", context_settings=_PASS_ON, add_help_option=False)
def vision_encounters(context: typer.Context) -> None:
    """出会いの場面と警告 / scripted encounters against truth: --n --seed --json --jobs --perfect --show K."""
    from device.encounters.cli import main as encounters

    raise SystemExit(encounters(context.args))


@vision_app.command("folds", context_settings=_PASS_ON, add_help_option=False)
def vision_folds(context: typer.Context) -> None:
    """学習に使った正解画像を、それを見ていない写しで測る / leave-scene-out figures: --run --fold of train."""
    _needs("onnx", "train")
    from vision.training.folds import main as folds

    raise SystemExit(folds(context.args))


def _needs(module: str, extra: str) -> None:
    if find_spec(module) is None:
        _told(f"追加の部品が要ります / this needs an extra: pip install -e '.[{extra}]'")


# --- device ---------------------------------------------------------------------------------


@device_app.command("announcements")
def device_announcements(lang: Lang = "ja") -> None:
    """案内と警告の表 / the table of all announcements."""
    from device.policy_table import policy_table

    for row in policy_table(_lang(lang)):
        typer.echo("\t".join(str(cell) for cell in dataclasses.astuple(row)))


# Without --record the answer is that it is not built, whatever options come with it.
_LENIENT = {"allow_extra_args": True, "ignore_unknown_options": True}


@device_app.command("run", context_settings=_LENIENT)
def device_run(
    context: typer.Context,
    record: Annotated[
        Path | None, typer.Option(help="写真を集めるフォルダー / collect pictures here")
    ] = None,
    camera: Annotated[str | None, typer.Option(help="v4l2:/dev/video0 | rtsp://… | file:walk.mp4")] = None,
    every: Annotated[float, typer.Option(help="秒に 1 枚まで / at most one in so many seconds")] = 2.0,
    consent: Annotated[bool, typer.Option(help="同意した / what it means was read and agreed to")] = False,
    blur: Annotated[bool, typer.Option(help="頭とナンバーをぼかす / blur heads and number plates")] = True,
    minutes: Annotated[float | None, typer.Option(help="分で終わる / end after so many minutes")] = None,
    position: Annotated[
        str | None, typer.Option(help="位置も残す / store positions: gpsd://HOST:PORT | nmea:FILE")
    ] = None,
    model: Annotated[str | None, typer.Option(help="モデルの名か .onnx / a model's id or .onnx")] = None,
) -> None:
    """動かす（まだありません）。--record: 写真を集める / run (not built yet); --record: collect pictures."""
    if record is None:
        _not_built("device run")
    if context.args:
        _told(f"{context.args[0]}: 知らない引数 / not an option: shirube device run --help")
    if camera is None:
        _told("--camera がありません / is missing: v4l2:/dev/video0, rtsp://…, file:walk.mp4")
    from device.collect import Options, run_collection

    options = Options(record, camera, every, consent, blur, minutes, position, model)
    outcome = run_collection(options, lambda line: typer.echo(line, err=True))
    done = outcome.manifest
    dropped = ", ".join(f"{name} {count}" for name, count in sorted((done.dropped or {}).items()))
    typer.echo(f"{record}: {done.stored} 枚 / pictures ({done.why}); 見送り / not stored: {dropped or '-'}")
    if outcome.fault:
        typer.echo(f"shirube: {outcome.fault}", err=True)
        raise SystemExit(1)


replay_app = typer.Typer(help="記録した歩行の再生 / replay a recorded run", no_args_is_help=True)
device_app.add_typer(replay_app, name="replay")


@replay_app.command("check")
def replay_check(run: Annotated[Path, typer.Argument(help="記録のフォルダー / the run's folder")]) -> None:
    """同じ入力から同じ言葉が出るか / whether the same inputs give the same words."""
    from device.replay import check

    difference = check(run)
    if difference is not None:
        typer.echo(difference, err=True)
        raise SystemExit(1)
    typer.echo(f"{run}: 同じです / the same")


@replay_app.command("update")
def replay_update(run: Annotated[Path, typer.Argument(help="記録のフォルダー / the run's folder")]) -> None:
    """いま出る言葉を新しい期待とする / make what comes out now the expectation."""
    from device.replay import update

    typer.echo(f"{run}: {update(run)}")


@replay_app.command("view")
def replay_view(run: Annotated[Path, typer.Argument(help="記録のフォルダー / the run's folder")]) -> None:
    """記録された言葉を読む / read what was said."""
    from device.replay import view

    for line in view(run):
        typer.echo(line)


# --- what later parts fill in -----------------------------------------------------------------

_LATER = {
    device_app: {
        "doctor": "調べる / check the device",
        "install": "入れる / install on a device",
    },
    server_app: {"backup": "控えを取る / back up the store", "bench": "速さ / speed under load"},
    study_app: {
        "outings": "外出を数える / outings from logs",
        "report": "報告 / the report",
        "simulate": "模擬 / simulate a trial",
        "protocol": "手順書 / the protocol",
    },
}


def _add_later(group: typer.Typer, verb: str, text: str) -> None:
    # Whatever options come with it: the answer is that it is not built, not that an option is unknown.
    lenient = {"allow_extra_args": True, "ignore_unknown_options": True}

    @group.command(verb, help=f"{text}（まだありません / not built yet）", context_settings=lenient)
    def later(context: typer.Context) -> None:
        _not_built(context.command_path.removeprefix("shirube "))


for _group_app, _verbs in _LATER.items():
    for _verb, _text in _verbs.items():
        _add_later(_group_app, _verb, _text)


def _speak(sentences: tuple[str, ...], lang: Literal["ja", "en"], path: Path) -> None:
    """A route's sentences by the device's voice, a breath between them, as one WAV file."""
    from device.rendering import speak_into

    typer.echo(f"{path}: {speak_into(path, sentences, lang):.1f} s")


def main() -> None:
    """Run the command line; faults that a person can mend become one line and exit code 2."""
    from device.errors import DeviceError
    from field_tests.errors import OutingError
    from routing.errors import RoutingError
    from server.errors import ServerError
    from vision.errors import VisionError
    from wire.codec import WireError

    try:
        app(obj=_speak)
    except (DeviceError, OutingError, RoutingError, ServerError, VisionError, WireError) as error:
        _told(str(error))
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        _told(f"{error.strerror or error}{where}")
    except KeyboardInterrupt:
        typer.echo("shirube: 中断しました / interrupted", err=True)
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
