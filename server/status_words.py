"""How the server goes, in words for who answers for it: what is fine, what is not, and what to do then.

Pure: figures in, lines out. The limits are those of docs/operations.md, where each is explained.
"""

from dataclasses import dataclass
from typing import Final, Literal

from server.status import Status
from server.status_checks import CHECKS
from server.words import Pair

_HOUR_S: Final = 3600.0
_DAY_S: Final = 86_400.0
_MB: Final = 1_000_000.0
_GB: Final = 1_000_000_000.0

State = Literal["ok", "note", "bad"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing. `told`: how it is; `do`: what to do, where it is not fine."""

    what: Pair
    state: State
    told: Pair
    do: Pair | None = None


_FINE: Final[Pair] = ("問題ありません。", "Fine.")


def lines(found: Status) -> tuple[Line, ...]:
    """All of it: what people rely on first."""
    return (
        *(_check(name, said) for name, said in found.checks.items()),
        _waiting(found),
        _messages(found),
        _connected(found),
        _views(found),
        _commits(found),
        _backup(found),
        _disk(found),
        _clock(found),
        _devices_clocks(found),
        _retention(found),
        *_maps(found),
    )


def _check(name: str, said: str | None) -> Line:
    what, do = CHECKS.get(name, ((name, name), ("記録(ログ)を見てください。", "Look into the log.")))
    if said is None:
        return Line(what, "ok", _FINE)
    return Line(what, "bad", (f"問題があります({said})。", f"Something is wrong ({said})."), do)


def _waiting(found: Status) -> Line:
    what = ("対応を待つ知らせ", "Alerts that wait")
    unanswered = sum(found.standing.unanswered.values())
    if unanswered:
        return Line(
            what,
            "bad",
            (
                f"{found.waiting} 件。うち {unanswered} 件は、全員に伝えても誰も対応していません。",
                f"{found.waiting}; {unanswered} of them were told to everybody and nobody has taken them.",
            ),
            (
                "「当番の知らせ」を開き、今日の当番の人に電話してください。",
                "Open the alerts of the duty, and phone whoever is on duty today.",
            ),
        )
    if found.oldest_waiting_s is None:
        return Line(what, "ok", ("ありません。", "None."))
    ja, en = age(found.oldest_waiting_s)
    return Line(
        what,
        "note",
        (f"{found.waiting} 件。いちばん古いのは{ja}前です。", f"{found.waiting}; the oldest is {en} old."),
        (
            "順に人に伝えています。待っていれば進みます。",
            "People are being told in turn: it goes on by itself.",
        ),
    )


def _messages(found: Status) -> Line:
    what = ("知らせの送信", "Messages of alerts")
    told = (
        f"送る前のもの {found.messages} 件。7日のうちにあきらめたもの {found.given_up} 件。",
        f"Not sent yet: {found.messages}. Given up within 7 days: {found.given_up}.",
    )
    if found.given_up:
        do = (
            "届かない宛先があります。見守り者に「知らせの受け取り方」を確かめてもらってください。",
            "Some address is dead: ask caregivers to look at the page on how alerts reach them.",
        )
        return Line(what, "note", told, do)
    return Line(what, "ok", told)


def _connected(found: Status) -> Line:
    number = found.connected
    told = (f"{number} 台(3分のうちに連絡があったもの)。", f"{number} (heard of within 3 minutes).")
    return Line(("つながっている装置", "Connected devices"), "ok", told)


def _views(found: Status) -> Line:
    return Line(
        ("開いている見守りの画面", "Open live views"), "ok", (f"{found.views} 個。", f"{found.views}.")
    )


def _commits(found: Status) -> Line:
    what = ("記録の速さ", "Storing")
    ja, en = ("まだありません", "none yet") if found.last_event_s is None else age(found.last_event_s)
    last = (
        f"最後の記録は{ja}{'' if found.last_event_s is None else '前'}。",
        f"The last event: {en}{'' if found.last_event_s is None else ' ago'}.",
    )
    p99_s = found.commits.p99_s
    if p99_s is None:
        return Line(what, "ok", last)
    told = (
        f"{last[0]}この処理では {found.commits.count} 回書き、100回のうち99回は {p99_s:g} 秒以内です。",
        f"{last[1]} Writes of this process: {found.commits.count}, 99 of 100 within {p99_s:g} s.",
    )
    if p99_s <= 0.5:
        return Line(what, "ok", told)
    do = (
        "ディスクかデータベースが遅くなっています。",
        "The disk or the database is slow: look what else it does.",
    )
    return Line(what, "note", told, do)


def _backup(found: Status) -> Line:
    what, copies = ("控え(バックアップ)", "Backups"), found.backup
    if not copies.folder:
        return Line(
            what,
            "note",
            ("どこにあるか、サーバーは知りません。", "The server does not know where they are."),
            (
                "設定の backup_folder に、控えのフォルダーを書いてください。"
                "控えが取られているかも確かめてください。",
                "Name their folder in the setting backup_folder, and make sure that copies are taken.",
            ),
        )
    do = (
        "控えがないと、ディスクが壊れたときにすべてなくなります。shirube server backup を動かしてください。",
        "Without a copy all is lost with the disk: run shirube server backup.",
    )
    if copies.fault is not None:
        told = (f"控えを読めません({copies.fault})。", f"The copies cannot be read ({copies.fault}).")
        return Line(what, "bad", told, do)
    if copies.age_s is None:
        return Line(what, "bad", ("ひとつもありません。", "There is none."), do)
    ja, en = age(copies.age_s)
    said = (f"最後の控えは{ja}前です。", f"The newest copy is {en} old.")
    if copies.shipped_age_s is not None:
        ja, en = age(copies.shipped_age_s)
        said = (
            f"{said[0]}そのあとの変化は{ja}前まで届いています。",
            f"{said[1]} Changes are shipped up to {en} ago.",
        )
    late_s = copies.age_s if copies.shipped_age_s is None else copies.shipped_age_s
    if late_s > (26 * _HOUR_S if copies.shipped_age_s is None else 60.0):
        return Line(what, "bad", said, do)
    if not copies.sealed:
        do = ("控えに封がありません。--key を付けてください。", "Copies are not sealed: give --key.")
        return Line(what, "note", said, do)
    return Line(what, "ok", said)


def _disk(found: Status) -> Line:
    what = ("ディスク", "Disk")
    if found.free_bytes is None or not found.whole_bytes:
        size = f"{found.store_bytes / _MB:.0f} MB"
        told = (
            f"データベースは {size}。空きは、データベースの機械で見てください。",
            f"The database has {size}. Its free space is to be looked at on its own machine.",
        )
        return Line(what, "ok", told)
    free, share = found.free_bytes / _GB, 100.0 * found.free_bytes / found.whole_bytes
    told = (
        f"空き {free:.1f} GB({share:.0f} %)。記録は {found.store_bytes / _MB:.0f} MB。",
        f"{free:.1f} GB free ({share:.0f} %). What is stored: {found.store_bytes / _MB:.0f} MB.",
    )
    if share >= 30.0 or free >= 50.0:
        return Line(what, "ok", told)
    do = (
        "空きが少なくなっています。大きいディスクに替えるか、設定の raw_days を短くしてください。",
        "Little is left: take a larger disk, or a shorter raw_days.",
    )
    return Line(what, "bad" if share < 10.0 else "note", told, do)


def _clock(found: Status) -> Line:
    what, clock = ("サーバーの時計", "The server's clock"), found.clock
    if clock.by_ntp is None:
        told = ("合っているかどうか、分かりません。", "Whether it is right is not known.")
        return Line(what, "note", told, ("機械の時計を見てください。", "Look at the machine's clock."))
    if not clock.by_ntp:
        told = ("時刻合わせ(NTP)が効いていません。", "It is not kept by NTP.")
        do = (
            "ずれると、「何秒前」が正しくなくなります。時刻合わせを動かしてください。",
            "Where it drifts, “seconds ago” is wrong: turn on NTP on the server's machine.",
        )
        return Line(what, "bad", told, do)
    error = f"{clock.error_s or 0.0:.2f}"
    return Line(what, "ok", (f"合っています(誤差 {error} 秒以内)。", f"Right, within {error} s."))


def _devices_clocks(found: Status) -> Line:
    what, apart_s = ("装置の時計との差", "Beside the devices' clocks"), found.clocks_apart_s
    if apart_s is None:
        return Line(what, "ok", ("くらべる記録がまだありません。", "Nothing to compare yet."))
    told = (f"{apart_s:+.1f} 秒(最近の記録の真ん中)。", f"{apart_s:+.1f} s (median of the newest events).")
    if abs(apart_s) <= 10.0:
        return Line(what, "ok", told)
    do = (
        "多くの装置とずれています。まずサーバーの時計を確かめてください。",
        "It differs from most devices: look at the server's clock first.",
    )
    return Line(what, "note", told, do)


def _retention(found: Status) -> Line:
    what = ("古い記録の片付け", "Deleting what is over")
    if found.retention_s is None:
        return Line(what, "note", ("まだ動いていません。", "It has not run yet."), _RESTART)
    ja, en = age(found.retention_s)
    told = (f"最後は{ja}前です。", f"The last time was {en} ago.")
    return Line(what, "ok", told) if found.retention_s < 3 * _HOUR_S else Line(what, "bad", told, _RESTART)


_RESTART: Final[Pair] = (
    "1時間ごとに自動で動きます。動かないときは、サーバーを起動し直してください。",
    "It runs each hour by itself. Where it does not, restart the server.",
)


def _maps(found: Status) -> tuple[Line, ...]:
    return tuple(
        Line(
            ("地図", "Map"),
            "note",
            (f"「{name}」を新しくできませんでした。", f"“{name}” could not be made anew."),
            ("「地図」のページで理由を見てください。", "See the reason on the page of maps."),
        )
        for name in found.maps_failed
    )


def age(age_s: float) -> Pair:
    """About how long, in the largest unit that fits."""
    for unit_s, ja, one, many in (
        (_DAY_S, "日", "day", "days"),
        (_HOUR_S, "時間", "hour", "hours"),
        (60.0, "分", "minute", "minutes"),
    ):
        if age_s >= unit_s:
            number = int(age_s // unit_s)
            return f"{number}{ja}", f"{number} {one if number == 1 else many}"
    number = int(age_s)
    return f"{number}秒", f"{number} {'second' if number == 1 else 'seconds'}"
