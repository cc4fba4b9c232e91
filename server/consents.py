"""A wearer's consents: what is asked, what they said, and their changing it, with effect at once."""

from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import Row

from server import consent
from server.access import Action, Actor, role_may
from server.clock import Clock
from server.consent import Purpose
from server.consent_texts import Text, current_text
from server.database import Database
from server.hub import Hub
from wire.base import message

Lang = Literal["ja", "en"]


@message
class ConsentGiven:
    """A yes to one text. `how`: on the page or from its recording."""

    purpose: Purpose
    version: Annotated[str, Field(max_length=16)]
    lang: Lang
    how: Literal["page", "audio"] = "page"


@message
class ConsentWithdrawn:
    """No longer. No reason is asked for."""

    purpose: Purpose


@message
class ConsentRow:
    """One yes, and its end."""

    version: str
    lang: str
    how: str
    given_utc_s: float
    withdrawn_utc_s: float | None


@message
class ConsentState:
    """How one purpose stands. `asks_again`: in force by an older text, and the newer one not answered."""

    purpose: Purpose
    in_force: bool
    asks_again: bool
    current_version: str
    title_ja: str
    title_en: str
    history: tuple[ConsentRow, ...]


class Consents:
    """Each wearer's own, and nobody else's."""

    def __init__(self, db: Database, clock: Clock, hub: Hub) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub

    async def states(self, wearer: Actor) -> tuple[ConsentState, ...]:
        """Every purpose, in the order in which they are asked."""
        role_may(wearer, Action.CONSENT)
        async with self._db.read() as connection:
            given = await consent.given_by(connection, wearer.user_id)
            holds = [await consent.in_force(connection, wearer.user_id, purpose) for purpose in Purpose]
        return tuple(
            _state(purpose, held, tuple(_told(row) for row in given if row.purpose == purpose))
            for purpose, held in zip(Purpose, holds, strict=True)
        )

    async def give(self, wearer: Actor, said: ConsentGiven) -> None:
        """In force from now on. Raises `consent.Outdated` where there is a newer text."""
        role_may(wearer, Action.CONSENT)
        now_s = self._clock.utc_s()
        async with self._db.write() as connection:
            await consent.give(
                connection,
                wearer.user_id,
                said.purpose,
                now_s,
                how=said.how,
                lang=said.lang,
                version=said.version,
            )
        # Also to begin with: what waits for a right (an alert's caregivers) looks again.
        self._hub.rights_changed()

    async def withdraw(self, wearer: Actor, purpose: Purpose) -> None:
        """Nothing rests on it from now on; open views close. Twice is once."""
        role_may(wearer, Action.CONSENT)
        now_s = self._clock.utc_s()
        async with self._db.write() as connection:
            await consent.withdraw(connection, wearer.user_id, purpose, now_s)
        self._hub.rights_changed()


def text_in_both(purpose: Purpose) -> tuple[Text, Text]:
    """The current text in Japanese and in English."""
    return current_text(purpose.value, "ja"), current_text(purpose.value, "en")


def _state(purpose: Purpose, holds: bool, history: tuple[ConsentRow, ...]) -> ConsentState:
    ja, en = text_in_both(purpose)
    newest = any(row.version == ja.version and row.withdrawn_utc_s is None for row in history)
    return ConsentState(
        purpose=purpose,
        in_force=holds,
        asks_again=holds and not newest,
        current_version=ja.version,
        title_ja=ja.title,
        title_en=en.title,
        history=history,
    )


def _told(row: Row[Any]) -> ConsentRow:
    return ConsentRow(
        version=row.version,
        lang=row.lang,
        how=row.how,
        given_utc_s=row.given_utc_s,
        withdrawn_utc_s=row.withdrawn_utc_s,
    )
