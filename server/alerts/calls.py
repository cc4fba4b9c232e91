"""What the wearer hears of a call for help or a fall: to how many people it went, who takes it, what failed.

Each word takes the place of the one before it (`notices.tell_of_call`), and is said where it is news.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row, RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.alerts.rights import ACTIVE, URGENT
from server.notices import call_is_over, last_of_call, tell_of_call
from server.tables import alerts, deliveries, users

# A message that nobody has tried to hand over for so long has failed as well: the mail server was taken out
# of the settings, or no process sends. A try may take 15 s.
_UNTRIED_S: Final = 30.0
_CLOCKS_S: Final = 5.0  # two machines' clocks differ by less


@dataclass(slots=True)
class Reach:
    """How far the messages of a trip's open calls came. People whose page alone was told count as told."""

    wearer_id: str
    told: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)  # by a channel
    reached: set[str] = field(default_factory=set)
    waits: bool = False  # a first try is not over

    @property
    def nobody(self) -> bool:
        """Every message beside the pages has failed."""
        return bool(self.tried) and not self.reached and not self.waits

    @property
    def people(self) -> int:
        """To how many it went, as far as anybody knows."""
        return len((self.told - self.tried) | self.reached)


def reach_of(rows: Iterable[Row[Any]], now_s: float) -> dict[str, Reach]:
    """By trip. `rows`: messages of open calls, with the alert's `wearer_id` and `trip_id`."""
    found: dict[str, Reach] = {}
    for row in rows:
        if row.state == "given_up" and not row.tries:
            continue  # it was not to be sent any more: that is no failure
        reach = found.setdefault(row.trip_id, Reach(row.wearer_id))
        reach.told.add(row.user_id)
        if row.kind == "page":
            continue
        reach.tried.add(row.user_id)
        if row.state == "sent":
            reach.reached.add(row.user_id)
        reach.waits |= row.state == "pending" and now_s - row.created_utc_s < _UNTRIED_S
    return found


async def corrections(connection: AsyncConnection, now_s: float) -> dict[str, tuple[str, int]]:
    """What the wearer was told wrongly: by trip, the wearer and to how many people the call went in truth.

    That it went to people, where no message reached any; that it reached nobody, where one did since.
    """
    query = (
        select(
            deliveries.c.user_id,
            deliveries.c.kind,
            deliveries.c.state,
            deliveries.c.tries,
            deliveries.c.created_utc_s,
            alerts.c.wearer_id,
            alerts.c.trip_id,
        )
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .where(
            alerts.c.state == "open",
            alerts.c.kind.in_(URGENT),
            alerts.c.next_utc_s.is_not(None),  # it is still repeated
            deliveries.c.what == "raised",
            # Since it was taken, and left, who was told before counts no more.
            deliveries.c.created_utc_s >= alerts.c.changed_utc_s - _CLOCKS_S,
        )
    )
    wrong = {}
    for trip_id, reach in reach_of(await connection.execute(query), now_s).items():
        said_none = _says_none(await last_of_call(connection, trip_id))
        if reach.nobody and not said_none:
            wrong[trip_id] = reach.wearer_id, 0
        elif reach.reached and said_none:
            wrong[trip_id] = reach.wearer_id, reach.people
    return wrong


@dataclass(frozen=True, slots=True)
class Told:
    """A step of the chain. `people`: how many it tells.

    `anybody`: there is somebody who may be told at all. `unanswered`: the whole chain was told before, and
    for the first time it is seen that nobody has answered.
    """

    people: int
    anybody: bool
    unanswered: bool


async def tell_step(connection: AsyncConnection, row: Row[Any], step: Told, now_s: float) -> None:
    """Before a step is written: how many people it goes to, where that is news to the wearer.

    Where the call was taken and left, the notice bears the name of who had taken it.
    """
    if row.kind not in URGENT:
        return
    said_none = _says_none(await last_of_call(connection, row.trip_id))
    first = row.step == 0 or row.acknowledged_by is not None
    somebody_now = step.people > 0 and not await _told_at(connection, row.id, row.step)
    nobody_now = not step.anybody and not said_none
    still_no_answer = step.unanswered and step.people > 0 and not said_none
    if first or somebody_now or nobody_now or still_no_answer:
        wearer_id, trip_id, count = row.wearer_id, row.trip_id, step.people
        name = await _name_of(connection, row.acknowledged_by)
        await tell_of_call(connection, wearer_id, trip_id, "sos_sent", now_s, name=name, count=count)


async def tell_taken(connection: AsyncConnection, row: Row[Any], now_s: float) -> None:
    """Somebody has taken it."""
    if row.kind in URGENT and row.acknowledged_by not in (None, row.wearer_id):
        name = await _name_of(connection, row.acknowledged_by)
        await tell_of_call(connection, row.wearer_id, row.trip_id, "sos_seen", now_s, name=name)


async def tell_over(connection: AsyncConnection, row: Row[Any], now_s: float) -> None:
    """Nothing more is said of it, unless another call of the trip goes on."""
    others = select(alerts.c.id).where(
        alerts.c.trip_id == row.trip_id, alerts.c.kind.in_(URGENT), alerts.c.state.in_(ACTIVE)
    )
    if row.kind in URGENT and (await connection.execute(others.limit(1))).first() is None:
        await call_is_over(connection, row.trip_id, now_s)


def _says_none(last: RowMapping | None) -> bool:
    """The wearer knows already that the call has reached nobody."""
    return last is not None and last["kind"] == "sos_sent" and last["count"] == 0


async def _told_at(connection: AsyncConnection, alert_id: str, step: int) -> bool:
    """Whether anybody was told at that step."""
    query = select(deliveries.c.id).where(
        deliveries.c.alert_id == alert_id, deliveries.c.what == "raised", deliveries.c.step == step
    )
    return (await connection.execute(query.limit(1))).first() is not None


async def _name_of(connection: AsyncConnection, person_id: str | None) -> str:
    """Their name; empty where nobody, or somebody who was erased, is meant."""
    query = select(users.c.name).where(users.c.id == person_id, users.c.erased_utc_s.is_(None))
    return (await connection.execute(query)).scalar_one_or_none() or ""
