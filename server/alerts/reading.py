"""What has come of all trips since the last look; where much waits, calls for help before all else."""

import zlib
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.alerts.load import HAPPENED, TOLD
from server.alerts.watched import Watch
from server.tables import events

MOST: Final = 5000  # events in one look: two seconds of the fullest load
_AHEAD: Final = 100_000  # events in which calls are looked for at once: some tenths of a second
_SAMPLE_S: Final = 5.0  # of one trip's positions
_CALLS: Final = ("sos", "fell", "answered")


async def read_on(connection: AsyncConnection, cursor: int) -> Sequence[Row[Any]]:
    """The next events after number `cursor`, at most `MOST`."""
    query = _events().where(events.c.id > cursor).order_by(events.c.id).limit(MOST)
    rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
    return rows


async def calls_ahead(connection: AsyncConnection, after: int) -> tuple[Sequence[Row[Any]], int]:
    """Calls for help, falls and answers among the events after that number, and up to which it was looked.

    After a time in which nobody watched, hours of positions may wait before them: read in order, a call would
    wait as long.
    """
    newest = (await connection.execute(select(func.max(events.c.id)))).scalar_one() or 0
    upto = max(min(newest, after + _AHEAD), after)
    query = _events().where(events.c.id > after, events.c.id <= upto, events.c.type.in_(_CALLS))
    return (await connection.execute(query.order_by(events.c.id))).all(), upto


def _events() -> Select[Any]:
    # The bodies of announcements tell no rule anything.
    body = case((events.c.type.in_((*TOLD, "moved")), events.c.body), else_="").label("body")
    columns = [column for column in events.c if column.name not in ("body", "boot", "device_id")]
    return select(*columns, body, HAPPENED.label("happened_utc_s"))


class Sampler:
    """Which positions the rules are asked about: one in some seconds of each trip."""

    def __init__(self) -> None:
        self.taken_s: dict[str, float] = {}  # by trip, the device's second of the last that was taken

    def wants(self, row: Row[Any], watch: Watch) -> bool:
        """Whether this position is to be taken in."""
        before_s = self.taken_s.get(row.trip_id)
        if before_s is not None and 0.0 <= row.utc_s - before_s < _SAMPLE_S:
            return False
        last = watch.walk.last
        if last is not None and (row.log_id, row.seq) < last.place:
            return False
        # A thousand trips that are first seen in one look are not all sampled in the same look ever after.
        early_s = 0.0 if before_s is not None else zlib.crc32(row.trip_id.encode()) % _SAMPLE_S
        self.taken_s[row.trip_id] = row.utc_s - early_s
        return True
