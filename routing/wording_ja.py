"""日本語の言いまわしの部品: directions, distances, and things as clauses, in Japanese."""

from routing import directions
from routing.cues import Cue, CueKind
from routing.directions import AHEAD, Certainty
from routing.manner import Manner, distance_m
from wire.route import Crossing, StretchKind

WHERE = {"left": "左手", "right": "右手", "ahead": "正面"}
_ABOUT = {Certainty.PLAIN: "", Certainty.ABOUT: "約", Certainty.AROUND: "およそ"}
COMPASS = ("北", "北東", "東", "南東", "南", "南西", "西", "北西")
HERE_M = 4.0
KERB_M = 8.0  # a kerb is announced up to 6 m before it, by estimate

# In the order of `directions.DIRECTIONS`: ahead, right …, behind, left ….
_TURN = (
    "まっすぐ進みます",
    "斜め右に進みます",
    "右に曲がります",
    "大きく右に曲がります",
    "後ろに折り返します",
    "大きく左に曲がります",
    "左に曲がります",
    "斜め左に進みます",
)
# Joined to what lies there; straight on needs no word.
_TURNED = (
    "",
    "斜め右に進んで、",
    "右に曲がって、",
    "大きく右に曲がって、",
    "後ろに折り返して、",
    "大きく左に曲がって、",
    "左に曲がって、",
    "斜め左に進んで、",
)
_WHEREABOUTS = ("正面", "斜め右前", "右", "右後ろ", "後ろ", "左後ろ", "左", "斜め左前")


def metres(distance_m: float, accuracy_m: float | None = 0.0) -> str:
    """Like 20メートル, 約20メートル, およそ20メートル."""
    return f"{_ABOUT[directions.certainty(accuracy_m)]}{directions.rounded_m(distance_m)}メートル"


def turn(angle_deg: float, manner: Manner) -> str:
    """What to do, as a verb: 右に曲がります."""
    index = directions.index(angle_deg)
    if manner.clock and index != AHEAD:
        return f"{directions.clock_hour(angle_deg)}時の方向に曲がります"
    return _TURN[index]


def whereabouts(angle_deg: float, manner: Manner) -> str:
    """Where something lies from the walker: 正面, 斜め右前, 右, 右後ろ, 後ろ."""
    if manner.clock:
        return f"{directions.clock_hour(angle_deg)}時の方向"
    return _WHEREABOUTS[directions.index(angle_deg)]


def ahead(cue: Cue, manner: Manner) -> str:
    """Like "20メートル先、"; すぐ先 where a figure would claim too much, at home 続いて."""
    distance = distance_m(cue, manner)
    if distance is None:
        return "この先、"
    if manner.from_m is not None:
        return f"{directions.rounded_m(distance)}メートル先、" if distance >= HERE_M else "続いて、"
    if distance < HERE_M or directions.close_by(distance, cue.accuracy_m):
        return "すぐ先、"
    return f"{metres(distance, cue.accuracy_m)}先、"


def near(cue: Cue, within_m: float, manner: Manner) -> bool:
    """Whether the walker stands at most `within_m` before the thing, by estimate."""
    return manner.from_m is None and cue.distance_m is not None and cue.distance_m <= within_m


def here(cue: Cue, manner: Manner) -> str:
    """The place of a change: ここ, すぐ先, 5メートル先, at home そこ."""
    distance = distance_m(cue, manner)
    if distance is None or distance > HERE_M:
        return "ここ" if distance is None else ahead(cue, manner)[:-1]
    return "ここ" if manner.from_m is None else "そこ"


def then(cue: Cue, manner: Manner) -> str:
    """What follows so closely that it belongs to the same sentence."""
    after = cue.then
    if after is None:
        return ""
    return f"{_beyond(cue, after)}{what(after, manner)}。"


def _beyond(cue: Cue, after: Cue) -> str:
    """Where the next thing is: behind what has a length that is its end, not "right there"."""
    behind = after.crossing is not None and after.kind is CueKind.PREPARE_TURN
    if behind or cue.kind in ACROSS:
        return "渡り終えたら、"
    if cue.kind is CueKind.STEPS_AHEAD:
        return "その終わりで、"
    if cue.kind is CueKind.UNDERPASS_AHEAD:
        return "橋の終わりで、" if cue.stretch is StretchKind.BRIDGE else "地下道を出ると、"
    return "そのすぐ先、"


ACROSS = frozenset({CueKind.CROSSING_AHEAD, CueKind.CROSSING_NOW, CueKind.LEVEL_CROSSING_AHEAD})


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
    angle = cue.turn_deg
    if angle is None or directions.straight(angle):
        return ""
    if manner.clock:
        return f"{directions.clock_hour(angle)}時の方向に曲がって、"
    return _TURNED[directions.index(angle)]


def crossing_short(known: Crossing) -> str:
    """A crossing in a few words."""
    if known.scramble == "yes":
        return "スクランブル交差点"
    if known.signals == "yes":
        return "信号と音のある横断歩道" if known.sound == "yes" else "信号のある横断歩道"
    if known.marked == "no" or not known.mapped:
        return "横断歩道のない横断" if known.mapped else "地図に横断歩道のない横断"
    return "信号のない横断歩道" if known.signals == "no" and known.marked == "yes" else "道路の横断"


def stairs(cue: Cue) -> str:
    """Steps, an escalator or a moving walk, with the direction where it is known."""
    up_or_down = {"up": "上り", "down": "下り"}.get(cue.steps_direction or "", "")
    if cue.moving:
        level = cue.stretch is not None and cue.stretch is not StretchKind.STEPS
        return "動く歩道" if level else f"{up_or_down}エスカレーター"
    return f"{up_or_down}階段"


def passage(cue: Cue) -> str:
    """A bridge or an underpass."""
    return "橋" if cue.stretch is StretchKind.BRIDGE else "地下道"


def way(cue: Cue, manner: Manner) -> str:
    """Where to go: relative to the walker where the heading is known, else by compass."""
    if cue.relative_deg is not None:
        return whereabouts(cue.relative_deg, manner)
    return f"{COMPASS[directions.compass_octant(cue.bearing_deg or 0.0)]}の方向"
