"""Where a trip's events lie in the devices' logs, and how its positions are found there.

A device's log goes on for years, and holds one trip after the other: `trip_logs` says from which number to
which a trip lies in it. Most trips lie in one log; who walks by a page has another each time it is opened. So
a trip is read log by log, each by the index of the log's own order: nothing is sorted, and nothing of other
trips is read but a few rows behind the end. What is no position has an index of its own (`NO_POSITION`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, false, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from server.tables import events, logs, trip_logs

Span = Mapping[str, Any]  # the parameters of `IN_SPAN`
# How far ahead of a trip's newest event its place in the log is granted: two minutes of positions. So the row
# that says where the trip lies is written once in a while, and who reads a trip reads little of the next.
AHEAD: Final = 128


def of_trip(trip_id: ColumnElement[str]) -> ColumnElement[bool]:
    """The event is the trip's, as almost all are where the trip lies.

    Said so that PostgreSQL takes it for likely. Of an equality it takes it that few rows have it, there as
    everywhere, and reads and sorts a whole walk for the last position of it.
    """
    return case((events.c.trip_id == trip_id, true()), else_=false())


IN_SPAN: Final[ColumnElement[bool]] = and_(
    events.c.log_id == bindparam("log_id"),
    events.c.seq.between(bindparam("first_seq"), bindparam("last_seq")),
    of_trip(bindparam("trip_id")),
)
# The same as a join, where the order in which they come does not matter.
OF_SPAN: Final[ColumnElement[bool]] = and_(
    events.c.log_id == trip_logs.c.log_id,
    events.c.seq.between(trip_logs.c.first_seq, trip_logs.c.last_seq),
    of_trip(trip_logs.c.trip_id),
)
_SPANS: Final = (
    select(trip_logs.c.trip_id, trip_logs.c.log_id, trip_logs.c.first_seq, trip_logs.c.last_seq)
    .where(trip_logs.c.trip_id == bindparam("trip_id"))
    .order_by(trip_logs.c.log_id)
)


def logs_of(device_id: str) -> Select[tuple[int]]:
    """The device's logs: with `IN`, its events by an index."""
    return select(logs.c.id).where(logs.c.device_id == device_id)


def positions(*columns: Any) -> Select[Any]:  # noqa: ANN401  (as `select` takes them)
    """A query for `read`: of a trip's positions in one log, in no order yet."""
    return select(*columns).where(IN_SPAN, events.c.type == "moved")


async def spans_of(connection: AsyncConnection, trip_id: str) -> list[Span]:
    """Where the trip lies, in the order of the logs."""
    found = await connection.execute(_SPANS, {"trip_id": trip_id})
    return [dict(row) for row in found.mappings()]


async def read(connection: AsyncConnection, query: Select[Any], trip_id: str) -> Sequence[Row[Any]]:
    """What the query finds in each log of the trip, in the order in which things happened."""
    ordered = query.order_by(events.c.seq)
    spans = await spans_of(connection, trip_id)
    return [row for span in spans for row in (await connection.execute(ordered, span)).all()]


async def read_last(
    connection: AsyncConnection, query: Select[Any], trip_id: str, most: int
) -> Sequence[Row[Any]]:
    """As `read`, the newest first, at most so many."""
    newest = query.order_by(events.c.seq.desc())
    rows: list[Row[Any]] = []
    for span in reversed(await spans_of(connection, trip_id)):
        rows += (await connection.execute(newest.limit(most - len(rows)), span)).all()
        if len(rows) == most:
            break
    return rows
