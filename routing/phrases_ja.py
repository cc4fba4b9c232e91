"""道案内の言葉: every cue in Japanese, as an orientation and mobility instructor would say it.

Main clause first: where, what, then what is known of it. Never that one may cross, never a colour
of a signal, never that nothing is there. What the map does not hold is said as not known.
"""

from collections.abc import Callable

from routing import directions
from routing.cues import Cue, CueKind
from routing.directions import Certainty, Sector
from routing.manner import Manner
from wire.route import Crossing, StretchKind

_SIDE = {"left": "左", "right": "右"}
_WHERE = {"left": "左手", "right": "右手", "ahead": "正面"}
_ABOUT = {Certainty.PLAIN: "", Certainty.ABOUT: "約", Certainty.AROUND: "およそ"}
_COMPASS = ("北", "北東", "東", "南東", "南", "南西", "西", "北西")
_HERE_M = 4.0
_KERB_M = 8.0  # a kerb is announced up to 6 m before it, by estimate
_INTO = {
    StretchKind.PEDESTRIAN: "歩行者用の通り",
    StretchKind.SHARED_PATH: "自転車も通る歩道",
    StretchKind.SIDEWALK: "歩道",
    StretchKind.ROAD: "歩道のない道",
    StretchKind.INDOOR: "屋内の通路",
    StretchKind.PATH: "小道",
}


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


def _ahead(cue: Cue) -> str:
    """Like "20メートル先、"; すぐ先 where a figure would claim too much."""
    if cue.distance_m is None:
        return "この先、"
    if directions.close_by(cue.distance_m, cue.accuracy_m) or cue.distance_m < _HERE_M:
        return "すぐ先、"
    return f"{metres(cue.distance_m, cue.accuracy_m)}先、"


def _near(cue: Cue, within_m: float) -> bool:
    return cue.distance_m is not None and cue.distance_m <= within_m


def _from_here(cue: Cue) -> str:
    """Where a change begins: ここから, すぐ先から, 5メートル先から."""
    return "ここから、" if cue.distance_m is None or _near(cue, _HERE_M) else f"{_ahead(cue)[:-1]}から、"


# --- the way


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
    compass = _COMPASS[directions.compass_octant(cue.bearing_deg or 0.0)]
    later = "" if manner.short else "歩き始めると、向きを確かめます。"
    return f"{compass}に向かって歩き始めます。{later}"


def _corner(cue: Cue, manner: Manner) -> str:
    """What is at the corner, where the street turned into has no name: 左手に銀行がある所で、."""
    if cue.name is None or cue.side is None:
        return ""
    return f"{_WHERE.get(cue.side, '近く')}に{manner.ja(cue.name)}がある所で、"


def _into(cue: Cue, manner: Manner) -> str:
    if cue.name is not None and cue.side is None:
        return f"{manner.ja(cue.name)}に入ります。"
    return f"{_INTO[cue.stretch]}に入ります。" if cue.stretch in _INTO else ""


def _prepare_turn(cue: Cue, manner: Manner) -> str:
    angle = cue.turn_deg or 0.0
    if manner.short:
        return f"{_ahead(cue)}{turn(angle, manner)}。{_then(cue, manner)}"
    return (
        f"{_ahead(cue)}{_corner(cue, manner)}{turn(angle, manner)}。{_into(cue, manner)}{_then(cue, manner)}"
    )


def _turn_now(cue: Cue, manner: Manner) -> str:
    if directions.direction(cue.turn_deg or 0.0).sector is Sector.AHEAD:
        where = "このまま、"  # came from another side, or turned already
    elif cue.crossing is not None:
        where = "渡り終えたら、"  # the walker knows the far kerb, the position does not
    else:
        plain = directions.certainty(cue.accuracy_m) is Certainty.PLAIN
        where = "ここで、" if plain else "このあたりで、"
    return f"{where}{turn(cue.turn_deg or 0.0, manner)}。{_then(cue, manner)}"


def _then(cue: Cue, manner: Manner) -> str:
    """What follows so closely that it belongs to the same sentence."""
    after = cue.then
    if after is None:
        return ""
    if after.crossing is not None and after.kind is CueKind.PREPARE_TURN:
        return f"渡り終えたら、{turn(after.turn_deg or 0.0, manner)}。"
    return f"そのすぐ先、{_what(after, manner)}。"


def _what(cue: Cue, manner: Manner) -> str:
    """A cue as a clause of another sentence."""
    match cue.kind:
        case CueKind.PREPARE_TURN | CueKind.TURN_NOW:
            return turn(cue.turn_deg or 0.0, manner)
        case CueKind.CROSSING_AHEAD | CueKind.CROSSING_NOW:
            return f"{_turned(cue, manner)}{_crossing_short(cue.crossing or Crossing())}です"
        case CueKind.STEPS_AHEAD:
            return f"{_turned(cue, manner)}{_stairs(cue)}です"
        case CueKind.LEVEL_CROSSING_AHEAD:
            return f"{_turned(cue, manner)}踏切です"
        case CueKind.UNDERPASS_AHEAD:
            return f"{_turned(cue, manner)}{_passage(cue)}です"
    return f"目的地、{manner.ja(cue.name)}です" if cue.name else "目的地です"


