"""How many wearers of an organisation have agreed to which text: numbers only, nobody is named."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select

from server.access import Action, Actor, Role, role_may
from server.consent import Purpose, in_force_clause
from server.database import Database
from server.organisations import organisation_of
from server.tables import consents, users


@dataclass(frozen=True, slots=True)
class Counts:
    """`wearers`: all of them. `in_force`: by purpose; `open`: by (purpose, version), not withdrawn."""

    wearers: int
    in_force: dict[str, int]
    open: Counter[tuple[str, str]]
    withdrawn: Counter[str]


async def consent_counts(db: Database, administrator: Actor) -> Counts:
    """Of the administrator's organisation, without those who are erased."""
    role_may(administrator, Action.LIST_PEOPLE)
    async with db.read() as connection:
        own = await organisation_of(connection, administrator.user_id)
        mine = (
            users.c.organisation_id == own,
            users.c.role == Role.WEARER.value,
            users.c.erased_utc_s.is_(None),
        )
        wearers = (await connection.execute(select(func.count()).where(*mine))).scalar_one()
        in_force = {}
        for purpose in Purpose:
            query = select(func.count()).where(*mine, in_force_clause(purpose, users.c.id))
            in_force[purpose.value] = int((await connection.execute(query)).scalar_one())
        ended = consents.c.withdrawn_utc_s.is_not(None)
        by_text = (
            select(consents.c.purpose, consents.c.version, ended, func.count(consents.c.wearer_id.distinct()))
            .join(users, users.c.id == consents.c.wearer_id)
            .where(*mine)
            .group_by(consents.c.purpose, consents.c.version, ended)
        )
        held, gone = Counter[tuple[str, str]](), Counter[str]()
        for purpose_, version, is_over, number in await connection.execute(by_text):
            if is_over:
                gone[purpose_] += number
            else:
                held[purpose_, version] += number
    return Counts(int(wearers), in_force, held, gone)
