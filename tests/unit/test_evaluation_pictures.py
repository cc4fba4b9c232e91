"""Picture files of every kind become BGR arrays, or one line."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from vision.errors import FrameError
from vision.pictures import read_colours, read_picture

RED = (200, 30, 20)


def saved(path: Path, picture: Pillow.Image, **how: object) -> Path:
    picture.save(path, **how)  # type: ignore[arg-type]
    return path


def red(size: tuple[int, int] = (64, 48)) -> Pillow.Image:
    return Pillow.new("RGB", size, RED)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.webp", "a.tif", "a.ppm"])
def test_usual_kinds_are_read_as_bgr(tmp_path: Path, name: str) -> None:
    image = read_picture(saved(tmp_path / name, red()))
    assert image.shape == (48, 64, 3)
    assert np.abs(image[20, 20].astype(int) - RED[::-1]).max() <= 6


def test_grey_indexed_and_bilevel_become_three_channels(tmp_path: Path) -> None:
    for mode in ("L", "P", "1", "LA"):
        assert read_picture(saved(tmp_path / f"{mode}.png", red().convert(mode))).shape == (48, 64, 3)


def test_sixteen_bits_keep_their_upper_eight(tmp_path: Path) -> None:
    wide = np.full((48, 64), 0x8012, np.uint16)
    image = read_picture(saved(tmp_path / "wide.png", Pillow.fromarray(wide)))
    assert (image == 0x80).all()


def test_cmyk_keeps_its_colour(tmp_path: Path) -> None:
    image = read_picture(saved(tmp_path / "print.jpg", red().convert("CMYK")))
    assert np.abs(image[20, 20].astype(int) - RED[::-1]).max() <= 8


def test_what_is_transparent_is_grey(tmp_path: Path) -> None:
    picture = red().convert("RGBA")
    picture.putpixel((3, 2), (255, 255, 255, 0))
    image = read_picture(saved(tmp_path / "hole.png", picture))
    assert image[2, 3].tolist() == [114, 114, 114]
    assert image[20, 20].tolist() == list(RED[::-1])


def test_exif_turns_it_upright(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # the camera was held upright
    assert read_picture(saved(tmp_path / "turned.jpg", red(), exif=exif)).shape == (64, 48, 3)


@pytest.mark.parametrize("share", [0.3, 0.9])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, kind: str, share: float) -> None:
    noise = Pillow.fromarray(np.random.default_rng(1).integers(0, 255, (80, 80, 3), np.uint8))
    buffer = io.BytesIO()
    noise.save(buffer, kind)
    (tmp_path / "cut").write_bytes(buffer.getvalue()[: int(len(buffer.getvalue()) * share)])
    with pytest.raises(FrameError, match=r"cut: .* damaged or cut short"):
        read_picture(tmp_path / "cut")


def test_what_is_no_picture_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "float.tif").touch()
    saved(tmp_path / "float.tif", Pillow.fromarray(np.zeros((48, 64), np.float32)))
    saved(tmp_path / "tiny.png", red((8, 8)))
    for name, words in {
        "empty.jpg": "empty",
        "text.png": "not a picture",
        "float.tif": "floating-point",
        "tiny.png": "smaller than 32",
        "gone.png": "no such file",
        ".": "a folder",
    }.items():
        with pytest.raises(FrameError, match=words) as caught:
            read_picture(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_a_picture_too_large_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    saved(tmp_path / "bomb.png", Pillow.new("1", (9000, 40)))
    with pytest.raises(FrameError, match="larger than 8192"):
        read_picture(tmp_path / "bomb.png")


def test_a_mask_of_sixteen_bits_is_refused(tmp_path: Path) -> None:
    saved(tmp_path / "m.png", Pillow.fromarray(np.zeros((48, 64), np.uint16)))
    with pytest.raises(FrameError, match="16-bit"):
        read_colours(tmp_path / "m.png")
