"""How the head is held, by gravity: the port to an IMU, with a replay of a file and a fake.

An IMU knows where down is. It does not know how the ground slopes, nor exactly how it sits beside the lens:
`worn` adds both to its own error.
"""

import json
from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import asin, atan2, degrees, hypot, isfinite, sqrt
from pathlib import Path
from threading import Lock
from typing import Protocol

from vision.camera import Camera
from vision.errors import VisionError

# Japan's barrier-free rules let a footway rise by 5 % at most, either way: taken as three sigmas.
SLOPE_SIGMA_DEG = 0.95
ALIGNED_SIGMA_DEG = 0.5  # how exactly an IMU is mounted beside a lens: half a degree, a maker's usual limit
SIGMA_DEG = 1.0  # of a worn IMU where its file does not say: a walking head shakes what it takes for gravity
LONGEST_GAP_S = 0.15  # IMUs tell 50 times a second or more; across more than this a step is missed
STANDARD_GRAVITY = 9.80665  # m/s^2
SHAKEN = 0.3  # of gravity: an accelerometer that feels more or less than that is not at rest


class AttitudeError(VisionError):
    """A record of an IMU that cannot be read."""


@dataclass(frozen=True, slots=True)
class Attitude:
    """The camera against gravity, degrees. Pitch positive downward, roll where the head leans right.

    `yaw_deg`: how far right it is turned, from any zero, which may drift by a degree a minute.
    """

    t_s: float
    pitch_deg: float
    roll_deg: float
    sigma_deg: float = SIGMA_DEG
    yaw_deg: float | None = None


class AttitudeSource(Protocol):
    """An IMU, as the camera's frames ask it."""

    def at(self, t_s: float) -> Attitude | None:
        """The attitude at the second of an exposure; None: not known then."""


class Attitudes:
    """What an IMU has told, to be asked at any time within it. May be fed and asked by different threads."""

    def __init__(
        self,
        told: Iterable[Attitude] = (),
        *,
        longest_gap_s: float = LONGEST_GAP_S,
        kept: int | None = None,
    ) -> None:
        """`kept`: how many of the newest are remembered; None: all, as for a record."""
        self._gap_s = longest_gap_s
        self._kept = kept
        self._lock = Lock()
        self._told = sorted(told, key=lambda a: a.t_s)

    def add(self, attitude: Attitude) -> None:
        """The newest. What is older than the last one, because the source's clock went back, is left out."""
        with self._lock:
            if self._told and attitude.t_s <= self._told[-1].t_s:
                return
            self._told.append(attitude)
            if self._kept is not None and len(self._told) > self._kept:
                del self._told[: -self._kept]

    def at(self, t_s: float) -> Attitude | None:
        """Between two that are near enough, in proportion; beside a last or lone one, that one."""
        with self._lock:
            after = bisect(self._told, t_s, key=lambda a: a.t_s)
            before = self._told[after - 1] if after else None
            following = self._told[after] if after < len(self._told) else None
        if before and following and following.t_s - before.t_s <= 2 * self._gap_s:
            return _between(before, following, t_s)
        near = [a for a in (before, following) if a and abs(a.t_s - t_s) <= self._gap_s]
        return min(near, key=lambda a: abs(a.t_s - t_s)) if near else None


def _between(first: Attitude, second: Attitude, t_s: float) -> Attitude:
    share = (t_s - first.t_s) / (second.t_s - first.t_s)

    def mixed(a: float, b: float) -> float:
        return a + share * (b - a)

    def turned(a: float, b: float) -> float:
        return a + share * ((b - a + 180) % 360 - 180)

    yaws = first.yaw_deg, second.yaw_deg
    return Attitude(
        t_s,
        mixed(first.pitch_deg, second.pitch_deg),
        turned(first.roll_deg, second.roll_deg),
        mixed(first.sigma_deg, second.sigma_deg),
        None if yaws[0] is None or yaws[1] is None else turned(yaws[0], yaws[1]),
    )


