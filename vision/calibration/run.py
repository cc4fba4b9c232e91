"""`shirube vision calibrate` and `shirube vision chessboard`."""

from collections.abc import Callable
from pathlib import Path

from vision.calibration.board import Board, draw_board
from vision.calibration.errors import CalibrationError
from vision.calibration.files import write_lens
from vision.calibration.report import doubts, told
from vision.calibration.solve import solve
from vision.calibration.views import Picture, find_views, pictures
from vision.lens import Model


def calibrate(
    source: Path,
    board: Board,
    out: Path,
    *,
    model: Model = "pinhole",
    say: Callable[[str], None],
    progress: Callable[[int], None] | None = None,
) -> None:
    """Measure the lens from a folder of pictures or a video, tell the result, write `out`.

    A lens that is not good enough is told and not written: `CalibrationError`, as for input that tells
    nothing. Also raises `FrameError`, `VideoError`, `OSError`.
    """
    if not source.exists():
        raise CalibrationError(f"{source}: ありません / no such file or folder")

    def counted(count: int, picture: Picture) -> Picture:
        if progress:
            progress(count)
        return picture

    views = find_views((counted(n, each) for n, each in enumerate(pictures(source), 1)), board)
    solution = solve(views, board, model)
    for line in told(views, solution):
        say(line)
    if any(doubt.grave for doubt in doubts(solution)):
        raise CalibrationError(f"{out}: まだ書きません / not written: this lens is not known well enough")
    write_lens(solution, out)
    say(f"{out}: 書きました / written")


def chessboard(board: Board, out: Path, say: Callable[[str], None]) -> None:
    """Draw the board and say how to use it. Raises `CalibrationError`, `OSError`."""
    draw_board(board, out)
    say(f"{out}: A4, {board.columns} x {board.rows}, {board.square_mm:g} mm")
    say(
        "倍率100%で印刷し、定規が100 mmか測ってください / print at 100 %; check that the ruler is 100 mm long"
    )
    say("平らな板に貼り、傾けながら画面の隅々で15枚ほど撮ります")
    say("Glue it to something flat; take 15 tilted views that reach the corners of the picture")
    say(f"shirube vision calibrate SOURCE {board.title} --out camera.toml")
