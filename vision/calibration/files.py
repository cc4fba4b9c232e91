"""camera.toml: a measured lens, and what speaks for it, in a file that a camera can be set up from."""

import tomllib
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from vision.calibration.errors import CalibrationError
from vision.calibration.solve import Solution
from vision.lens import Lens, LensError

_HEAD = """\
# A camera's lens, written by `shirube vision calibrate`. Pixels are counted from the picture's upper left
# corner (OpenCV's cx and cy are 0.5 smaller); `distortion` is OpenCV's: k1 k2 p1 p2 k3, fisheye k1 to k4.
"""


def toml_of(solution: Solution) -> str:
    """The file's text; numbers are written so that reading gives the same ones."""
    lens = solution.lens
    repeat = "" if solution.repeat is None else f"focal_repeat = {solution.repeat:.6f}\n"
    return (
        f'{_HEAD}\n[lens]\nmodel = "{lens.model}"\nwidth = {lens.width}\nheight = {lens.height}\n'
        f"fx = {lens.fx!r}\nfy = {lens.fy!r}\ncx = {lens.cx!r}\ncy = {lens.cy!r}\n"
        f"distortion = [{', '.join(repr(number) for number in lens.distortion)}]\n\n"
        f"[quality]\nrms_px = {solution.rms_px:.4f}\nviews = {len(solution.views)}\n"
        f"tilt_deg = {solution.tilt_deg:.1f}\nseen = {solution.seen:.3f}\n{repeat}"
    )


def write_lens(solution: Solution, path: Path) -> None:
    """The file appears under its name when it is whole; raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(toml_of(solution), encoding="utf-8")
    part.replace(path)


def read_lens(path: Path) -> Lens:
    """The lens of a camera.toml; raises `CalibrationError` with one line."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("lens")
    except OSError as error:
        raise CalibrationError(f"{path}: 読めません / cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CalibrationError(f"{path}: TOML ではありません / not TOML: {error}") from None
    if table is None:
        raise CalibrationError(
            f"{path}: [lens] がありません / has no [lens]: `shirube vision calibrate` writes one"
        )
    try:
        return TypeAdapter(Lens).validate_python(table)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise CalibrationError(f"{path}: lens.{place}: {fault['msg']}") from None
    except LensError as error:
        raise CalibrationError(f"{path}: {error}") from None
