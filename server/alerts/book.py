"""Alerts as people read them, take them, and end them.

One person takes an alert: the first. Who comes second is told who it was.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, Select, and_, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, Role, role_may
from server.alerts.letters import outcome_of, sentence_of
from server.alerts.rights import ACTIVE, URGENT, allow_alert, visible_to
from server.alerts.topics import alerts_of
from server.alerts.words import FOR_INFORMATION, TITLES
from server.clock import Clock
from server.database import Database
from server.errors import Conflict
from server.hub import ALERTS, Hub
from server.looks import write_looks
from server.metrics import Metrics
from server.tables import alerts, deliveries, users
from server.words import Pair

PAGE: Final = 50
_MOST_ACTIVE: Final = 20  # on a banner; more is a list
_NOBODY: Final[Pair] = ("まだ誰も応えていません。", "Nobody has answered yet.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the wearer was when it was raised."""

    lat: float
    lon: float
    accuracy_m: float | None
    fix_utc_s: float | None


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as somebody may see it. `place`: None where there is none, or it is not theirs to see."""

    id: str
    wearer_id: str
    trip_id: str
    kind: str
    state: str
    urgent: bool
    raised_utc_s: float
    unanswered: bool
    informs: bool  # nobody has to answer
    title: Pair
    sentence: Pair
    outcome: Pair | None
    taker: str | None
    place: Place | None


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who was told, for the wearer: how far the messages by one way came."""

    name: str
    way: str
    first_utc_s: float
    sent_utc_s: float | None
    given_up: bool


class Book:
    """Reading, taking and ending."""

    def __init__(self, db: Database, clock: Clock, hub: Hub, metrics: Metrics | None = None) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub
        self._metrics = metrics or Metrics()

    async def active(self, actor: Actor) -> list[Alert]:
        """What goes on now, the most urgent first."""
        role_may(actor, Action.READ_ALERT)
        urgent = case((alerts.c.kind.in_(URGENT), 0), else_=1)
        query = (
            visible_to(actor)
            .where(alerts.c.state.in_(ACTIVE))
            .order_by(urgent, alerts.c.raised_utc_s.desc(), alerts.c.id)
            .limit(_MOST_ACTIVE)
        )
        async with self._db.read() as connection:
            return [_alert(row) for row in await connection.execute(query)]

    async def page(self, actor: Actor, after: str | None = None, limit: int = PAGE) -> list[Alert]:
        """Newest first; `after`: the last one of the page before."""
        role_may(actor, Action.READ_ALERT)
        query = visible_to(actor).order_by(alerts.c.raised_utc_s.desc(), alerts.c.id.desc()).limit(limit)
        async with self._db.read() as connection:
            if after is not None:
                last = (await connection.execute(visible_to(actor).where(alerts.c.id == after))).one_or_none()
                if last is None:
                    return []
                query = query.where(_older(last))
            return [_alert(row) for row in await connection.execute(query)]

    async def read(self, actor: Actor, alert_id: str) -> Alert:
        """One; that it was looked at is written down for the wearer."""
        async with self._db.read() as connection:
            row = await allow_alert(connection, actor, Action.READ_ALERT, alert_id)
        if actor.role is not Role.WEARER:
            async with self._db.write() as connection:
                seen = [(row.wearer_id, row.trip_id)]
                await write_looks(connection, actor, seen, "alert", self._clock.utc_s())
        return _alert(row)

    async def acknowledge(self, actor: Actor, alert_id: str) -> Alert:
        """The actor takes it; nobody else is told to. `Conflict` where somebody has, or it is over."""
        now_s = self._clock.utc_s()
        values = {
            "state": "acknowledged",
            "acknowledged_by": actor.user_id,
            "acknowledged_utc_s": now_s,
            "changed_utc_s": now_s,
            "next_utc_s": now_s,
        }
        async with self._db.write() as connection:
            row = await allow_alert(connection, actor, Action.ACKNOWLEDGE_ALERT, alert_id)
            if row.state == "acknowledged" and row.acknowledged_by == actor.user_id:
                return _alert(row)  # pressed twice
            _still(row, ("open",))
            await connection.execute(update(alerts).where(alerts.c.id == alert_id).values(**values))
            row = await allow_alert(connection, actor, Action.READ_ALERT, alert_id)
        self._wake(row, actor)
        return _alert(row)

    async def end(self, actor: Actor, alert_id: str) -> Alert:
        """The wearer says that they are all right."""
        now_s = self._clock.utc_s()
        values = {
            "state": "over",
            "over_utc_s": now_s,
            "over_why": "answered_ok",
            "changed_utc_s": now_s,
            "next_utc_s": now_s,
        }
        async with self._db.write() as connection:
            row = await allow_alert(connection, actor, Action.END_ALERT, alert_id)
            _still(row, ("asking", *ACTIVE))
            await connection.execute(update(alerts).where(alerts.c.id == alert_id).values(**values))
            row = await allow_alert(connection, actor, Action.READ_ALERT, alert_id)
        self._wake(row, actor)
        # In an emergency a trip was open that is not shared.
        self._hub.rights_changed()
        return _alert(row)

    async def told(self, actor: Actor, alert_ids: Sequence[str]) -> dict[str, list[Told]]:
        """Who was told of the wearer's own alerts, and by which ways."""
        role_may(actor, Action.END_ALERT)
        query = (
            select(deliveries, users.c.name)
            .join(users, users.c.id == deliveries.c.user_id)
            .join(alerts, alerts.c.id == deliveries.c.alert_id)
            .where(
                alerts.c.wearer_id == actor.user_id,
                alerts.c.id.in_(alert_ids),
                deliveries.c.what == "raised",
            )
            .order_by(deliveries.c.id)
        )
        found: dict[str, dict[tuple[str, str], list[Row[Any]]]] = defaultdict(lambda: defaultdict(list))
        async with self._db.read() as connection:
            for row in await connection.execute(query):
                # Two may have the same name: that one heard says nothing of the other.
                found[row.alert_id][(row.user_id, row.kind)].append(row)
        return {alert_id: [_told(rows) for rows in ways.values()] for alert_id, ways in found.items()}

    def _wake(self, row: Row[Any], actor: Actor) -> None:
        self._metrics.alerts.labels(row.kind, row.state).inc()
        self._hub.wake({ALERTS, alerts_of(row.wearer_id), alerts_of(actor.user_id), row.trip_id})


