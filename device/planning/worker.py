"""The planner's process, `python -m device.planning.worker`: a question on standard input, an answer out.

It plans exactly as the server does. The memory of compiled code and of the map goes with it when it ends, and
what crashes here crashes nobody else.
"""

import contextlib
import os
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from device.planning.question import (
    ANSWER,
    QUESTION,
    Answer,
    Around,
    AroundQuestion,
    Failure,
    NotPlanned,
    Planned,
    PlanQuestion,
)
from routing.blockages import Blockage
from routing.errors import (
    BadProfile,
    MapError,
    OutsideMap,
    PlaceAmbiguous,
    PlaceNotFound,
    PlanError,
    SamePlace,
    TooFarFromWay,
    UnknownWalker,
)
from wire.route import Route

if TYPE_CHECKING:
    from routing.network import WalkingMap

# A route may come a second later; a warning may not.
_NICE: Final = 5
# Signals sound by the clock on the wall. Japan has one, without summer time: no data of zones is needed.
_JST: Final = timezone(timedelta(hours=9))
_FAILURES: Final[tuple[tuple[type[PlanError], Failure], ...]] = (
    (OutsideMap, "outside_map"),
    (TooFarFromWay, "far_from_way"),
    (SamePlace, "same_place"),
    (PlaceNotFound, "unknown_place"),
    (PlaceAmbiguous, "unknown_place"),
    (UnknownWalker, "walker"),
    (BadProfile, "walker"),
)


def answer(question: PlanQuestion) -> Answer:
    """The route, or why there is none; never raises for what a question or a map may hold."""
    from routing.network import load_map  # late: it brings compiled code

    began_s = time.monotonic()
    try:
        on = load_map(Path(question.map))
    except MapError as error:
        return NotPlanned(failure="no_map", ja=error.ja, en=error.en)
    if question.live and on.source.practice:
        return _practice(on)
    try:
        route = _planned(on, question)
    except PlanError as error:
        return _failed(on, question, error)
    took_s = round(time.monotonic() - began_s, 3)
    return Planned(route=route, took_s=took_s, peak_mb=peak_mb())


def look_around(question: AroundQuestion) -> Around | NotPlanned:
    """The street and the place at a point; never raises for what a question or a map may hold."""
    from device.planning.around import around
    from routing.network import load_map

    try:
        on = load_map(Path(question.map))
    except MapError as error:
        return NotPlanned(failure="no_map", ja=error.ja, en=error.en)
    if question.live and on.source.practice:
        return _practice(on)
    return around(on, (question.lat, question.lon))


def peak_mb() -> float:
    """The most memory that this process held, in MB; 0 where the system does not tell."""
    # Not getrusage: its peak begins with that of whoever started the process.
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    kilobytes = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), "0")
    return round(int(kilobytes) / 1024, 1)


def _planned(on: "WalkingMap", question: PlanQuestion) -> Route:
    from routing.plan import plan

    return plan(
        on,
        question.origin,
        question.destination,
        question.walker,
        datetime.fromtimestamp(question.utc_s, _JST),
        choice=question.choice,
        blocked=tuple(
            Blockage(one.lat, one.lon, one.reported_utc_s, one.expires_utc_s) for one in question.closed
        ),
    )


def _practice(on: "WalkingMap") -> NotPlanned:
    name = on.source.name
    return NotPlanned(
        failure="practice_map",
        ja=f"地図「{name}」は手描きの練習用で、実際の道とは違います。実際の位置での案内には使えません。"
        "OpenStreetMap から作った地図で経路を引き直してください。",
        en=f'the map "{name}" is hand-drawn for practice and differs from the real streets: '
        "it never guides a live position; plan again on a map built from OpenStreetMap",
        map=on.source,
    )


def _failed(on: "WalkingMap", question: PlanQuestion, error: PlanError) -> NotPlanned:
    failure: Failure = next((name for kind, name in _FAILURES if isinstance(error, kind)), "no_way")
    told = NotPlanned(failure=failure, ja=error.ja, en=error.en, map=on.source)
    if failure != "outside_map":
        return told
    origin, destination = _off_km(on, question.origin), _off_km(on, question.destination)
    if origin > 0.0:
        return replace(told, point="origin", off_km=origin)
    return replace(told, point="destination", off_km=destination or None)


def _off_km(on: "WalkingMap", text: str) -> float:
    """How far outside the map's frame a point is; 0 for one within it, a name, and no point on earth."""
    from routing.geo import distance_m
    from routing.plan import latlon

    try:
        point = latlon(text)
    except OutsideMap:
        return 0.0
    if point is None:
        return 0.0
    south, west, north, east = on.bounds
    nearest = (min(max(point[0], south), north), min(max(point[1], west), east))
    return round(distance_m(point, nearest) / 1000.0, 1)


def main() -> int:
    """Read, plan, write. 2: no question that can be read."""
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    try:
        question = QUESTION.validate_json(sys.stdin.buffer.read())
        if isinstance(question, PlanQuestion) and not abs(question.utc_s) <= 1e11:  # nor nan
            raise ValueError("utc_s is no time")
    except (ValidationError, ValueError) as error:
        sys.stderr.write(f"no question: {str(error).splitlines()[0]}\n")
        return 2
    told = answer(question) if isinstance(question, PlanQuestion) else look_around(question)
    sys.stdout.buffer.write(ANSWER.dump_json(told) + b"\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
