"""道案内の言葉: every cue in Japanese, as an orientation and mobility instructor would say it.

Main clause first: where, what, then what is known of it. Never that one may cross, never a colour
of a signal, never that nothing is there. What the map does not hold is said as not known.
"""

from collections.abc import Callable

from routing import directions, features_ja, wording_summary_ja
from routing.cues import Cue, CueKind, Mark
from routing.directions import AHEAD, Certainty
from routing.manner import Manner, distance_m
from routing.wording_ja import (
    COMPASS,
    HERE_M,
    WHERE,
    ahead,
    here,
    metres,
    near,
    then,
    turn,
    way,
    what,
    whereabouts,
)
from wire.route import StretchKind

_INTO = {
    StretchKind.PEDESTRIAN: "歩行者用の通り",
    StretchKind.SHARED_PATH: "自転車も通る歩道",
    StretchKind.SIDEWALK: "歩道",
    StretchKind.ROAD: "歩道のない道",
    StretchKind.INDOOR: "屋内の通路",
    StretchKind.PATH: "小道",
}

_DOOR_M = 10.0  # further away by estimate, only the neighbourhood is claimed


def _face(cue: Cue, manner: Manner) -> str:
    if cue.relative_deg is not None:
        where = whereabouts(cue.relative_deg, manner)
        return f"進む方向は、{where}です。"
    compass = COMPASS[directions.compass_octant(cue.bearing_deg or 0.0)]
    later = "" if manner.short or manner.home else "歩き始めると、向きを確かめます。"
    return f"{compass}に向かって歩き始めます。{later}"


# Felt or heard, so a walker can be sure of it: told before anything that must be seen.
_MARKS = {
    Mark.BLOCKS_TURN: "点字ブロックに沿って、",
    Mark.BLOCKS_LEFT: "点字ブロックから離れて、",
    Mark.AFTER_STEPS: "階段の終わりで、",
    Mark.AFTER_ESCALATOR: "エスカレーターを降りて、",
    Mark.AFTER_RAILS: "踏切の先で、",
    Mark.AFTER_UNDERPASS: "地下道を出て、",
    Mark.AFTER_BRIDGE: "橋の終わりで、",
    Mark.AFTER_SIGNAL: "信号のある横断歩道の先で、",
    Mark.AFTER_CROSSING: "横断した先で、",
}
# At home the sentence before has just told the crossing.
_KNOWN_AT_HOME = frozenset({Mark.AFTER_SIGNAL, Mark.AFTER_CROSSING})


def _mark(cue: Cue, manner: Manner) -> str:
    mark = cue.mark
    return "" if mark is None or (manner.home and mark in _KNOWN_AT_HOME) else _MARKS[mark]


def _corner(cue: Cue, manner: Manner) -> str:
    """What is at the corner, where the street turned into has no name: 左手に銀行がある所で、."""
    if cue.name is None or cue.side is None:
        return ""
    return f"{WHERE.get(cue.side, '近く')}に{manner.ja(cue.name)}がある所で、"


def _into(cue: Cue, manner: Manner) -> str:
    unpaved = "舗装されていない" if cue.unpaved else ""
    if cue.name is not None and cue.side is None:
        sidewalk = "の歩道" if cue.stretch is StretchKind.SIDEWALK else ""
        return f"{unpaved}{manner.ja(cue.name)}{sidewalk}に入ります。"
    kind = "道" if unpaved else ""
    # At home the road without a sidewalk has a sentence of its own, the next.
    if cue.stretch in _INTO and not (manner.home and cue.stretch is StretchKind.ROAD):
        kind = _INTO[cue.stretch]
    return f"{unpaved}{kind}に入ります。" if kind else ""


def _prepare_turn(cue: Cue, manner: Manner) -> str:
    head, verb = ahead(cue, manner), turn(cue.turn_deg or 0.0, manner)
    if manner.short:
        return f"{head}{verb}。{then(cue, manner)}"
    place = f"{_corner(cue, manner)}{_mark(cue, manner)}"
    return f"{head}{place}{verb}。{_into(cue, manner)}{then(cue, manner)}"


def _turn_now(cue: Cue, manner: Manner) -> str:
    angle = cue.turn_deg or 0.0
    if directions.index(angle) == AHEAD:
        where = "このまま、"  # came from another side, or turned already
    elif cue.crossing is not None:
        where = "渡り終えたら、"  # the walker knows the far kerb, the position does not
    elif directions.certainty(cue.accuracy_m) is Certainty.PLAIN:
        where = "ここで、"
    else:
        where = "このあたりで、"
    felt = cue.mark if cue.mark in _FELT_AT_THE_SPOT and where != "このまま、" else None
    place = where if felt is None or manner.short else f"{where}{_MARKS[felt]}"
    into = _into(cue, manner) if manner.home else ""
    return f"{place}{turn(angle, manner)}。{into}{then(cue, manner)}"


_FELT_AT_THE_SPOT = frozenset({Mark.BLOCKS_TURN, Mark.BLOCKS_LEFT, Mark.AFTER_STEPS, Mark.AFTER_ESCALATOR})


def _paving_begins(cue: Cue, manner: Manner) -> str:
    return f"{here(cue, manner)}から、点字ブロックがあります。"


def _paving_ends(cue: Cue, manner: Manner) -> str:
    return f"{here(cue, manner)}で、点字ブロックが終わります。"


def _paving_unknown(cue: Cue, manner: Manner) -> str:
    return f"{'その' if manner.home else 'この'}先、点字ブロックの有無は分かりません。"


def _no_sidewalk(cue: Cue, manner: Manner) -> str:
    if manner.short:
        return f"{here(cue, manner)}から、歩道がありません。"
    length = f"{metres(cue.length_m)}、" if cue.length_m else "、"
    return f"{here(cue, manner)}から{length}歩道がありません。車と同じ道を歩きます。"


