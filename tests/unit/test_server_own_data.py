"""A copy of everything, and erasure: no table is forgotten, nobody else is touched."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlalchemy import select

from server.access import Actor, Role
from server.attempts import Attempts
from server.database import Database
from server.erasure import Erased, Erasures, append_ledger, apply_again, read_ledger
from server.errors import Conflict, NotFound, StoreError, TooMany
from server.exports import Exports
from server.fakes import FakeClock
from server.holdings import HOLDINGS, SECRETS
from server.hub import Hub
from server.only_one import OnlyOne
from server.outings import Outings
from server.sealing import Sealer, sealer_from
from server.settings import Settings
from server.tables import erasures, metadata, users
from tests.households import everything, holds, settle

HANAKO = Actor("hanako", Role.WEARER, "called hanako")


@dataclass
class Place:
    db: Database
    clock: FakeClock
    hub: Hub
    sealer: Sealer
    settings: Settings

    @property
    def erasures(self) -> Erasures:
        return Erasures(self.db, self.clock, self.hub, self.settings, OnlyOne(self.db, "erasure"))

    @property
    def exports(self) -> Exports:
        return Exports(self.db, self.clock, Outings(self.db), self.sealer, Attempts(self.db, self.clock))

    async def copy_of(self, user_id: str) -> zipfile.ZipFile:
        pieces = [piece async for piece in self.exports.pieces(user_id)]
        archive = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
        assert archive.testzip() is None
        return archive


async def _settled(url: str, folder: Path) -> AsyncIterator[Place]:
    settings = Settings(database_url=url, key_file=folder / "key")
    db = Database(url)
    made = Place(db, FakeClock(), Hub(), sealer_from(settings.sealing_key_file), settings)
    await settle(db, made.sealer, "hanako", "taro")
    yield made
    await db.close()


@pytest.fixture
async def place(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    async for made in _settled(sqlite_url, tmp_path):
        yield made


@pytest.fixture
async def each_store(store_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    async for made in _settled(store_url, tmp_path):
        yield made


def test_every_table_is_decided() -> None:
    assert set(metadata.tables) == set(HOLDINGS), "a new table must stand in server/holdings.py"
    for name, holding in HOLDINGS.items():
        assert holding.own is not None or (holding.not_exported and holding.stays), name
        assert len(holding.table.primary_key.columns) == 1, name


def test_every_column_that_names_a_person_is_decided() -> None:
    """A table with a reference to a person has rows that are somebody's."""
    for table in metadata.sorted_tables:
        people = [c for c in table.columns for key in c.foreign_keys if key.column.table is users]
        assert not people or HOLDINGS[table.name].own is not None, table.name


def test_what_looks_like_a_secret_is_one() -> None:
    for table in metadata.sorted_tables:
        for column in table.columns:
            if column.name.endswith(("_hash", "_sealed")) or "token" in column.name:
                assert column.name in SECRETS, f"{table.name}.{column.name}"


async def test_a_copy_holds_every_table_and_nobody_else(each_store: Place) -> None:
    archive = await each_store.copy_of("hanako")
    names = set(archive.namelist())
    for holding in HOLDINGS.values():
        file = f"data/{holding.table.name}.json"
        if holding.not_exported:
            assert file not in names
            continue
        rows = json.loads(archive.read(file))
        assert rows or holding.table.name == "erasures", f"{file} is empty"
        # What is told beside it must not be another person's.
        assert not holds(rows, "taro"), file
        assert not holds(rows, "secret "), file
    assert json.loads(archive.read("data/channels.json"))[0]["address"] == {"address": "hanako@example.org"}
    assert "33.2334" in archive.read("data/events.json").decode()


async def test_a_copy_has_tracks_and_tables_that_programs_open(place: Place) -> None:
    archive = await place.copy_of("hanako")
    (track,) = [name for name in archive.namelist() if name.startswith("tracks/")]
    space = {"g": "http://www.topografix.com/GPX/1/1"}
    points = ElementTree.fromstring(archive.read(track)).findall(".//g:trkpt", space)  # noqa: S314  (our own)
    assert [(float(p.attrib["lat"]), float(p.attrib["lon"])) for p in points] == [(33.2334, 131.6066)]
    assert archive.read("outings.csv").decode("utf-8-sig").startswith("trip_id,date_jst,minutes")
    assert len(archive.read("days.csv").decode("utf-8-sig").splitlines()) == 2
    assert "あなたの情報の写し" in archive.read("README.ja.txt").decode()


async def test_a_caregivers_copy_has_no_place_of_the_wearer(place: Place) -> None:
    archive = await place.copy_of("hanako-carer")
    text = "".join(archive.read(name).decode() for name in archive.namelist())
    assert json.loads(archive.read("data/relations.json"))
    assert json.loads(archive.read("data/looks.json"))
    assert json.loads(archive.read("data/alerts.json"))[0].keys() == {
        "id", "wearer_id", "kind", "state", "acknowledged_utc_s",
    }  # fmt: skip
    assert "33.2334" not in text
    assert not [name for name in archive.namelist() if name.startswith("tracks/")]


