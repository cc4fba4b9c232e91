"""What is said of an alert, in Japanese and English: its title, its sentence, and how it ended.

`detail` is what stands in the alert's row as JSON. Times are told in JST. Nothing here says where somebody
is: the place is shown to those who may see it.
"""

from collections.abc import Mapping
from typing import Final, Literal

from server.clock import day_hour_minute, hour_minute
from server.words import Pair

Kind = Literal[
    "sos", "fell", "not_moving", "no_contact", "off_route", "battery", "zone_enter", "zone_leave"
]  # fmt: skip

TITLES: Final[dict[Kind, Pair]] = {
    "sos": ("SOS", "SOS"),
    "fell": ("転んだかもしれません", "A possible fall"),
    "not_moving": ("動いていません", "Not moving"),
    "no_contact": ("連絡が取れません", "No contact"),
    "off_route": ("経路から離れています", "Off the route"),
    "battery": ("電池が残りわずかです", "The battery is low"),
    "zone_enter": ("区域に入りました", "Entered a zone"),
    "zone_leave": ("区域を出ました", "Left a zone"),
}
# Told, and no more: nobody has to answer for them. The others go on along the chain until a person does.
FOR_INFORMATION: Final[frozenset[Kind]] = frozenset({"battery", "zone_enter", "zone_leave"})

_WHY_TOLD: dict[str, Pair] = {
    "help": ("本人が「助けて」と答えました。", "Asked, they answered: I need help."),
    "no_answer": ("本人に尋ねましたが、答えがありません。", "They were asked, and did not answer."),
    "not_reached": (
        "本人に尋ねようとしましたが、端末に届いていません。",
        "They could not be asked: the device was not reached.",
    ),
}
_OVER: dict[str, Pair] = {
    "taken_back": ("本人が取り消しました", "they took it back"),
    "answered_ok": ("本人が「大丈夫」と答えました", "they answered: I am all right"),
    "moving": ("また動いています", "they are moving again"),
    "contact": ("端末からまた連絡がありました", "the device is in contact again"),
    "on_route": ("経路に戻りました", "they are on the route again"),
    "new_route": ("新しい経路を案内しています", "another route is followed now"),
    "charged": ("電池が戻りました", "the battery is all right again"),
    "worse": ("電池がさらに減りました", "the battery is lower still"),
    "crossed_back": ("また境を越えました", "they crossed its border again"),
    "trip_ended": ("外出が終わりました", "the outing has ended"),
    "another_trip": ("同じ端末で次の外出が始まりました", "the device is on another outing now"),
}
_LATE_S: Final = 120.0
_ANOTHER_DAY_S: Final = 12 * 3600.0


def alert_words(kind: str, detail: Mapping[str, object], name: str, raised_utc_s: float) -> Pair:
    """The sentence of an alert about `name`, as of the moment it was raised; always with its time."""
    at_s = _number(detail, "at_s", raised_utc_s)
    ja, en = _happened(kind, detail, name, _time(at_s, raised_utc_s))
    why = _WHY_TOLD.get(str(detail.get("why", "")))
    if why is not None:
        ja, en = f"{ja}{why[0]}", f"{en} {why[1]}"
    left_s = detail.get("left_s")
    if isinstance(left_s, int | float):
        left = hour_minute(float(left_s))
        ja = f"{ja}対応を引き受けた人が {left} に見守りから離れたため、もう一度知らせています。"
        en = f"{en} Whoever had taken care of it was gone at {left}: you are told again."
    if raised_utc_s - at_s >= _LATE_S and kind in ("sos", "fell"):
        told = hour_minute(raised_utc_s)
        ja = f"{ja}(端末の通信が切れていたため、{told} に届きました。今のことではありません。)"
        en = f"{en} (The device had no network: this arrived at {told}, and is not of this moment.)"
    return ja, en


def over_words(kind: str, why: str | None, name: str, over_utc_s: float) -> Pair:
    """How an alert about `name` ended, and when."""
    title, time = TITLES[_known(kind)], hour_minute(over_utc_s)
    reason = _OVER.get(why or "")
    if reason is None:
        return f"{name}さんの知らせ「{title[0]}」は {time} に終わりました。", (
            f'The alert "{title[1]}" about {name} ended at {time}.'
        )
    return f"{name}さんの知らせ「{title[0]}」は {time} に終わりました: {reason[0]}。", (
        f'The alert "{title[1]}" about {name} ended at {time}: {reason[1]}.'
    )


def _happened(kind: str, detail: Mapping[str, object], name: str, time: str) -> Pair:
    match _known(kind):
        case "sos":
            return f"{name}さんが {time} に助けを求めました。", f"{name} called for help at {time}."
        case "fell":
            return f"{name}さんが {time} に転んだかもしれません。", f"{name} may have fallen at {time}."
        case "not_moving":
            minutes = round(_number(detail, "still_s", 0.0) / 60.0)
            return (
                f"{name}さんは {time} からおよそ{minutes}分、ほぼ同じ場所にいます。",
                f"{name} has been at about the same place since {time}, for about {minutes} min.",
            )
        case "no_contact":
            return (
                f"{name}さんの端末から {time} を最後に連絡がありません。今の位置は分かりません。"
                f"{_before_ja(detail)}",
                f"Nothing has come from {name}'s device since {time}. Where they are now is unknown."
                f"{_before_en(detail)}",
            )
        case "off_route":
            off_m = max(round(_number(detail, "off_m", 0.0), -1), 10.0)
            return (
                f"{name}さんは {time} から経路を離れていて、今はおよそ{off_m:.0f}m離れています。",
                f"{name} has been off the route since {time}, and is about {off_m:.0f} m from it.",
            )
        case "battery":
            return _battery(detail, name, time)
        case "zone_enter":
            zone = detail.get("zone", "")
            return f"{name}さんが {time} に「{zone}」に入りました。", f"{name} entered {zone} at {time}."
        case "zone_leave":
            zone = detail.get("zone", "")
            return f"{name}さんが {time} に「{zone}」を出ました。", f"{name} left {zone} at {time}."


def _battery(detail: Mapping[str, object], name: str, time: str) -> Pair:
    if detail.get("health") == "error":
        return (
            f"{name}さんの端末の電池がもうすぐ切れます({time})。切れると、案内も見守りも止まります。",
            f"The battery of {name}'s device is about to be empty ({time}): guidance and watching will stop.",
        )
    return (
        f"{name}さんの端末の電池が残りわずかです({time})。",
        f"The battery of {name}'s device is low ({time}).",
    )


def _before_ja(detail: Mapping[str, object]) -> str:
    return "その前に、電池が残りわずかだと知らせていました。" if detail.get("battery_low") else ""


def _before_en(detail: Mapping[str, object]) -> str:
    return " Before that it had told that its battery was low." if detail.get("battery_low") else ""


def _known(kind: str) -> Kind:
    for known in TITLES:
        if kind == known:
            return known
    raise ValueError(f"there are no words for an alert of kind {kind!r}")


def _time(at_s: float, raised_utc_s: float) -> str:
    """The hour and minute; the day too where it may be of another one."""
    return (day_hour_minute if raised_utc_s - at_s >= _ANOTHER_DAY_S else hour_minute)(at_s)


def _number(detail: Mapping[str, object], key: str, default: float) -> float:
    value = detail.get(key)
    return float(value) if isinstance(value, int | float) else default
