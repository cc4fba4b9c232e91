"""The files in a copy of somebody's data, each made a piece at a time.

`data/TABLE.json`: every row of theirs, as stored, without secrets (`server.holdings`); `tracks/*.gpx`: each
outing as a line that maps can show; `outings.csv`, `days.csv`: in figures; `consents/*.txt`: the texts that
they agreed to; README in both languages.
"""

import json
from collections.abc import AsyncIterator
from typing import Any, Final
from xml.sax.saxutils import escape

from sqlalchemy import ColumnElement, Row, Select, bindparam, select

from server.access import Role
from server.clock import in_japan
from server.consent_texts import text_of
from server.database import Database
from server.errors import NotFound, StoreError
from server.export_readme import EN, JA
from server.holdings import HOLDINGS, Holding
from server.outings import Outings
from server.sealing import Sealer
from server.spans import Span, positions, spans_of
from server.tables import consents, days, events, trips, users
from wire.codec import EVENT
from wire.position import Fix
from wire.spreadsheets import table as spreadsheet
from wire.trip import Moved

_ROWS: Final = 500  # in memory at a time
_MOVED: Final = (
    positions(events.c.seq, events.c.body)
    .where(events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(_ROWS)
)
_JSON_COLUMNS: Final = frozenset({"body", "days", "detail", "beyond", "address"})
_OUTING_COLUMNS: Final = (
    "trip_id", "date_jst", "minutes", "minutes_min", "minutes_max", "coverage", "distance_m", "ended",
    "arrived", "practice",
)  # fmt: skip
_DAY_COLUMNS: Final = (
    "day", "device_kind", "trips", "minutes", "minutes_min", "minutes_max", "coverage", "distance_m",
)  # fmt: skip


class ExportFiles:
    """Names and contents. Reads in short transactions: a slow line holds none open."""

    def __init__(self, db: Database, outings: Outings, sealer: Sealer) -> None:
        self._db = db
        self._outings = outings
        self._sealer = sealer

    async def of(self, user_id: str) -> AsyncIterator[tuple[str, AsyncIterator[str]]]:
        """Each file of the copy, its text in pieces."""
        yield "README.ja.txt", _whole(JA)
        yield "README.en.txt", _whole(EN)
        yield "outings.csv", _whole(await self._outings_table(user_id))
        yield "days.csv", _whole(await self._days_table(user_id))
        for name, text in await self._agreed(user_id):
            yield name, _whole(text)
        for trip in await self._rows(_trips_of(user_id)):
            yield f"tracks/{_stem(trip)}.gpx", self._gpx(trip)
        hidden = await self._hidden(user_id)
        for holding in HOLDINGS.values():
            if holding.own is not None and not holding.not_exported:
                yield f"data/{holding.table.name}.json", self._json(holding, user_id, hidden)

    async def _hidden(self, user_id: str) -> frozenset[str]:
        """Columns that are left out of rows which only name the person."""
        # An evaluator knows wearers by their pseudonyms: with the id beside a trip, whoever sees the accounts
        # could tell them whose it is.
        role = (await self._rows(select(users.c.role).where(users.c.id == user_id)))[0].role
        return frozenset({"wearer_id"}) if role == Role.EVALUATOR else frozenset()

    async def _json(self, holding: Holding, user_id: str, hidden: frozenset[str]) -> AsyncIterator[str]:
        assert holding.own is not None  # noqa: S101  (the caller looked)
        begun = False
        yield "["
        groups = [(holding.own(user_id), holding.columns)]
        if holding.named is not None:
            told = tuple(name for name in holding.named_columns if name not in hidden)
            groups.append((holding.named(user_id), told))
        for which, columns in groups:
            async for rows in self._pages(holding, which, columns):
                lines = [json.dumps(self._value(holding, row), ensure_ascii=False) for row in rows]
                yield (",\n" if begun else "\n") + ",\n".join(lines)
                begun = True
        yield "\n]\n"

    async def _pages(
        self, holding: Holding, which: ColumnElement[bool], columns: tuple[str, ...]
    ) -> AsyncIterator[list[Row[Any]]]:
        """Some rows at a time, by their key."""
        (key,) = holding.table.primary_key.columns
        wanted = [holding.table.c[name] for name in columns]
        after: object = None
        while True:
            query = select(key.label("key_"), *wanted).where(which).order_by(key).limit(_ROWS)
            rows = await self._rows(query if after is None else query.where(key > after))
            if rows:
                yield rows
            if len(rows) < _ROWS:
                return
            after = rows[-1].key_

    def _value(self, holding: Holding, row: Row[Any]) -> dict[str, object]:
        values = {name: value for name, value in row._mapping.items() if name != "key_"}
        for name in _JSON_COLUMNS & values.keys():
            values[name] = self._opened(holding, name, values[name])
        return values

    def _opened(self, holding: Holding, name: str, value: str) -> object:
        if holding.table.name == "channels":
            try:
                value = self._sealer.open(value)
            except StoreError:
                return None  # sealed with a key that is gone: nobody can read it any more
        try:
            return json.loads(value)
        except ValueError:
            return value

    async def _gpx(self, trip: Row[Any]) -> AsyncIterator[str]:
        yield (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<gpx version="1.1" creator="Shirube" xmlns="http://www.topografix.com/GPX/1/1">\n'
            f"<trk><name>{escape(_stem(trip))}</name><trkseg>\n"
        )
        async with self._db.read() as connection:
            spans = await spans_of(connection, str(trip.id))
        for span in spans:
            async for rows in self._moved(span):
                whats = [EVENT.decode(row.body).what for row in rows]
                yield "".join(_point(what.fix) for what in whats if isinstance(what, Moved))
        yield "</trkseg></trk>\n</gpx>\n"

    async def _moved(self, span: Span) -> AsyncIterator[list[Row[Any]]]:
        """A trip's positions in one log, some at a time."""
        after = 0
        while True:
            rows = await self._rows(_MOVED.params({**span, "after": after}))
            yield rows
            if len(rows) < _ROWS:
                return
            after = rows[-1].seq

    async def _outings_table(self, user_id: str) -> str:
        lines: list[tuple[object, ...]] = []
        for trip in await self._rows(_trips_of(user_id)):
            async with self._db.read() as connection:
                outing = await self._outings.measure(connection, trip)
            start_s = trip.started_utc_s if outing.start_utc_s is None else outing.start_utc_s
            lines.append(
                (
                    trip.id,
                    in_japan(start_s).strftime("%Y-%m-%d"),
                    outing.minutes,
                    outing.minutes_min,
                    outing.minutes_max,
                    outing.coverage,
                    outing.distance_m,
                    _yes(outing.ended),
                    _yes(outing.arrived),
                    _yes(outing.practice),
                )
            )
        return spreadsheet(_OUTING_COLUMNS, lines)

    async def _days_table(self, user_id: str) -> str:
        columns = [days.c[name] for name in _DAY_COLUMNS]
        query = select(*columns).where(days.c.wearer_id == user_id).order_by(days.c.day, days.c.id)
        return spreadsheet(_DAY_COLUMNS, [tuple(row) for row in await self._rows(query)])

    async def _agreed(self, user_id: str) -> list[tuple[str, str]]:
        query = (
            select(consents.c.purpose, consents.c.version, consents.c.lang)
            .where(consents.c.wearer_id == user_id)
            .distinct()
        )
        found = []
        for row in await self._rows(query):
            try:
                text = text_of(row.purpose, row.version, row.lang)
            except NotFound:
                continue  # a version older than any text that ships
            name = f"consents/{row.purpose}-{row.version}.{row.lang}.txt"
            found.append((name, "\n\n".join((text.title, *text.paragraphs)) + "\n"))
        return found

    async def _rows(self, query: Select[Any]) -> list[Row[Any]]:
        async with self._db.read() as connection:
            return list(await connection.execute(query))


async def _whole(text: str) -> AsyncIterator[str]:
    yield text


def _trips_of(user_id: str) -> Select[Any]:
    return select(trips).where(trips.c.wearer_id == user_id).order_by(trips.c.accepted_utc_s, trips.c.id)


def _stem(trip: Row[Any]) -> str:
    return f"{in_japan(trip.started_utc_s).strftime('%Y-%m-%d_%H%M')}_{trip.id[:8]}"


def _point(fix: Fix) -> str:
    moment = in_japan(fix.utc_s).isoformat(timespec="milliseconds")
    return f'<trkpt lat="{fix.lat:.7f}" lon="{fix.lon:.7f}"><time>{moment}</time></trkpt>\n'


def _yes(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"
