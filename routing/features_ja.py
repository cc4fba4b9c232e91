"""横断歩道・階段・踏切・地下道・坂: what must be crossed or climbed, in Japanese.

Never that one may cross, never a colour of a signal. What the map does not hold is not known.
"""

from routing import directions
from routing.cues import Cue
from routing.manner import Manner
from routing.wording_ja import (
    KERB_M,
    ahead,
    crossing_short,
    metres,
    near,
    passage,
    stairs,
    then,
    turned,
    whereabouts,
)
from wire.route import Crossing, StretchKind

LONG_CROSSING_M = 8.0  # two lanes and a kerb; below it, the figure says nothing
STEEP_PCT = 8  # the most that the standard for barrier-free sidewalks allows anywhere

_UNKNOWN = Crossing()


def crossing_ahead(cue: Cue, manner: Manner) -> str:
    """A crossing with all that is known of it."""
    known = cue.crossing or _UNKNOWN
    head = f"{ahead(cue, manner)}{turned(cue, manner)}"
    if manner.short:
        return f"{head}{crossing_short(known)}。{then(cue, manner)}"
    street = manner.ja(cue.name) if cue.name else ""
    return f"{head}{_crossing(known, street)}{_details(known, cue.length_m)}{then(cue, manner)}"


def _crossing(known: Crossing, street: str) -> str:
    """Main clause and, apart, what is not known of marking and signal."""
    over = f"{street}を渡る、" if street else ""
    if known.scramble == "yes":
        signal = "" if known.signals == "yes" else _SIGNAL[known.signals]
        return f"{over}スクランブル交差点。{signal}{_NOT_BY_TRAFFIC}"
    if known.signals == "yes" and known.mapped:
        button = "押しボタン式" if known.button == "yes" else ""
        return f"{over}{button}信号のある横断{'' if known.marked == 'no' else '歩道'}。"
    street = street or "道路"
    if not known.mapped:
        return f"{street}を横切ります。{_NOT_MAPPED[known.signals]}"
    if known.marked == "unknown":
        return f"{street}を渡ります。{_MARKING_UNKNOWN[known.signals]}"
    if known.marked == "no":
        return f"{over}横断歩道のない横断。{_SIGNAL[known.signals]}"
    return f"{over}信号のない横断歩道。" if known.signals == "no" else f"{over}横断歩道。{_SIGNAL['unknown']}"


_NOT_BY_TRAFFIC = "車の音の向きでは、渡る向きは分かりません。"
_NOT_MAPPED = {
    "yes": "地図に横断歩道はありません。信号あり。",
    "no": "地図に横断歩道はありません。信号なし。",
    "unknown": "地図に横断歩道も信号もありません。",
}
_MARKING_UNKNOWN = {
    "yes": "信号あり。横断歩道の有無は分かりません。",
    "no": "信号なし。横断歩道の有無は分かりません。",
    "unknown": "横断歩道と信号の有無は分かりません。",
}
_SIGNAL = {"yes": "信号あり。", "no": "信号なし。", "unknown": "信号の有無は分かりません。"}


def _details(known: Crossing, length_m: float | None) -> str:
    length = f"長さおよそ{metres(length_m)}。" if length_m and length_m >= LONG_CROSSING_M else ""
    sound = _sound(known) if known.signals == "yes" else ""
    tremble = "触知式信号あり。" if known.vibration == "yes" else ""
    island = "途中に安全島。" if known.island == "yes" else ""
    lanes = f"{known.lanes}車線。" if known.lanes is not None and known.lanes >= 3 else ""
    if known.escort == "yes":
        blocks = "エスコートゾーンあり。"
    else:
        blocks = "足元に警告ブロック。" if known.tactile == "yes" else ""
    return f"{sound}{tremble}{length}{lanes}{island}{blocks}"


def _sound(known: Crossing) -> str:
    if known.sound == "yes":
        return "音響信号あり。"
    if known.sound == "no":
        # Mapped with hours: there is a sound, and it is off now.
        return "音響信号は、この時間は鳴りません。" if known.sound_hours else "音響信号なし。"
    return "この時間は音が鳴らないかもしれません。" if known.sound_hours else "音の有無は分かりません。"


def _crossed(known: Crossing) -> str:
    if known.scramble == "yes":
        return "スクランブル交差点"
    return "横断歩道" if known.marked == "yes" or known.signals == "yes" else "道路"


