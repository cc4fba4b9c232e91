"""What one process stores, the others hear of; also what nobody lived to tell, and after a cut."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from server import notify
from server.background import Background
from server.clock import SystemClock
from server.database import Database
from server.fakes import FakeClock
from server.hub import ANY_TRIP, RIGHTS, Hub
from server.ingest import Ingest
from server.tables import devices, organisations, relations, sessions, trips, users
from tests.waiting import PATIENCE_S
from wire.position import Fix
from wire.trip import Moved, TripEvent


@given(st.sets(st.text("abcdef0123456789 ", min_size=1, max_size=40), max_size=600))
def test_topics_go_in_as_few_messages_as_fit(topics: set[str]) -> None:
    told = list(notify.payloads("0123456789ab", topics))
    assert all(len(payload.encode()) < 8000 for payload in told)
    heard = [topic for payload in told for topic in payload.partition(":")[2].split(",")]
    assert sorted(heard) == sorted(topics)
    assert len(told) <= 1 + sum(len(topic) + 1 for topic in topics) // 7_800


@dataclass
class Side:
    """One server process's part of the matter."""

    db: Database
    hub: Hub
    background: Background

    async def hears(self, topic: str, tell: Callable[[], Awaitable[object]]) -> None:
        with self.hub.listen(topic) as woken:
            await tell()
            async with asyncio.timeout(PATIENCE_S):
                await woken.wait()

    async def rights_grow(self, change: Callable[[], Awaitable[object]]) -> None:
        before = self.hub.rights
        await change()
        async with asyncio.timeout(PATIENCE_S):
            while self.hub.rights == before:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def _side(url: str) -> AsyncIterator[Side]:
    db, hub = Database(url), Hub()
    side = Side(db, hub, Background(SystemClock(), notify.jobs(db, hub)))
    with hub.listen("begin") as woken:
        side.background.start()
        if db.shared:
            async with asyncio.timeout(PATIENCE_S):
                await woken.wait()  # it listens
        else:
            await asyncio.sleep(0.2)
    yield side
    await side.background.stop()
    await db.close()


@pytest.fixture
async def near(store_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Side]:
    monkeypatch.setattr(notify, "_LOOK_EVERY_S", 0.05)
    async with _side(store_url) as side:
        yield side


async def test_a_wake_up_reaches_the_other_process_once(postgres_url: str) -> None:
    async with _side(postgres_url) as one, _side(postgres_url) as other:

        async def wake() -> None:
            one.hub.wake({"t1", "t2"})

        await other.hears("t2", wake)
        with one.hub.listen("t1") as own, other.hub.listen("t1") as theirs:
            await wake()
            assert own.is_set()
            own.clear()
            async with asyncio.timeout(PATIENCE_S):
                await theirs.wait()
            await asyncio.sleep(0.1)
            assert not own.is_set(), "its own word came back"


async def test_events_are_told_with_their_commit(postgres_url: str) -> None:
    async with _side(postgres_url) as one, _side(postgres_url) as other:
        await _people(one.db)
        ingest = Ingest(one.db, FakeClock(), one.hub)
        await one.background.stop()  # as if it died right after the commit
        fix = Fix(utc_s=0.0, lat=33.0, lon=131.0, accuracy_m=5.0)
        event = TripEvent(boot="b", seq=1, trip_id="t", utc_s=0.0, what=Moved(fix=fix))
        with other.hub.listen(ANY_TRIP) as any_trip:
            await other.hears("t", lambda: ingest.store("d", "b", (event,)))
            assert any_trip.is_set()


async def test_who_was_cut_off_takes_it_that_everything_has_changed(postgres_url: str) -> None:
    async with _side(postgres_url) as one, _side(postgres_url) as other:

        async def cut() -> None:
            with psycopg.connect(postgres_url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

        rights = other.hub.rights
        await other.hears("some trip", cut)
        assert other.hub.rights > rights

        async def wake() -> None:
            one.hub.wake({"t"})

        await other.hears("t", wake)


async def test_the_end_of_a_right_is_noticed_whoever_ends_it(near: Side, store_url: str) -> None:
    """A command in another process tells nobody, and nor does a server that dies after the commit."""
    command = Database(store_url)
    await _people(command)

    def change(statement: object) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            async with command.write() as connection:
                await connection.execute(statement)  # type: ignore[call-overload]

        return run

    await near.rights_grow(change(update(relations).values(ended_utc_s=1.0)))
    await near.rights_grow(change(update(devices).values(revoked_utc_s=1.0)))
    await near.rights_grow(change(update(users).where(users.c.id == "w").values(disabled_utc_s=1.0)))
    await near.rights_grow(change(delete(sessions)))
    before = near.hub.rights
    await change(insert(organisations).values(id="o", name="o", created_utc_s=0.0))()
    await change(update(users).values(name="x"))()
    await asyncio.sleep(0.3)
    assert near.hub.rights == before, "a name opens nothing"
    await command.close()


async def test_rights_that_this_process_changed_are_told_to_all(postgres_url: str) -> None:
    async with _side(postgres_url) as one, _side(postgres_url) as other:

        async def change() -> None:
            one.hub.rights_changed()

        await other.hears(RIGHTS, change)


async def _people(db: Database) -> None:
    person = {"role": "wearer", "password_hash": "", "created_utc_s": 0.0}
    times = {"started_utc_s": 0.0, "accepted_utc_s": 0.0}
    async with db.write() as connection:
        for name in ("w", "c"):
            await connection.execute(
                insert(users).values(id=name, login=name, name=name, pseudonym=name, **person)
            )
        device = {"id": "d", "wearer_id": "w", "label": "", "key_hash": "h", "created_utc_s": 0.0}
        await connection.execute(insert(devices).values(**device))
        await connection.execute(
            insert(trips).values(id="t", wearer_id="w", device_id="d", practice=True, **times)
        )
        await connection.execute(
            insert(relations).values(viewer_id="c", wearer_id="w", asked_utc_s=0.0, agreed_utc_s=0.0)
        )
        session = {"token_hash": "s", "user_id": "c", "csrf": "", "created_utc_s": 0.0, "seen_utc_s": 0.0}
        await connection.execute(insert(sessions).values(**session))
