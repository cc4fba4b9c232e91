"""The verbs of `shirube vision` that need nothing but vision. Light to import: the rest is loaded in use.

Those for which the device speaks too stand in `device.footage.verbs`.
"""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from vision.labelling.cli import labels_app
from vision.verb_options import ModelOption, passed_on

vision_app = typer.Typer()
vision_app.add_typer(labels_app, name="labels")

# --- verbs whose own parsers tell the rest: `shirube vision train --help`


@passed_on(vision_app, "scenes", needs=("moderngl", "scenes"))
def _scenes(arguments: list[str]) -> int:
    """描いた街路と正解 / rendered streets with truth: --n --seed --out."""
    from vision.scenes.dataset import main

    return main(arguments)


@passed_on(vision_app, "faults")
def _faults(arguments: list[str]) -> int:
    """故障を映像に入れて、告げるまでの時間を測る / put faults into clips: CLIP... [--rate 10] [--json]."""
    from vision.fault_injection import main

    return main(arguments)


@passed_on(vision_app, "distances")
def _distances(arguments: list[str]) -> int:
    """距離の誤差と幅の正直さ / errors of distances, honest intervals: --n --seed --level --json."""
    from vision.distances.cli import main

    return main(arguments)


@passed_on(vision_app, "train", needs=("torch", "train"))
def _train(arguments: list[str]) -> int:
    """学習 / training: prepare, train, draw the curves."""
    from vision.training.__main__ import main

    return main(arguments)


@passed_on(vision_app, "export", needs=("onnx", "train"))
def _export(arguments: list[str]) -> int:
    """学習したモデルを書き出す / the trained model as ONNX, INT8, NCNN, TensorRT, with its manifest."""
    from vision.training.export import main

    return main(arguments)


@passed_on(vision_app, "folds", needs=("onnx", "train"))
def _folds(arguments: list[str]) -> int:
    """学習に使った正解画像を、それを見ていない写しで測る / leave-scene-out figures: --run --fold of train."""
    from vision.training.folds import main

    return main(arguments)


# --- calibration

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


# --- figures


@vision_app.command("evaluate")
def vision_evaluate(
    data: Annotated[Path, typer.Argument(help="正解つきの画像や映像 / labelled pictures, scenes, a clip")],
    model: ModelOption = None,
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
