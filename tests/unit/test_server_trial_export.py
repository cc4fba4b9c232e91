"""What is written for a trial: positions since each one agreed, by pseudonym, and what is missing."""

import csv
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server import accounts, audit, consent, devices, trial_export
from server.access import Actor, Role
from server.consent import Purpose
from server.database import Database
from server.erasure import Erasures
from server.errors import TrialError
from server.fakes import FakeClock
from server.hub import Hub
from server.ingest import Ingest
from server.looks import looks_at
from server.only_one import OnlyOne
from server.organisations import LOCAL
from server.places_saved import PlaceToSave, SavedPlaces
from server.settings import Settings
from server.tables import days, trips, users
from server.trial_export import Window, export, window_of
from server.trial_export_words import Exported
from tests.people import consented
from wire.position import Fix
from wire.trip import Moved, TripEvent

DAY_S = 86_400.0
EVER = "begin_2026-11-22"  # without a window, until today


@dataclass
class Field:
    """Wearers whose devices send positions."""

    db: Database
    clock: FakeClock
    settings: Settings
    out: Path
    ids: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    boots: int = 0

    async def wearer(self, login: str) -> None:
        by = audit.By(LOCAL)
        made = await accounts.add_user(
            self.db, self.clock, Role.WEARER, login, f"called {login}", "correct horse 12", by=by
        )
        self.ids[login] = made.user_id
        async with self.db.read() as connection:
            query = select(users.c.pseudonym).where(users.c.id == made.user_id)
            self.names[login] = str((await connection.execute(query)).scalar_one())

    async def agrees(self, login: str) -> None:
        await consented(self.db, self.clock, self.ids[login], Purpose.TRIAL_RESEARCH)

    async def withdraws(self, login: str) -> None:
        async with self.db.write() as connection:
            await consent.withdraw(connection, self.ids[login], Purpose.TRIAL_RESEARCH, self.clock.utc_s())

    async def walk(self, login: str, kind: str = "glasses", after_s: Sequence[float] = (0.0, 5.0)) -> str:
        """A walk with a new device, whose positions arrive in this order; its id."""
        made = await devices.add_device(self.db, self.clock, self.ids[login], "device", kind)  # type: ignore[arg-type]
        self.boots += 1
        trip_id, boot, now_s = f"{self.boots:032x}", f"boot {self.boots}", self.clock.utc_s()
        sent = tuple(
            TripEvent(
                boot=boot,
                seq=seq,
                trip_id=trip_id,
                utc_s=now_s + later_s,
                what=Moved(fix=Fix(utc_s=now_s + later_s, lat=33.2334, lon=131.6066, accuracy_m=4.0)),
            )
            for seq, later_s in enumerate(after_s, 1)
        )
        await Ingest(self.db, self.clock, Hub()).store(made.device_id, boot, sent)
        return trip_id

    async def written(self, window: Window | None = None) -> Exported:
        return await export(self.db, self.clock, LOCAL, self.out, window or Window(), 90.0)

    def table(self, name: str) -> list[dict[str, str]]:
        with (self.out / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def moments(self, login: str, source: str) -> list[float]:
        (name,) = (self.out / f"fixes/{self.names[login]}.{source}").iterdir()
        return [float(row["utc_s"]) for row in self.table(name.relative_to(self.out).as_posix())]


@pytest.fixture
async def place(store_url: str, tmp_path: Path) -> AsyncIterator[Field]:
    settings = Settings(database_url=store_url, key_file=tmp_path / "key")
    made = Field(Database(store_url), FakeClock(), settings, tmp_path / "trial")
    for login in ("hanako", "taro"):
        await made.wearer(login)
    yield made
    await made.db.close()


async def test_positions_are_written_by_pseudonym_since_the_consent_and_in_order(place: Field) -> None:
    await place.walk("hanako")  # before she agreed
    place.clock.now_s += 100.0
    await place.agrees("hanako")
    start_s = place.clock.now_s
    await place.walk("hanako", after_s=(0.0, 20.0, 10.0))
    await place.walk("hanako", "logger", after_s=(7.0,))
    await place.walk("taro")  # who does not take part
    made = await place.written()
    assert (made.persons, made.positions, made.oldest_utc_s) == (1, 4, start_s)
    assert place.moments("hanako", "device") == [start_s, start_s + 10.0, start_s + 20.0]
    assert place.moments("hanako", "logger") == [start_s + 7.0]
    names = {path.name for path in (place.out / "fixes").iterdir()}
    assert names == {f"{place.names['hanako']}.{source}" for source in ("logger", "device")}
    assert {tuple(row) for row in place.table(f"fixes/{place.names['hanako']}.device/{EVER}.csv")} == {
        ("utc_s", "lat", "lon", "accuracy_m")
    }
    everything = "".join(path.read_text("utf-8") for path in place.out.rglob("*") if path.is_file())
    for secret in ("hanako", "called", place.ids["hanako"], place.names["taro"]):
        assert secret not in everything
    assert {oct(path.stat().st_mode & 0o077) for path in place.out.rglob("*.csv")} == {"0o0"}


async def test_a_window_of_days_in_japan_holds(place: Field) -> None:
    await place.agrees("hanako")
    start_s = place.clock.now_s  # 2026-11-22 in Japan
    await place.walk("hanako", after_s=(0.0, DAY_S, 2 * DAY_S))
    await place.written(window_of(date(2026, 11, 23), date(2026, 11, 23)))
    assert place.moments("hanako", "device") == [start_s + DAY_S]


async def test_homes_have_no_words_of_their_own_and_practice_is_no_outing(place: Field) -> None:
    await place.agrees("hanako")
    places = SavedPlaces(place.db, place.clock, lambda _name: None)
    actor = Actor(place.ids["hanako"], Role.WEARER, "hanako")
    for name, kind, lat in (("山田の家", "home", 33.2), ("実家", "home", 33.3), ("病院", "other", 33.4)):
        place.clock.now_s += 1.0
        await places.save(actor, PlaceToSave(name=name, lat=lat, lon=131.6, kind=kind))  # type: ignore[arg-type]
    trip = await place.walk("hanako")
    async with place.db.write() as connection:
        await connection.execute(update(trips).where(trips.c.id == trip).values(practice=True))
    made = await place.written()
    assert (made.positions, made.homes) == (0, 2)
    assert [(row["home"], row["lat"], row["since"]) for row in place.table("homes.csv")] == [
        ("home1", "33.2000000", ""),
        ("home2", "33.3000000", ""),
    ]
    assert list((place.out / "fixes").iterdir()) == []


async def test_days_whose_positions_are_deleted_are_told_as_missing(place: Field) -> None:
    await place.agrees("hanako")
    figures = {"trips": 2, "minutes": 61.5, "minutes_min": 50.0, "minutes_max": 70.0, "coverage": 0.9}
    async with place.db.write() as connection:
        for day, kind in (("2026-11-22", "glasses"), ("2026-11-23", "logger"), ("2026-11-24", "glasses")):
            row = {"wearer_id": place.ids["hanako"], "device_kind": kind, "day": day, "made_utc_s": 1.0}
            await connection.execute(insert(days).values(row | figures))
    made = await place.written(window_of(None, date(2026, 11, 23)))
    # The day on which she agreed is partly of before; the other is after the window.
    assert made.missing_days == 1
    (row,) = place.table(f"export/{EVER}/missing.csv")
    assert (row["source"], row["day"], row["why"], row["minutes"]) == (
        "logger",
        "2026-11-23",
        "track_deleted",
        "61.5",
    )


async def test_the_folder_says_until_when_positions_may_be_kept(place: Field) -> None:
    await place.agrees("hanako")
    await place.walk("hanako")
    await place.written()
    text = (place.out / "export" / EVER / "README.txt").read_text("utf-8")
    assert "2027-02-20 までに消してください" in text
    assert "1 participants, 2 positions, 0 homes" in text


@pytest.mark.parametrize(
    "name", ["fixes/PERSON.device.csv", f"fixes/PERSON.device/{EVER}.csv", f"export/{EVER}/x"]
)
async def test_nothing_is_written_over(place: Field, name: str) -> None:
    await place.agrees("hanako")
    there = place.out / name.replace("PERSON", place.names["hanako"])
    there.parent.mkdir(parents=True)
    there.write_text("the operator's")
    with pytest.raises(TrialError, match="is there already"):
        await place.written()
    assert [path for path in place.out.rglob("*") if path.is_file()] == [there]
    async with place.db.read() as connection:
        records = await audit.of_organisation(connection, LOCAL, 0, 50)
    assert "trial_exported" not in {row.what for row in records}


async def test_a_later_month_is_added_and_homes_are_left_to_the_operator(place: Field) -> None:
    await place.agrees("hanako")
    start_s = place.clock.now_s
    await place.walk("hanako", after_s=(0.0, 2 * DAY_S))
    place.clock.now_s += 4 * DAY_S
    await place.written(window_of(date(2026, 11, 22), date(2026, 11, 23)))
    (place.out / "homes.csv").write_text("the operator's")
    await place.written(window_of(date(2026, 11, 24), date(2026, 11, 25)))
    own = place.out / f"fixes/{place.names['hanako']}.device"
    assert [path.name for path in sorted(own.iterdir())] == [
        "2026-11-22_2026-11-23.csv",
        "2026-11-24_2026-11-25.csv",
    ]
    (row,) = place.table(f"fixes/{own.name}/2026-11-24_2026-11-25.csv")
    assert float(row["utc_s"]) == start_s + 2 * DAY_S
    assert (place.out / "homes.csv").read_text() == "the operator's"
    assert place.table("export/2026-11-24_2026-11-25/homes.csv") == []
    assert not list(place.out.glob(".export-*"))


async def test_beside_the_plan_of_who_runs_the_trial_it_finds_its_place(place: Field) -> None:
    await place.agrees("hanako")
    place.out.mkdir()
    (place.out / "protocol.toml").write_text("the operator's")
    await place.written()
    assert {path.name for path in place.out.iterdir()} == {"fixes", "homes.csv", "export", "protocol.toml"}


async def test_who_withdrew_or_was_erased_is_not_in_it(place: Field) -> None:
    for login in ("hanako", "taro"):
        await place.agrees(login)
        await place.walk(login)
    await place.withdraws("hanako")
    await Erasures(place.db, place.clock, Hub(), place.settings, OnlyOne(place.db, "erasure")).erase(
        place.ids["taro"]
    )
    made = await place.written()
    assert (made.persons, made.positions) == (0, 0)


async def test_who_withdraws_while_it_is_written_is_not_in_it(
    place: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    for login in ("hanako", "taro"):
        await place.agrees(login)
        await place.walk(login)
    read_fixes = trial_export.read_fixes

    async def slowly(connection: AsyncConnection, trip_id: str) -> list[Fix]:
        found = await read_fixes(connection, trip_id)
        await place.withdraws("hanako")
        return found

    monkeypatch.setattr(trial_export, "read_fixes", slowly)
    made = await place.written()
    assert (made.persons, made.positions) == (1, 2)
    assert [path.name for path in (place.out / "fixes").iterdir()] == [f"{place.names['taro']}.device"]


async def test_it_stands_in_the_audit_and_in_each_wearers_log(place: Field) -> None:
    await place.agrees("hanako")
    await place.walk("hanako")
    await place.written()
    async with place.db.read() as connection:
        records = await audit.of_organisation(connection, LOCAL, 0, 50)
        looks = await looks_at(connection, place.ids["hanako"], None, 10)
    (record,) = [row for row in records if row.what == "trial_exported"]
    assert record.detail == '{"persons": 1, "positions": 2}'
    assert [(look.role, look.what) for look in looks] == [("office", "trial_export")]
