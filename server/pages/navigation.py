"""The pages of each role, in the order in which every one of its pages lists them."""

from typing import Final, NamedTuple

from server.access import Role
from server.words import Pair


class Entry(NamedTuple):
    """A line of the navigation. `here`: the page that is shown is this one, or lies below it."""

    path: str
    words: Pair
    here: bool = False


_PAGES: Final[dict[Role, tuple[Entry, ...]]] = {
    Role.WEARER: (
        Entry("/wearer/walk", ("歩く", "Walk")),
        Entry("/wearer", ("わたしの外出", "My outings")),
        Entry("/wearer/alerts", ("わたしの知らせ", "My alerts")),
        Entry("/wearer/people", ("見守る人と装置", "People and devices")),
        Entry("/wearer/links", ("共有リンク", "Share links")),
        Entry("/wearer/places", ("覚えた場所", "Saved places")),
        Entry("/wearer/zones", ("知らせる区域", "Zones")),
        Entry("/wearer/consents", ("同意", "Consents")),
        Entry("/wearer/looks", ("見た記録", "Who looked")),
    ),
    Role.CAREGIVER: (
        Entry("/caregiver", ("見守り", "Following")),
        Entry("/caregiver/alerts", ("知らせ", "Alerts")),
        Entry("/channels", ("知らせの受け取り方", "How alerts reach you")),
        Entry("/invitation", ("招待を受ける", "Accept an invitation")),
    ),
    Role.EVALUATOR: (
        Entry("/evaluator", ("外出時間の表", "Outings")),
        Entry("/evaluator/trials", ("実証実験の結果", "Trial results")),
    ),
    Role.ADMINISTRATOR: (
        Entry("/administrator", ("人", "People")),
        Entry("/administrator/devices", ("装置", "Devices")),
        Entry("/administrator/status", ("サーバーの様子", "Status")),
        Entry("/administrator/maps", ("地図", "Maps")),
        Entry("/administrator/blockages", ("通れない所", "Closed paths")),
        Entry("/administrator/alerts", ("当番の知らせ", "Alerts of the duty")),
        Entry("/channels", ("当番の知らせの受け取り方", "Alerts to the duty")),
        Entry("/administrator/audit", ("管理の記録", "Audit")),
        Entry("/administrator/consents", ("同意の文", "Consent texts")),
        Entry("/administrator/kept", ("保存する期間", "How long things are kept")),
    ),
}


def pages_of(role: Role, path: str) -> tuple[Entry, ...]:
    """The role's pages; that of the address `path`, or the nearest above it, is marked."""
    above = [entry.path for entry in _PAGES[role] if f"{path}/".startswith(f"{entry.path}/")]
    nearest = max(above, key=len, default=None)
    return tuple(entry._replace(here=entry.path == nearest) for entry in _PAGES[role])
