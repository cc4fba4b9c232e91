"""What stayed of days whose tracks are deleted, for evaluators: by pseudonym, in figures only."""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, role_may
from server.consent import Purpose, in_force_clause
from server.day_figures import day_of
from server.tables import days, relations, users


async def days_for(connection: AsyncConnection, evaluator: Actor) -> list[Row[Any]]:
    """Days of those who agreed to the evaluator and to the trial, with `pseudonym`; by that and by day.

    Of the day on which somebody agreed nothing is told: a part of it was before that.
    """
    role_may(evaluator, Action.READ_OUTING)
    query = (
        select(days, users.c.pseudonym, relations.c.agreed_utc_s)
        .join(users, users.c.id == days.c.wearer_id)
        .join(relations, relations.c.wearer_id == days.c.wearer_id)
        .where(
            relations.c.viewer_id == evaluator.user_id,
            relations.c.agreed_utc_s.is_not(None),
            relations.c.ended_utc_s.is_(None),
            in_force_clause(Purpose.TRIAL_RESEARCH, days.c.wearer_id),
        )
        .order_by(users.c.pseudonym, days.c.day, days.c.device_kind)
    )
    return [row for row in await connection.execute(query) if row.day > day_of(row.agreed_utc_s)]