def with_names() -> Select[Any]:
    """Alerts with the wearer's `name` and the `taker`'s, for whoever asks about rights otherwise."""
    wearer, taker = users.alias("wearer"), users.alias("taker")
    source = alerts.join(wearer, wearer.c.id == alerts.c.wearer_id).outerjoin(
        taker, taker.c.id == alerts.c.acknowledged_by
    )
    return select(alerts, wearer.c.name.label("name"), taker.c.name.label("taker")).select_from(source)


async def told_since(
    connection: AsyncConnection, actor: Actor, after: int, limit: int = PAGE
) -> list[tuple[int, str]]:
    """Messages for the person's own page numbered above `after`: number and alert."""
    query = (
        select(deliveries.c.id, deliveries.c.alert_id)
        .where(deliveries.c.user_id == actor.user_id, deliveries.c.kind == "page", deliveries.c.id > after)
        .order_by(deliveries.c.id)
        .limit(limit)
    )
    return [(row.id, row.alert_id) for row in await connection.execute(query)]


def _still(row: Row[Any], states: tuple[str, ...]) -> None:
    if row.state in states:
        return
    outcome = outcome_of(row) or ("もう変わっています。", "It has changed meanwhile.")
    raise Conflict(*outcome)


def _older(last: Row[Any]) -> Any:  # noqa: ANN401  (a condition)
    return or_(
        alerts.c.raised_utc_s < last.raised_utc_s,
        and_(alerts.c.raised_utc_s == last.raised_utc_s, alerts.c.id < last.id),
    )


def _alert(row: Row[Any]) -> Alert:
    return Alert(
        id=row.id,
        wearer_id=row.wearer_id,
        trip_id=row.trip_id,
        kind=row.kind,
        state=row.state,
        urgent=row.kind in URGENT,
        raised_utc_s=row.raised_utc_s,
        unanswered=row.state == "open" and row.unanswered_utc_s is not None,
        informs=row.kind in FOR_INFORMATION,
        title=TITLES[row.kind],
        sentence=sentence_of(row),
        outcome=outcome_of(row) or (_NOBODY if row.unanswered_utc_s is not None else None),
        taker=row.taker,
        place=_place(row),
    )


def _place(row: Row[Any]) -> Place | None:
    if not row.placed or row.lat is None or row.lon is None:
        return None
    return Place(row.lat, row.lon, row.accuracy_m, row.fix_utc_s)


def _told(rows: Sequence[Row[Any]]) -> Told:
    """All messages to one person by one way."""
    sent = [row.sent_utc_s for row in rows if row.sent_utc_s is not None]
    given_up = not sent and all(row.state == "given_up" for row in rows)
    first = rows[0]
    return Told(first.name, first.kind, first.created_utc_s, min(sent) if sent else None, given_up)
