"""Why glasses are refused, in the words that their wearer reads or hears."""

from typing import Final

from device.phone.protocol import Refused, RefusedCode

_WORDS: Final[dict[RefusedCode, tuple[str, str]]] = {
    "wrong_code": ("番号が違います。もう一度入れてください。", "That is not the number. Enter it again."),
    "no_code": (
        "使える番号がありません。番号は3分で切れます。装置に新しい番号を言わせてください。",
        "There is no number to enter: each lasts 3 minutes. Let the device speak a new one.",
    ),
    "locked": (
        "番号の間違いが5回続きました。{minutes}分ほど待って、新しい番号で試してください。",
        "Five wrong numbers: wait about {minutes} min, then try with a new number.",
    ),
    "token": (
        "この電話のペアリングは切れています。装置が言う番号を入れてください。",
        "This phone is no longer paired. Enter the number that the device speaks.",
    ),
    "busy": (
        "別の電話が眼鏡として動いています。替えるときは、装置のメニューで新しい番号を求めてください。",
        "Another phone is the glasses now. To change over, ask for a new number in the device's menu.",
    ),
    "replaced": (
        "別の電話が眼鏡になりました。この電話の画像は使われていません。",
        "Another phone has become the glasses. This phone's pictures are not used.",
    ),
    "elsewhere": (
        "同じ電話の別の画面がつながりました。この画面の画像は使われていません。",
        "Another page of this phone has connected. This page's pictures are not used.",
    ),
    "flood": (
        "一度に届くものが多すぎます。画像は毎秒30枚までです。",
        "Too much at once: at most 30 pictures a second.",
    ),
    "protocol": (
        "話し方が合いません。ページを読み込み直すか、眼鏡のソフトを更新してください。",
        "The two do not speak alike: load the page again, or update the glasses' program.",
    ),
}


def refused(code: RefusedCode, retry_s: float | None = None) -> Refused:
    """The message, with minutes where it is for a while."""
    minutes = max(round((retry_s or 0.0) / 60.0), 1)
    ja, en = _WORDS[code]
    return Refused(code, ja.format(minutes=minutes), en.format(minutes=minutes), retry_s)
