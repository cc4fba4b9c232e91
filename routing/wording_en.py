"""Building blocks of English sentences: directions, distances, things as clauses."""

from routing import directions
from routing.cues import Cue, CueKind
from routing.directions import Certainty, Sector
from routing.manner import Manner
from wire.route import Crossing, StretchKind

WHERE = {"left": "on the left", "right": "on the right", "ahead": "straight ahead"}
_ABOUT = {Certainty.PLAIN: "", Certainty.ABOUT: "about ", Certainty.AROUND: "around "}
COMPASS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
HERE_M = 4.0
KERB_M = 8.0  # a kerb is announced up to 6 m before it, by estimate


def metres(distance_m: float, accuracy_m: float | None = 0.0) -> str:
    """Like "20 metres", "about 20 metres", "around 20 metres"."""
    number = directions.rounded_m(distance_m)
    return f"{_ABOUT[directions.certainty(accuracy_m)]}{number} metre{'' if number == 1 else 's'}"


def turn(angle_deg: float, manner: Manner) -> str:
    """What to do: "turn right"."""
    where = directions.direction(angle_deg)
    if manner.clock and where.sector is not Sector.AHEAD:
        return f"turn to {directions.clock_hour(angle_deg)} o'clock"
    return {
        Sector.AHEAD: "go straight on",
        Sector.SLIGHT: f"bear {where.side}",
        Sector.TURN: f"turn {where.side}",
        Sector.SHARP: f"turn sharp {where.side}",
        Sector.BEHIND: "turn back",
    }[where.sector]


def whereabouts(angle_deg: float, manner: Manner) -> str:
    """Where something lies from the walker: "ahead right", "behind you"."""
    if manner.clock:
        return f"at {directions.clock_hour(angle_deg)} o'clock"
    where = directions.direction(angle_deg)
    return {
        Sector.AHEAD: "straight ahead",
        Sector.SLIGHT: f"ahead {where.side}",
        Sector.TURN: f"to your {where.side}",
        Sector.SHARP: f"behind {where.side}",
        Sector.BEHIND: "behind you",
    }[where.sector]


def ahead(cue: Cue) -> str:
    """Like "in 20 metres"; "just ahead" where a figure would claim too much."""
    if cue.distance_m is None:
        return "ahead"
    if directions.close_by(cue.distance_m, cue.accuracy_m) or cue.distance_m < HERE_M:
        return "just ahead"
    return f"in {metres(cue.distance_m, cue.accuracy_m)}"


def near(cue: Cue, within_m: float) -> bool:
    """Whether the thing is at most `within_m` away, by estimate."""
    return cue.distance_m is not None and cue.distance_m <= within_m


def from_here(cue: Cue) -> str:
    """Where a change begins."""
    return "here" if cue.distance_m is None or near(cue, HERE_M) else ahead(cue)


def sentence(*parts: str) -> str:
    """The non-empty parts, each a sentence."""
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts if part)


def then(cue: Cue, manner: Manner) -> str:
    """What follows so closely that it belongs to the same sentence."""
    after = cue.then
    if after is None:
        return ""
    if after.crossing is not None and after.kind is CueKind.PREPARE_TURN:
        return f"once across, {turn(after.turn_deg or 0.0, manner)}"
    return f"right after that, {what(after, manner)}"


def what(cue: Cue, manner: Manner) -> str:
    """A cue as a clause of another sentence."""
    match cue.kind:
        case CueKind.PREPARE_TURN | CueKind.TURN_NOW:
            return turn(cue.turn_deg or 0.0, manner)
        case CueKind.CROSSING_AHEAD | CueKind.CROSSING_NOW:
            return f"{crossing_short(cue.crossing or Crossing())}{turned(cue, manner)}"
        case CueKind.STEPS_AHEAD:
            return f"{stairs(cue)}{turned(cue, manner)}"
        case CueKind.LEVEL_CROSSING_AHEAD:
            return f"railway crossing{turned(cue, manner)}"
        case CueKind.UNDERPASS_AHEAD:
            return f"{passage(cue)}{turned(cue, manner)}"
    return f"your destination, {manner.en(cue.name)}" if cue.name else "your destination"


def turned(cue: Cue, manner: Manner) -> str:
    """Like ", to your left"; empty where it is straight on."""
    if cue.turn_deg is None or directions.direction(cue.turn_deg).sector is Sector.AHEAD:
        return ""
    return f", {whereabouts(cue.turn_deg, manner)}"


def crossing_short(known: Crossing) -> str:
    """A crossing in a few words."""
    if known.signals == "yes":
        return "crossing with signal and sound" if known.sound == "yes" else "crossing with signal"
    if known.marked == "no":
        return "unmarked crossing"
    return "crossing without signal" if known.signals == "no" and known.marked == "yes" else "street crossing"


def stairs(cue: Cue) -> str:
    """Steps with their direction, where it is known."""
    return {"up": "steps up", "down": "steps down"}.get(cue.steps_direction or "", "steps")


def passage(cue: Cue) -> str:
    """A bridge or an underpass."""
    return "bridge" if cue.stretch is StretchKind.BRIDGE else "underpass"


def way(cue: Cue, manner: Manner) -> str:
    """Where to go: relative to the walker where the heading is known, else by compass."""
    if cue.relative_deg is not None:
        return whereabouts(cue.relative_deg, manner)
    return f"to the {COMPASS[directions.compass_octant(cue.bearing_deg or 0.0)]}"
