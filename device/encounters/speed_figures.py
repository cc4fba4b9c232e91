"""How far a phone's own speed is off, by recorded walks: held against the way that its positions went.

`python -m device.encounters.speed_figures FILE.gpx …` prints the figures that `vision.encounters.watch`
uses. There is no truth in such recordings: the positions are of the same receiver, smoothed.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians
from pathlib import Path

import numpy as np

from device.own_speed import FASTEST_MPS, OwnSpeed
from routing.errors import RoutingError
from routing.walks.gpx import read
from vision.decode import Floats
from wire.position import Fix

HALF_S = 5.0  # the way of so many seconds before and after a fix tells how fast it really went
SLOWEST_MPS = 0.5
LEAST = 6  # fixes of that way, on both sides of it
LAG_S = 4  # how alike two errors so far apart are
EARTH_M = 6_371_000.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Of `count` fixes while walking, m/s: the mean error, its wandering about that, and the RMS of both.

    `kept`: the correlation of two errors `LAG_S` apart.
    """

    count: int
    offset: float
    wanders: float
    rms: float
    kept: float


def figures_of(fixes: Sequence[Fix]) -> Figures | None:
    """What is told against the way that was gone; None where nobody walks for long enough."""
    return _figures(_errors(fixes))


def _figures(errors: Mapping[int, float]) -> Figures | None:
    if len(errors) < 10 * LEAST:
        return None
    values = np.array(list(errors.values()))
    offset = float(values.mean())
    pairs = [(one - offset, errors[s + LAG_S] - offset) for s, one in errors.items() if s + LAG_S in errors]
    kept = float(np.mean([a * b for a, b in pairs]) / values.var()) if pairs else 0.0
    return Figures(len(errors), offset, float(values.std()), float(np.sqrt(np.mean(np.square(values)))), kept)


def _errors(fixes: Sequence[Fix]) -> dict[int, float]:
    """By whole second: the speed as the device takes it, less that of the way."""
    seconds, places = _way(fixes)
    speed, found = OwnSpeed(), {}
    for fix, t in zip(fixes, seconds.tolist(), strict=True):
        speed = speed.moved(t, fix)
        told, gone = speed.mps(t), _gone_mps(seconds, places, t)
        if told is not None and gone is not None and SLOWEST_MPS <= gone <= FASTEST_MPS:
            found[round(t)] = told - gone
    return found


def _way(fixes: Sequence[Fix]) -> tuple[Floats, Floats]:
    """Seconds since the first fix, and places east and north of it, metres."""
    first = fixes[0]
    east = radians(1.0) * EARTH_M * cos(radians(first.lat))
    places = [((f.lon - first.lon) * east, (f.lat - first.lat) * radians(1.0) * EARTH_M) for f in fixes]
    return np.array([f.utc_s - first.utc_s for f in fixes]), np.array(places)


def _gone_mps(seconds: Floats, places: Floats, t: float) -> float | None:
    """How fast the straight line through the places about `t` goes; None: too few of them."""
    low, high = np.searchsorted(seconds, (t - HALF_S, t + HALF_S))
    since = seconds[low:high] - t
    if len(since) < LEAST or since[0] > -0.7 * HALF_S or since[-1] < 0.7 * HALF_S:
        return None
    east, north = np.polynomial.polynomial.polyfit(since, places[low:high], 1)[1]
    return hypot(float(east), float(north))


def main(names: Sequence[str]) -> int:
    """Print a line for each recording; 2 with one line where one cannot be read, or none is given."""
    if not names:
        sys.stderr.write("shirube: GPX ファイルを指定してください / give GPX files of walks\n")
        return 2
    everything: dict[int, float] = {}
    for name in names:
        try:
            errors = _errors(read(Path(name)).fixes)
        except RoutingError as error:
            sys.stderr.write(f"shirube: {error}\n")
            return 2
        _tell(Path(name).name, _figures(errors))
        behind = max(everything, default=0) + 10 * LAG_S  # no second of one beside those of another
        everything |= {behind + second: error for second, error in errors.items()}
    _tell("全部 / all", _figures(everything))
    return 0


def _tell(name: str, found: Figures | None) -> None:
    told = "歩いていません / no walk"
    if found is not None:
        told = (
            f"{found.count} fixes, offset {found.offset:+.2f}, wanders {found.wanders:.2f}, "
            f"RMS {found.rms:.2f} m/s, {LAG_S} s later {found.kept:.2f} of the wandering is left"
        )
    sys.stdout.write(f"{name}: {told}\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