# --- crossings


def _turned(cue: Cue, manner: Manner) -> str:
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


def _crossing_ahead(cue: Cue, manner: Manner) -> str:
    known = cue.crossing or Crossing()
    head = f"{_ahead(cue)}{_turned(cue, manner)}"
    if manner.short:
        return f"{head}{_crossing_short(known)}。{_then(cue, manner)}"
    street = f"{manner.ja(cue.name)}を渡る、" if cue.name else ""
    return f"{head}{street}{_crossing_kind(known)}。{_crossing_details(cue, known)}{_then(cue, manner)}"


def _crossing_short(known: Crossing) -> str:
    if known.signals == "yes":
        return "信号と音のある横断歩道" if known.sound == "yes" else "信号のある横断歩道"
    if known.marked == "no":
        return "横断歩道のない横断"
    return "信号のない横断歩道" if known.signals == "no" and known.marked == "yes" else "道路の横断"


def _crossing_kind(known: Crossing) -> str:
    """信号と横断歩道の有無; what is not known is said as not known."""
    if known.signals == "yes":
        return "押しボタン式信号のある横断歩道" if known.button == "yes" else "信号のある横断歩道"
    if known.marked == "no":
        return "横断歩道のない横断" + (
            "。信号の有無は分かりません" if known.signals == "unknown" else "。信号なし"
        )
    if known.marked == "unknown":
        signal = "信号なし" if known.signals == "no" else "信号の有無も分かりません"
        return f"道路の横断。横断歩道の有無は分かりません。{signal}"
    return "信号のない横断歩道" if known.signals == "no" else "横断歩道。信号の有無は分かりません"


def _crossing_details(cue: Cue, known: Crossing) -> str:
    parts = []
    if known.signals == "yes":
        parts.append(_sound(known))
    if known.island == "yes":
        parts.append("途中に安全島があります。")
    if known.lanes is not None and known.lanes >= 3:
        parts.append(f"{known.lanes}車線です。")
    if known.tactile == "yes":
        parts.append("足元に警告ブロックがあります。")
    return "".join(parts)


def _sound(known: Crossing) -> str:
    if known.sound == "yes":
        return "音響信号あり。"
    if known.sound == "no":
        return "音響信号なし。"
    return "この時間は音が鳴らないかもしれません。" if known.sound_hours else "音の有無は分かりません。"


def _crossing_now(cue: Cue, manner: Manner) -> str:
    known = cue.crossing or Crossing()
    what = "横断歩道" if known.marked == "yes" or known.signals == "yes" else "道路"
    turned = cue.turn_deg is not None and directions.direction(cue.turn_deg).sector is not Sector.AHEAD
    facing = f"渡る方向は、{whereabouts(cue.turn_deg or 0.0, manner)}です。" if turned else ""
    here = f"{what}の手前です。{facing}"
    if manner.short:
        return f"{here}渡るかどうかは自分で確かめてください。"
    street = f"{manner.ja(cue.name)}です。" if cue.name else ""
    flush = "車道との段差がありません。" if known.kerb == "flush" else ""
    ask = "渡るかどうかは、車や信号の音を聞いて、自分で確かめてください。"
    return f"{here}{street}{flush}{ask}{_then(cue, manner)}"


def _crossing_done(cue: Cue, manner: Manner) -> str:
    known = cue.crossing or Crossing()
    what = "横断歩道" if known.marked == "yes" or known.signals == "yes" else "道路"
    return f"{what}を過ぎたようです。" + ("" if manner.short else "そのまま、まっすぐです。")


# --- steps, tracks, passages


def _stairs(cue: Cue) -> str:
    return {"up": "上り階段", "down": "下り階段"}.get(cue.steps_direction or "", "階段")


def _steps_ahead(cue: Cue, manner: Manner) -> str:
    near = _near(cue, _KERB_M)
    head = (
        f"{_turned(cue, manner)}{_stairs(cue)}の手前です。"
        if near
        else f"{_ahead(cue)}{_turned(cue, manner)}{_stairs(cue)}。"
    )
    if manner.short:
        return head
    way = "" if cue.steps_direction in {"up", "down"} else "上りか下りかは分かりません。"
    count = f"{cue.steps}段。" if cue.steps else ""
    rail = {"yes": "手すりあり。", "no": "手すりなし。"}.get(
        cue.handrail or "", "手すりの有無は分かりません。"
    )
    return f"{head}{way}{count}{'' if near else rail}{_then(cue, manner)}"


def _level_crossing_ahead(cue: Cue, manner: Manner) -> str:
    if not _near(cue, _KERB_M):
        return f"{_ahead(cue)}{_turned(cue, manner)}踏切。{'' if manner.short else _then(cue, manner)}"
    ask = "" if manner.short else "警報と列車の音を聞いて、渡るかどうかは自分で確かめてください。"
    return f"{_turned(cue, manner)}踏切の手前です。止まってください。{ask}"


