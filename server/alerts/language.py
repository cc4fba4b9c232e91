"""In which language a person's mails and notifications are: one, or Japanese with English beside it."""

from typing import Literal

from sqlalchemy import select, update

from server.access import Action, Actor, role_may
from server.database import Database
from server.tables import users

Language = Literal["ja", "en"]


async def language_of(db: Database, actor: Actor) -> Language | None:
    """The one that was chosen; None: both."""
    async with db.read() as connection:
        query = select(users.c.lang).where(users.c.id == actor.user_id)
        found: Language | None = (await connection.execute(query)).scalar_one()
        return found


async def choose_language(db: Database, actor: Actor, language: Language | None) -> None:
    """From the next message on."""
    role_may(actor, Action.KEEP_CHANNELS)
    async with db.write() as connection:
        await connection.execute(update(users).where(users.c.id == actor.user_id).values(lang=language))
