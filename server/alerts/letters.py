"""The words of a message: whom it is about, what happened and when, what to do. Never where.

Mail and webhooks pass through other hands: the place is on the page, for those who may see it.
"""

import json
from typing import Any, Final

from sqlalchemy import Row

from server.alerts.rights import URGENT
from server.alerts.senders.base import Letter
from server.alerts.words import TITLES, alert_words, over_words
from server.clock import hour_minute
from server.words import Pair

_MARK: Final = "【標】"
_ASK: Final[Pair] = (
    "すぐに本人へ電話をするか、110番・119番へ連絡してください。対応する人は、標のページで「わたしが対応します」を押してください。"
    "押すまで、ほかの人にも順に知らせます。",
    "Telephone them at once, or call 110 or 119. Whoever sees to it presses “I am taking care of this” "
    "on Shirube's page: until then the others are told too, one after another.",
)
_LOOK: Final[Pair] = (
    "標のページで様子を見て、必要なら本人に電話をしてください。",
    "Look at Shirube's page, and telephone them if need be.",
)
_DUTY: Final[Pair] = (
    "見守りの人はまだ誰も応えていません。本人が緊急のときの共有に同意しているため、組織の当番に知らせます。",
    "None of their caregivers has answered yet. They agreed to this for emergencies: "
    "the duty of the organisation is told.",
)


def sentence_of(row: Row[Any]) -> Pair:
    """What happened, as the alert's own sentence; `row` has the wearer's `name`."""
    return alert_words(row.kind, json.loads(row.detail), row.name, row.raised_utc_s)


def outcome_of(row: Row[Any]) -> Pair | None:
    """Who has taken it, or how it ended; None while it is open. `row` has the taker's name as `taker`."""
    if row.state == "over":
        return over_words(row.kind, row.over_why, row.name, row.over_utc_s)
    if row.state == "acknowledged":
        time = hour_minute(row.acknowledged_utc_s)
        return (
            f"{time} に{row.taker}さんが対応を引き受けました。",
            f"{row.taker} is taking care of it since {time}.",
        )
    return None


def letter_of(row: Row[Any], key: str, what: str, link: str | None, *, duty: bool, english: bool) -> Letter:
    """The message of `what` about an alert, as it stands now."""
    subject = _subject(row, what)
    return Letter(
        key=key,
        what=what,
        alert_id=row.id,
        urgent=what == "raised" and row.kind in URGENT,
        subject=(_MARK + subject[0], f"[Shirube] {subject[1]}"),
        body=_body(row, what, duty=duty),
        link=link,
        made_utc_s=row.changed_utc_s,
        english_first=english,
    )


def _subject(row: Row[Any], what: str) -> Pair:
    outcome = outcome_of(row) if what != "raised" else None
    if outcome is not None:
        return outcome
    ja, en = sentence_of(row)
    title = TITLES[row.kind] if row.kind in URGENT else None
    return (ja, en) if title is None else (f"{title[0]}: {ja}", f"{title[1]}: {en}")


def _body(row: Row[Any], what: str, *, duty: bool) -> Pair:
    parts = [sentence_of(row)]
    outcome = outcome_of(row)
    if what != "raised" and outcome is not None:
        parts.append(outcome)
    if what == "raised":
        parts += [_DUTY] if duty else []
        parts.append(_ASK if row.kind in URGENT else _LOOK)
    return "\n".join(ja for ja, _ in parts), "\n".join(en for _, en in parts)


def test_letter(key: str, now_s: float, link: str | None) -> Letter:
    """The message of the button "send a test"."""
    return Letter(
        key=key,
        what="test",
        alert_id="",
        urgent=False,
        subject=(f"{_MARK}試しの知らせ", "[Shirube] A test message"),
        body=(
            "これは試しの知らせです。何も起きていません。知らせは、この宛先に届きます。",
            "This is a test: nothing has happened. Alerts reach you at this address.",
        ),
        link=link,
        made_utc_s=now_s,
    )


def code_letter(key: str, code: str, now_s: float) -> Letter:
    """The message by which the owner of an e-mail address shows that it is theirs."""
    return Letter(
        key=key,
        what="code",
        alert_id="",
        urgent=False,
        subject=(f"{_MARK}宛先の確認", "[Shirube] Confirm this address"),
        body=(
            f"確認の番号: {code}\n標のページに入れると、知らせがこの宛先に届くようになります。"
            "番号は1日で切れます。心当たりがなければ、何もしないでください。",
            f"Your code: {code}\nEnter it on Shirube's page, and alerts reach you here. "
            "It expires after a day. If you did not ask for it, do nothing.",
        ),
        link=None,
        made_utc_s=now_s,
    )
