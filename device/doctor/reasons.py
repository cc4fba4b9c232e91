"""Why something does not work, in the reader's language: systems and libraries say it in English. Pure."""

from typing import Final

# By a part of what is said; the first that fits.
_KNOWN: Final = (
    ("pa_context_connect", "音声サーバーが動いていません", "the sound server is not running"),
    ("audio open error", "音のカードがありません", "there is no sound card"),
    ("pin factory", "この機械のGPIOを使えません", "the GPIO of this machine cannot be used"),
    ("no receiver is there", "受信機がありません", "no receiver is there"),
    ("Connection refused", "相手が動いていません", "nothing runs there"),
    ("Name or service not known", "その名前の機械が見つかりません", "no machine of that name is found"),
    ("name resolution", "名前を調べられません。ネットを確かめてください", "no name can be found"),
    ("Network is unreachable", "ネットにつながっていません", "there is no network"),
    ("No route to host", "その機械に届きません", "that machine cannot be reached"),
    ("timed out", "時間内に応えません", "no answer in time"),
    ("Permission denied", "使う許可がありません。sudo をつけてください", "permission denied: use sudo"),
    ("No such file", "ありません", "is not there"),
    ("Device or resource busy", "ほかのものが使っています", "something else is using it"),
)  # fmt: skip


def reason(told: str, *names: str) -> tuple[str, str]:
    """(Japanese, English) of what was told, where it is known; without `names` at its front.

    What is told as "Japanese / English" already is taken apart.
    """
    plain = told
    for name in names:
        plain = plain.removeprefix(f"{name}: ")
    halves = plain.split(" / ")
    if len(halves) == 2:
        return halves[0], halves[1]
    for part, ja, en in _KNOWN:
        if part in plain:
            return ja, en
    return plain, plain
