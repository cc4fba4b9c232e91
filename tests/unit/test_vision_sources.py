"""What can be looked at: videos, folders of pictures in their order, single pictures; and what cannot."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from vision.errors import FrameError, VideoError
from vision.sources import LOOKS, Folder, Still, frames_of, open_source
from vision.video import Clip, VideoWriter


def level(index: int, width: int = 96, height: int = 64) -> np.ndarray:
    return np.full((height, width, 3), 20 + 8 * index, np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve pictures whose names are in order only by the value of their numbers."""
    path = tmp_path / "pictures"
    path.mkdir()
    for index in range(12):
        cv2.imwrite(str(path / f"walk-{index}.png"), level(index))
    (path / "notes.txt").write_text("not a picture")
    return path


def shown(image: np.ndarray) -> int:
    return round((float(image.mean()) - 20) / 8)


def test_a_folder_is_read_in_the_order_of_its_numbers(folder: Path) -> None:
    source = open_source(folder, fps=4.0)
    assert isinstance(source, Folder)
    assert (source.frames, source.seconds, source.size) == (12, 3.0, (96, 64))
    read = list(frames_of(source))
    assert [shown(frame.image) for frame in read] == [frame.index for frame in read] == list(range(12))
    assert read[5].t_s == 1.25


def test_a_part_of_a_folder_at_a_lower_rate(folder: Path) -> None:
    source = open_source(folder, fps=4.0)
    whole = [frame.index for frame in frames_of(source, rate_hz=2.0)]
    assert [frame.index for frame in frames_of(source, 1.0, 2.0)] == [4, 5, 6, 7]
    assert [frame.index for frame in frames_of(source, 1.0, 2.0, rate_hz=2.0)] == [
        index for index in whole if 4 <= index < 8
    ]
    assert len(whole) == 6


def test_a_picture_is_looked_at_as_often_as_a_telling_needs(folder: Path) -> None:
    source = open_source(folder / "walk-3.png")
    assert isinstance(source, Still)
    read = list(frames_of(source))
    assert [shown(frame.image) for frame in read] == [3] * LOOKS
    assert read[-1].t_s == pytest.approx((LOOKS - 1) / 10)


def test_a_video_is_a_clip(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "clip.mp4", (96, 64), 10.0) as writer:
        for index in range(5):
            writer.write(level(index))
    source = open_source(tmp_path / "clip.mp4")
    assert isinstance(source, Clip)
    assert [frame.index for frame in frames_of(source)] == [0, 1, 2, 3, 4]


def test_what_cannot_be_looked_at_is_one_line(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "torn.png").write_bytes((folder / "walk-0.png").read_bytes()[:40])
    for path in (tmp_path / "empty", tmp_path / "torn.png", tmp_path / "absent.jpg", tmp_path / "absent"):
        with pytest.raises((VideoError, FrameError)) as caught:
            open_source(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(VideoError, match="more than none"):
        open_source(folder, fps=0.0)


def test_a_folder_that_is_not_of_one_camera_is_refused_by_name(folder: Path) -> None:
    cv2.imwrite(str(folder / "walk-7.png"), level(7, 64, 96))
    with pytest.raises(VideoError, match=r"walk-7\.png: 64x96, the first is 96x64"):
        list(frames_of(open_source(folder)))


def test_a_span_without_pictures_says_how_long_the_folder_is(folder: Path) -> None:
    with pytest.raises(VideoError, match=r"at 9 s \(1\.2 s long\)"):
        list(frames_of(open_source(folder), 9.0))
