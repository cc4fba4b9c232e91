"""What the store holds of the devices, trips and logs from which events come: asked once for many.

On SQLite it is kept from one group of events to the next, on the connection that writes them, as one process
serves there. It is as good as asked again:

- A key that is revoked, also by a command in another process, counts in the store's own row of rights within
  the transaction that revokes it (`server.stores.rights`). That row is read in each group, while nobody else
  writes; when it has changed all is asked again.
- What a log holds is written only where it still is what was known of it (`rows.note_logs`).
- A log that was deleted takes no events: they refer to it. A trip goes only after its device's key was
  revoked, and where it lies is only ever widened while it is there.
- Where a transaction is undone, whatever was kept goes with it (`server.stores.straight`).
"""

import json
from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import Connection, bindparam, select

from server.stores import rows
from server.stores.rows import LogKey
from server.tables import devices, logs
from wire.base import value
from wire.held import Held
from wire.trip import TripEvent

_KEPT: Final = "known"  # in `Connection.info`
_MOST: Final = 20_000  # of each, kept: ten megabytes or so
_SEEN_EVERY_S: Final = 60.0  # the table says when a device was last heard of to a minute
NO_RANGE: Final = "[]"
_KEYS: Final = 400  # in one query
_now, _before = devices.alias("now"), devices.alias("before")
_EARLIER: Final = (
    select(_now.c.id, logs.c.boot, logs.c.acked, logs.c.beyond)
    .join(_before, _before.c.wearer_id == _now.c.wearer_id)
    .join(logs, logs.c.device_id == _before.c.id)
    .where(
        _now.c.id.in_(bindparam("ids", expanding=True)),
        _before.c.revoked_utc_s.is_not(None),
        logs.c.boot.in_(bindparam("boots", expanding=True)),
    )
    .order_by(logs.c.id)  # the newest wins
)


@value
class Device:
    """A device whose key is in use. `seen_utc_s`: when it was last heard of, to a minute."""

    wearer_id: str
    seen_utc_s: float | None

    def seen_lately(self, now_s: float) -> bool:
        """Whether the last contact need not be noted again."""
        return self.seen_utc_s is not None and now_s - self.seen_utc_s < _SEEN_EVERY_S


@value
class Trip:
    """Whose a known trip is. `given_up`: it was begun under a key that was revoked since."""

    device_id: str
    wearer_id: str
    given_up: bool


@value
class Log:
    """A log's number and what is stored of it. `id` None: not under this key, or not yet.

    `beyond`: the ranges of `held` as the table has them.
    """

    id: int | None
    held: Held
    beyond: str = NO_RANGE


class Known:
    """Of those who were asked for: by the device's id, the trip's, and the log's key.

    `spans`: by trip and log the lowest and the highest number that the store grants the trip's events there,
    or less than it grants.
    """

    def __init__(self, rights: str | None = None) -> None:
        self.devices: dict[str, Device] = {}
        self.trips: dict[str, Trip] = {}
        self.logs: dict[LogKey, Log] = {}
        self.spans: dict[tuple[str, int], tuple[int, int]] = {}
        self._rights = rights

    def good_for(self, rights: str | None) -> bool:
        """Whether it may be used once more, where the store's count of rights is this one."""
        kept = max(len(self.devices), len(self.trips), len(self.logs), len(self.spans))
        return self._rights is not None and self._rights == rights and kept <= _MOST

    def ask(
        self, connection: Connection, keys: set[LogKey], events: Iterable[TripEvent], now_s: float
    ) -> None:
        """Read what is not known of them, and of devices that were not heard of for a minute."""
        unknown = {
            device_id
            for device_id, _ in keys
            if (device := self.devices.get(device_id)) is None or not device.seen_lately(now_s)
        }
        if unknown:
            for device_id in unknown:
                self.devices.pop(device_id, None)
            self.devices |= {
                device_id: Device(wearer_id, seen_s)
                for device_id, wearer_id, seen_s in rows.devices_in_use(connection, unknown)
            }
        if trip_ids := {event.trip_id for event in events} - self.trips.keys():
            for trip_id, device_id, wearer_id, revoked_s, log_id, *span in rows.trips_known(
                connection, trip_ids
            ):
                self.trips[trip_id] = Trip(device_id, wearer_id, revoked_s is not None)
                if log_id is not None:
                    self.spans[trip_id, log_id] = (span[0], span[1])
        if missing := keys - self.logs.keys():
            self.logs |= logs_known(connection, missing)


def known_to(connection: Connection) -> Known:
    """What was kept by this connection's last transactions and still holds, to ask for the rest."""
    rights = rows.rights_count(connection)
    kept = connection.info.get(_KEPT)
    if not isinstance(kept, Known) or not kept.good_for(rights):
        kept = connection.info[_KEPT] = Known(rights)
    return kept


def logs_known(connection: Connection, wanted: Collection[LogKey]) -> dict[LogKey, Log]:
    """What of each log is stored, under its key or one of the same wearer's that was revoked."""
    found = {
        (device_id, boot): Log(number, _held(acked, beyond), beyond)
        for device_id, boot, number, acked, beyond in rows.logs_of(connection, wanted)
    }
    missing = set(wanted) - found.keys()
    if missing:
        earlier = _under_earlier_keys(connection, missing)
        found |= {key: Log(None, earlier.get(key, Held())) for key in missing}
    return found


def _under_earlier_keys(connection: Connection, wanted: set[LogKey]) -> dict[LogKey, Held]:
    """Of the same log under a revoked key: what is stored of it does not come again under the new one."""
    found: dict[LogKey, Held] = {}
    keys = sorted(wanted)
    for first in range(0, len(keys), _KEYS):
        ids, boots = zip(*keys[first : first + _KEYS], strict=True)
        some = {"ids": sorted(set(ids)), "boots": sorted(set(boots))}
        found |= {
            (row.id, row.boot): _held(row.acked, row.beyond) for row in connection.execute(_EARLIER, some)
        }
    return found


def said(held: Held) -> str:
    """The ranges beyond, as the table holds them."""
    return json.dumps(held.beyond) if held.beyond else NO_RANGE


def _held(acked: int, beyond: str) -> Held:
    if beyond == NO_RANGE:
        return Held(acked)
    return Held(acked, tuple((int(first), int(last)) for first, last in json.loads(beyond)))
