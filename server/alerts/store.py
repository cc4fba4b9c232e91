"""What follows from the rules, written down: alerts, questions to wearers, states of trips, and the mark.

All of it goes in one transaction: a crash leaves all of a look or nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import ColumnElement, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server import notices
from server.alerts.stumbles import REFUSED, stumbled
from server.alerts.watched import Effect, Known, Open, Over, Raise, Trip
from server.credentials import new_id
from server.errors import StoreError
from server.tables import alerts, events, marks, trips

_MARK: Final = "alerts"


@dataclass(frozen=True, slots=True)
class Mark:
    """How far events were read, and when that was noted. `text`: as it stands in the store."""

    cursor: int
    utc_s: float
    text: str


async def read_mark(connection: AsyncConnection) -> Mark | None:
    """The mark; None before the first look."""
    text = (await connection.execute(select(marks.c.value).where(marks.c.name == _MARK))).scalar_one_or_none()
    if text is None:
        return None
    value = json.loads(text)
    return Mark(int(value["cursor"]), float(value["utc_s"]), text)


async def first_mark(connection: AsyncConnection, now_s: float) -> Mark:
    """Set where there is none: at the newest event, what was before is not watched anew."""
    newest = (await connection.execute(select(events.c.id).order_by(events.c.id.desc()).limit(1))).scalar()
    mark = _mark(int(newest or 0), now_s)
    await connection.execute(insert(marks).values(name=_MARK, value=mark.text))
    return mark


async def move_mark(connection: AsyncConnection, mark: Mark, cursor: int, now_s: float) -> Mark:
    """Set forward; raises `StoreError` where another process has moved it: then this one is not alone."""
    moved = _mark(cursor, now_s)
    own = (marks.c.name == _MARK, marks.c.value == mark.text)
    done = await connection.execute(update(marks).where(*own).values(value=moved.text))
    if done.rowcount != 1:
        raise StoreError("another process watches over the same trips: this one begins anew")
    return moved


def _mark(cursor: int, now_s: float) -> Mark:
    return Mark(cursor, now_s, json.dumps({"cursor": cursor, "utc_s": now_s}))


async def write(
    connection: AsyncConnection, trip: Trip, effects: Sequence[Effect], now_s: float
) -> list[Known]:
    """Carry the effects out; the alerts as they are then, without those that the store refuses.

    Each by itself: one that cannot be written keeps nobody else's from being written.
    """
    changed = []
    for effect in effects:
        try:
            async with connection.begin_nested():
                changed.append(await _carry_out(connection, trip, effect, now_s))
        except REFUSED as error:
            stumbled("an alert that cannot be written", error)
    return changed


async def _carry_out(connection: AsyncConnection, trip: Trip, effect: Effect, now_s: float) -> Known:
    match effect:
        case Raise():
            return await _raise(connection, trip, effect, now_s)
        case Open(known=known, why=why):
            detail = {**known.detail, "why": why}
            now = replace(known, state="open", changed_s=now_s, detail=detail)
            values = {"state": "open", "detail": _json(detail), "next_utc_s": now_s}
            await _change(connection, now, values, alerts.c.state == "asking")
            return now
        case Over(known=known, why=over):
            now = replace(known, state="over", changed_s=now_s)
            # Of what was only asked nobody was told: nobody has to be told that it is over.
            due = None if known.state == "asking" else now_s
            values = {"state": "over", "over_utc_s": now_s, "over_why": over, "next_utc_s": due}
            await _change(connection, now, values, alerts.c.state != "over")
            return now


async def write_states(connection: AsyncConnection, states: Mapping[str, tuple[str, float]]) -> None:
    """How walks stand, and since when."""
    rows = [{"trip": trip_id, "now": state, "since": since_s} for trip_id, (state, since_s) in states.items()]
    if rows:
        one = update(trips).where(trips.c.id == bindparam("trip"))
        await connection.execute(one.values(state=bindparam("now"), state_utc_s=bindparam("since")), rows)


async def _raise(connection: AsyncConnection, trip: Trip, wanted: Raise, now_s: float) -> Known:
    asked = wanted.ask and wanted.over is None
    notice_id = None
    if asked:
        notice_id = await notices.tell(connection, trip.wearer_id, trip.id, "are_you_ok", now_s)
    state = "over" if wanted.over is not None else "asking" if asked else "open"
    detail = {"at_s": wanted.at_s, **wanted.detail}
    where = wanted.where
    row = {
        "id": new_id(),
        "wearer_id": trip.wearer_id,
        "trip_id": trip.id,
        "kind": wanted.kind,
        "key": wanted.key,
        "state": state,
        "raised_utc_s": now_s,
        "changed_utc_s": now_s,
        "step": 0,
        "next_utc_s": now_s if state == "open" else None,
        "notice_id": notice_id,
        "over_utc_s": now_s if state == "over" else None,
        "over_why": wanted.over,
        "lat": None if where is None else where.lat,
        "lon": None if where is None else where.lon,
        "accuracy_m": None if where is None else where.accuracy_m,
        "fix_utc_s": None if where is None else where.utc_s,
        "detail": _json(detail),
    }
    await connection.execute(insert(alerts).values(row))
    times = (now_s, now_s, wanted.at_s)
    return Known(str(row["id"]), wanted.kind, wanted.key, state, *times, notice_id, detail)


async def _change(
    connection: AsyncConnection, now: Known, values: dict[str, object], where: ColumnElement[bool]
) -> None:
    row = update(alerts).where(alerts.c.id == now.id, where)
    await connection.execute(row.values(changed_utc_s=now.changed_s, **values))


def _json(detail: Mapping[str, object]) -> str:
    return json.dumps(detail, ensure_ascii=False, sort_keys=True)
