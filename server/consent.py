"""What a wearer says yes to: by purpose, to one version of a text, and until they take it back.

A consent is in force while it is not withdrawn and its version is the current one, or an older one which the
current one `carries`: that goes on, for what its own text said, while the wearer is asked again. What is new
in a text is done for those only who agreed to that text (`agreed_to_current`; APPI Art. 18 and 20(2)). A text
that carries nothing lets its purpose rest until it is answered.
"""

from enum import StrEnum
from typing import Literal

from sqlalchemy import ColumnElement, Row, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.consent_texts import Text, current_text, versions_in_force
from server.errors import Conflict
from server.tables import consents, links, shares

How = Literal["page", "audio", "paper", "device"]


class Purpose(StrEnum):
    """What for. Each is asked, given and withdrawn by itself."""

    LIVE_SHARING = "live_sharing"
    TRIAL_RESEARCH = "trial_research"
    MODEL_IMPROVEMENT = "model_improvement"
    EMERGENCY_SHARING = "emergency_sharing"


class Outdated(Conflict):
    """409: there is a newer text, which has to be read or heard first."""

    def __init__(self, text: Text) -> None:
        super().__init__(
            f"説明の文が新しくなりました(版 {text.version})。"
            "新しい文を読むか聞いてから、もう一度選んでください。",
            f"The text is newer now (version {text.version}): read or hear it first, then choose again.",
            # RFC 5829: where the newer text is.
            {"Link": f'</api/v1/consents/texts/{text.purpose}>; rel="latest-version"'},
        )
        self.text = text


class NotAgreed(Conflict):
    """409: this rests on a consent that is not in force. The answer says where its text is."""

    def __init__(self, purpose: "Purpose") -> None:
        text_ja, text_en = (current_text(purpose.value, lang).title for lang in ("ja", "en"))
        super().__init__(
            f"先に「{text_ja}」の説明を読むか聞いて、同意してください。",
            f"Agree first, after reading or hearing the text “{text_en}”.",
            {"Link": f'</api/v1/consents/texts/{purpose}>; rel="describedby"'},
        )
        self.purpose = purpose


def in_force_clause(purpose: Purpose, wearer_id: ColumnElement[str] | str) -> ColumnElement[bool]:
    """EXISTS: the consent of this wearer (a value, or a column of the outer query) is in force."""
    return exists(
        select(consents.c.id).where(
            consents.c.wearer_id == wearer_id,
            consents.c.purpose == purpose.value,
            or_(*(consents.c.version == version for version in versions_in_force(purpose.value))),
            consents.c.withdrawn_utc_s.is_(None),
        )
    )


async def in_force(connection: AsyncConnection, wearer_id: str, purpose: Purpose) -> bool:
    """Whether the wearer's consent holds now."""
    query = select(in_force_clause(purpose, wearer_id))
    return bool((await connection.execute(query)).scalar_one())


async def require(connection: AsyncConnection, wearer_id: str, purpose: Purpose) -> str:
    """The version of the text by which the wearer's consent is in force; else raises `NotAgreed`."""
    held = await _open_versions(connection, wearer_id, purpose)
    for version in versions_in_force(purpose.value):
        if version in held:
            return version
    raise NotAgreed(purpose)


async def agreed_to_current(connection: AsyncConnection, wearer_id: str, purpose: Purpose) -> bool:
    """Whether it is the newest text that they agreed to: for what an older text did not speak of."""
    return current_text(purpose.value, "ja").version in await _open_versions(connection, wearer_id, purpose)


async def give(
    connection: AsyncConnection,
    wearer_id: str,
    purpose: Purpose,
    now_s: float,
    *,
    how: How,
    lang: Literal["ja", "en"] = "ja",
    version: str | None = None,
) -> None:
    """Write a consent in the caller's transaction. Twice is once.

    `version`: of the text that the wearer read or heard; None: the caller has shown the current one. Raises
    `Outdated` where that is not the current one. After the commit the caller tells `hub.rights_changed()`.
    """
    text = current_text(purpose.value, lang)
    if version is not None and version != text.version:
        raise Outdated(text)
    if text.version in await _open_versions(connection, wearer_id, purpose):
        return
    row = {
        "wearer_id": wearer_id,
        "purpose": purpose.value,
        "version": text.version,
        "lang": lang,
        "how": how,
        "given_utc_s": now_s,
    }
    await connection.execute(insert(consents).values(row))


async def withdraw(connection: AsyncConnection, wearer_id: str, purpose: Purpose, now_s: float) -> bool:
    """End it, and all that rests on it, in the caller's transaction; whether there was one.

    After the commit the caller tells `hub.rights_changed()`: open views close.
    """
    mine = (consents.c.wearer_id == wearer_id, consents.c.purpose == purpose.value)
    ended = await connection.execute(
        update(consents).where(*mine, consents.c.withdrawn_utc_s.is_(None)).values(withdrawn_utc_s=now_s)
    )
    if purpose is Purpose.LIVE_SHARING:
        await _end_sharing(connection, wearer_id, now_s)
    return ended.rowcount > 0


async def _end_sharing(connection: AsyncConnection, wearer_id: str, now_s: float) -> None:
    # Not only unseen while the consent is missing: a consent given later must not open them again.
    for table, end in ((shares, "withdrawn_utc_s"), (links, "revoked_utc_s")):
        opened = (table.c.wearer_id == wearer_id, table.c[end].is_(None))
        await connection.execute(update(table).where(*opened).values({end: now_s}))


async def given_by(connection: AsyncConnection, wearer_id: str) -> list[Row[tuple[object, ...]]]:
    """All that the wearer ever said yes to, oldest first."""
    query = select(consents).where(consents.c.wearer_id == wearer_id).order_by(consents.c.id)
    return list(await connection.execute(query))


async def _open_versions(connection: AsyncConnection, wearer_id: str, purpose: Purpose) -> set[str]:
    query = select(consents.c.version).where(
        consents.c.wearer_id == wearer_id,
        consents.c.purpose == purpose.value,
        consents.c.withdrawn_utc_s.is_(None),
    )
    return set((await connection.execute(query)).scalars())
