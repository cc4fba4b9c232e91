"""返事の言いまわし: what the wearer is answered, in Japanese. What is not known is said to be not known."""

from collections.abc import Callable

from device.announcements import AlertKind
from device.facts import AheadNow, Chosen, Code, Count, Goal, Item, MenuNow, Pressed, Ready, Street, WhereNow
from device.words_ja import obstacle_near
from device.words_parts_ja import names, without
from routing import phrases_ja
from routing.directions import compass_octant
from routing.manner import Manner
from routing.wording_ja import COMPASS, metres

_UNKNOWN = "今の位置は、わかりません。"


def ready(fact: Ready, manner: Manner) -> str:
    """What works is not listed; what does not, is."""
    lost = f"{names(fact.lost)}が、まだ使えません。{without(fact.lost)}" if fact.lost else ""
    place = "" if fact.located or "position" in fact.lost else "位置は、まだわかりません。"
    return f"シルベの準備ができました。{lost}{place}2番の長押しで、メニューです。"


def pressed(fact: Pressed, manner: Manner) -> str:
    """For the log alone: the voice says nothing, the sound says it."""
    return "" if manner.spoken else f"ボタン{fact.button}"


def not_understood(fact: Pressed, manner: Manner) -> str:
    """What the button would do."""
    if fact.touch == "almost":
        return "SOSは、3番を2秒、押しつづけてください。"
    return "押しかたが、わかりません。1番、くり返し。2番、この先。3番、音声を止める。"


def button_stuck(fact: Pressed, manner: Manner) -> str:
    """A strap, a pocket, a broken switch."""
    return f"{fact.button}番のボタンが、押されたままです。はなしてください。"


def where_am_i(fact: WhereNow, manner: Manner) -> str:
    """Street, goal, a known place near, and how far all that may be wrong."""
    faces = None if fact.heading_deg is None else COMPASS[compass_octant(fact.heading_deg)]
    facing = f"{faces}を向いています。" if faces else ""
    if not fact.located:
        since = "" if fact.age_s is None else f"最後にわかったのは、{_ago(fact.age_s)}です。"
        return f"{_UNKNOWN}{since}{facing}"
    said = [f"{manner.ja(fact.street)}のあたりです。"] if fact.street else []
    if fact.goal is not None:
        said.append(f"{manner.ja(fact.goal)}へ案内しています。")
        if not fact.on_route:
            said.append("道すじから外れているようです。")
        elif fact.remaining_m is not None:
            said.append(f"残り、{metres(fact.remaining_m, fact.accuracy_m)}。")
    if fact.nearby is not None:
        side = COMPASS[compass_octant(fact.nearby.bearing_deg)]
        far = metres(fact.nearby.distance_m, fact.accuracy_m)
        said.append(f"{manner.ja(fact.nearby.name)}は、{side}へ{far}。")
    if not said:
        said.append(
            "位置は測れています。" if fact.looking else "位置は測れていますが、通りの名前がわかりません。"
        )
    said += [facing] if facing else []
    if fact.accuracy_m is not None:
        said.append(f"位置のずれは、{max(5, round(fact.accuracy_m / 5) * 5)}メートルくらいです。")
    if fact.looking:
        said.append("通りの名前を調べています。")
    return "".join(said)


def _ago(seconds: float) -> str:
    return f"{round(seconds)}秒前" if seconds < 60 else f"{round(seconds / 60)}分前"


def what_is_ahead(fact: AheadNow, manner: Manner) -> str:
    """The route first, then the camera. That it sees nothing is never said without the doubt."""
    return _route(fact, manner) + _camera(fact, manner)


def _route(fact: AheadNow, manner: Manner) -> str:
    if not fact.guided:
        return ""
    if not fact.located:
        return f"{_UNKNOWN}曲がり角は、お伝えできません。"
    if not fact.on_route:
        return "道すじから外れているようです。"
    return phrases_ja.WORDS[fact.cue.kind](fact.cue, manner) if fact.cue else ""


def _camera(fact: AheadNow, manner: Manner) -> str:
    if fact.camera == "none":
        return "カメラは、使っていません。障害物は、わかりません。"
    if fact.camera == "lost":
        return "カメラが使えていません。障害物は、わかりません。"
    things = "".join(obstacle_near(hazard, manner.clock) for hazard in fact.hazards)
    more = f"ほかに{fact.more}つ。" if fact.more else ""
    blocks = "点字ブロックが見えています。" if fact.blocks else ""
    if not things:
        return f"カメラでは、何も見分けられていません。ないとは限りません。{blocks}"
    return f"カメラでは、{things}{more}{blocks}"


def street_changed(fact: Street, manner: Manner) -> str:
    """By the map, within the error of the position."""
    return f"{manner.ja(fact.name)}のあたりです。"


_ITEMS = {
    Item.GO: "目的地へ出発",
    Item.CLOSED: "この先が通れない",
    Item.SOS_BACK: "SOSを取り消す",
    Item.WALK: "行き先なしで歩く",
    Item.END_SURELY: "はい、終わる",
    Item.PAIR: "スマートフォンをつなぐ",
    Item.VOLUME: "音量",
    Item.LOUDER: "大きく",
    Item.SOFTER: "小さく",
    Item.RATE: "話す速さ",
    Item.FASTER: "速く",
    Item.SLOWER: "ゆっくり",
    Item.WORDS: "案内の量",
    Item.QUIET: "少なめ",
    Item.NORMAL: "ふつう",
    Item.DETAILED: "くわしく",
    Item.BACK: "前に戻る",
    Item.CLOSE: "メニューを閉じる",
    Item.END: "案内を終わる",
}


