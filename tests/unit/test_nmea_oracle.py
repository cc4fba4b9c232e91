"""Our parser beside gpsd's own output (`*.log.chk`) for the same receiver logs."""

import json
import math
from datetime import datetime
from pathlib import Path

import pytest

from device.nmea_source import read_fixes

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "gps" / "nmea"
LOGS = sorted(SHARED.glob("*.log"))
# Two receivers on one bus, one of which labels the position of a second with the next one's time.
MIXED = {"bundg_zeus_9.log": 4.0}

pytestmark = pytest.mark.skipif(not LOGS, reason=f"no receiver logs at {SHARED}")


def oracle(log: Path) -> dict[float, list[tuple[float, float]]]:
    """gpsd's positions by UTC millisecond; it writes several for an epoch as sentences come in."""
    told: dict[float, list[tuple[float, float]]] = {}
    for line in log.with_name(log.name + ".chk").read_bytes().splitlines():
        if not line.startswith(b'{"class":"TPV"'):
            continue
        fix = json.loads(line)
        if fix["mode"] >= 2 and "time" in fix and "lat" in fix:
            utc_s = datetime.fromisoformat(fix["time"]).timestamp()
            told.setdefault(round(utc_s, 3), []).append((fix["lat"], fix["lon"]))
    return told


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    north = (one[0] - other[0]) * 111_195
    east = (one[1] - other[1]) * 111_195 * math.cos(math.radians(one[0]))
    return math.hypot(north, east)


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_same_epochs_and_places_as_gpsd(log: Path) -> None:
    theirs = oracle(log)
    ours = {fix.utc_s: (fix.lat, fix.lon) for fix in read_fixes(log)}
    both = ours.keys() & theirs.keys()
    # gpsd is told the first epoch's date later or earlier than we are, and uses sentences that we do not.
    assert len(both) >= 0.9 * len(theirs)
    assert len(ours.keys() - theirs.keys()) <= 2
    worst = max(min(metres(ours[t], place) for place in theirs[t]) for t in both)
    assert worst <= MIXED.get(log.name, 0.001), f"{worst} m apart"


def test_fixes_never_repeat() -> None:
    for log in LOGS:
        times = [fix.utc_s for fix in read_fixes(log)]
        assert len(times) == len(set(times)), log.name
