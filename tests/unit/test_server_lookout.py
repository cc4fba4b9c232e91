"""Work that stands still is told, though nothing of it shows: no alert looks like a quiet day."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client import generate_latest
from sqlalchemy import insert, text, update

from server.app import create_app
from server.fakes import FakeClock, FakePlanner
from server.health import schema_is_ours
from server.lookout import Lookout, standing
from server.parts import Parts
from server.settings import Settings
from server.stores.size import size_bytes
from server.tables import alerts, deliveries, marks
from tests.live_stand import NOW, Stand, fix
from wire.trip import Moved, TripEvent


@pytest.fixture
def on(request: pytest.FixtureRequest) -> str:
    """Where the SQL is the same the simpler store is enough."""
    shared = getattr(request, "param", "sqlite") == "postgresql"
    return str(request.getfixturevalue("postgres_url" if shared else "sqlite_url"))


@pytest.fixture
async def app(tmp_path: Path, on: str) -> AsyncIterator[FastAPI]:
    settings = Settings(database_url=on, key_file=tmp_path / "key")
    made = create_app(settings, FakeClock(NOW), planner=FakePlanner())
    yield made
    await made.state.parts.db.close()


@pytest.fixture
async def stand(app: FastAPI) -> Stand:
    """A wearer who walks, on the same store."""
    parts: Parts = app.state.parts
    made = Stand(parts.db, clock=parts.clock, hub=parts.hub)
    await made.populate()
    return made


async def store(stand: Stand) -> None:
    where = Moved(fix=fix(0.0))
    event = TripEvent(boot="b", seq=1, trip_id=stand.trip_id, utc_s=NOW, what=where)
    await stand.ingest.store(stand.device_id, "b", (event,), NOW)


async def test_events_that_no_rule_has_seen_are_told_by_their_age(app: FastAPI, stand: Stand) -> None:
    parts: Parts = app.state.parts
    assert (await parts.health.look()).checks["alerts"] is None  # nothing has ever come
    await store(stand)
    stand.clock.now_s += 29.0
    assert (await parts.health.look()).checks["alerts"] is None
    stand.clock.now_s += 2.0
    found = await parts.health.look()
    assert found.checks["alerts"] == "the watch over walks is 31 s behind: alerts come late or not at all"
    assert found.status == "degraded"


async def test_a_watcher_that_has_stopped_is_told_though_nothing_comes(app: FastAPI, stand: Stand) -> None:
    parts: Parts = app.state.parts
    seen = f'{{"cursor": 0, "utc_s": {NOW}}}'
    async with parts.db.write() as connection:
        await connection.execute(insert(marks).values(name="alerts", value=seen))
    assert (await standing(parts.db, NOW + 20.0)).watch_fault is None
    late = await standing(parts.db, NOW + 40.0)
    assert (late.behind_s, late.silent_s) == (0.0, 40.0)
    assert late.watch_fault is not None


async def test_a_message_that_lies_about_is_told(app: FastAPI, stand: Stand) -> None:
    parts: Parts = app.state.parts
    alert = await _alert(stand)
    row = {"alert_id": alert, "user_id": stand.caregiver.user_id, "channel_id": "c", "kind": "email"}
    row |= {"what": "raised", "step": 1, "state": "failed", "tries": 3}
    async with parts.db.write() as connection:
        await connection.execute(insert(deliveries).values(**row, created_utc_s=NOW, next_utc_s=NOW + 90.0))
    assert (await standing(parts.db, NOW + 59.0)).telling_fault is None
    assert (await standing(parts.db, NOW + 61.0)).telling_fault == "a message of an alert has waited for 61 s"
    async with parts.db.write() as connection:
        await connection.execute(update(deliveries).values(state="sent"))
    assert (await standing(parts.db, NOW + 61.0)).telling_fault is None


async def _alert(stand: Stand, **more: object) -> str:
    row = {"id": "a" * 32, "wearer_id": stand.wearer.user_id, "trip_id": stand.trip_id, "kind": "sos"}
    row |= {"key": "k", "state": "open", "raised_utc_s": NOW, "changed_utc_s": NOW, "step": 1, "detail": "{}"}
    async with stand.db.write() as connection:
        await connection.execute(insert(alerts).values(**{**row, **more}))
    return str(row["id"])


async def test_a_chain_that_stands_still_is_told(app: FastAPI, stand: Stand) -> None:
    await _alert(stand, next_utc_s=NOW)
    assert (await standing(stand.db, NOW + 29.0)).telling_fault is None
    told = (await standing(stand.db, NOW + 31.0)).telling_fault
    assert told == "the next to be told of an alert has waited for 31 s"


async def test_the_lookout_says_a_fault_once_and_its_end_once_and_gives_the_figures(
    app: FastAPI, stand: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    parts: Parts = app.state.parts
    lookout = Lookout(parts.db, parts.clock, parts.health, parts.metrics)
    await store(stand)
    await _alert(stand, unanswered_utc_s=NOW)
    stand.clock.now_s += 40.0
    await lookout.look()
    await lookout.look()
    told = generate_latest(parts.metrics.registry).decode()
    assert 'shirube_check_ok{check="alerts"} 0.0' in told
    assert 'shirube_check_ok{check="store"} 1.0' in told
    assert "shirube_watch_behind_seconds 40.0" in told
    assert 'shirube_alerts_unanswered{kind="sos"} 1.0' in told
    assert "shirube_store_bytes 0.0" not in told
    async with parts.db.write() as connection:
        seen = f'{{"cursor": 1000000, "utc_s": {stand.clock.now_s}}}'
        await connection.execute(insert(marks).values(name="alerts", value=seen))
    await lookout.look()
    said = [record.getMessage() for record in caplog.records if record.name == "server.lookout"]
    assert [line for line in said if line.startswith("alerts:")] == [
        "alerts: the watch over walks is 40 s behind: alerts come late or not at all",
        "alerts: fine again",
    ]


async def test_a_schema_of_another_version_takes_this_process_out(app: FastAPI) -> None:
    parts: Parts = app.state.parts
    async with parts.db.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    told = await schema_is_ours(parts.db)()
    assert told is not None
    assert "9999" in told
    assert (await parts.health.look()).status == "unready"


@pytest.mark.parametrize("on", ["sqlite", "postgresql"], indirect=True)
async def test_what_differs_between_the_stores(app: FastAPI) -> None:
    parts: Parts = app.state.parts
    expected = "not listening to the other processes" if parts.db.shared else None
    found = await parts.health.look()
    assert found.checks.get("others") == expected
    assert found.checks["schema"] is None
    assert ("disk" in found.checks) is not parts.db.shared
    assert await size_bytes(parts.db) > 100_000
    assert (await standing(parts.db, NOW)).unanswered == {}
