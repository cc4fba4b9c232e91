"""Messages are handed over at least once each, whatever fails in between."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Actor
from server.alerts import delivery, escalation
from server.alerts.delivery import retry_wait_s
from server.alerts.setup import Telling
from server.alerts.telling import telling_parts
from server.database import Database
from server.errors import ChannelGone, NotSent
from server.hub import ALERTS
from server.tables import alerts, channels
from tests.alert_town import AlertTown, Alone, alert_town
from tests.waiting import becomes


@pytest.fixture
async def town(sqlite_url: str) -> AsyncIterator[AlertTown]:
    async with alert_town(sqlite_url, "emergency_sharing") as made:
        yield made


@pytest.fixture
async def both(store_url: str) -> AsyncIterator[AlertTown]:
    async with alert_town(store_url, "emergency_sharing") as made:
        yield made


def keys(town: AlertTown, kind: str = "email") -> list[str]:
    return [letter.key for _, letter in town.senders[kind].sent]  # type: ignore[index]


async def test_every_channel_gets_it_once_and_then_how_it_went_on(both: AlertTown) -> None:
    first, second = await both.caregiver("一郎"), await both.caregiver("次郎")
    for kind in ("email", "push", "webhook"):
        await both.channel(second, kind)  # type: ignore[arg-type]
    alert_id = await both.alert()
    await both.escalate()
    await both.deliver()
    await both.deliver()
    for sender in both.senders.values():
        ((_, letter),) = sender.sent
        assert (letter.what, letter.urgent, letter.alert_id) == ("raised", True, alert_id)
        assert letter.link == f"https://shirube.example/caregiver/alerts/{alert_id}"
        assert letter.subject[0] == "【標】SOS: 花子さんが 14:02 に助けを求めました。"
        assert "33.2" not in letter.body[0] + letter.body[1]
    await both.telling.book.acknowledge(first, alert_id)
    await both.pass_s(1.0)
    for sender in both.senders.values():
        assert [letter.what for _, letter in sender.sent] == ["raised", "acknowledged"]
        assert "一郎さんが対応を引き受けました" in sender.sent[1][1].subject[0]
        assert not sender.sent[1][1].urgent
    assert {row.state for row in await both.rows()} == {"sent"}


async def test_a_fault_is_tried_again_with_the_same_key_and_later_each_time(town: AlertTown) -> None:
    watcher = await town.caregiver("一郎")
    await town.channel(watcher, "email")
    town.senders["email"].faults = [NotSent("smtp 451"), NotSent("timeout"), None]
    await town.alert("fell")
    await town.escalate()
    await town.deliver()
    (_, row) = await town.rows()
    assert (row.state, row.tries, row.error) == ("failed", 1, "smtp 451")
    assert 3.75 <= row.next_utc_s - town.clock.now_s <= 6.25
    await town.deliver()
    assert town.senders["email"].faults != []  # not before its time
    town.clock.now_s = row.next_utc_s
    await town.deliver()
    town.clock.now_s += 15.0
    await town.deliver()
    (_, row) = await town.rows()
    assert (row.state, row.tries, row.error) == ("sent", 3, None)
    assert len(set(keys(town))) == 1


def test_the_waits_grow_to_five_minutes() -> None:
    assert [retry_wait_s(tries, 0.5) for tries in (1, 2, 3, 7, 50)] == [5.0, 10.0, 20.0, 300.0, 300.0]
    assert (retry_wait_s(1, 0.0), retry_wait_s(1, 1.0)) == (3.75, 6.25)
    # Of a call for help to half a minute; and no number of tries is too large to reckon with.
    assert [retry_wait_s(tries, 0.5, urgent=True) for tries in (1, 3, 4, 50)] == [5.0, 20.0, 30.0, 30.0]
    assert retry_wait_s(5000, 0.5) == 300.0


async def test_after_an_hour_it_is_given_up_and_the_reason_stays(town: AlertTown) -> None:
    watcher = await town.caregiver("一郎")
    await town.channel(watcher, "webhook")
    town.senders["webhook"].faults = [NotSent("http 500")] * 100
    await town.share()
    await town.alert("not_moving")
    await town.escalate()
    for _ in range(200):
        town.clock.now_s += 30.0
        await town.deliver()
    (row,) = [row for row in await town.rows() if row.kind == "webhook"]
    assert (row.state, row.error, row.next_utc_s) == ("given_up", "http 500", None)
    assert 10 < row.tries < 25


async def test_a_channel_that_is_gone_is_never_tried_again(town: AlertTown) -> None:
    watcher = await town.caregiver("一郎")
    await town.channel(watcher, "push")
    await town.channel(watcher, "email")
    town.senders["push"].faults = [ChannelGone("http 410")]
    await town.alert()
    await town.escalate()
    await town.deliver()
    (push,) = [row for row in await town.rows(channels) if row.kind == "push"]
    assert push.failed_utc_s == town.clock.now_s
    await town.pass_s(60.0)
    assert keys(town, "push") == []
    assert len(keys(town)) == 2
    assert [row.state for row in await town.rows() if row.kind == "push"] == ["given_up"]


async def test_what_was_answered_meanwhile_is_not_sent_any_more(town: AlertTown) -> None:
    first, second = await town.caregiver("一郎"), await town.caregiver("次郎")
    await town.channel(second, "email")
    alert_id = await town.alert()
    await town.escalate()
    await town.telling.book.acknowledge(first, alert_id)
    await town.deliver()
    await town.pass_s(1.0)
    assert keys(town) == []
    (row,) = [row for row in await town.rows() if row.kind == "email"]
    assert (row.state, row.error, row.tries) == ("given_up", "answered before it was sent", 0)


async def test_a_channel_that_hangs_holds_up_no_other(town: AlertTown) -> None:
    watcher = await town.caregiver("一郎")
    await town.channel(watcher, "webhook")
    await town.channel(watcher, "email")
    hang = town.senders["webhook"].hang = asyncio.Event()
    await town.alert()
    await town.escalate()
    await town.telling.delivery.work()
    await becomes(lambda: keys(town))
    town.clock.now_s += 60.0
    await town.escalate()
    await town.telling.delivery.work()
    await becomes(lambda: len(keys(town)) == 2)
    assert keys(town, "webhook") == []  # one at a time, and that one hangs
    hang.set()
    await town.telling.delivery.idle()
    await town.deliver()
    assert len(keys(town, "webhook")) == 2


async def test_the_same_kind_goes_on_beside_one_that_hangs(town: AlertTown) -> None:
    stuck, quick = await town.caregiver("止まる"), await town.caregiver("届く")
    bad = await town.channel(stuck, "webhook")
    await town.channel(quick, "webhook")
    plain = town.senders["webhook"]
    never = asyncio.Event()

    class Half:
        async def send(self, address: dict[str, str], letter: object) -> None:
            if bad in address["url"]:
                await never.wait()
            await plain.send(address, letter)  # type: ignore[arg-type]

        async def close(self) -> None:
            return None

    town.telling.delivery._senders = {**town.senders, "webhook": Half()}  # type: ignore[dict-item]
    await town.alert()
    await town.escalate()
    await town.telling.delivery.work()
    await becomes(lambda: keys(town, "webhook"))
    never.set()
    await town.telling.delivery.idle()


async def test_two_processes_send_nothing_twice_at_once(both: AlertTown) -> None:
    for name in "甲乙丙":
        watcher = await both.caregiver(name)
        for kind in ("email", "push", "webhook"):
            await both.channel(watcher, kind)  # type: ignore[arg-type]
    other = telling_parts(
        both.db, both.clock, both.hub, both.sealer, both.settings, Alone(), both.senders
    ).delivery
    await both.alert()
    await both.escalate()
    await asyncio.gather(both.telling.delivery.work(), other.work())
    await asyncio.gather(both.telling.delivery.idle(), other.idle())
    for kind in ("email", "push", "webhook"):
        assert len(keys(both, kind)) == len(set(keys(both, kind))) == 3


async def test_a_process_that_dies_while_sending_leaves_it_to_the_next(town: AlertTown) -> None:
    watcher = await town.caregiver("一郎")
    await town.channel(watcher, "email")
    town.senders["email"].hang = asyncio.Event()
    await town.alert()
    await town.escalate()
    await town.telling.delivery.work()
    for task in list(town.telling.delivery._tasks):
        task.cancel()
    await asyncio.sleep(0)
    town.senders["email"].hang = None
    next_one = telling_parts(
        town.db, town.clock, town.hub, town.sealer, town.settings, Alone(), town.senders
    ).delivery
    assert await next_one.work() == 0  # it may still be under way elsewhere
    town.clock.now_s += 41.0
    assert await next_one.work() == 1
    await next_one.idle()
    assert len(keys(town)) == 1


class Breaking(Database):
    """Fails at the commit of that number: before it (nothing is stored) or after it (the word is lost)."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.left: int | None = None
        self.after = False

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        dies = False
        if self.left is not None:
            self.left -= 1
            dies = self.left == 0
        async with super().write() as connection:
            yield connection
            if dies and not self.after:
                raise OSError("died before the commit")
        if dies:
            raise OSError("died after the commit")


