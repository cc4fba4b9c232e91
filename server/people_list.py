"""The accounts of an organisation as an administrator looks for them."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, Select, or_, select

from server.access import Action, Actor, Role, role_may
from server.database import Database
from server.listing import Listing, listing
from server.organisations import organisation_of
from server.tables import users

AccountState = Literal["", "in_use", "one_time", "disabled", "no_factor"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; empty: everything. `text`: a part of the name or of the login."""

    text: str = ""
    role: Role | None = None
    state: AccountState = ""


async def people_listed(
    db: Database, administrator: Actor, wanted: Wanted, number: int
) -> Listing[Row[tuple[object, ...]]]:
    """One page of the accounts of the administrator's organisation, by login."""
    role_may(administrator, Action.LIST_PEOPLE)
    async with db.read() as connection:
        own = await organisation_of(connection, administrator.user_id)
        query = select(users).where(users.c.organisation_id == own, users.c.erased_utc_s.is_(None))
        return await listing(connection, _narrowed(query, wanted).order_by(users.c.login), number)


def _narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    if text := wanted.text.strip():
        named = users.c.name.icontains(text, autoescape=True)
        query = query.where(or_(named, users.c.login.icontains(text, autoescape=True)))
    if wanted.role is not None:
        query = query.where(users.c.role == wanted.role.value)
    able, chosen = users.c.disabled_utc_s.is_(None), users.c.password_set_utc_s.is_not(None)
    match wanted.state:
        case "in_use":
            return query.where(able, chosen)
        case "one_time":
            return query.where(able, ~chosen)
        case "disabled":
            return query.where(~able)
        case "no_factor":
            return query.where(able, users.c.totp_confirmed_utc_s.is_(None))
        case _:
            return query
