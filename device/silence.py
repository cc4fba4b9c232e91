"""Silent weeks of a trial: the device logs, tells neither danger nor the way, and says that it does so. Pure.

They are compared with the weeks in which it speaks (docs/field-trial.md). Faults, calls for help and what the
wearer asks for are as always.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Final

from device.announcements import AlertKind, Announcement
from device.facts import Plain
from device.policy import POLICY
from device.producers import announcement
from routing.cues import CueKind
from wire.position import Fix

Days = tuple[date, date]  # the first and the last, in Japan

REMIND_S: Final = 600.0  # silence must not be taken for a quiet street, however long the walk
_JST: Final = timezone(timedelta(hours=9))  # no summer time since 1951
# Said of guidance, which such a week has none of.
_NOT_THEN: Final = frozenset({CueKind.ARRIVED})


@dataclass(frozen=True, slots=True)
class Silence:
    """Whether it is silent, and when that was last told."""

    on: bool = False
    told_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Moment:
    """Of this step: the newest position; whether the wearer is out with the device, or set out just now."""

    now_s: float
    fix: Fix | None
    walking: bool
    began: bool


def step(state: Silence, spans: tuple[Days, ...], moment: Moment) -> tuple[Silence, tuple[Announcement, ...]]:
    """Whether it is silent now; told when that begins and ends, as a walk begins, and every ten minutes.

    The day is that of the newest position. Before there is one it speaks: a clock that was not set yet must
    not take the warnings away.
    """
    on = moment.fix is not None and any(first <= _day(moment.fix) <= last for first, last in spans)
    if not on:
        ended = (announcement(AlertKind.SILENT_OVER, "silent", Plain(), moment.now_s),) if state.on else ()
        return Silence(), ended
    due = not state.on or moment.began or (moment.walking and moment.now_s - state.told_s >= REMIND_S)
    if not due:
        return replace(state, on=True), ()
    return Silence(True, moment.now_s), (announcement(AlertKind.SILENT, "silent", Plain(), moment.now_s),)


def told_in_silence(told: Announcement) -> bool:
    """Whether it is told in a silent week: faults, calls for help, what was asked for; no danger, no way."""
    row = POLICY[told.kind]
    return (row.asked or row.always) and told.kind not in _NOT_THEN


def _day(fix: Fix) -> date:
    return datetime.fromtimestamp(fix.utc_s, _JST).date()
