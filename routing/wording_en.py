"""Building blocks of English sentences: directions, distances, things as clauses."""

from routing import directions
from routing.cues import Cue, CueKind
from routing.directions import AHEAD, Certainty
from routing.manner import Manner, distance_m
from wire.route import Crossing, StretchKind

WHERE = {"left": "on the left", "right": "on the right", "ahead": "straight ahead"}
_ABOUT = {Certainty.PLAIN: "", Certainty.ABOUT: "about ", Certainty.AROUND: "around "}
COMPASS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
HERE_M = 4.0
KERB_M = 8.0  # a kerb is announced up to 6 m before it, by estimate

# In the order of `directions.DIRECTIONS`: ahead, right …, behind, left ….
_TURN = (
    "go straight on",
    "bear right",
    "turn right",
    "turn sharp right",
    "turn back",
    "turn sharp left",
    "turn left",
    "bear left",
)
_WHEREABOUTS = (
    "straight ahead",
    "ahead right",
    "to your right",
    "behind right",
    "behind you",
    "behind left",
    "to your left",
    "ahead left",
)


def metres(distance_m: float, accuracy_m: float | None = 0.0) -> str:
    """Like "20 metres", "about 20 metres", "around 20 metres"."""
    number = directions.rounded_m(distance_m)
    return f"{_ABOUT[directions.certainty(accuracy_m)]}{number} metre{'' if number == 1 else 's'}"


def turn(angle_deg: float, manner: Manner) -> str:
    """What to do: "turn right"."""
    index = directions.index(angle_deg)
    if manner.clock and index != AHEAD:
        return f"turn to {directions.clock_hour(angle_deg)} o'clock"
    return _TURN[index]


def whereabouts(angle_deg: float, manner: Manner) -> str:
    """Where something lies from the walker: "ahead right", "behind you"."""
    if manner.clock:
        return f"at {directions.clock_hour(angle_deg)} o'clock"
    return _WHEREABOUTS[directions.index(angle_deg)]


def ahead(cue: Cue, manner: Manner) -> str:
    """Like "in 20 metres"; "just ahead" where a figure would claim too much, at home "then"."""
    distance = distance_m(cue, manner)
    if distance is None:
        return "ahead"
    if manner.from_m is not None:
        return f"in {metres(distance)}" if distance >= HERE_M else "then"
    if distance < HERE_M or directions.close_by(distance, cue.accuracy_m):
        return "just ahead"
    return f"in {metres(distance, cue.accuracy_m)}"


def near(cue: Cue, within_m: float, manner: Manner) -> bool:
    """Whether the walker stands at most `within_m` before the thing, by estimate."""
    return manner.from_m is None and cue.distance_m is not None and cue.distance_m <= within_m


def here(cue: Cue, manner: Manner) -> str:
    """The place of a change: "here", "just ahead", "in 5 metres", at home "there"."""
    distance = distance_m(cue, manner)
    if distance is None or distance > HERE_M:
        return "here" if distance is None else ahead(cue, manner)
    return "here" if manner.from_m is None else "there"


def sentence(*parts: str) -> str:
    """The non-empty parts, each a sentence; a name may bring its own full stop ("Masaka St.")."""
    return " ".join([
        f"{part[0].upper()}{part[1:]}" if part[-1] == "." else f"{part[0].upper()}{part[1:]}."
        for part in parts
        if part
    ])  # fmt: skip


def then(cue: Cue, manner: Manner) -> str:
    """What follows so closely that it belongs to the same sentence."""
    after = cue.then
    if after is None:
        return ""
    return f"{_beyond(cue, after)}, {what(after, manner)}"


def _beyond(cue: Cue, after: Cue) -> str:
    """Where the next thing is: behind what has a length that is its end, not "right there"."""
    behind = after.crossing is not None and after.kind is CueKind.PREPARE_TURN
    if behind or cue.kind in ACROSS:
        return "once across"
    if cue.kind is CueKind.STEPS_AHEAD:
        return "at its end" if cue.moving else "at their end"
    if cue.kind is CueKind.UNDERPASS_AHEAD:
        return "at the end of the bridge" if cue.stretch is StretchKind.BRIDGE else "out of the underpass"
    return "right after that"


ACROSS = frozenset({CueKind.CROSSING_AHEAD, CueKind.CROSSING_NOW, CueKind.LEVEL_CROSSING_AHEAD})


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
    angle = cue.turn_deg
    if angle is None or directions.straight(angle):
        return ""
    return f", {whereabouts(angle, manner)}"


def crossing_short(known: Crossing) -> str:
    """A crossing in a few words."""
    if known.scramble == "yes":
        return "scramble crossing"
    if known.signals == "yes":
        return "crossing with signal and sound" if known.sound == "yes" else "crossing with signal"
    if known.marked == "no" or not known.mapped:
        return "unmarked crossing" if known.mapped else "road with no crossing on the map"
    return "crossing without signal" if known.signals == "no" and known.marked == "yes" else "street crossing"


def stairs(cue: Cue) -> str:
    """Steps, an escalator or a moving walk, with the direction where it is known."""
    up_or_down = {"up": " up", "down": " down"}.get(cue.steps_direction or "", "")
    if cue.moving:
        level = cue.stretch is not None and cue.stretch is not StretchKind.STEPS
        return "moving walkway" if level else f"escalator{up_or_down}"
    return f"steps{up_or_down}"


def passage(cue: Cue) -> str:
    """A bridge or an underpass."""
    return "bridge" if cue.stretch is StretchKind.BRIDGE else "underpass"


def way(cue: Cue, manner: Manner) -> str:
    """Where to go: relative to the walker where the heading is known, else by compass."""
    if cue.relative_deg is not None:
        return whereabouts(cue.relative_deg, manner)
    return f"to the {COMPASS[directions.compass_octant(cue.bearing_deg or 0.0)]}"