def menu_item(fact: MenuNow, manner: Manner) -> str:
    """The line, and where in the menu it is; how to move, where it was just opened."""
    name = manner.ja(fact.name) if fact.name else _ITEMS.get(fact.item, "")
    far = "" if fact.distance_m is None else f"、{metres(fact.distance_m)}"
    line = f"{name}{far}。{fact.count}の{fact.number}。"
    return f"メニュー。1番、前。2番、決める。3番、次。{line}" if fact.opened else line


def chosen(fact: Chosen, manner: Manner) -> str:
    """How it is now."""
    if fact.item in (Item.LOUDER, Item.SOFTER):
        if fact.limit:
            return "音量は、これ以上変えられません。"
        return "音量を上げました。" if fact.item is Item.LOUDER else "音量を下げました。"
    if fact.item in (Item.FASTER, Item.SLOWER):
        if fact.limit:
            return "速さは、これ以上変えられません。"
        return f"話す速さ、{fact.value:.1f}倍。"
    return f"案内の量は、{_ITEMS[fact.item]}です。"


def planning(fact: Goal, manner: Manner) -> str:
    """It takes a second or two."""
    name = f"{manner.ja(fact.name)}への" if fact.name else ""
    return f"{name}経路を探しています。"


def plan_failed(fact: Goal, manner: Manner) -> str:
    """Why, so that the wearer knows whether to wait, to walk on or to give up."""
    a_map = f"地図「{fact.map_name}」" if fact.map_name else "地図"
    goal = manner.ja(fact.name) if fact.name else "目的地"
    far = "" if fact.off_km is None else f"{_off(fact.off_km)}離れています。"
    return {
        "no_position": "今の位置がわからず、経路を引けません。空の見える所で、もう一度ためしてください。",
        "outside_map": f"この場所は、{a_map}の外です。{far}経路を引けません。",
        "goal_outside_map": f"{goal}は、{a_map}の外です。{far}経路を引けません。",
        "no_map": "地図が入っていません。経路を引けません。",
        "none_found": f"{goal}へ歩ける道が、見つかりません。",
        "practice": f"{a_map}は練習用です。実際の位置では案内できません。",
    }.get(fact.failure, "経路を引けませんでした。もう一度ためしてください。")


def _off(km: float) -> str:
    return f"{round(km)}キロ" if km >= 1.0 else f"{max(100, round(km * 10) * 100)}メートル"


def pairing_code(fact: Code, manner: Manner) -> str:
    """Digit by digit, twice: nobody can look."""
    digits = "、".join(fact.code)
    return f"つなぐ番号は、{digits}。もう一度、{digits}。"


def sos_begun(fact: Count, manner: Manner) -> str:
    """What happens, and how to stop it."""
    return "SOSを送ります。やめるには、どれかのボタンを押してください。"


def sos_count(fact: Count, manner: Manner) -> str:
    """Like 5。."""
    return f"{fact.seconds}。"


def sos_stored(fact: Count, manner: Manner) -> str:
    """Not yet with anybody: said so."""
    if fact.server:
        return "SOSを記録しました。まだ届いていません。通信ができしだい送ります。"
    return "SOSを記録しました。送り先がありません。電話か声で、助けを呼んでください。"


def again(before: str, *, now: bool) -> str:
    """`before`: the words; `now`: they are still of this moment."""
    return before if now else f"さきほどのお知らせ。{before}"


NOTHING_TOLD = "まだ、お知らせはありません。"
ANSWERS: dict[AlertKind, Callable[..., str]] = {
    AlertKind.DEVICE_READY: ready,
    AlertKind.PRESSED: pressed,
    AlertKind.NOT_UNDERSTOOD: not_understood,
    AlertKind.BUTTON_STUCK: button_stuck,
    AlertKind.WHERE_AM_I: where_am_i,
    AlertKind.WHAT_IS_AHEAD: what_is_ahead,
    AlertKind.STREET_CHANGED: street_changed,
    AlertKind.MENU_ITEM: menu_item,
    AlertKind.CHOSEN: chosen,
    AlertKind.PLANNING: planning,
    AlertKind.PLAN_FAILED: plan_failed,
    AlertKind.PAIRING_CODE: pairing_code,
    AlertKind.SOS_BEGUN: sos_begun,
    AlertKind.SOS_COUNT: sos_count,
    AlertKind.SOS_STORED: sos_stored,
}
SENTENCES: dict[AlertKind, str] = {
    AlertKind.DEVICE_STARTING: "シルベです。準備をしています。障害物は、まだお知らせできません。",
    AlertKind.DEVICE_ENDING: "シルベを止めます。このあと、お知らせはありません。",
    AlertKind.SPEECH_PAUSED: "お知らせを止めます。危険と故障は、お知らせします。3番で再開です。",
    AlertKind.SPEECH_RESUMED: "お知らせを再開します。",
    AlertKind.STILL_PAUSED: "お知らせを止めたままです。3番で再開です。",
    AlertKind.SILENT: ("静かな週です。障害物も道も、お知らせしません。故障とSOSは、いつもどおりです。"),
    AlertKind.SILENT_OVER: "静かな週が終わりました。障害物と道を、またお知らせします。",
    AlertKind.MENU_CLOSED: "メニューを閉じました。",
    AlertKind.CODE_FAILED: "スマートフォンをつなぐ番号を、作れません。",
    AlertKind.SOS_CANCELLED: "SOSをやめました。送っていません。",
    AlertKind.SOS_SENT: "SOSが、サーバーに届きました。だれかが見たかは、まだわかりません。",
    AlertKind.SOS_FAILED: "SOSを記録できません。電話か声で、助けを呼んでください。",
    AlertKind.SOS_TAKEN_BACK: "SOSを取り消しました。取り消しを送ります。",
}
