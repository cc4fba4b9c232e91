"""Clips: what is written comes back; what cannot be read says so in one line."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from vision.errors import VideoError
from vision.video import VideoWriter, frames, open_clip


def level(index: int) -> np.ndarray:
    """A picture whose brightness says which one it is."""
    return np.full((64, 96, 3), 20 + index * 8, np.uint8)


def index_of(image: np.ndarray) -> int:
    """Which picture it was: coding costs less than half a step of brightness."""
    return round((float(image.mean()) - 20) / 8)


@pytest.fixture
def clip_file(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    with VideoWriter(path, (96, 64), 10.0) as writer:
        for index in range(25):
            writer.write(level(index))
    return path


def test_what_was_written_comes_back(clip_file: Path) -> None:
    clip = open_clip(clip_file)
    assert (clip.size, clip.frames, clip.fps) == ((96, 64), 25, pytest.approx(10))
    read = list(frames(clip))
    assert [frame.index for frame in read] == list(range(25))
    assert read[7].t_s == pytest.approx(0.7)
    assert [index_of(frame.image) for frame in read] == list(range(25))


def test_from_to_and_rate(clip_file: Path) -> None:
    clip = open_clip(clip_file)
    part = list(frames(clip, start_s=1.0, end_s=2.0))
    assert [frame.index for frame in part] == list(range(10, 20))
    assert [index_of(frame.image) for frame in part] == list(range(10, 20))
    slow = [frame.index for frame in frames(clip, rate_hz=4)]
    assert slow == [0, 2, 5, 7, 10, 12, 15, 17, 20, 22]


def test_odd_sizes_lose_a_pixel_and_play_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "odd.mp4"
    with VideoWriter(path, (97, 65), 5.0) as writer:
        writer.write(np.zeros((65, 97, 3), np.uint8))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (96, 64)
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.codec_context.name == "h264"


def write_all(path: Path, *images: np.ndarray) -> None:
    with VideoWriter(path, (96, 64), 10.0) as writer:
        for image in images:
            writer.write(image)


def test_an_earlier_file_stays_when_writing_fails(clip_file: Path) -> None:
    before = clip_file.read_bytes()
    with pytest.raises(VideoError, match="another size"):
        write_all(clip_file, level(0), np.zeros((32, 32, 3), np.uint8))
    assert clip_file.read_bytes() == before
    assert not list(clip_file.parent.glob("*.part"))


def sound_only(path: Path) -> Path:
    with av.open(str(path), "w", format="wav") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        frame.time_base = Fraction(1, 8000)
        for packet in stream.encode(frame):
            container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


def test_what_is_no_clip_is_refused_in_one_line(tmp_path: Path, clip_file: Path) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("not a video at all " * 50)
    empty = tmp_path / "empty.mp4"
    empty.touch()
    torn = tmp_path / "torn.mp4"
    torn.write_bytes(clip_file.read_bytes()[:200])
    for path in (text, empty, torn, tmp_path / "absent.mp4", tmp_path, sound_only(tmp_path / "sound.wav")):
        with pytest.raises(VideoError) as caught:
            open_clip(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("start_s", "end_s"), [(99.0, None), (2.0, 1.0), (-1.0, None)])
def test_an_empty_span_is_refused(clip_file: Path, start_s: float, end_s: float | None) -> None:
    clip = open_clip(clip_file)
    with pytest.raises(VideoError):
        list(frames(clip, start_s, end_s))


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(VideoError, match="cannot be written"):
        VideoWriter(tmp_path / "file" / "clip.mp4", (96, 64), 10.0)