def crossing_now(cue: Cue, manner: Manner) -> str:
    """At the kerb: the decision stays with the walker."""
    known = cue.crossing or _UNKNOWN
    turn = cue.turn_deg
    facing = (
        ""
        if turn is None or directions.straight(turn)
        else f"横断の向きは、{whereabouts(turn, manner)}です。"
    )
    # A poor position tells it early: "just before" would have the walker search for a kerb too soon.
    soon = cue.distance_m is not None and cue.distance_m > KERB_M
    here = f"もうすぐ、{_crossed(known)}です。{facing}" if soon else f"{_crossed(known)}の手前です。{facing}"
    if manner.short:
        return f"{here}渡るかどうかは自分で確かめてください。"
    street = f"{manner.ja(cue.name)}です。" if cue.name else ""
    flush = "車道との段差がありません。" if known.kerb == "flush" else ""
    if known.scramble == "yes":
        ask = f"{_NOT_BY_TRAFFIC}渡るかどうかは、自分で確かめてください。"
    else:
        ask = "渡るかどうかは、車や信号の音を聞いて、自分で確かめてください。"
    return f"{here}{street}{flush}{ask}{then(cue, manner)}"


def crossing_done(cue: Cue, manner: Manner) -> str:
    """Behind a crossing, as it seems."""
    passed = f"{_crossed(cue.crossing or _UNKNOWN)}を渡り終えたようです。"
    return passed if manner.short else f"{passed}そのまま、まっすぐです。"


def steps_ahead(cue: Cue, manner: Manner) -> str:
    """Steps or an escalator, from afar or just before them."""
    here = near(cue, KERB_M, manner)
    thing = f"{turned(cue, manner)}{stairs(cue)}"
    head = f"{thing}の手前です。" if here else f"{ahead(cue, manner)}{thing}。"
    if manner.short:
        return head
    known = cue.steps_direction in {"up", "down"}
    if cue.moving:
        way = "" if known else "動く向きは分かりません。"
        return f"{head}{way}{then(cue, manner)}"
    way = "" if known else "上りか下りかは分かりません。"
    count = f"{cue.steps}段。" if cue.steps else ""
    rail = "" if here else _RAIL[cue.handrail or "unknown"]
    return f"{head}{way}{count}{rail}{then(cue, manner)}"


_RAIL = {"yes": "手すりあり。", "no": "手すりなし。", "unknown": "手すりの有無は分かりません。"}


def level_crossing_ahead(cue: Cue, manner: Manner) -> str:
    """A level crossing, from afar or just before it: to stop comes first."""
    if near(cue, KERB_M, manner):
        ask = "" if manner.short else "警報と列車の音を聞いて、渡るかどうかは自分で確かめてください。"
        return f"{turned(cue, manner)}踏切の手前です。止まってください。{ask}"
    head = f"{ahead(cue, manner)}{turned(cue, manner)}踏切。手前で止まってください。"
    return head if manner.short else f"{head}{then(cue, manner)}"


def underpass_ahead(cue: Cue, manner: Manner) -> str:
    """An underpass or a bridge."""
    thing = f"{turned(cue, manner)}{passage(cue)}"
    if near(cue, KERB_M, manner):
        return f"{thing}の入口です。"
    head = f"{ahead(cue, manner)}{thing}。"
    if manner.short:
        return head
    length = f"長さ{metres(cue.length_m)}。" if cue.length_m else ""
    sky = "" if cue.stretch is StretchKind.BRIDGE else "中では位置が分からなくなることがあります。"
    return f"{head}{length}{sky}{then(cue, manner)}"


def slope_ahead(cue: Cue, manner: Manner) -> str:
    """A slope: which way, how steep, how long."""
    incline = cue.incline_pct or 0
    which = "上り" if incline > 0 else "下り" if incline < 0 else ""
    steep = "急な" if abs(incline) > STEEP_PCT else ""
    head = f"{ahead(cue, manner)}{turned(cue, manner)}{steep}{which}坂。"
    if manner.short:
        return head
    percent = f"傾き{abs(incline)}パーセントほど。" if incline else ""
    length = f"{metres(cue.length_m)}続きます。" if cue.length_m else ""
    return f"{head}{percent}{length}"