def _landmark(cue: Cue, manner: Manner) -> str:
    name = manner.ja(cue.name) if cue.name else "目印"
    where = WHERE.get(cue.side or "", "近く")
    distance = distance_m(cue, manner)
    beside = manner.short or distance is None or distance <= HERE_M
    far = "" if beside else ahead(cue, manner)
    return f"{far}{where}に、{name}。"


def _paving_branch(cue: Cue, manner: Manner) -> str:
    which = {"left": "左へ分かれる", "right": "右へ分かれる", "ahead": "まっすぐ続く"}.get(cue.side or "")
    if which and manner.short:
        return f"{ahead(cue, manner)}{which}点字ブロックです。"
    follow = f"{which}ほうを、たどります。" if which else ""
    return f"{ahead(cue, manner)}点字ブロックが分かれます。{follow}"


def _map_gap(cue: Cue, manner: Manner) -> str:
    length = f"{metres(cue.length_m)}ほど、" if cue.length_m else ""
    return f"{ahead(cue, manner)}{length}地図がつながっていません。" + (
        "" if manner.short else "道があるかどうか、確かめてください。"
    )


def _reassure(cue: Cue, manner: Manner) -> str:
    distance = metres(cue.distance_m or 0.0, cue.accuracy_m)
    if manner.short or cue.then is None:
        return f"このまま、{distance}です。"
    return f"このまま、道なりです。{distance}先、{what(cue.then, manner)}。"


def _off_route(cue: Cue, manner: Manner) -> str:
    distance = metres(cue.distance_m or 0.0, cue.accuracy_m)
    return f"経路から外れたようです。経路は、{way(cue, manner)}、{distance}です。"


def _back_on_route(cue: Cue, manner: Manner) -> str:
    if cue.relative_deg is None:
        return "経路に戻ったようです。"
    return f"経路に戻ったようです。進む方向は、{whereabouts(cue.relative_deg, manner)}です。"


def _wrong_way(cue: Cue, manner: Manner) -> str:
    return f"逆方向に進んでいるようです。進む方向は、{way(cue, manner)}です。"


def _reroute_failed(cue: Cue, manner: Manner) -> str:
    why = _NO_REROUTE.get(cue.reason or "", "新しい経路を作れません。")
    return f"{why}元の経路の案内を続けます。"


_NO_REROUTE = {
    "no_network": "通信できないため、新しい経路を作れません。",
    "none_found": "新しい経路が見つかりません。",
}


def _near_destination(cue: Cue, manner: Manner) -> str:
    name = f"、{manner.ja(cue.name)}" if cue.name else ""
    where = f"{WHERE[cue.side]}です。" if cue.side in WHERE and not manner.short else ""
    return f"{ahead(cue, manner)}目的地{name}です。{where}"


def _arrived(cue: Cue, manner: Manner) -> str:
    name = manner.ja(cue.name) if cue.name else "目的地"
    where = f"{WHERE[cue.side]}にあります。" if cue.side in WHERE else ""
    near_by = "" if cue.distance_m is None or near(cue, _DOOR_M, manner) else "の近く"
    return f"{name}{near_by}に着きました。{where}"


def _position_lost(cue: Cue, manner: Manner) -> str:
    return "位置が分からなくなりました。" + ("" if manner.short else "曲がり角や横断歩道の案内はできません。")


def _position_back(cue: Cue, manner: Manner) -> str:
    return "位置が分かるようになりました。" + ("" if manner.short else "案内を続けます。")


def _position_poor(cue: Cue, manner: Manner) -> str:
    error = f"誤差はおよそ{directions.rounded_m(cue.accuracy_m)}メートルです。" if cue.accuracy_m else ""
    return "位置が不確かです。" + (
        "" if manner.short else f"{error}案内が早すぎたり遅れたりすることがあります。"
    )


WORDS: dict[CueKind, Callable[[Cue, Manner], str]] = {
    CueKind.START: wording_summary_ja.start,
    CueKind.FACE: _face,
    CueKind.PREPARE_TURN: _prepare_turn,
    CueKind.TURN_NOW: _turn_now,
    CueKind.CROSSING_AHEAD: features_ja.crossing_ahead,
    CueKind.CROSSING_NOW: features_ja.crossing_now,
    CueKind.CROSSING_DONE: features_ja.crossing_done,
    CueKind.STEPS_AHEAD: features_ja.steps_ahead,
    CueKind.LEVEL_CROSSING_AHEAD: features_ja.level_crossing_ahead,
    CueKind.UNDERPASS_AHEAD: features_ja.underpass_ahead,
    CueKind.PAVING_BEGINS: _paving_begins,
    CueKind.PAVING_ENDS: _paving_ends,
    CueKind.PAVING_UNKNOWN: _paving_unknown,
    CueKind.NO_SIDEWALK: _no_sidewalk,
    CueKind.SLOPE_AHEAD: features_ja.slope_ahead,
    CueKind.PAVING_BRANCH: _paving_branch,
    CueKind.MAP_GAP: _map_gap,
    CueKind.REASSURE: _reassure,
    CueKind.LANDMARK: _landmark,
    CueKind.OFF_ROUTE: _off_route,
    CueKind.BACK_ON_ROUTE: _back_on_route,
    CueKind.WRONG_WAY: _wrong_way,
    CueKind.REROUTED: wording_summary_ja.rerouted,
    CueKind.REROUTE_FAILED: _reroute_failed,
    CueKind.NEAR_DESTINATION: _near_destination,
    CueKind.ARRIVED: _arrived,
    CueKind.POSITION_LOST: _position_lost,
    CueKind.POSITION_BACK: _position_back,
    CueKind.POSITION_POOR: _position_poor,
}
