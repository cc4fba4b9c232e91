"""What the eyes saw, kept as a film: only what may be shown, whole up to a cut, and never in the way."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from device.cameras import film as films
from device.cameras.film import Film
from device.clocks import SystemClock
from tests.waiting import PATIENCE_S, until
from vision.types import Frame, Image
from vision.video import frames, open_clip

CLOCK = SystemClock()


def picture(size: tuple[int, int] = (64, 48)) -> Image:
    """Left half a fine pattern, as a face might be; right half too."""
    board = np.indices((size[1], size[0])).sum(axis=0) // 2 % 2 * 255
    return np.repeat(board[:, :, None], 3, axis=2).astype(np.uint8)


def lines(folder: Path) -> list[dict[str, float]]:
    (path,) = folder.glob("*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_film_has_every_picture_at_its_second_with_what_is_hidden_blurred(tmp_path: Path) -> None:
    film, began_s = Film(tmp_path, CLOCK), CLOCK.now_s()
    for number in range(5):
        film.take(Frame(10 + number, began_s + number / 8, picture()), ((0.0, 0.0, 32.0, 48.0),))
        until(lambda wanted=number + 1: list(tmp_path.glob("*.jsonl")) and len(lines(tmp_path)) == wanted)
    film.close()
    (path,) = tmp_path.glob("video-*.mp4")
    shown = list(frames(open_clip(path)))
    assert [round(frame.t_s, 2) for frame in shown] == [0.0, 0.12, 0.25, 0.38, 0.5]
    left, right = shown[0].image[:, 4:28], shown[0].image[:, 36:]
    assert float(right.std()) > 80
    assert float(left.std()) < 25
    told = lines(tmp_path)
    assert [line["index"] for line in told] == [10, 11, 12, 13, 14]
    assert told[0]["utc_s"] == pytest.approx(CLOCK.utc_s(), abs=PATIENCE_S)
    assert all(each.stat().st_mode & 0o077 == 0 for each in tmp_path.iterdir())
    assert (film.dropped, film.fault) == (0, "")


CUT_OFF = """
import sys, time
from pathlib import Path
import numpy as np
from device.cameras.film import Film
from device.clocks import SystemClock
from vision.types import Frame

film = Film(Path(sys.argv[1]), SystemClock())
for number in range(40):
    film.take(Frame(number, number / 10, np.full((48, 64, 3), number, np.uint8)), ())
    time.sleep(0.01)
time.sleep(60)
"""


def test_a_film_that_is_cut_off_can_be_shown_up_to_there(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", CUT_OFF, str(tmp_path)], cwd=Path(__file__).parents[2])
    try:
        until(lambda: list(tmp_path.glob("*.jsonl")) and len(lines(tmp_path)) >= 25)
    finally:
        process.kill()
        process.wait(PATIENCE_S)
    (path,) = tmp_path.glob("video-*.mp4")
    assert len(list(frames(open_clip(path)))) >= 10


def test_another_size_begins_another_film_and_the_oldest_go(tmp_path: Path) -> None:
    film = Film(tmp_path, CLOCK, keep=2)
    for number, size in enumerate([(64, 48), (48, 64), (32, 48)]):
        film.take(Frame(number, float(number), picture(size)), ())
        until(lambda wide=size[0]: film._reel is not None and film._reel.size[0] == wide and film._reel.bytes)
    film.close()
    sizes = [open_clip(path).size for path in sorted(tmp_path.glob("video-*.mp4"))]
    assert sizes == [(48, 64), (32, 48)]
    assert len(list(tmp_path.glob("*.jsonl"))) == 2


def test_a_disk_that_stands_still_loses_pictures_and_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands, free = threading.Event(), threading.Event()

    def standing(image: Image, boxes: object) -> Image:
        stands.set()
        assert free.wait(PATIENCE_S)
        return image

    monkeypatch.setattr(films, "blurred", standing)
    film = Film(tmp_path, CLOCK)
    film.take(Frame(0, 0.0, picture()), ())
    assert stands.wait(PATIENCE_S)
    for number in range(1, 10):
        film.take(Frame(number, number / 10, picture()), ())
    assert not free.is_set(), "nobody waited for the disk"
    assert film.dropped == 9 - films.WAITING
    free.set()
    film.close()


@pytest.mark.parametrize("least_free", [0, 1 << 60], ids=["no folder", "nearly full"])
def test_a_disk_that_takes_nothing_ends_the_film_and_nothing_else(tmp_path: Path, least_free: int) -> None:
    folder = tmp_path / "file" / "below" if least_free == 0 else tmp_path
    (tmp_path / "file").write_text("")
    film = Film(folder, CLOCK, least_free=least_free)
    film.take(Frame(0, 0.0, picture()), ())
    until(lambda: film.fault)
    film.take(Frame(1, 0.1, picture()), ())
    film.close()
    assert not list(tmp_path.glob("*.mp4"))
