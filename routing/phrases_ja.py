"""道案内の言葉: every cue in Japanese, as an orientation and mobility instructor would say it.

Main clause first: where, what, then what is known of it. Never that one may cross, never a colour
of a signal, never that nothing is there. What the map does not hold is said as not known.
"""

from collections.abc import Callable

from routing import directions, features_ja
from routing.cues import Cue, CueKind
from routing.directions import Certainty, Sector
from routing.manner import Manner
from routing.wording_ja import (
    COMPASS,
    HERE_M,
    WHERE,
    ahead,
    from_here,
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


def _start(cue: Cue, manner: Manner) -> str:
    goal = f"{manner.ja(cue.name)}まで、" if cue.name else "目的地まで、"
    length = f"{metres(cue.length_m)}、" if cue.length_m else ""
    minutes = f"およそ{cue.minutes}分です。" if cue.minutes else "です。"
    told = "" if manner.short else _caveats(cue)
    return f"{goal}{length}{minutes}{told}"


def _caveats(cue: Cue) -> str:
    parts = [
        _CAVEATS[caveat.kind].format(count=caveat.count, length=metres(caveat.length_m))
        for caveat in cue.caveats
    ]
    return f"途中に、{'、'.join(parts)}あります。" if parts else ""


_CAVEATS = {
    "no_sidewalk": "歩道のない道が{length}",
    "unmarked_crossing": "横断歩道のない横断が{count}か所",
    "level_crossing": "踏切が{count}か所",
    "steps": "階段が{count}か所",
    "no_signal": "信号のない横断が{count}か所",
    "tactile_unknown": "点字ブロックの有無が分からない所が{length}",
}


def _face(cue: Cue, manner: Manner) -> str:
    if cue.relative_deg is not None:
        where = whereabouts(cue.relative_deg, manner)
        return f"進む方向は、{where}です。"
    compass = COMPASS[directions.compass_octant(cue.bearing_deg or 0.0)]
    later = "" if manner.short else "歩き始めると、向きを確かめます。"
    return f"{compass}に向かって歩き始めます。{later}"


def _corner(cue: Cue, manner: Manner) -> str:
    """What is at the corner, where the street turned into has no name: 左手に銀行がある所で、."""
    if cue.name is None or cue.side is None:
        return ""
    return f"{WHERE.get(cue.side, '近く')}に{manner.ja(cue.name)}がある所で、"


def _into(cue: Cue, manner: Manner) -> str:
    if cue.name is not None and cue.side is None:
        return f"{manner.ja(cue.name)}に入ります。"
    return f"{_INTO[cue.stretch]}に入ります。" if cue.stretch in _INTO else ""


def _prepare_turn(cue: Cue, manner: Manner) -> str:
    angle = cue.turn_deg or 0.0
    if manner.short:
        return f"{ahead(cue)}{turn(angle, manner)}。{then(cue, manner)}"
    return f"{ahead(cue)}{_corner(cue, manner)}{turn(angle, manner)}。{_into(cue, manner)}{then(cue, manner)}"


def _turn_now(cue: Cue, manner: Manner) -> str:
    if directions.direction(cue.turn_deg or 0.0).sector is Sector.AHEAD:
        where = "このまま、"  # came from another side, or turned already
    elif cue.crossing is not None:
        where = "渡り終えたら、"  # the walker knows the far kerb, the position does not
    else:
        plain = directions.certainty(cue.accuracy_m) is Certainty.PLAIN
        where = "ここで、" if plain else "このあたりで、"
    return f"{where}{turn(cue.turn_deg or 0.0, manner)}。{then(cue, manner)}"


def _paving_begins(cue: Cue, manner: Manner) -> str:
    return f"{from_here(cue)}点字ブロックがあります。"


def _paving_ends(cue: Cue, manner: Manner) -> str:
    here = "ここで、" if cue.distance_m is None or near(cue, HERE_M) else f"{ahead(cue)[:-1]}で、"
    return f"{here}点字ブロックが終わります。"


def _paving_unknown(cue: Cue, manner: Manner) -> str:
    return "この先、点字ブロックの有無は分かりません。"


def _no_sidewalk(cue: Cue, manner: Manner) -> str:
    length = f"{metres(cue.length_m)}続きます。" if cue.length_m and not manner.short else ""
    return f"{from_here(cue)}歩道がありません。{length}" + ("" if manner.short else "車と同じ道を歩きます。")


def _landmark(cue: Cue, manner: Manner) -> str:
    name = manner.ja(cue.name) if cue.name else "目印"
    where = WHERE.get(cue.side or "", "近く")
    far = "" if manner.short or cue.distance_m is None or near(cue, HERE_M) else ahead(cue)
    return f"{far}{where}に、{name}。"


def _paving_branch(cue: Cue, manner: Manner) -> str:
    which = {"left": "左へ分かれる", "right": "右へ分かれる", "ahead": "まっすぐ続く"}.get(cue.side or "")
    follow = f"{which}ブロックを、たどります。" if which else ""
    return f"{ahead(cue)}点字ブロックが分かれます。{follow}"


def _map_gap(cue: Cue, manner: Manner) -> str:
    length = f"{metres(cue.length_m)}ほど、" if cue.length_m else ""
    care = "" if manner.short else "足元を確かめて進んでください。"
    return f"{ahead(cue)}{length}地図がつながっていません。{care}"


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


def _rerouted(cue: Cue, manner: Manner) -> str:
    length = f"、{metres(cue.length_m)}" if cue.length_m else ""
    minutes = f"、およそ{cue.minutes}分" if cue.minutes else ""
    head = f"ここから、新しい経路です。目的地まで{length}{minutes}です。" if length or minutes else ""
    return head or "ここから、新しい経路です。"


def _reroute_failed(cue: Cue, manner: Manner) -> str:
    why = _NO_REROUTE.get(cue.reason or "", "新しい経路を作れません。")
    return f"{why}元の経路の案内を続けます。"


_NO_REROUTE = {
    "no_network": "通信できないため、新しい経路を作れません。",
    "none_found": "新しい経路が見つかりません。",
}


def _path_closed(cue: Cue, manner: Manner) -> str:
    return f"{ahead(cue)}通れないという知らせがあります。" + ("" if manner.short else "経路の上です。")


def _near_destination(cue: Cue, manner: Manner) -> str:
    name = f"、{manner.ja(cue.name)}" if cue.name else ""
    where = f"{WHERE[cue.side]}です。" if cue.side in WHERE and not manner.short else ""
    return f"{ahead(cue)}目的地{name}です。{where}"


def _arrived(cue: Cue, manner: Manner) -> str:
    name = manner.ja(cue.name) if cue.name else "目的地"
    where = f"{WHERE[cue.side]}にあります。" if cue.side in WHERE else ""
    near_by = "" if cue.distance_m is None or near(cue, _DOOR_M) else "の近く"
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
    CueKind.START: _start,
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
    CueKind.REROUTED: _rerouted,
    CueKind.REROUTE_FAILED: _reroute_failed,
    CueKind.PATH_CLOSED: _path_closed,
    CueKind.NEAR_DESTINATION: _near_destination,
    CueKind.ARRIVED: _arrived,
    CueKind.POSITION_LOST: _position_lost,
    CueKind.POSITION_BACK: _position_back,
    CueKind.POSITION_POOR: _position_poor,
}
