"""Clips: what is written comes back; what cannot be read says so in one line."""

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from vision import video
from vision.errors import VideoError
from vision.video import VideoWriter, frames, open_clip

FIRST = {"movflags": "faststart"}


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


def stamped(index: int, width: int = 96, height: int = 64) -> np.ndarray:
    """Twelve stripes, light or dark: the bits of the picture's number, which only that frame shows."""
    bits = [(index >> bit) & 1 for bit in range(12)]
    stripes = np.repeat(np.array([40 + 170 * bit for bit in bits], np.uint8), width // 12)
    return np.broadcast_to(stripes[None, :, None], (height, stripes.size, 3)).copy()


def number_of(image: np.ndarray) -> int:
    """The number that `stamped` drew."""
    means = image.mean(axis=(0, 2)).reshape(12, -1).mean(axis=1)
    return sum(int(mean > 125) << bit for bit, mean in enumerate(means))


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 pictures a second, 300 of them, a key frame each two seconds."""
    path = tmp_path_factory.mktemp("long") / "clip.mp4"
    with VideoWriter(path, (96, 64), 30.0) as writer:
        for index in range(300):
            writer.write(stamped(index))
    return path


@pytest.mark.parametrize("start_s", [0.0, 0.02, 1.0, 1.9667, 2.0, 2.0334, 3.7, 5.999, 9.0, 9.95])
def test_seeking_finds_the_very_frame(long_clip: Path, start_s: float) -> None:
    clip = open_clip(long_clip)
    first = next(frames(clip, start_s))
    wanted = int(np.ceil(start_s * 30 - 1e-4))
    assert number_of(first.image) == first.index == wanted
    assert first.t_s == pytest.approx(wanted / 30, abs=1e-4)


def test_seeking_decodes_nothing_before_the_key_frame(
    long_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []
    turned = video._pictures

    def counted(*args: Any) -> Iterator[av.VideoFrame]:
        for picture in turned(*args):
            decoded.append(round(picture.time * 30))
            yield picture

    monkeypatch.setattr(video, "_pictures", counted)
    part = list(frames(open_clip(long_clip), 7.0, 7.5))
    assert [number_of(frame.image) for frame in part] == list(range(210, 225))
    assert decoded[0] == 0  # to open the clip
    assert min(decoded[1:]) >= 150
    assert max(decoded) <= 226


@pytest.mark.parametrize("start_s", [0.35, 1.0, 2.55, 6.98])
@pytest.mark.parametrize("rate_hz", [4.0, 7.0, 10.0, 29.0])
def test_which_frames_are_given_does_not_depend_on_the_start(
    long_clip: Path, start_s: float, rate_hz: float
) -> None:
    clip = open_clip(long_clip)
    whole = [frame.index for frame in frames(clip, rate_hz=rate_hz)]
    part = [frame.index for frame in frames(clip, start_s, rate_hz=rate_hz)]
    assert part == [index for index in whole if index / 30 >= start_s - 1e-4]
    assert len(whole) == pytest.approx(10 * rate_hz, abs=1)


def test_a_clip_that_breaks_off_gives_what_it_holds(long_clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "torn.mkv"
    with av.open(str(long_clip)) as source, av.open(str(path), "w", format="matroska") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    read = [number_of(frame.image) for frame in frames(open_clip(path))]
    assert read == sorted(set(read))
    assert read[:60] == list(range(60))
    assert len(read) < 240


def test_a_phone_held_upright_gives_upright_pictures(tmp_path: Path) -> None:
    path = tmp_path / "turned.mp4"
    picture = np.full((64, 96, 3), 30, np.uint8)
    picture[:20, :30] = 220  # upper left, as the sensor lay
    with VideoWriter(path, (96, 64), 10.0) as writer:
        for _ in range(3):
            writer.write(picture)
    # The track's matrix, as a phone that was turned by a quarter writes it (ISO 14496-12, tkhd).
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 4 + 5 * 4 + 8 + 8
    turned = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 64 << 16, 0, 1 << 30)
    assert struct.unpack(">9i", data[at : at + 36])[0] == 1 << 16
    data[at : at + 36] = turned
    path.write_bytes(bytes(data))
    clip = open_clip(path)
    image = next(frames(clip)).image
    assert clip.size == (64, 96)
    assert image.shape == (96, 64, 3)
    bright = np.argwhere(image[..., 0] > 120)
    assert bright.min(axis=0).tolist()[0] == 0  # at the top
    assert bright.max(axis=0).tolist()[1] >= 60  # on the right: a quarter turn clockwise


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
    header = tmp_path / "header.mp4"  # whole, with the index first, and cut behind it: not even seekable
    with av.open(str(clip_file)) as whole, av.open(str(header), "w", options=FIRST) as copy:
        stream = copy.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    header.write_bytes(header.read_bytes()[:400])
    for path in (
        text,
        empty,
        torn,
        header,
        tmp_path / "absent.mp4",
        tmp_path,
        sound_only(tmp_path / "sound.wav"),
    ):
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
