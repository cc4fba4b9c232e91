"""横断歩道・階段・踏切・地下道: what must be crossed or climbed, in Japanese.

Never that one may cross, never a colour of a signal. What the map does not hold is not known.
"""

from routing import directions
from routing.cues import Cue
from routing.directions import Sector
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


def crossing_ahead(cue: Cue, manner: Manner) -> str:
    """A crossing with all that is known of it."""
    known = cue.crossing or Crossing()
    head = f"{ahead(cue)}{turned(cue, manner)}"
    if manner.short:
        return f"{head}{crossing_short(known)}。{then(cue, manner)}"
    street = f"{manner.ja(cue.name)}を渡る、" if cue.name else ""
    return f"{head}{street}{_crossing_kind(known)}。{_crossing_details(known)}{then(cue, manner)}"


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


def _crossing_details(known: Crossing) -> str:
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
        # Mapped with hours: there is a sound, and it is off now.
        return "音響信号は、この時間は鳴りません。" if known.sound_hours else "音響信号なし。"
    return "この時間は音が鳴らないかもしれません。" if known.sound_hours else "音の有無は分かりません。"


def crossing_now(cue: Cue, manner: Manner) -> str:
    """At the kerb: the decision stays with the walker."""
    known = cue.crossing or Crossing()
    what = "横断歩道" if known.marked == "yes" or known.signals == "yes" else "道路"
    turned = cue.turn_deg is not None and directions.direction(cue.turn_deg).sector is not Sector.AHEAD
    facing = f"横断の向きは、{whereabouts(cue.turn_deg or 0.0, manner)}です。" if turned else ""
    here = f"{what}の手前です。{facing}"
    if manner.short:
        return f"{here}渡るかどうかは自分で確かめてください。"
    street = f"{manner.ja(cue.name)}です。" if cue.name else ""
    flush = "車道との段差がありません。" if known.kerb == "flush" else ""
    ask = "渡るかどうかは、車や信号の音を聞いて、自分で確かめてください。"
    return f"{here}{street}{flush}{ask}{then(cue, manner)}"


def crossing_done(cue: Cue, manner: Manner) -> str:
    """Behind a crossing, as it seems."""
    known = cue.crossing or Crossing()
    what = "横断歩道" if known.marked == "yes" or known.signals == "yes" else "道路"
    return f"{what}を過ぎたようです。" + ("" if manner.short else "そのまま、まっすぐです。")


def steps_ahead(cue: Cue, manner: Manner) -> str:
    """Steps, from afar or just before them."""
    here = near(cue, KERB_M)
    head = (
        f"{turned(cue, manner)}{stairs(cue)}の手前です。"
        if here
        else f"{ahead(cue)}{turned(cue, manner)}{stairs(cue)}。"
    )
    if manner.short:
        return head
    way = "" if cue.steps_direction in {"up", "down"} else "上りか下りかは分かりません。"
    count = f"{cue.steps}段。" if cue.steps else ""
    rail = {"yes": "手すりあり。", "no": "手すりなし。"}.get(
        cue.handrail or "", "手すりの有無は分かりません。"
    )
    return f"{head}{way}{count}{'' if here else rail}{then(cue, manner)}"


def level_crossing_ahead(cue: Cue, manner: Manner) -> str:
    """A level crossing, from afar or just before it."""
    if not near(cue, KERB_M):
        return f"{ahead(cue)}{turned(cue, manner)}踏切。{'' if manner.short else then(cue, manner)}"
    ask = "" if manner.short else "警報と列車の音を聞いて、渡るかどうかは自分で確かめてください。"
    return f"{turned(cue, manner)}踏切の手前です。止まってください。{ask}"


def underpass_ahead(cue: Cue, manner: Manner) -> str:
    """An underpass or a bridge."""
    here = near(cue, KERB_M)
    head = (
        f"{turned(cue, manner)}{passage(cue)}の入口です。"
        if here
        else f"{ahead(cue)}{turned(cue, manner)}{passage(cue)}。"
    )
    if manner.short or here:
        return head
    length = f"長さ{metres(cue.length_m)}。" if cue.length_m else ""
    sky = "" if cue.stretch is StretchKind.BRIDGE else "中では位置が分からなくなることがあります。"
    return f"{head}{length}{sky}{then(cue, manner)}"


def slope_ahead(cue: Cue, manner: Manner) -> str:
    """A steep slope: which way, how steep, how long."""
    which = "" if not cue.incline_pct else "上り" if cue.incline_pct > 0 else "下り"
    head = f"{ahead(cue)}{which}坂。" if which else f"{ahead(cue)}坂。"
    if manner.short:
        return head
    steep = f"傾きは{abs(cue.incline_pct)}パーセントほどです。" if cue.incline_pct else ""
    length = f"{metres(cue.length_m)}続きます。" if cue.length_m else ""
    return f"{head}{steep}{length}"
