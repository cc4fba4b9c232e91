"""Why a part of the timeline counts as it does: one sentence a code, Japanese and English."""

from typing import Final

# Codes of `why` in intervals and outings.
RULES: Final[dict[str, tuple[str, str]]] = {
    "fixes_logger": (
        "電話の位置から（15分までの空きは、両端が同じなら見ていたとします）",
        "from the phone's positions (up to 15 minutes without one count as seen where both ends agree)",
    ),
    "fixes_device": (
        "装置の位置から（15分までの空きは、両端が同じなら見ていたとします）",
        "from the device's positions (up to 15 minutes without one count as seen where both ends agree)",
    ),
    "dock": ("自宅の置き台にありました", "it was in its dock at home"),
    "charger": ("自宅で充電していました", "it was charged at home"),
    "home_wifi": ("自宅のWi-Fiにつながっていました", "it was on the Wi-Fi of the home"),
    "wifi_out_of_reach": (
        "出た直後か帰る直前で、自宅のWi-Fiは届いていませんでした",
        "just after leaving or before coming back: the Wi-Fi of the home was out of reach",
    ),
    "at_home": ("本人か介助者が、在宅と記録しました", "the person or a caregiver noted: at home"),
    "out": ("本人か介助者が、外出と記録しました", "the person or a caregiver noted: out"),
    "driven": ("車で送迎されていました。外出に数えます", "taken along by car; it counts as out"),
    "left_at_home": (
        "もう一つの機器は自宅に置いたままでした。持っていた方で数えます",
        "the other source was left at home; the one that was carried counts",
    ),
    "door": (
        "出入りの時刻は、歩く速さから戸口までさかのぼって求めた前後の間です",
        "beside the moment at the door, which was dated back by the speed of the way",
    ),
    "too_near": (
        "自宅から遠く離れなかったので外出に数えません",
        "it never led far from home: no outing",
    ),
    "too_short": ("短すぎるので外出に数えません", "it was too short to be an outing"),
    "gap_home": (
        "記録のない間。前も後も自宅でした",
        "not seen; at home before and after",
    ),
    "gap_same_place": (
        "記録のない間。前も後も外の同じ場所でした（建物の中）",
        "not seen; at the same place away before and after (inside a building)",
    ),
    "gap_away": ("記録のない間。前も後も外でした", "not seen; out before and after"),
    "gap_change": (
        "記録のない間に、出たか帰りました",
        "not seen; left or came back within it",
    ),
    "other_source_out": (
        "もう一つの機器は外にありました。この機器が自宅にあっても、本人の在宅は示しません",
        "the other source was out: that this one lay at home does not tell where the person was",
    ),
    "usual_hours": (
        "この方がほぼ必ず自宅にいる時間帯です（本人の記録から）",
        "hours at which this person is almost surely at home, by their own record",
    ),
    "gap_edge": (
        "記録が始まる前か、終わった後です",
        "before the record begins, or after it ends",
    ),
    "trip_moved": (
        "自宅の登録がないので、動きの始めから終わりまでです",
        "no home is registered: from the first to the last movement",
    ),
}

# Labels of outings: they say more of an outing, and change nothing of its minutes.
LABELS: Final[dict[str, tuple[str, str]]] = {
    "driven": ("送迎", "driven"),
    "night_away": ("外泊", "night away"),
    "device_left_at_home": ("装置は自宅", "device left at home"),
    "logger_left_at_home": ("電話は自宅", "phone left at home"),
}
