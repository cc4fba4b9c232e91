"""The board as `shirube vision chessboard` draws it, photographed, gives its lens to `vision calibrate`."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

import shirube
from vision.calibration.files import read_lens

FOCAL, SIZE, MM_PER_PIXEL = 600.0, (640, 480), 0.25


def photographed(sheet: Path, folder: Path, count: int = 14) -> None:
    """The sheet on a dark table, through a lens that bends nothing, tilted to all sides."""
    drawn = cv2.imread(str(sheet), cv2.IMREAD_GRAYSCALE)
    assert drawn is not None
    paper = cv2.resize(
        drawn, (round(297 / MM_PER_PIXEL), round(210 / MM_PER_PIXEL)), None, 0, 0, cv2.INTER_AREA
    )
    camera = np.array([[FOCAL, 0, 319.5], [0, FOCAL, 239.5], [0, 0, 1]])
    # From the middles of the sheet's pixels to mm around its middle.
    to_mm = np.array([[MM_PER_PIXEL, 0, -148.4], [0, MM_PER_PIXEL, -104.9], [0, 0, 1]])
    rng = np.random.default_rng(4)
    folder.mkdir()
    for number in range(count):
        turn = cv2.Rodrigues(np.array([*rng.uniform(-0.6, 0.6, 2), rng.uniform(-0.3, 0.3)]))[0]
        middle = np.array([rng.uniform(-70, 70), rng.uniform(-50, 50), rng.uniform(430, 560)])
        view = camera @ np.column_stack([turn[:, 0], turn[:, 1], middle]) @ to_mm
        fine = np.diag([2.0, 2.0, 1.0]) + np.array([[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]])
        shot = cv2.warpPerspective(paper, fine @ view, (SIZE[0] * 2, SIZE[1] * 2), borderValue=(60,))
        cv2.imwrite(str(folder / f"{number:02d}.png"), cv2.resize(shot, SIZE, None, 0, 0, cv2.INTER_AREA))


def test_the_sheet_that_is_drawn_measures_the_lens_that_photographs_it(tmp_path: Path) -> None:
    drawn = CliRunner().invoke(shirube.app, ["vision", "chessboard", "--out", str(tmp_path / "board.png")])
    assert drawn.exit_code == 0
    assert "--columns 9 --rows 6 --square-mm 25" in drawn.output
    photographed(tmp_path / "board.png", tmp_path / "views")
    out = tmp_path / "camera.toml"
    done = CliRunner().invoke(
        shirube.app, ["vision", "calibrate", str(tmp_path / "views"), "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    lens = read_lens(out)
    assert (lens.fx, lens.fy) == (pytest.approx(FOCAL, rel=0.01), pytest.approx(FOCAL, rel=0.01))
    assert (lens.cx, lens.cy) == (pytest.approx(320, abs=4), pytest.approx(240, abs=4))
    assert "reprojection RMS" in done.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["chessboard", "--out", "board.gif"], "board.gif"),
        (["chessboard", "--square-mm", "50"], "do not fit on A4"),
        (["chessboard", "--columns", "2"], "2 x 6 inner corners"),
        (["calibrate", "no-such-folder"], "no-such-folder"),
        (["calibrate", ".", "--out", "never.toml"], "no picture in it"),
        (["bench", "no-such.mp4", "--model", "no-such.pt"], "no-such.pt"),
        (["run", "no-such.mp4", "--model", "paving-none", "--runtime", "openvino"], "paving-none"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    words: list[str],
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["shirube", "vision", *words])
    with pytest.raises(SystemExit) as ended:
        shirube.main()
    assert ended.value.code == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert told in lines[0]
    assert not list(tmp_path.iterdir())
