"""Our parser beside gpsd's own output (`*.log.chk`) for the same receiver logs."""

import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from device.nmea_source import read_fixes

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "gps" / "nmea"
LOGS = sorted(SHARED.glob("*.log"))
# In metres. Two receivers on one bus, one of which labels the position of a second with the next one's time.
APART = {"bundg_zeus_9.log": 4.0}
# (epochs of gpsd that we lack, epochs that gpsd lacks); every other log: none, none.
DIFFERENT = {
    # The last epoch before the log ends or leaps to another hour, which gpsd still waits to see ended.
    "bt451.log": (0, 2),
    "haicom-305N.log": (0, 1),
    "quectel-l76k-nmea.log": (0, 1),
    "ublox-lea-4h.log": (0, 1),
    # Two receivers on one bus, in turns: where one sentence ends an epoch and is the next, the newer counts.
    "bundg_zeus_9.log": (5, 1),
    # An epoch of RMC alone is over when the next begins; where that is whole at once, the newer is given.
    "iTrek.log": (2, 0),
}

pytestmark = pytest.mark.skipif(not LOGS, reason=f"no receiver logs at {SHARED}")


def reports(log: Path) -> list[dict[str, Any]]:
    """gpsd's positions; it writes several for an epoch as sentences come in. `time` as UTC milliseconds."""
    told = []
    for line in log.with_name(log.name + ".chk").read_bytes().splitlines():
        if not line.startswith(b'{"class":"TPV"'):
            continue
        fix = json.loads(line)
        if fix["mode"] >= 2 and "time" in fix and "lat" in fix:
            told.append({**fix, "time": round(datetime.fromisoformat(fix["time"]).timestamp(), 3)})
    return told


def oracle(log: Path) -> dict[float, list[tuple[float, float]]]:
    """gpsd's positions by UTC millisecond."""
    told: dict[float, list[tuple[float, float]]] = {}
    for fix in reports(log):
        told.setdefault(fix["time"], []).append((fix["lat"], fix["lon"]))
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
    assert (len(theirs) - len(both), len(ours) - len(both)) == DIFFERENT.get(log.name, (0, 0))
    worst = max(min(metres(ours[t], place) for place in theirs[t]) for t in both)
    assert worst <= APART.get(log.name, 0.001), f"{worst} m apart"


@pytest.mark.parametrize("log", [log for log in LOGS if log.name not in APART], ids=lambda log: log.stem)
def test_same_speed_and_course_as_gpsd(log: Path) -> None:
    theirs: dict[float, list[dict[str, float]]] = {}
    for fix in reports(log):
        theirs.setdefault(fix["time"], []).append(fix)
    for fix in read_fixes(log):
        told = theirs.get(fix.utc_s, [])
        if told and fix.speed_mps is not None:
            assert min(abs(each.get("speed", 0.0) - fix.speed_mps) for each in told) <= 0.001
        if told and fix.course_deg is not None:
            assert min(abs(each.get("track", 0.0) - fix.course_deg) for each in told) <= 0.01


def test_fixes_never_repeat() -> None:
    for log in LOGS:
        times = [fix.utc_s for fix in read_fixes(log)]
        assert len(times) == len(set(times)), log.name
