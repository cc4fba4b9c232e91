"""サーバーからの知らせ、質問、電池の言いまわし: what the server tells and asks, and batteries, in Japanese.

Of a call for help only what is known is said, and what to do where it is not enough.
"""

from collections.abc import Callable

from device.announcements import AlertKind, Fault
from device.facts import Asked, Plain, Reached, Watcher
from routing.manner import Manner

_TITLES = ("さん", "さま", "様", "くん", "君", "ちゃん", "先生", "氏", "病院", "センター", "役所")
_CALL = "119番か110番に電話するか、声で、まわりの人を呼んでください。"


def are_you_ok(fact: Asked, manner: Manner) -> str:
    """One way to say that all is well, one for help."""
    again = "もう一度、うかがいます。" if fact.again else ""
    why = "転びましたか。" if fact.fell else "ご無事ですか。"
    then = "返事がなければ、SOSを送ります。" if fact.fell else ""
    return (
        f"{again}{why}無事なら、1番を押してください。助けがいるなら、3番を2秒、押しつづけてください。{then}"
    )


def ok_told(fact: Plain, manner: Manner) -> str:
    """The answer is logged, and sent with the next events."""
    return "無事、と記録しました。"


def unanswered(fact: Plain, manner: Manner) -> str:
    """The server decides what follows."""
    return "返事がなかったことを、サーバーに伝えます。助けがいるなら、3番を2秒、押しつづけてください。"


def link_opened(fact: Watcher, manner: Manner) -> str:
    """Somebody without a login: whom the wearer gave the link to, or who got hold of it."""
    seen = "終わった外出のものです。" if fact.past else "今の位置が見られています。"
    return f"{_of(fact)}共有リンクが、開かれました。{seen}"


def watching(fact: Watcher, manner: Manner) -> str:
    """A caregiver."""
    return f"{_who(fact)}が、{'終わった' if fact.past else 'この'}外出を見ています。"


def sos_told(fact: Reached, manner: Manner) -> str:
    """That it went to people is not that anybody has read it, and that none was reached is said first."""
    left = f"{_called(fact.left)}は、対応できなくなりました。" if fact.left else ""
    if fact.count == 0:
        return f"{left}助けを求める知らせは、まだ誰にも届いていません。{_CALL}"
    if fact.again and not fact.left:
        return f"助けを求める知らせを、{fact.count}人あてに送りましたが、まだ誰も応えていません。{_CALL}"
    anew = "あらためて、" if fact.left else ""
    sent = f"{left}助けを求める知らせを、{anew}{fact.count}人あてに送りました。"
    return f"{sent}見た、という返事は、まだありません。急ぐときは、{_CALL}"


def sos_seen(fact: Watcher, manner: Manner) -> str:
    """A person has taken it."""
    return f"{_who(fact)}が、助けを求める知らせを受けとりました。"


def _who(fact: Watcher) -> str:
    return _called(fact.name) if fact.name else "見守りの人"


def _called(name: str) -> str:
    return name if name.endswith(_TITLES) else f"{name}さん"


def _of(fact: Watcher) -> str:
    return f"{_who(fact)}にわたした" if fact.name else ""


def _battery(fault: Fault) -> str:
    return "スマートフォンの電池" if fault.reason == "phone" else "電池"


def battery_low(fault: Fault) -> str:
    """How much is left."""
    left = "わずか" if fault.percent is None else f"{fault.percent}パーセント"
    return f"{_battery(fault)}が、残り{left}です。"


def battery_empty(fault: Fault) -> str:
    """What will not work any more, while there is time to do something."""
    gone = "カメラと位置" if fault.reason == "phone" else "すべてのお知らせ"
    return f"{battery_low(fault)}なくなると、{gone}が止まります。充電するか、案内なしで動ける所へ。"


def battery_back(fault: Fault) -> str:
    """It was charged, or changed."""
    if fault.percent is None:
        return f"{_battery(fault)}が、充電されました。"
    return f"{_battery(fault)}が、{fault.percent}パーセントになりました。"


WORDS: dict[AlertKind, Callable[..., str]] = {
    AlertKind.ARE_YOU_OK: are_you_ok,
    AlertKind.OK_TOLD: ok_told,
    AlertKind.UNANSWERED: unanswered,
    AlertKind.LINK_OPENED: link_opened,
    AlertKind.WATCHING: watching,
    AlertKind.SOS_TOLD: sos_told,
    AlertKind.SOS_SEEN: sos_seen,
}
FAULTS: dict[AlertKind, Callable[[Fault], str]] = {
    AlertKind.BATTERY_LOW: battery_low,
    AlertKind.BATTERY_EMPTY: battery_empty,
    AlertKind.BATTERY_BACK: battery_back,
}