def _passage(cue: Cue) -> str:
    return "橋" if cue.stretch is StretchKind.BRIDGE else "地下道"


def _underpass_ahead(cue: Cue, manner: Manner) -> str:
    near = _near(cue, _KERB_M)
    head = (
        f"{_turned(cue, manner)}{_passage(cue)}の入口です。"
        if near
        else f"{_ahead(cue)}{_turned(cue, manner)}{_passage(cue)}。"
    )
    if manner.short or near:
        return head
    length = f"長さ{metres(cue.length_m)}。" if cue.length_m else ""
    sky = "" if cue.stretch is StretchKind.BRIDGE else "中では位置が分からなくなることがあります。"
    return f"{head}{length}{sky}{_then(cue, manner)}"


# --- underfoot and beside


def _paving_begins(cue: Cue, manner: Manner) -> str:
    return f"{_from_here(cue)}点字ブロックがあります。"


def _paving_ends(cue: Cue, manner: Manner) -> str:
    here = "ここで、" if cue.distance_m is None or _near(cue, _HERE_M) else f"{_ahead(cue)[:-1]}で、"
    return f"{here}点字ブロックが終わります。"


def _paving_unknown(cue: Cue, manner: Manner) -> str:
    return "この先、点字ブロックの有無は分かりません。"


def _no_sidewalk(cue: Cue, manner: Manner) -> str:
    length = f"{metres(cue.length_m)}続きます。" if cue.length_m and not manner.short else ""
    return f"{_from_here(cue)}歩道がありません。{length}" + ("" if manner.short else "車と同じ道を歩きます。")


def _landmark(cue: Cue, manner: Manner) -> str:
    name = manner.ja(cue.name) if cue.name else "目印"
    where = _WHERE.get(cue.side or "", "近く")
    far = "" if manner.short or cue.distance_m is None or _near(cue, _HERE_M) else _ahead(cue)
    return f"{far}{where}に、{name}。"


def _reassure(cue: Cue, manner: Manner) -> str:
    distance = metres(cue.distance_m or 0.0, cue.accuracy_m)
    if manner.short or cue.then is None:
        return f"このまま、{distance}です。"
    return f"このまま、道なりです。{distance}先、{_what(cue.then, manner)}。"


# --- astray


def _off_route(cue: Cue, manner: Manner) -> str:
    distance = metres(cue.distance_m or 0.0, cue.accuracy_m)
    return f"経路から外れたようです。経路は、{_way(cue, manner)}、{distance}です。"


def _way(cue: Cue, manner: Manner) -> str:
    if cue.relative_deg is not None:
        return whereabouts(cue.relative_deg, manner)
    return f"{_COMPASS[directions.compass_octant(cue.bearing_deg or 0.0)]}の方向"


def _back_on_route(cue: Cue, manner: Manner) -> str:
    if cue.relative_deg is None:
        return "経路に戻ったようです。"
    return f"経路に戻ったようです。進む方向は、{whereabouts(cue.relative_deg, manner)}です。"


def _wrong_way(cue: Cue, manner: Manner) -> str:
    return f"逆方向に進んでいるようです。進む方向は、{_way(cue, manner)}です。"


def _near_destination(cue: Cue, manner: Manner) -> str:
    name = f"、{manner.ja(cue.name)}" if cue.name else ""
    where = f"{_WHERE[cue.side]}です。" if cue.side in _WHERE and not manner.short else ""
    return f"{_ahead(cue)}目的地{name}です。{where}"


def _arrived(cue: Cue, manner: Manner) -> str:
    name = manner.ja(cue.name) if cue.name else "目的地"
    where = f"{_WHERE[cue.side]}にあります。" if cue.side in _WHERE else ""
    return f"{name}に着きました。{where}"


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
    CueKind.CROSSING_AHEAD: _crossing_ahead,
    CueKind.CROSSING_NOW: _crossing_now,
    CueKind.CROSSING_DONE: _crossing_done,
    CueKind.STEPS_AHEAD: _steps_ahead,
    CueKind.LEVEL_CROSSING_AHEAD: _level_crossing_ahead,
    CueKind.UNDERPASS_AHEAD: _underpass_ahead,
    CueKind.PAVING_BEGINS: _paving_begins,
    CueKind.PAVING_ENDS: _paving_ends,
    CueKind.PAVING_UNKNOWN: _paving_unknown,
    CueKind.NO_SIDEWALK: _no_sidewalk,
    CueKind.REASSURE: _reassure,
    CueKind.LANDMARK: _landmark,
    CueKind.OFF_ROUTE: _off_route,
    CueKind.BACK_ON_ROUTE: _back_on_route,
    CueKind.WRONG_WAY: _wrong_way,
    CueKind.NEAR_DESTINATION: _near_destination,
    CueKind.ARRIVED: _arrived,
    CueKind.POSITION_LOST: _position_lost,
    CueKind.POSITION_BACK: _position_back,
    CueKind.POSITION_POOR: _position_poor,
}
