"""What many ask at one moment is one visit to the store, and each gets the answer they would get alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, Role
from server.allow import allow_trip, refused_trips
from server.attempts import Attempts
from server.consent import Purpose, give
from server.credentials import token_hash
from server.database import Database
from server.errors import ApiError, NotFound, NotLoggedIn
from server.looks import LOOK_AGAIN_S
from server.sealing import sealer_from
from server.sessions import Sessions
from server.settings import Settings
from server.tables import alerts, looks, notices, relations, sessions
from server.trip_looks import TripLooks
from server.viewing import Viewing
from server.views import Who
from server.watch_rights import SessionRight, WatchRights
from tests.live_stand import NOW, Stand

SABURO = Actor("s" * 32, Role.CAREGIVER, "Saburo")  # asked, and was never answered
EVALUATOR = Actor("e" * 32, Role.EVALUATOR, "Eiko")
STRANGER = Actor("x" * 32, Role.WEARER, "Xenia")


@pytest.fixture
async def stand(store_url: str) -> AsyncIterator[Stand]:
    made = Stand(Database(store_url))
    await made.populate()
    for actor in (SABURO, EVALUATOR, STRANGER):
        await made.person(actor)
    async with made.db.write() as connection:
        for viewer, agreed in ((SABURO, None), (EVALUATOR, NOW - 9.0)):
            row = {"viewer_id": viewer.user_id, "wearer_id": made.wearer.user_id, "asked_utc_s": NOW - 9.0}
            await connection.execute(insert(relations).values(row | {"agreed_utc_s": agreed}))
        for purpose in (Purpose.TRIAL_RESEARCH, Purpose.EMERGENCY_SHARING):
            await give(connection, made.wearer.user_id, purpose, NOW - 9.0, how="page")
    yield made
    await made.db.close()


@pytest.fixture
def rights(stand: Stand, tmp_path: Path) -> WatchRights:
    settings = Settings(database_url="sqlite:///unused.db")
    guesses = Attempts(stand.db, stand.clock)
    return WatchRights(
        stand.db, Sessions(stand.db, stand.clock, settings, guesses, sealer_from(tmp_path / "key"))
    )


async def _call(stand: Stand, trip_id: str) -> None:
    row = {
        "id": "a" * 32,
        "trip_id": trip_id,
        "wearer_id": stand.wearer.user_id,
        "kind": "sos",
        "key": "1",
        "state": "open",
        "raised_utc_s": NOW,
        "changed_utc_s": NOW,
        "step": 0,
        "detail": "{}",
    }
    async with stand.db.write() as connection:
        await connection.execute(insert(alerts).values(row))


async def test_many_are_answered_as_each_would_be_alone(stand: Stand) -> None:
    unshared = await stand.trip(shared=False)
    calling = await stand.trip(shared=False)
    await _call(stand, calling)
    old = await stand.trip(NOW - 100.0)  # before the evaluator was agreed to
    callers = (stand.wearer, stand.caregiver, SABURO, EVALUATOR, STRANGER)
    own_device = Actor(stand.wearer.user_id, Role.DEVICE, "d", stand.device_id)
    other_device = Actor(stand.wearer.user_id, Role.DEVICE, "d", "f" * 32)
    ids = (stand.trip_id, unshared, calling, old, "nothing")
    asked = [(actor, trip) for actor in (*callers, own_device, other_device) for trip in ids]

    for action in (Action.WATCH_LIVE, Action.READ_TRIP, Action.READ_OUTING):

        async def alone(connection: AsyncConnection, action: Action = action) -> list[type[ApiError] | None]:
            found: list[type[ApiError] | None] = []
            for actor, trip in asked:
                try:
                    await allow_trip(connection, actor, action, trip)
                except ApiError as error:
                    found.append(type(error))
                else:
                    found.append(None)
            return found

        refused = await stand.db.look(lambda there, action=action: refused_trips(there, action, asked))  # type: ignore[misc]
        assert [None if no is None else type(no) for no in refused] == await stand.db.look(alone)
    may = {pair for pair, no in zip(asked, refused, strict=True) if no is None}
    assert (EVALUATOR, unshared) in may
    assert not may & {(EVALUATOR, old), (stand.caregiver, calling), (SABURO, stand.trip_id)}


async def test_a_call_opens_a_trip_to_those_only_whose_wearer_agreed(stand: Stand) -> None:
    calling = await stand.trip(shared=False)
    pairs = [(stand.caregiver, calling), (SABURO, calling), (STRANGER, calling)]
    watch = Action.WATCH_LIVE
    before = await stand.db.look(lambda there: refused_trips(there, watch, pairs))
    assert all(before)
    await _call(stand, calling)
    after = await stand.db.look(lambda there: refused_trips(there, watch, pairs))
    assert [no is None for no in after] == [True, False, False]


async def test_the_rights_of_many_views_are_one_visit(
    stand: Stand, rights: WatchRights, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = 0
    look = stand.db.look

    async def counted(work):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        nonlocal visits
        visits += 1
        return await look(work)

    ours = token_hash(await stand.session(stand.caregiver))
    strange = token_hash(await stand.session(SABURO))
    monkeypatch.setattr(stand.db, "look", counted)
    asked = [rights.ask(ours, stand.trip_id) for _ in range(30)]
    refused = [rights.ask(strange, stand.trip_id), rights.ask("unknown", stand.trip_id)]
    *held, no, unknown = await asyncio.gather(*asked, *refused, return_exceptions=True)
    assert visits <= 2
    assert {type(until) for until in held} == {float}
    assert (type(no), type(unknown)) == (NotFound, NotLoggedIn)


async def test_a_session_that_ended_among_many_closes_its_own_view_only(
    stand: Stand, rights: WatchRights
) -> None:
    tokens = [token_hash(await stand.session(stand.caregiver)) for _ in range(3)]
    opened = [stand.watched(right=SessionRight(rights, token, stand.trip_id)) for token in tokens]
    async with stand.running(), opened[0] as first, opened[1] as second, opened[2] as third:
        async with stand.db.write() as connection:
            await connection.execute(sessions.delete().where(sessions.c.token_hash == tokens[1]))
        stand.hub.rights_changed()
        await second.until("closed")
        await first.until("now")
        await third.until("now")


async def test_looks_that_come_together_are_each_written_once(stand: Stand) -> None:
    seen = TripLooks(stand.db, stand.clock, stand.hub)
    other = await stand.trip()
    both = (stand.trip_id, other)
    people = (stand.caregiver, EVALUATOR, stand.wearer)
    await asyncio.gather(*(seen.at(who, trip, "live") for who in people for trip in both for _ in range(4)))
    await seen.at(stand.caregiver, "erased", "live")
    assert await _count(stand, looks) == 4  # one's own are no looks
    assert await _count(stand, notices) == 4
    # Another process does not know of them, and finds them.
    await TripLooks(stand.db, stand.clock, stand.hub).at(stand.caregiver, other, "live")
    assert await _count(stand, looks) == 4
    stand.clock.now_s += LOOK_AGAIN_S + 1.0
    await seen.at(stand.caregiver, other, "live")
    assert (await _count(stand, looks), await _count(stand, notices)) == (5, 4)


async def _count(stand: Stand, table: object) -> int:
    async with stand.db.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())  # type: ignore[arg-type]


async def test_who_may_not_look_is_not_written_down(stand: Stand, rights: WatchRights) -> None:
    viewing = Viewing(stand.db, stand.clock, stand.hub, stand.tail, lambda _count: None)
    seen = TripLooks(stand.db, stand.clock, stand.hub)
    right = SessionRight(rights, token_hash(await stand.session(SABURO)), stand.trip_id)
    with suppress(NotFound):
        async with viewing.open(
            stand.trip_id,
            right,
            Who(user_id=SABURO.user_id),
            None,
            lambda: seen.at(SABURO, stand.trip_id, "live"),
        ):
            pytest.fail("opened")
    assert await _count(stand, looks) == 0


async def test_a_question_waits_for_nothing_but_the_store(stand: Stand) -> None:
    async def waits(_connection: AsyncConnection) -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="waited"):
        await stand.db.look(waits)

    async def asks(connection: AsyncConnection) -> int:
        one = (await connection.execute(text("SELECT 1"))).scalar_one()
        two = (await connection.exec_driver_sql("SELECT 2")).scalar_one()
        return int(one + two + await connection.run_sync(lambda there: there.scalar(text("SELECT 3"))))

    assert await stand.db.look(asks) == 6


async def test_a_question_can_change_nothing_that_lasts(postgres_url: str) -> None:
    db = Database(postgres_url)

    async def writes(connection: AsyncConnection) -> None:
        await connection.execute(text("DELETE FROM trips"))

    with pytest.raises(Exception, match="read-only"):
        await db.look(writes)
    await db.close()