# Seconds from one look to the next: two steps of the chain, with time for another try before each next one.
_LOOKS_S = (0.0, 100.0, 50.0, 30.0, 41.0)
_TAKEN_AT = 3  # the look at which somebody takes it


async def _live_through(
    before: AlertTown, url: str, taker: Actor, at: int, after: bool
) -> tuple[AlertTown, bool]:
    """A whole call for help in which the process dies at one commit, and another goes on."""
    db = Breaking(url)
    town = AlertTown(
        db, settings=before.settings, sealer=before.sealer, wearer=before.wearer, trip=before.trip
    )
    (alert,) = await town.rows(alerts)
    first, alert_id = taker, alert.id
    db.left, db.after = at, after
    for look, seconds in enumerate(_LOOKS_S):
        town.clock.now_s += seconds
        try:
            await _look(town, first if look == _TAKEN_AT else None, alert_id)
        except OSError:
            # Whoever pressed the button sees an error and presses again, at the process that goes on.
            await asyncio.gather(*town.telling.delivery._tasks, return_exceptions=True)
            town.telling = telling_parts(
                db, town.clock, town.hub, town.sealer, town.settings, Alone(), town.senders
            )
            await _look(town, first if look == _TAKEN_AT else None, alert_id)
    return town, db.left <= 0