async def test_copies_are_limited(place: Place) -> None:
    for _ in range(3):
        assert [piece async for piece in await place.exports.begin(HANAKO)]
    with pytest.raises(TooMany):
        await place.exports.begin(HANAKO)
    place.clock.now_s += 3601.0
    await place.exports.begin(HANAKO)


async def test_an_erasure_leaves_nothing_and_touches_nobody_else(each_store: Place) -> None:
    before = await everything(each_store.db)
    await each_store.erasures.erase("hanako")
    after = await everything(each_store.db)
    for name, holding in HOLDINGS.items():
        left = [row for row in after[name] if holds(row, "hanako")]
        if holding.stays:
            # A random id may stay; here it is the name, and no other text of theirs may be with it.
            for row in left:
                texts = {value for key, value in row.items() if isinstance(value, str) and " " in value}
                assert name in ("blockages", "audit", "organisations", "marks", "login_failures", "watching",
                                "erasures", "users", "map_jobs", "trials"), name  # fmt: skip
                if name == "users":
                    assert row["id"] == "hanako-carer" or not holds(sorted(texts), "hanako")
        elif holding.named is None:
            assert not [row for row in left if not holds(row, "carer")], name
    theirs = {name: [row for row in rows if holds(row, "taro")] for name, rows in before.items()}
    assert theirs == {name: [row for row in rows if holds(row, "taro")] for name, rows in after.items()}
    (user,) = [row for row in after["users"] if row["id"] == "hanako"]
    assert user["erased_utc_s"] == each_store.clock.now_s
    assert not holds([user["name"], user["login"], user["pseudonym"], user["password_hash"]], "hanako")
    for name in (
        "events",
        "trips",
        "logs",
        "days",
        "saved_places",
        "plans",
        "devices",
        "consents",
        "notices",
    ):
        assert len(after[name]) == 1, name
    assert read_ledger(each_store.settings.ledger_file) == (
        Erased("hanako", each_store.clock.now_s, each_store.clock.now_s),
    )


async def test_an_erased_caregiver_is_nameless_to_the_wearer(place: Place) -> None:
    await place.erasures.erase("hanako-carer")
    after = await everything(place.db)
    assert not holds(after, "called hanako-carer")
    (relation,) = [row for row in after["relations"] if row["wearer_id"] == "hanako"]
    assert relation["ended_utc_s"] == place.clock.now_s
    assert len(after["looks"]) == 2  # they are the wearer's
    assert [row["name"] for row in after["invitations"] if row["wearer_id"] == "hanako"] == [""]


async def test_a_wish_closes_at_once_waits_and_can_be_taken_back(place: Place) -> None:
    due_s = await place.erasures.ask("hanako")
    assert due_s == place.clock.now_s + 7 * 86_400.0
    assert place.hub.rights == 1
    stored = await everything(place.db)
    mine = [row for row in stored["consents"] if row["wearer_id"] == "hanako"]
    assert all(row["withdrawn_utc_s"] == place.clock.now_s for row in mine)
    place.clock.now_s = due_s - 1.0
    assert await place.erasures.once() == 0
    await place.erasures.take_back("hanako")
    assert await place.erasures.due_utc_s("hanako") is None
    place.clock.now_s = due_s + 1.0
    assert await place.erasures.once() == 0
    with pytest.raises(NotFound):
        await place.erasures.take_back("hanako")


async def test_a_second_wish_does_not_wait_longer_and_is_done_when_due(place: Place) -> None:
    due_s = await place.erasures.ask("hanako")
    place.clock.now_s += 86_400.0
    assert await place.erasures.ask("hanako") == due_s
    place.clock.now_s = due_s
    assert await place.erasures.once() == 1
    assert await place.erasures.once() == 0


async def test_an_erasure_that_was_cut_off_is_gone_on_with(place: Place) -> None:
    await place.erasures.order("hanako")
    with pytest.raises(Conflict):
        await place.erasures.take_back("hanako")
    assert len((await everything(place.db))["events"]) == 2
    assert await place.erasures.once() == 1
    assert len((await everything(place.db))["events"]) == 1
    assert [line.user_id for line in read_ledger(place.settings.ledger_file)] == ["hanako"]


async def test_a_restored_store_is_erased_again(each_store: Place, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    append_ledger(ledger, Erased("hanako", 1.0, 2.0))
    append_ledger(ledger, Erased("hanako", 1.0, 2.0))
    append_ledger(ledger, Erased("somebody of another store", 1.0, 2.0))
    async with each_store.db.write() as connection:
        assert await apply_again(connection, read_ledger(ledger)) == 1
    after = await everything(each_store.db)
    for name in ("events", "trips", "logs", "days", "saved_places", "plans", "routes", "devices"):
        assert len(after[name]) == 1, name
    async with each_store.db.read() as connection:
        noted = await connection.execute(select(erasures.c.user_id, erasures.c.done_utc_s))
        assert sorted(tuple(row) for row in noted) == [("hanako", 2.0), ("somebody of another store", 2.0)]


def test_a_broken_ledger_is_told(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("{", "utf-8")
    with pytest.raises(StoreError, match="ledger"):
        read_ledger(tmp_path / "ledger")
    assert read_ledger(tmp_path / "none") == ()
