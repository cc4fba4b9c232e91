"""Recorded fixes through a follower: what can be said without a truth. Pure.

The route is the line walked itself (`routing.walks.track`), so whoever is told to be off it, or to go the
wrong way, was told wrongly; the place on the route should only grow, and the end should be told.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.cues import Cue, CueKind
from routing.walks.figures import SILENCE_S
from routing.walks.record import Guide, S
from routing.walks.voice import Voice
from wire.position import Fix

_BACK_M = 15.0  # a step back of the estimate by more is a jump, not jitter


@dataclass(frozen=True, slots=True)
class ReplayFigures:
    """Of one recorded walk. Silence counts seconds of walking (over 0.4 m/s) without words begun or ended."""

    name: str
    km: float
    minutes: float
    turns: int
    turns_told: int
    false_off: int
    false_wrong_way: int
    reroutes_wanted: int
    arrived: bool
    jumps_back: int
    silences: int
    longest_silence_s: float
    messages_per_minute: float
    morae_per_minute: float


def replay(name: str, guide: Guide[S], fixes: Sequence[Fix], *, settle_s: float = 15.0) -> ReplayFigures:
    """Run `fixes` through `guide`, second by second: where the recording has gaps, no fix comes."""
    voice, state = Voice(), guide.start()
    told: list[Cue] = []
    places: list[float] = []
    reroutes = 0
    wanted = False
    moving: list[bool] = []
    first_s = fixes[0].utc_s
    queue = list(fixes)
    for now_s in _seconds(fixes, settle_s):
        due: list[Fix | None] = []
        while queue and queue[0].utc_s - first_s <= now_s:
            due.append(queue.pop(0))
        for fix in due or [None]:
            state, cues, progress = guide.step(state, fix, now_s)
            told += cues
            voice.offer(cues, now_s)
            reroutes += progress.reroute_wanted and not wanted
            wanted = progress.reroute_wanted
            places.append(progress.route_m)
            speed = fix.speed_mps if fix else None
        moving.append(bool(due) and (speed is None or speed > 0.4))
        voice.until(now_s + 1.0, progress.route_m)
    decisions = [one for one in guide.plan.decisions if one.act is CueKind.TURN_NOW]
    acted = {cue.key.rpartition("/")[0] for cue in told if cue.kind is CueKind.TURN_NOW}
    silences, longest = _silence(moving, [(one.start_s, one.end_s) for one in voice.said])
    minutes = len(moving) / 60.0
    return ReplayFigures(
        name=name,
        km=guide.plan.line.length_m / 1000.0,
        minutes=minutes,
        turns=len(decisions),
        turns_told=sum(one.key in acted for one in decisions),
        false_off=_episodes(told, CueKind.OFF_ROUTE),
        false_wrong_way=sum(cue.kind is CueKind.WRONG_WAY for cue in told),
        reroutes_wanted=reroutes,
        arrived=any(cue.kind is CueKind.ARRIVED for cue in told),
        jumps_back=_jumps(places),
        silences=silences,
        longest_silence_s=longest,
        messages_per_minute=len(voice.said) / minutes,
        morae_per_minute=sum(one.morae for one in voice.said) / minutes,
    )


def _seconds(fixes: Sequence[Fix], settle_s: float) -> list[float]:
    return [float(second) for second in range(int(fixes[-1].utc_s - fixes[0].utc_s + settle_s) + 1)]


def _episodes(told: Sequence[Cue], kind: CueKind) -> int:
    """Different keys: a repetition while still off is the same one."""
    return len({cue.key for cue in told if cue.kind is kind})


def _jumps(places: Sequence[float]) -> int:
    furthest, jumps, back = 0.0, 0, False
    for place in places:
        furthest = max(furthest, place)
        now_back = place < furthest - _BACK_M
        jumps += now_back and not back
        back = now_back
    return jumps


def _silence(moving: Sequence[bool], spans: Sequence[tuple[float, float]]) -> tuple[int, float]:
    speaking = {second for start, end in spans for second in range(int(start), int(end) + 1)}
    quiet, longest, count = 0.0, 0.0, 0
    for second, walks in enumerate(moving):
        quiet = 0.0 if second in speaking else quiet + walks
        count += quiet == SILENCE_S + 1.0 and bool(walks)
        longest = max(longest, quiet)
    return count, longest