async def _look(town: AlertTown, takes: Actor | None, alert_id: str) -> None:
    if takes is not None:
        await town.telling.book.acknowledge(takes, alert_id)
    await town.escalate()
    await town.deliver()


@pytest.mark.parametrize("after", [False, True])
async def test_a_death_at_any_commit_loses_no_message(sqlite_url: str, after: bool) -> None:
    before = AlertTown(Database(sqlite_url), settings=Telling(urgent_step_s=100.0))
    await before.populate()
    await before.agree("emergency_sharing")
    first, second = await before.caregiver("一郎", 1), await before.caregiver("次郎", 2)
    await before.channel(second, "email")
    await before.alert()
    await before.db.close()
    at = 0
    died = True
    while died:
        at += 1
        fresh = f"{sqlite_url}.{at}"
        shutil.copyfile(sqlite_url.removeprefix("sqlite:///"), fresh.removeprefix("sqlite:///"))
        town, died = await _live_through(before, fresh, first, at, after)
        steps = {(row.user_id, row.step) for row in await town.rows() if row.what == "raised"}
        sent = {(address["email"], letter.key) for address, letter in town.senders["email"].sent}
        rows = [row for row in await town.rows() if row.kind == "email"]
        assert {row.state for row in rows} == {"sent"}, f"commit {at}"
        # Each message that was written was handed over, and those of each step were written for all of it.
        assert {key for _, key in sent} == {f"{row.alert_id}.{row.id}" for row in rows}, f"commit {at}"
        assert {step for _, step in steps} == {1, 2}, f"commit {at}"
        assert len([step for _, step in steps if step == 2]) == 2
        assert [row.what for row in rows].count("acknowledged") == 1
        (alert,) = await town.rows(alerts)
        assert (alert.state, alert.next_utc_s) == ("acknowledged", None)
        assert len(await town.notices()) == 2  # sos_sent, sos_seen: once each
        await town.db.close()
    assert at >= 8


async def test_the_jobs_run_by_themselves(town: AlertTown, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the real clock's waits: woken by the alert, not by a look every few seconds."""
    for job in (escalation, delivery):
        monkeypatch.setattr(job, "_LOOK_S", 3600.0)
    watcher = await town.caregiver("一郎")
    await town.channel(watcher, "email")
    jobs = [asyncio.create_task(job.run()) for job in (town.telling.escalation, town.telling.delivery)]
    await asyncio.sleep(0.05)
    await town.alert()
    town.hub.wake({ALERTS})
    try:
        await becomes(lambda: keys(town))
    finally:
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
    assert all(sender.closed for sender in town.senders.values())
