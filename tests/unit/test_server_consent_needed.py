"""Nothing begins that rests on a consent which is not in force, whoever asks for it and by whatever door."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
from sqlalchemy import delete, insert, select, update

from server import consent, relations
from server.access import Actor, Role
from server.consent import NotAgreed, Purpose
from server.database import Database
from server.tables import consents, marks, sessions, shares
from server.tables import relations as related
from tests.live_stand import NOW, Stand

EVA = Actor("e" * 32, Role.EVALUATOR, "Eva")


@pytest.fixture
async def stand(sqlite_url: str) -> AsyncIterator[Stand]:
    made = Stand(Database(sqlite_url))
    await made.populate()
    yield made
    await made.db.close()


async def _shares(stand: Stand) -> list[str]:
    async with stand.db.read() as connection:
        return list((await connection.execute(select(shares.c.text_version))).scalars())


@pytest.mark.parametrize("which", ["this", "next"])
async def test_a_trip_is_shared_by_the_text_that_was_agreed_to_or_not_at_all(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    trip_id = stand.trip_id if which == "this" else None
    await stand.change(shares, withdrawn_utc_s=NOW)
    before = await _shares(stand)
    await stand.change(consents, version="0")  # of an older text, which the present one carries
    monkeypatch.setattr(consent, "versions_in_force", lambda _purpose: ("1", "0"))
    await stand.trips.share(stand.wearer, trip_id)
    assert await _shares(stand) == [*before, "0"]
    await stand.change(shares, withdrawn_utc_s=NOW)
    await stand.change(consents, withdrawn_utc_s=NOW)
    with pytest.raises(NotAgreed) as refused:
        await stand.trips.share(stand.wearer, trip_id)
    assert refused.value.headers["Link"].startswith("</api/v1/consents/texts/live_sharing>")
    assert len(await _shares(stand)) == len(before) + 1


async def test_who_evaluates_is_agreed_to_after_the_text_of_the_trial(stand: Stand) -> None:
    await stand.person(EVA)
    me = stand.wearer.user_id
    async with stand.db.write() as connection:
        asked = {"viewer_id": EVA.user_id, "wearer_id": me, "asked_utc_s": NOW}
        number = (await connection.execute(insert(related).values(asked))).inserted_primary_key[0]
    with pytest.raises(NotAgreed) as refused:
        await relations.agree(stand.db, stand.clock, stand.wearer, number)
    assert refused.value.purpose is Purpose.TRIAL_RESEARCH
    async with stand.db.write() as connection:
        await consent.give(connection, me, Purpose.TRIAL_RESEARCH, NOW, how="page")
    await relations.agree(stand.db, stand.clock, stand.wearer, number)
    async with stand.db.read() as connection:
        agreed = select(related.c.agreed_utc_s).where(related.c.id == number)
        assert (await connection.execute(agreed)).scalar_one() == NOW


async def test_a_token_that_was_renewed_closes_what_the_old_one_had_open(stand: Stand) -> None:
    await stand.session(stand.caregiver)
    counted = select(marks.c.value).where(marks.c.name == "rights")
    async with stand.db.read() as connection:
        before = int((await connection.execute(counted)).scalar_one())
    async with stand.db.write() as connection:
        await connection.execute(update(sessions).values(token_hash="other"))
    async with stand.db.read() as connection:
        assert int((await connection.execute(counted)).scalar_one()) == before + 1


async def test_what_is_deleted_is_not_left_in_the_file(stand: Stand) -> None:
    path = stand.db.address.path
    assert path is not None
    for change in (update(shares).values(text_version="forget-me-not"), delete(shares)):
        async with stand.db.write() as connection:
            await connection.execute(change)
        with closing(sqlite3.connect(path)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        found = b"forget-me-not" in path.read_bytes()
        assert found is change.is_update
