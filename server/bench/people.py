"""People, devices and trips for a measurement, put into the store at once: no password is hashed.

They are numbers, not persons; the store they are put into is made for the measurement and deleted after it.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Table, create_engine, insert, select

from server.clock import SystemClock
from server.credentials import new_id, new_token, token_hash
from server.tables import consents, devices, organisations, relations, routes, sessions, shares, trips, users
from wire.codec import ROUTE
from wire.route import MapSource, Name, Place, Route, Stretch, StretchKind

START: Final = (33.2, 131.6)
# A step of half a metre to the north: 5e-6 degrees. Also what tells a viewer which event a position is of.
STEP_DEG: Final = 5e-6
_LENGTH_DEG: Final = 0.05  # 5.5 km: more than an hour's walk
_ROWS: Final = 500


@dataclass(frozen=True, slots=True)
class Walker:
    """A device with a trip that is under way, and whoever may follow it."""

    device_id: str
    key: str
    trip_id: str
    session: str  # the caregiver's cookie
    caregiver_id: str


def lat_of(seq: int) -> float:
    """Where a device is with its event number `seq`."""
    return START[0] + seq * STEP_DEG


def seq_of(lat: float) -> int:
    """Which event that position is of."""
    return round((lat - START[0]) / STEP_DEG)


def synchronous(url: str) -> str:
    """The address for a plain engine, with the driver that the server uses."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def straight(name: str) -> Route:
    """A road due north, 5.5 km."""
    end = (START[0] + _LENGTH_DEG, START[1])
    return Route(
        route_id=name,
        origin=Place(name=Name(ja="起点"), lat=START[0], lon=START[1]),
        destination=Place(name=Name(ja="終点"), lat=end[0], lon=end[1]),
        points=(START, end),
        stretches=(Stretch(first=0, last=1, kind=StretchKind.SIDEWALK, name=Name(ja="計測通り")),),
        length_m=5550.0,
        duration_s=5550.0,
        walker="cane",
        source=MapSource(name="bench", practice=False, attribution="-"),
    )


def populate(url: str, count: int, *, shared: bool = True) -> list[Walker]:
    """Put `count` wearers into the store at `url`, which is migrated; each with a caregiver who follows."""
    engine = create_engine(synchronous(url))
    try:
        with engine.begin() as connection:
            return _populate(connection, count, shared)
    finally:
        engine.dispose()


def _populate(connection: Connection, count: int, shared: bool) -> list[Walker]:
    now_s = SystemClock().utc_s()
    organisation = connection.execute(select(organisations.c.id).limit(1)).scalar_one_or_none()
    walkers = [
        Walker(new_id(), "shirube_" + new_token(), new_id(), new_token(), new_id()) for _ in range(count)
    ]
    wearers = [new_id() for _ in walkers]

    def user(user_id: str, role: str, number: int) -> dict[str, Any]:
        return {
            "id": user_id,
            "login": f"{role}-{user_id[:12]}",
            "name": f"{role} {number}",
            "role": role,
            "password_hash": "!",  # nothing fits it
            "pseudonym": f"P-{secrets.token_hex(6)}",
            "created_utc_s": now_s,
            "password_set_utc_s": now_s,  # else the session opens nothing but the page that sets one
            "organisation_id": organisation,
        }

    def each(table: Table, row: Callable[[int, Walker, str], dict[str, Any]]) -> None:
        _insert(
            connection, table, [row(n, w, p) for n, (w, p) in enumerate(zip(walkers, wearers, strict=True))]
        )

    route = straight("bench")
    _insert(connection, routes, [{"id": "bench", "body": ROUTE.encode(route), "planned_utc_s": now_s}])
    each(users, lambda n, _w, p: user(p, "wearer", n))
    each(users, lambda n, w, _p: user(w.caregiver_id, "caregiver", n))
    each(devices, lambda _n, w, p: _device(w, p, now_s))
    each(trips, lambda _n, w, p: _trip(w, p, now_s))
    if shared:
        each(relations, lambda _n, w, p: _relation(w, p, now_s))
        each(shares, lambda _n, w, p: _share(w, p, now_s))
        for purpose in ("live_sharing", "emergency_sharing"):
            each(consents, lambda _n, _w, p, purpose=purpose: _consent(p, purpose, now_s))  # type: ignore[misc]
        each(sessions, lambda _n, w, _p: _session(w, now_s))
    return walkers


def _device(walker: Walker, wearer: str, now_s: float) -> dict[str, Any]:
    return {
        "id": walker.device_id,
        "wearer_id": wearer,
        "label": "bench",
        "key_hash": token_hash(walker.key),
        "created_utc_s": now_s,
    }


def _trip(walker: Walker, wearer: str, now_s: float) -> dict[str, Any]:
    return {
        "id": walker.trip_id,
        "wearer_id": wearer,
        "device_id": walker.device_id,
        "route_id": "bench",
        "practice": False,
        "started_utc_s": now_s,
        "accepted_utc_s": now_s,
    }


def _relation(walker: Walker, wearer: str, now_s: float) -> dict[str, Any]:
    return {
        "viewer_id": walker.caregiver_id,
        "wearer_id": wearer,
        "asked_utc_s": now_s,
        "agreed_utc_s": now_s,
        "alert_order": 1,
    }


def _share(walker: Walker, wearer: str, now_s: float) -> dict[str, Any]:
    return {"wearer_id": wearer, "trip_id": walker.trip_id, "text_version": "2026-11", "given_utc_s": now_s}


def _consent(wearer: str, purpose: str, now_s: float) -> dict[str, Any]:
    return {
        "wearer_id": wearer,
        "purpose": purpose,
        "version": "2026-11",
        "lang": "ja",
        "how": "page",
        "given_utc_s": now_s,
    }


def _session(walker: Walker, now_s: float) -> dict[str, Any]:
    return {
        "token_hash": token_hash(walker.session),
        "user_id": walker.caregiver_id,
        "csrf": new_token(),
        "created_utc_s": now_s,
        "seen_utc_s": now_s,
        "second_factor_utc_s": now_s,
    }


def _insert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    for first in range(0, len(rows), _ROWS):
        connection.execute(insert(table), list(rows[first : first + _ROWS]))
