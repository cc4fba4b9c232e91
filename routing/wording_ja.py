"""日本語の言いまわしの部品: directions, distances, and things as clauses, in Japanese."""

from routing import directions
from routing.cues import Cue, CueKind
from routing.directions import Certainty, Sector
from routing.manner import Manner
from wire.route import Crossing, StretchKind

_SIDE = {"left": "左", "right": "右"}
WHERE = {"left": "左手", "right": "右手", "ahead": "正面"}
_ABOUT = {Certainty.PLAIN: "", Certainty.ABOUT: "約", Certainty.AROUND: "およそ"}
COMPASS = ("北", "北東", "東", "南東", "南", "南西", "西", "北西")
HERE_M = 4.0
KERB_M = 8.0  # a kerb is announced up to 6 m before it, by estimate


def metres(distance_m: float, accuracy_m: float | None = 0.0) -> str:
    """Like 20メートル, 約20メートル, およそ20メートル."""
    return f"{_ABOUT[directions.certainty(accuracy_m)]}{directions.rounded_m(distance_m)}メートル"


def turn(angle_deg: float, manner: Manner) -> str:
    """What to do, as a verb: 右に曲がります."""
    where = directions.direction(angle_deg)
    if manner.clock and where.sector is not Sector.AHEAD:
        return f"{directions.clock_hour(angle_deg)}時の方向に曲がります"
    side = _SIDE.get(where.side or "", "")
    return {
        Sector.AHEAD: "まっすぐ進みます",
        Sector.SLIGHT: f"斜め{side}に進みます",
        Sector.TURN: f"{side}に曲がります",
        Sector.SHARP: f"大きく{side}に曲がります",
        Sector.BEHIND: "後ろに折り返します",
    }[where.sector]


def whereabouts(angle_deg: float, manner: Manner) -> str:
    """Where something lies from the walker: 正面, 右前, 右, 右後ろ, 後ろ."""
    if manner.clock:
        return f"{directions.clock_hour(angle_deg)}時の方向"
    where = directions.direction(angle_deg)
    side = _SIDE.get(where.side or "", "")
    return {
        Sector.AHEAD: "正面",
        Sector.SLIGHT: f"斜め{side}前",
        Sector.TURN: side,
        Sector.SHARP: f"{side}後ろ",
        Sector.BEHIND: "後ろ",
    }[where.sector]


def ahead(cue: Cue) -> str:
    """Like "20メートル先、"; すぐ先 where a figure would claim too much."""
    if cue.distance_m is None:
        return "この先、"
    if directions.close_by(cue.distance_m, cue.accuracy_m) or cue.distance_m < HERE_M:
        return "すぐ先、"
    return f"{metres(cue.distance_m, cue.accuracy_m)}先、"


def near(cue: Cue, within_m: float) -> bool:
    """Whether the thing is at most `within_m` away, by estimate."""
    return cue.distance_m is not None and cue.distance_m <= within_m


def from_here(cue: Cue) -> str:
    """Where a change begins: ここから, すぐ先から, 5メートル先から."""
    return "ここから、" if cue.distance_m is None or near(cue, HERE_M) else f"{ahead(cue)[:-1]}から、"


def then(cue: Cue, manner: Manner) -> str:
    """What follows so closely that it belongs to the same sentence."""
    after = cue.then
    if after is None:
        return ""
    if after.crossing is not None and after.kind is CueKind.PREPARE_TURN:
        return f"渡り終えたら、{turn(after.turn_deg or 0.0, manner)}。"
    return f"そのすぐ先、{what(after, manner)}。"


def what(cue: Cue, manner: Manner) -> str:
    """A cue as a clause of another sentence."""
    match cue.kind:
        case CueKind.PREPARE_TURN | CueKind.TURN_NOW:
            return turn(cue.turn_deg or 0.0, manner)
        case CueKind.CROSSING_AHEAD | CueKind.CROSSING_NOW:
            return f"{turned(cue, manner)}{crossing_short(cue.crossing or Crossing())}です"
        case CueKind.STEPS_AHEAD:
            return f"{turned(cue, manner)}{stairs(cue)}です"
        case CueKind.LEVEL_CROSSING_AHEAD:
            return f"{turned(cue, manner)}踏切です"
        case CueKind.UNDERPASS_AHEAD:
            return f"{turned(cue, manner)}{passage(cue)}です"
    return f"目的地、{manner.ja(cue.name)}です" if cue.name else "目的地です"


def turned(cue: Cue, manner: Manner) -> str:
    """Like "左に曲がって、" before what lies there; empty where it is straight on."""
    if cue.turn_deg is None or directions.direction(cue.turn_deg).sector is Sector.AHEAD:
        return ""
    verb = turn(cue.turn_deg, manner)
    for ending, joined in (
        ("曲がります", "曲がって"),
        ("進みます", "進んで"),
        ("折り返します", "折り返して"),
    ):
        if verb.endswith(ending):
            return f"{verb.removesuffix(ending)}{joined}、"
    raise ValueError(f"no joining form for {verb}")


def crossing_short(known: Crossing) -> str:
    """A crossing in a few words."""
    if known.signals == "yes":
        return "信号と音のある横断歩道" if known.sound == "yes" else "信号のある横断歩道"
    if known.marked == "no":
        return "横断歩道のない横断"
    return "信号のない横断歩道" if known.signals == "no" and known.marked == "yes" else "道路の横断"


def stairs(cue: Cue) -> str:
    """Steps with their direction, where it is known."""
    return {"up": "上り階段", "down": "下り階段"}.get(cue.steps_direction or "", "階段")


def passage(cue: Cue) -> str:
    """A bridge or an underpass."""
    return "橋" if cue.stretch is StretchKind.BRIDGE else "地下道"


def way(cue: Cue, manner: Manner) -> str:
    """Where to go: relative to the walker where the heading is known, else by compass."""
    if cue.relative_deg is not None:
        return whereabouts(cue.relative_deg, manner)
    return f"{COMPASS[directions.compass_octant(cue.bearing_deg or 0.0)]}の方向"
