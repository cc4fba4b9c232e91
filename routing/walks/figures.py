"""What a walk's words were worth: every figure defined once, for simulated and recorded walks. Pure."""

from collections import Counter
from dataclasses import dataclass, field

from routing import geo
from routing.actions import CROSSING_LEAD_M, Action
from routing.cues import CueKind
from routing.walks.record import Record, Tick
from routing.walks.voice import Spoken
from routing.walks.walker import KERB_BACK_M

SILENCE_S = 60.0
_ARRIVED_M = 30.0
_SIDE_DEG = 22.5  # a told turn of less has no side
_AGAINST_DEG = 90.0
_TURNING_S = 4.0  # a receiver's course needs so long to follow who turns round
_NEW_STREET_M = 20.0


def window_m(accuracy_m: float) -> tuple[float, float]:
    """How long before and how long behind a corner its words are in the right window, metres.

    8 m before: what a cane searches while "here" is fresh, and the two seconds of the sentence. 4 m
    behind: the walker still hears and feels the opening. A position of 20 m cannot know 4 m: both grow
    with the 68 % radius, the late side by half of it, for late is worse.
    """
    return max(8.0, accuracy_m), max(4.0, 0.5 * accuracy_m)


def elsewhere_m(accuracy_m: float) -> float:
    """An instruction further than this from its corner is for another corner: a wrong one."""
    return max(12.0, 1.5 * accuracy_m)


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over walks; shares and rates are the properties.

    A *turn* is a decision of kind TURN_NOW, *chained* ones too (told as the `then` of the one before or
    by themselves; either counts). `turns_right`: its first act-now was heard within `window_m`;
    `turns_strict`: within 8 m before and 4 m behind whatever the accuracy; `turns_told`: told at all.
    Told means heard: 1.5 s after the words began. `prepared` of `preparable`: decisions that are not
    chained and not within 15 m of the start, whose preparation was heard before their act-now.
    `kerbs_before` of `kerbs`: the kerb message was heard before the feet came to the kerb (where a walker
    stops, 0.7 m before it: the seconds of standing there do not count in favour). `kerbs_window`: and no
    more than 12 m (or 1.5 x accuracy) before it. `kerbs_stepped`: not heard when the walker stepped off.
    `false_off`: "off the route" was said to a walker on it. `wrong_way_false` alike. `left`, `left_told`,
    `left_delays_s`: walkers who really left, who was told, how many seconds after the corner.
    `wrong`: kinds of wrong instruction -> count:
    "side": a side opposite to the turn that the walker must make from the true heading;
    "place": an act-now heard where another corner would be taken for its own (`elsewhere_m`);
    "late preparation": heard behind the corner by as much;
    "arrival": told > 30 m from the end;
    "crossed": told to be past a crossing while truly on it;
    "way back": a relative direction off by > 90 degrees both from the nearest place of the route and from
    where it was left, for who is truly > 20 m off it;
    "wrong way": told to who walks the right way.
    `silences`: stretches of walking of over 60 s without a word begun or ended.
    `rerouted_false`: walks where a new route was wanted on the route.
    """

    walks: int = 0
    km: float = 0.0
    minutes: float = 0.0
    turns: int = 0
    turns_told: int = 0
    turns_right: int = 0
    turns_strict: int = 0
    kerbs: int = 0
    kerbs_before: int = 0
    kerbs_window: int = 0
    kerbs_stepped: int = 0
    preparable: int = 0
    prepared: int = 0
    false_off: int = 0
    left: int = 0
    left_told: int = 0
    left_rerouted: int = 0
    left_delays_s: tuple[float, ...] = ()
    wrong: Counter[str] = field(default_factory=Counter)
    silences: int = 0
    longest_silence_s: float = 0.0
    messages: int = 0
    morae: float = 0.0
    spoken_s: float = 0.0
    rerouted_false: int = 0
    arrived: int = 0
    late_m: tuple[float, ...] = ()  # of each told turn: heard so far behind (negative: before) the corner

    def __add__(self, other: "Figures") -> "Figures":
        names = self.__dataclass_fields__
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        sums["longest_silence_s"] = max(self.longest_silence_s, other.longest_silence_s)
        return Figures(**sums)


def of(record: Record) -> Figures:
    """The figures of one walk."""
    acts = _acts(record)
    turns = [one for one in record.plan.decisions if one.act is CueKind.TURN_NOW]
    passed = [one for one in turns if _passed(record, one)]
    kerbs = [one for one in record.plan.decisions if one.act is CueKind.CROSSING_NOW and _passed(record, one)]
    early, late = window_m(record.accuracy_m)
    told = {one.key: _heard_m(record, one, acts) for one in (*passed, *kerbs)}
    right = [told[one.key] for one in passed]
    at_kerb = [told[one.key] for one in kerbs]
    furthest = max(12.0, 1.5 * record.accuracy_m)
    silences, longest = _silences(record)
    left, rerouted, delays = _left(record)
    seconds = len(record.ticks)
    return Figures(
        walks=1,
        km=_km(record),
        minutes=seconds / 60.0,
        turns=len(passed),
        turns_told=sum(bool(ways) for ways in right),
        turns_right=sum(any(-early <= m <= late for m in ways) for ways in right),
        turns_strict=sum(any(-8.0 <= m <= 4.0 for m in ways) for ways in right),
        kerbs=len(kerbs),
        kerbs_before=sum(any(m < -KERB_BACK_M for m in ways) for ways in at_kerb),
        kerbs_window=sum(any(-furthest <= m < -KERB_BACK_M for m in ways) for ways in at_kerb),
        kerbs_stepped=sum(all(m > 0.0 for m in ways) for ways in at_kerb),
        **_prepared(record),
        false_off=_false_off(record),
        left=left,
        left_told=len(delays),
        left_rerouted=rerouted,
        left_delays_s=delays,
        wrong=_wrong(record),
        silences=silences,
        longest_silence_s=longest,
        messages=len(record.said),
        morae=sum(one.morae * (0.5 if one.cut else 1.0) for one in record.said),
        spoken_s=sum(one.end_s - one.start_s for one in record.said),
        rerouted_false=any(tick.truth.on and tick.progress.reroute_wanted for tick in record.ticks),
        arrived=any(one.cue.kind is CueKind.ARRIVED for one in record.said),
        late_m=tuple(ways[0] for ways in right if ways),
    )


def _km(record: Record) -> float:
    return max(tick.truth.along_m for tick in record.ticks) / 1000.0


def _acts(record: Record) -> dict[str, list[Spoken]]:
    """The act-nows of each decision, in order."""
    found: dict[str, list[Spoken]] = {}
    for one in record.said:
        place, _, stage = one.cue.key.rpartition("/")
        if stage == "now":
            found.setdefault(place, []).append(one)
    return found


def _passed(record: Record, one: Action) -> bool:
    """Whether the walker came to it, and not in the first seconds, which the opening words fill."""
    return 15.0 <= one.at_m < 1000.0 * _km(record)


def _heard_m(record: Record, one: Action, acts: dict[str, list[Spoken]]) -> list[float]:
    """Where it was heard: metres behind it, of its first own act-now, and of the one before if chained."""
    own = [record.along_m(spoken.heard_s) - one.at_m for spoken in acts.get(one.key, [])[:1]]
    if not one.chained:
        return own
    index = record.plan.decisions.index(one)
    before = record.plan.decisions[index - 1]
    # As far from its own corner as the words before were from theirs.
    own += [
        record.along_m(spoken.heard_s) - before.at_m
        for spoken in acts.get(before.key, [])[:1]
        if spoken.cue.then is not None and spoken.cue.then.key == one.what.key and not spoken.cut
    ]
    return own


def _prepared(record: Record) -> dict[str, int]:
    wanted = [one for one in record.plan.decisions if not one.chained and _passed(record, one)]
    wanted = [one for one in wanted if one.at_m >= 15.0]
    ahead = {
        one.cue.key.rpartition("/")[0]: one.start_s for one in record.said if one.cue.key.endswith("/ahead")
    }
    acts = _acts(record)
    told = [
        one
        for one in wanted
        if one.key in ahead and (one.key not in acts or ahead[one.key] < acts[one.key][0].start_s)
    ]
    return {"preparable": len(wanted), "prepared": len(told)}


def _false_off(record: Record) -> int:
    """Episodes: the words came while the walker was, and for ten seconds had been, on the route."""
    episodes, last_s = 0, -60.0
    for one in record.said:
        if one.cue.kind is CueKind.OFF_ROUTE and _truly_on(record, one.start_s):
            episodes += one.start_s - last_s > 45.0
            last_s = one.start_s
    return episodes


def _truly_on(record: Record, t_s: float) -> bool:
    first = max(int(t_s) - 10, 0)
    return all(tick.truth.on for tick in record.ticks[first : int(t_s) + 1])


def _left(record: Record) -> tuple[int, int, tuple[float, ...]]:
    """Walkers who left, whether a new route was wanted, and seconds until it was told."""
    out = [tick.truth.t_s for tick in record.ticks if not tick.truth.on]
    if not out:
        return 0, 0, ()
    told = [
        one.start_s - out[0]
        for one in record.said
        if one.cue.kind in {CueKind.OFF_ROUTE, CueKind.WRONG_WAY} and out[0] <= one.start_s <= out[-1]
    ]
    wanted = any(tick.progress.reroute_wanted for tick in record.ticks if not tick.truth.on)
    return 1, int(wanted), tuple(told[:1])


def _wrong(record: Record) -> Counter[str]:
    found: Counter[str] = Counter()
    actions = {one.key: one for one in record.plan.decisions}
    for one in record.said:
        tick = record.at(one.heard_s)
        action = actions.get(one.cue.key.rpartition("/")[0])
        if action is not None:
            found.update(_wrong_at(record, one, tick, action))
        elif one.cue.kind is CueKind.ARRIVED:
            end = record.plan.line.xy[-1]
            x, y = tick.truth.xy
            found["arrival"] += (x - end[0]) ** 2 + (y - end[1]) ** 2 > _ARRIVED_M**2
        else:
            found.update(_wrong_direction(record, one, tick))
    return +found


def _wrong_at(record: Record, one: Spoken, tick: Tick, action: Action) -> list[str]:
    """An instruction that belongs to a place."""
    behind = record.along_m(one.heard_s) - action.at_m
    far = elsewhere_m(record.accuracy_m)
    if one.cue.kind is CueKind.CROSSING_DONE:
        on_it = action.at_m < record.along_m(one.start_s) < action.end_m - 1.0
        return ["crossed"] if on_it and tick.truth.on else []
    found = []
    stage = one.cue.key.rpartition("/")[2]
    if stage == "now" and tick.truth.on and _misplaced(record, action, behind, far):
        found.append("place")
    if stage == "ahead" and tick.truth.on and behind > far:
        found.append("late preparation")
    if stage == "now" and _other_side(record, one, tick, action):
        found.append("side")
    return found


def _misplaced(record: Record, action: Action, behind: float, far: float) -> bool:
    """Words for the spot, heard where another spot would be taken for it.

    Nothing is done on the words before a crossing or steps but to search on for the kerb, and what is
    searched for is the next one: early they are wrong only where another decision lies between, or from
    beyond the 30 m at which the crossing is prepared.
    """
    if action.act is CueKind.TURN_NOW or behind >= 0.0:
        return _apart(behind, action) > far
    here = action.at_m + behind
    room = window_m(record.accuracy_m)[0]
    between = any(here + room < one.at_m < action.at_m - 1.0 for one in record.plan.decisions)
    return between or -behind > CROSSING_LEAD_M


def _apart(behind_m: float, action: Action) -> float:
    """Metres from the corner, or from the stretch that the instruction is about."""
    if behind_m <= 0.0:
        return -behind_m
    return max(behind_m - (action.end_m - action.at_m), 0.0)


def _other_side(record: Record, one: Spoken, tick: Tick, action: Action) -> bool:
    """Told to one side where the walker must go to the other.

    Who comes along the route needs the turn of the route: as its line bends within 8 m of the corner, as
    the plan says, or from the true heading to the way out; one of them agreeing is enough, for corners a
    few metres apart are one turn for the feet. Who comes from elsewhere needs the turn from the true heading.
    """
    told, out = one.cue.turn_deg, action.what.bearing_deg
    if told is None or abs(told) <= _SIDE_DEG or abs(told) > 150.0 or out is None:
        return False
    truth, line = tick.truth, record.plan.line
    # Who turns while the words are made is judged by the heading that they were made for, too.
    seen = (truth, record.at(one.start_s).truth, record.at(one.start_s - _TURNING_S).truth)
    needs = [geo.turn_deg(who.heading_deg, out) for who in seen]
    if truth.on:
        if truth.along_m > action.at_m + window_m(record.accuracy_m)[1]:
            return False  # has turned already: "place" judges that
        needs += [geo.turn_deg(line.bearing_at(action.at_m, over_m=-8.0), out), action.what.turn_deg or 0.0]
    sided = [need for need in needs if _SIDE_DEG < abs(need) <= 150.0]
    return bool(sided) and all(told * need < 0.0 for need in sided)


def _wrong_direction(record: Record, one: Spoken, tick: Tick) -> list[str]:
    """Words about the way itself."""
    truth, cue = tick.truth, one.cue
    if cue.kind is CueKind.WRONG_WAY and _truly_on(record, one.start_s):
        return ["wrong way"]
    if cue.kind is not CueKind.OFF_ROUTE or cue.relative_deg is None or truth.on:
        return []
    line = record.plan.line
    here = line.plane.from_xy(truth.xy)
    near = line.project(here)
    if abs(near.offset_m) <= _NEW_STREET_M:
        return []
    ways = [geo.bearing_deg(here, near.point), geo.bearing_deg(here, line.at(truth.along_m))]
    # Who turns round while the words are made is not misled: the heading of a second before counts too.
    seen = (truth, record.at(one.start_s).truth, record.at(one.start_s - _TURNING_S).truth)
    errors = [
        abs(geo.turn_deg(cue.relative_deg, geo.turn_deg(who.heading_deg, back)))
        for who in seen
        for back in ways
    ]
    return ["way back"] if min(errors) > _AGAINST_DEG else []


def _silences(record: Record) -> tuple[int, float]:
    """(how many over 60 s, the longest): seconds walked since words last ended, until words begin."""
    spans = [(one.start_s, one.end_s) for one in record.said]
    count, longest, quiet = 0, 0.0, 0.0
    arrived = next((one.start_s for one in record.said if one.cue.kind is CueKind.ARRIVED), float("inf"))
    for tick in record.ticks:
        t_s = tick.truth.t_s
        while spans and spans[0][1] < t_s:
            spans.pop(0)
        speaking = bool(spans) and spans[0][0] <= t_s + 1.0
        over_before = quiet > SILENCE_S
        quiet = 0.0 if speaking else quiet + (1.0 if tick.truth.moving else 0.0)
        if t_s > arrived:
            break
        count += quiet > SILENCE_S and not over_before
        longest = max(longest, quiet)
    return count, longest
