"""Who is told of an alert, when, and until when: the chain on both stores."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert, select

from server.access import Actor, Role
from server.alerts.plan import Due, next_step
from server.alerts.rights import Person
from server.alerts.setup import Telling
from server.errors import Conflict, Forbidden, NotFound
from server.tables import alerts, relations
from tests.alert_town import AlertTown, alert_town

SETTINGS = Telling()


@pytest.fixture
async def town(sqlite_url: str) -> AsyncIterator[AlertTown]:
    async with alert_town(sqlite_url) as made:
        yield made


@pytest.fixture
async def both(store_url: str) -> AsyncIterator[AlertTown]:
    """A town on each store: every statement is asked of both at least once."""
    async with alert_town(store_url) as made:
        yield made


def test_step_k_tells_the_first_k_orders_and_the_duty_comes_last() -> None:
    chain = [Person("a", 1), Person("b", 1), Person("c", 4)]
    due = Due("sos", step=0, opened_utc_s=0.0)
    assert next_step(due, chain, ["duty"], 0.0, SETTINGS).people == ("a", "b")
    second = next_step(Due("sos", 1, 0.0), chain, ["duty"], 60.0, SETTINGS)
    assert (second.people, second.next_utc_s, second.unanswered) == (("a", "b", "c"), 120.0, False)
    third = next_step(Due("sos", 2, 0.0), chain, ["duty"], 120.0, SETTINGS)
    assert third.people == ("a", "b", "c", "duty")
    fourth = next_step(Due("sos", 3, 0.0), chain, ["duty"], 180.0, SETTINGS)
    assert (fourth.people, fourth.next_utc_s, fourth.unanswered) == (third.people, 480.0, True)


def test_a_call_for_help_is_repeated_for_an_hour_and_the_rest_is_not() -> None:
    chain = [Person("a", 1)]
    assert next_step(Due("sos", 9, 0.0), chain, [], 3599.0, SETTINGS).people == ("a",)
    for kind, now_s in (("sos", 3600.0), ("no_contact", 200.0)):
        last = next_step(Due(kind, 9, 0.0), chain, [], now_s, SETTINGS)
        assert (last.people, last.next_utc_s, last.unanswered) == ((), None, True)


def test_what_nobody_has_to_answer_goes_to_the_first_once() -> None:
    chain = [Person("a", 1), Person("b", 2)]
    step = next_step(Due("battery", 0, 0.0), chain, [], 0.0, SETTINGS)
    assert (step.people, step.next_utc_s, step.unanswered) == (("a",), None, False)


def test_the_wait_is_shorter_where_somebody_may_lie_on_the_road() -> None:
    chain = [Person("a", 1), Person("b", 2)]
    for kind, wait_s in (("sos", 60.0), ("fell", 60.0), ("not_moving", 180.0), ("off_route", 180.0)):
        assert next_step(Due(kind, 0, 0.0), chain, [], 0.0, SETTINGS).next_utc_s == wait_s


async def test_a_call_climbs_the_chain_until_somebody_takes_it(both: AlertTown) -> None:
    await both.agree("emergency_sharing")
    first = await both.caregiver("一郎", 1)
    await both.caregiver("次郎", 2)
    await both.caregiver("知らせない", None)
    alert_id = await both.alert()
    await both.escalate()
    assert await both.told_names(step=1) == ["一郎"]
    assert await both.notices() == [("sos_sent", 1, "")]
    await both.pass_s(59.0)
    assert await both.told_names(step=2) == []
    await both.pass_s(1.0)
    assert await both.told_names(step=2) == ["一郎", "次郎"]

    both.clock.now_s += 10.0
    assert (await both.telling.book.acknowledge(first, alert_id)).state == "acknowledged"
    await both.pass_s(0.0)
    assert await both.told_names("acknowledged") == ["次郎"]
    assert (await both.notices())[-1] == ("sos_seen", 0, "一郎")
    told = len(await both.rows())
    await both.pass_s(3600.0)
    assert len(await both.rows()) == told

    await both.over(alert_id)
    await both.pass_s(0.0)
    await both.pass_s(600.0)
    assert await both.told_names("over") == ["一郎", "次郎"]


async def test_nobody_answers(town: AlertTown) -> None:
    await town.agree("emergency_sharing")
    watcher = await town.caregiver("一郎")
    alert_id = await town.alert()
    await town.escalate()
    assert not (await town.telling.book.read(watcher, alert_id)).unanswered
    await town.pass_s(60.0)
    read = await town.telling.book.read(watcher, alert_id)
    assert read.unanswered
    assert read.outcome is not None
    for _ in range(20):
        await town.pass_s(300.0)
    # At once, after a minute, and then every five minutes for the rest of the hour.
    assert len(await town.told_names()) == 2 + 11
    assert (await town.row_of(alert_id)).state == "open"
    # It can be taken after the hour, too.
    assert (await town.telling.book.acknowledge(watcher, alert_id)).state == "acknowledged"


async def test_without_anybody_the_wearer_hears_that_there_is_nobody(town: AlertTown) -> None:
    await town.caregiver("一郎")  # but neither shared nor agreed to for emergencies
    await town.alert()
    await town.escalate()
    assert await town.rows() == []
    assert await town.notices() == [("sos_sent", 0, "")]
    await town.pass_s(60.0)
    assert len(await town.notices()) == 1
    await town.agree("emergency_sharing")
    await town.pass_s(60.0)
    assert await town.told_names() == ["一郎"]
    assert (await town.notices())[-1] == ("sos_sent", 1, "")


@pytest.mark.parametrize(
    ("kind", "shared", "emergency", "told"),
    [
        ("sos", False, False, False),
        ("sos", False, True, True),
        ("sos", True, False, True),
        ("fell", False, True, True),
        ("no_contact", False, True, False),  # no emergency: only where the trip is shared
        ("no_contact", True, False, True),
        ("zone_enter", False, True, False),
    ],
)
async def test_who_may_be_told(town: AlertTown, kind: str, shared: bool, emergency: bool, told: bool) -> None:
    watcher = await town.caregiver("一郎")
    await town.caregiver("断った", agreed=False)
    left = await town.caregiver("やめた")
    await town.end_relation(left)
    if shared:
        await town.share()
    if emergency:
        await town.agree("emergency_sharing")
    alert_id = await town.alert(kind)
    await town.escalate()
    assert await town.told_names() == (["一郎"] if told else [])
    if told:
        assert (await town.telling.book.read(watcher, alert_id)).place is not None
        with pytest.raises(NotFound):
            await town.telling.book.read(left, alert_id)
    else:
        with pytest.raises(NotFound):
            await town.telling.book.read(watcher, alert_id)


async def test_a_later_agreement_does_not_reach_back_to_what_was_shared_before(town: AlertTown) -> None:
    await town.share()
    town.clock.now_s += 10.0
    late = await town.person(Role.CAREGIVER, "遅い")
    row = {"viewer_id": late, "wearer_id": town.wearer, "asked_utc_s": 0.0, "alert_order": 1}
    async with town.db.write() as connection:
        await connection.execute(insert(relations).values(agreed_utc_s=town.clock.now_s, **row))
    await town.alert("no_contact")
    await town.escalate()
    assert await town.told_names() == []


async def test_withdrawn_consent_ends_it_at_once(town: AlertTown) -> None:
    await town.agree("emergency_sharing")
    watcher = await town.caregiver("一郎")
    await town.channel(watcher, "email")
    alert_id = await town.alert()
    await town.escalate()
    await town.withdraw("emergency_sharing")
    await town.deliver()
    assert town.senders["email"].sent == []
    assert [row.error for row in await town.rows() if row.kind == "email"] == ["no right any more"]
    assert await town.telling.book.active(watcher) == []
    with pytest.raises(NotFound):
        await town.telling.book.acknowledge(watcher, alert_id)
    await town.pass_s(60.0)
    assert len(await town.told_names()) == 1


async def test_the_place_is_hidden_when_the_emergency_is_over(town: AlertTown) -> None:
    await town.agree("emergency_sharing")
    watcher = await town.caregiver("一郎")
    alert_id = await town.alert()
    await town.over(alert_id)
    await town.escalate()
    read = await town.telling.book.read(watcher, alert_id)
    assert (read.state, read.place) == ("over", None)


async def test_while_the_wearer_is_asked_nobody_else_knows(town: AlertTown) -> None:
    await town.agree("emergency_sharing")
    watcher = await town.caregiver("一郎")
    alert_id = await town.alert("fell", "asking")
    await town.escalate()
    assert await town.rows() == []
    assert await town.telling.book.page(watcher) == []
    with pytest.raises(NotFound):
        await town.telling.book.acknowledge(watcher, alert_id)
    wearer = Actor(town.wearer, Role.WEARER, "花子")
    assert [alert.state for alert in await town.telling.book.page(wearer)] == ["asking"]


async def test_the_first_takes_it_and_the_second_learns_who(town: AlertTown) -> None:
    await town.agree("emergency_sharing")
    first, second = await town.caregiver("一郎"), await town.caregiver("次郎")
    alert_id = await town.alert()
    await town.escalate()
    await town.telling.book.acknowledge(first, alert_id)
    with pytest.raises(Conflict, match="一郎さんが対応を引き受けました"):
        await town.telling.book.acknowledge(second, alert_id)
    assert (await town.telling.book.acknowledge(first, alert_id)).taker == "一郎"  # pressed twice
    row = await town.row_of(alert_id)
    assert row.acknowledged_by == first.user_id


async def test_the_wearer_ends_their_own_and_only_that(both: AlertTown) -> None:
    await both.agree("emergency_sharing")
    watcher = await both.caregiver("一郎")
    alert_id = await both.alert()
    await both.escalate()
    stranger = Actor(await both.person(Role.WEARER, "太郎"), Role.WEARER, "太郎")
    with pytest.raises(NotFound):
        await both.telling.book.end(stranger, alert_id)
    with pytest.raises(Forbidden):
        await both.telling.book.end(watcher, alert_id)
    wearer = Actor(both.wearer, Role.WEARER, "花子")
    (told,) = (await both.telling.book.told(wearer, [alert_id]))[alert_id]
    assert (told.name, told.way) == ("一郎", "page")
    assert await both.telling.book.told(stranger, [alert_id]) == {}
    await both.telling.book.end(wearer, alert_id)
    await both.escalate()
    assert await both.told_names("over") == ["一郎"]
    with pytest.raises(Conflict):
        await both.telling.book.end(wearer, alert_id)
    with pytest.raises(Conflict, match="終わりました"):
        await both.telling.book.acknowledge(watcher, alert_id)


async def test_the_duty_of_the_organisation_is_told_last(both: AlertTown) -> None:
    await both.caregiver("一郎")
    office = Actor(await both.person(Role.ADMINISTRATOR, "当番"), Role.ADMINISTRATOR, "当番")
    await both.channel(office, "email", duty=True)
    await both.share()
    await both.alert()
    await both.escalate()
    await both.pass_s(60.0)
    assert both.senders["email"].sent == []  # not agreed to for emergencies
    await both.agree("emergency_sharing")
    alert_id = await both.alert()
    await both.escalate()
    await both.deliver()
    told = [letter for _, letter in both.senders["email"].sent if letter.alert_id == alert_id]
    assert told == []
    await both.pass_s(60.0)
    (letter,) = [letter for _, letter in both.senders["email"].sent if letter.alert_id == alert_id]
    assert "当番" in letter.body[0]
    assert letter.link == f"https://shirube.example/administrator/alerts/{alert_id}"
    assert (await both.telling.book.read(office, alert_id)).place is None  # the office sees no place


async def test_the_list_is_paged_newest_first(both: AlertTown) -> None:
    await both.share()
    watcher = await both.caregiver("一郎")
    made = []
    for _ in range(5):
        made.append(await both.alert("off_route"))
        both.clock.now_s += 1.0
    made.append(await both.alert("off_route"))
    read: list[str] = []
    after = None
    while found := await both.telling.book.page(watcher, after, 2):
        read += [alert.id for alert in found]
        after = read[-1]
    assert read == made[::-1]
    async with both.db.read() as connection:
        assert len(list(await connection.execute(select(alerts)))) == 6