@dataclass(frozen=True, slots=True)
class FakeAttitudes:
    """Always the same; None: an IMU that is there and tells nothing."""

    told: Attitude | None

    def at(self, t_s: float) -> Attitude | None:
        """As told, at any time."""
        return replace(self.told, t_s=t_s) if self.told else None


def worn(camera: Camera, attitude: Attitude | None, slope_sigma_deg: float = SLOPE_SIGMA_DEG) -> Camera:
    """`camera` as gravity says that it is held; as configured without an IMU."""
    if attitude is None:
        return camera
    return replace(
        camera,
        pitch_deg=attitude.pitch_deg,
        roll_deg=attitude.roll_deg,
        nod_sigma_deg=attitude.sigma_deg,
        pitch_sigma_deg=hypot(attitude.sigma_deg, ALIGNED_SIGMA_DEG, slope_sigma_deg),
    )


def tilt(t_s: float, right: float, up: float, back: float) -> Attitude:
    """The attitude of a camera whose accelerometer feels this, m/s^2, along the picture's axes.

    At rest it feels the push that holds it up: + up in a level camera. Raises `AttitudeError` where it feels
    next to nothing. What is more or less than gravity is movement, and its share of the pull widens sigma.
    """
    felt = sqrt(right**2 + up**2 + back**2)
    if not felt > STANDARD_GRAVITY * SHAKEN:
        raise AttitudeError(f"an accelerometer at {t_s:g} s that feels {felt:.2f} m/s²: it falls, or is off")
    # Sideways a movement of d g turns the felt direction by d radians.
    shaken = degrees(abs(felt / STANDARD_GRAVITY - 1))
    return Attitude(t_s, degrees(asin(back / felt)), -degrees(atan2(right, up)), hypot(SIGMA_DEG, shaken))


# --- records


def read_attitudes(path: Path) -> Attitudes:
    """An IMU's record: .jsonl or .csv with t_s, and pitch_deg, roll_deg and perhaps sigma_deg, yaw_deg.

    Or, of a bare accelerometer, right_mps2, up_mps2, back_mps2 as `tilt` takes them. Raises `AttitudeError`
    that names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise AttitudeError(f"{path}: cannot be read ({error})") from None
    rows = _csv(path, lines) if path.suffix.lower() == ".csv" else _jsonl(path, lines)
    told = [_attitude(where, row) for where, row in rows]
    if not told:
        raise AttitudeError(f"{path}: holds no attitude: a line needs t_s, pitch_deg, roll_deg")
    return Attitudes(told)


def _jsonl(path: Path, lines: list[str]) -> Iterable[tuple[str, dict[str, object]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise AttitudeError(f"{path}:{number}: not JSON ({error.msg})") from None
        if not isinstance(row, dict):
            raise AttitudeError(f"{path}:{number}: not an object with t_s, pitch_deg, roll_deg")
        yield f"{path}:{number}", row


def _csv(path: Path, lines: list[str]) -> Iterable[tuple[str, dict[str, object]]]:
    names = [name.strip() for name in lines[0].split(",")] if lines else []
    for number, line in enumerate(lines[1:], 2):
        if line.strip():
            yield f"{path}:{number}", dict(zip(names, line.split(","), strict=False))


def _attitude(where: str, row: dict[str, object]) -> Attitude:
    felt = "up_mps2" in row
    names = ("right_mps2", "up_mps2", "back_mps2") if felt else ("pitch_deg", "roll_deg")
    try:
        numbers = [float(str(row[name])) for name in ("t_s", *names)]
        sigma = float(str(row.get("sigma_deg", SIGMA_DEG)))
        yaw = None if row.get("yaw_deg") in (None, "") else float(str(row["yaw_deg"]))
    except KeyError as error:
        raise AttitudeError(f"{where}: has no {error.args[0]}") from None
    except ValueError as error:
        raise AttitudeError(f"{where}: {error}") from None
    if not all(isfinite(number) for number in (*numbers, sigma, yaw or 0.0)) or sigma <= 0:
        raise AttitudeError(f"{where}: needs finite numbers, and a sigma_deg above 0")
    return tilt(*numbers) if felt else Attitude(numbers[0], numbers[1], numbers[2], sigma, yaw)
