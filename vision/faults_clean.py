"""Pictures in which nothing is wrong: whatever `vision.faults.watch` tells of them is a false notice.

Three kinds, never added up: film of the real world, rendered film, and photographs shown for a few seconds
each with the sway of a head and a sensor's grain. The last is no film, but there are many more scenes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import cv2
import numpy as np

from vision.errors import VisionError
from vision.faults import Watch, watch
from vision.faults_injected import sensor
from vision.types import Image
from vision.video import frames, open_clip

Kind = Literal["film", "rendered", "stills"]
KINDS: Final[tuple[Kind, ...]] = ("film", "rendered", "stills")
WIDEST: Final = 640
STILL_S: Final = 3.0  # the slowest fault, an even white, needs as long
# The head of somebody who walks turns and nods by about 2 degrees at the rate of the steps and half of it:
# of 64 degrees across that is 3 % of the picture.
SWAY_SHARE: Final = 0.03
_STEPS_HZ: Final = (0.9, 1.8)  # across, down
_PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})

Timed = tuple[float, Image]


@dataclass(frozen=True, slots=True)
class Clean:
    """A clip, or a folder of photographs, as it is: what was told of it without cause."""

    clip: str
    minutes: float
    notices: tuple[tuple[float, str], ...]  # second, reason
    kind: Kind = "film"
    names: tuple[str, ...] = ()  # of photographs: those told of, in the order of `notices`


def read_clip(path: Path, rate_hz: float, end_s: float | None = None) -> Iterator[Timed]:
    """Seconds and pictures, no wider than WIDEST. Raises `VideoError`."""
    for frame in frames(open_clip(path), end_s=end_s, rate_hz=rate_hz):
        yield frame.t_s, _no_wider(frame.image)


def clean(name: str, pictures: Iterable[Timed], rate_hz: float, kind: Kind = "film") -> Clean:
    """Watch a clip in which nothing is wrong."""
    state, notices = Watch(), []
    times_s: list[float] = []
    for t_s, image in pictures:
        before, state = state.fault, watch(state, image, t_s)
        times_s.append(t_s)
        if state.fault is not None and state.fault != before:
            notices.append((round(t_s, 2), state.fault))
    # By its own times: a clip may have fewer pictures a second than were asked for.
    seconds = times_s[-1] - times_s[0] + 1 / rate_hz if times_s else 0.0
    return Clean(name, seconds / 60, tuple(notices), kind)


def clean_stills(folder: Path, rate_hz: float) -> Clean:
    """Watch every photograph of a folder, each as if it were the first thing seen. Raises `VisionError`."""
    notices: list[tuple[float, str]] = []
    names: list[str] = []
    minutes = 0.0
    for path in photographs(folder):
        one = clean(path.name, swayed(_read(path), rate_hz), rate_hz, "stills")
        minutes += one.minutes
        notices += one.notices
        names += [path.name] * len(one.notices)
    return Clean(str(folder), minutes, tuple(notices), "stills", tuple(names))


def read_any(path: Path, rate_hz: float, end_s: float | None = None) -> Iterator[Timed]:
    """A clip, or a photograph as `swayed` shows it. Raises `VisionError`."""
    if path.suffix.lower() in _PICTURES:
        return swayed(_read(path), rate_hz, STILL_S if end_s is None else min(end_s, STILL_S))
    return read_clip(path, rate_hz, end_s)


def kind_of(path: Path) -> Kind:
    """What a path that is not said to be rendered shows."""
    return "stills" if path.suffix.lower() in _PICTURES else "film"


def photographs(folder: Path) -> tuple[Path, ...]:
    """Those right in `folder`, by name. Raises `VisionError` where there is none."""
    found = tuple(sorted(path for path in folder.glob("*") if path.suffix.lower() in _PICTURES))
    if not found:
        raise VisionError(f"{folder}: 写真がありません / no photographs (.jpg, .png) in this folder")
    return found


def swayed(image: Image, rate_hz: float, seconds: float = STILL_S) -> Iterator[Timed]:
    """`image` as a worn camera would see it: a window that sways over it, grain, never twice the same."""
    rng = np.random.default_rng(1)
    height, width = (round(side * (1.0 - 2 * SWAY_SHARE)) for side in image.shape[:2])
    middle = (SWAY_SHARE * image.shape[1], SWAY_SHARE * image.shape[0])
    for number in range(round(seconds * rate_hz)):
        turns = (2 * np.pi * hz * number / rate_hz for hz in _STEPS_HZ)
        left, top = (round(side * (1.0 + np.sin(turn))) for side, turn in zip(middle, turns, strict=True))
        yield number / rate_hz, sensor(image[top : top + height, left : left + width], rng)


def as_text(quiet: Sequence[Clean]) -> list[str]:
    """A line each, and a sum of each kind."""
    rows = []
    for one in quiet:
        found = [f"{reason} {t_s:g} s" for t_s, reason in one.notices]
        if one.names:
            found = [f"{name}: {text}" for name, text in zip(one.names, found, strict=True)]
        rows.append(
            f"{one.clip}: {one.minutes:.2f} 分 / min, 誤報 / false notices: {', '.join(found) or '0'}"
        )
    for kind, (minutes, false) in totals(quiet).items():
        rows.append(f"{_NAMES[kind]}: {minutes:.2f} 分 / min, 誤報 / false notices: {false}")
    return rows


def totals(quiet: Sequence[Clean]) -> dict[Kind, tuple[float, int]]:
    """Minutes and false notices of each kind that there is."""
    return {
        kind: (sum(one.minutes for one in some), sum(len(one.notices) for one in some))
        for kind in KINDS
        if (some := [one for one in quiet if one.kind == kind])
    }


_NAMES: Final[dict[Kind, str]] = {
    "film": "実写 / film",
    "rendered": "描いた映像 / rendered film",
    "stills": "揺らした写真 / photographs with sway",
}


def _read(path: Path) -> Image:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise VisionError(f"{path}: 読めません / cannot be read as a picture")
    return _no_wider(np.asarray(image, np.uint8))


def _no_wider(image: Image) -> Image:
    scale = WIDEST / image.shape[1]
    if scale >= 1.0:
        return image
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)
