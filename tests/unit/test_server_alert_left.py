"""A call for help that was taken and left, that reached nobody, that nobody answers: it is never silent."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select, update

from server import devices as keys
from server.access import Actor, Role
from server.alerts.calls import reach_of
from server.alerts.plan import Due, next_step
from server.alerts.rights import Person
from server.alerts.setup import Telling
from server.errors import ChannelGone, Forbidden, NotFound, NotSent
from server.notices import NoticeBoard
from server.tables import alerts, channels, devices, notices, organisations, trips
from server.tables import users as people
from tests.alert_town import AlertTown, alert_town


@pytest.fixture
async def town(sqlite_url: str) -> AsyncIterator[AlertTown]:
    async with alert_town(sqlite_url, "emergency_sharing") as made:
        yield made


@pytest.fixture
async def both(store_url: str) -> AsyncIterator[AlertTown]:
    async with alert_town(store_url, "emergency_sharing") as made:
        yield made


async def disable(town: AlertTown, person: Actor) -> None:
    async with town.db.write() as connection:
        gone = update(people).where(people.c.id == person.user_id)
        await connection.execute(gone.values(disabled_utc_s=town.clock.now_s))


async def look(town: AlertTown, seconds: float = 0.0) -> None:
    """Time goes by, and both jobs look; after the messages the chain once more, as it is woken by them."""
    await town.pass_s(seconds)
    await town.escalation.correct()


# --- taken, and left


def test_what_was_left_goes_to_all_before_and_the_next_and_the_chain_has_not_come_to_its_end() -> None:
    chain = [Person("a", 1), Person("b", 2), Person("c", 3)]
    early = next_step(Due("sos", 1, 0.0, left=True), chain, [], 0.0, Telling())
    assert (early.people, early.next_utc_s, early.unanswered) == (("a", "b"), 60.0, False)
    late = next_step(Due("sos", 9, 0.0, left=True), chain, ["duty"], 0.0, Telling())
    assert (late.people, late.unanswered) == (("a", "b", "c", "duty"), False)
    nobody = next_step(Due("sos", 9, 0.0, left=True), [], [], 0.0, Telling())
    assert (nobody.people, nobody.next_utc_s) == ((), 60.0)


async def test_a_call_whose_taker_is_gone_goes_back_to_the_chain_and_the_wearer_hears_it(
    both: AlertTown,
) -> None:
    first, second = await both.caregiver("一郎", 1), await both.caregiver("次郎", 1)
    await both.channel(second, "email")
    alert_id = await both.alert()
    await look(both)
    both.clock.now_s += 5.0
    await both.telling.book.acknowledge(first, alert_id)
    await look(both)
    assert (await both.notices())[-1] == ("sos_seen", 0, "一郎")

    both.clock.now_s += 30.0
    await both.end_relation(first)
    await look(both)
    row = await both.row_of(alert_id)
    assert (row.state, row.acknowledged_by, row.acknowledged_utc_s) == ("open", None, None)
    assert (await both.notices())[-1] == ("sos_sent", 1, "一郎")
    assert [letter.what for _, letter in both.senders["email"].sent] == ["raised", "acknowledged", "raised"]
    assert "離れたため" in both.senders["email"].sent[-1][1].body[0]
    read = await both.telling.book.read(second, alert_id)
    assert (read.state, read.taker) == ("open", None)

    # It goes on as ever, for an hour from now, and whoever takes it is told of to those who were told.
    await look(both, 60.0)
    third = await both.caregiver("三郎", 1)
    await both.telling.book.acknowledge(third, alert_id)
    await look(both, 1.0)
    assert (await both.notices())[-1] == ("sos_seen", 0, "三郎")
    assert [letter.what for _, letter in both.senders["email"].sent][-1] == "acknowledged"
    assert "三郎" in both.senders["email"].sent[-1][1].subject[0]


@pytest.mark.parametrize("how", ["disabled", "consent", "erased"])
async def test_every_way_of_leaving_counts(both: AlertTown, how: str) -> None:
    first, second = await both.caregiver("一郎"), await both.caregiver("次郎")
    alert_id = await both.alert("fell")
    await look(both)
    await both.telling.book.acknowledge(first, alert_id)
    await look(both, 1.0)
    told = len(await both.told_names())
    if how == "disabled":
        await disable(both, first)
    elif how == "consent":
        await both.withdraw("emergency_sharing")
    else:
        await disable(both, first)
        async with both.db.write() as connection:
            mine = update(people).where(people.c.id == first.user_id)
            await connection.execute(mine.values(erased_utc_s=1.0, name="消去済み / erased"))
    await look(both, 1.0)
    assert (await both.row_of(alert_id)).state == "open"
    everybody = how != "consent"
    assert (await both.told_names())[told:] == (["次郎"] if everybody else [])
    name = "" if how == "erased" else "一郎"
    assert (await both.notices())[-1] == ("sos_sent", 1 if everybody else 0, name)
    if how == "consent":
        with pytest.raises(NotFound):
            await both.telling.book.read(second, alert_id)


async def test_who_stays_keeps_it_and_what_was_seen_to_long_ago_is_not_asked_again(town: AlertTown) -> None:
    first, _ = await town.caregiver("一郎"), await town.caregiver("次郎")
    alert_id, old = await town.alert(), await town.alert()
    await look(town)
    await town.telling.book.acknowledge(first, old)
    await look(town, 13 * 3600.0)
    await town.telling.book.acknowledge(first, alert_id)
    told = len(await town.told_names())
    for _ in range(3):
        await look(town, 400.0)
    assert (await town.row_of(alert_id)).state == "acknowledged"
    await town.end_relation(first)
    await look(town)
    assert [(await town.row_of(one)).state for one in (alert_id, old)] == ["open", "acknowledged"]
    assert len(await town.told_names()) > told


async def test_a_row_that_cannot_be_opened_again_holds_up_no_other_call(town: AlertTown) -> None:
    first, _ = await town.caregiver("一郎"), await town.caregiver("次郎")
    bad, good = await town.alert(), await town.alert()
    for one in (bad, good):
        await town.telling.book.acknowledge(first, one)
    async with town.db.write() as connection:
        await connection.execute(update(alerts).where(alerts.c.id == bad).values(detail="{"))
    await look(town, 1.0)
    await town.end_relation(first)
    fresh = await town.alert()
    await look(town, 1.0)
    assert (await town.row_of(good)).state == "open"
    assert (await town.row_of(fresh)).step == 1


async def test_the_word_that_somebody_took_it_is_not_sent_once_they_are_gone(town: AlertTown) -> None:
    first, second = await town.caregiver("一郎"), await town.caregiver("次郎")
    await town.channel(second, "email")
    alert_id = await town.alert()
    await look(town)
    await town.telling.book.acknowledge(first, alert_id)
    await town.escalate()
    await town.end_relation(first)
    await town.escalate()
    await town.deliver()
    assert [letter.what for _, letter in town.senders["email"].sent] == ["raised", "raised"]
    assert "nobody has it any more" in [row.error for row in await town.rows()]


# --- nobody was reached, nobody answers


async def test_when_every_message_failed_the_wearer_hears_it_once_and_when_one_came_through(
    both: AlertTown,
) -> None:
    for name, kind in (("一郎", "email"), ("次郎", "push"), ("三郎", "webhook")):
        await both.channel(await both.caregiver(name), kind)  # type: ignore[arg-type]
    both.senders["email"].faults = [NotSent("smtp connection refused")] * 2
    both.senders["push"].faults = [ChannelGone("http 410")]
    both.senders["webhook"].faults = [NotSent("http 500")] * 50
    await both.alert()
    await both.escalate()
    await both.escalation.correct()
    assert await both.notices() == [("sos_sent", 3, "")]  # the first tries are not over
    await look(both, 1.0)
    assert await both.notices() == [("sos_sent", 3, ""), ("sos_sent", 0, "")]
    for _ in range(2):
        await look(both, 1.0)
    assert len(await both.notices()) == 2
    for _ in range(4):
        await look(both, 10.0)
    assert [letter.what for _, letter in both.senders["email"].sent] == ["raised"]
    assert (await both.notices())[2:] == [("sos_sent", 1, "")]


async def test_messages_that_nobody_ever_tries_have_failed_too(town: AlertTown) -> None:
    await town.channel(await town.caregiver("一郎"), "email")
    await town.alert()
    await town.escalate()
    town.clock.now_s += 29.0
    await town.escalation.correct()
    assert len(await town.notices()) == 1
    town.clock.now_s += 2.0
    await town.escalation.correct()
    assert (await town.notices())[1:] == [("sos_sent", 0, "")]


@dataclass(frozen=True)
class Message:
    """A row of the store, as far as it matters."""

    user_id: str
    kind: str = "page"
    state: str = "sent"
    tries: int = 0
    trip_id: str = "t"
    wearer_id: str = "w"
    created_utc_s: float = 0.0


@pytest.mark.parametrize(
    ("messages", "nobody", "people"),
    [
        ([Message("a")], False, 1),  # nobody knows whether the page is open
        ([Message("a"), Message("a", "email", "failed", 1)], True, 0),
        ([Message("a"), Message("a", "email", "failed", 1), Message("a", "push")], False, 1),
        ([Message("a"), Message("a", "email", "given_up", 9), Message("b"), Message("b", "push")], False, 1),
        ([Message("a"), Message("a", "email", "given_up", 0)], False, 1),  # it was not to be sent any more
        ([Message("a"), Message("a", "email", "pending", 0)], True, 0),  # nobody sends by e-mail
    ],
)
def test_how_far_a_call_came(messages: list[Message], nobody: bool, people: int) -> None:
    (reach,) = reach_of(messages, 100.0).values()  # type: ignore[arg-type]
    assert (reach.nobody, reach.people) == (nobody, people)


async def test_when_the_whole_chain_is_silent_the_wearer_hears_it_once(both: AlertTown) -> None:
    watcher = await both.caregiver("一郎")
    await both.channel(watcher, "email")
    await both.alert()
    for seconds in (0.0, 60.0, 300.0, 300.0):
        await look(both, seconds)
    assert await both.notices() == [("sos_sent", 1, "")] * 2


async def test_when_everybody_has_left_the_wearer_hears_that_there_is_nobody(town: AlertTown) -> None:
    watcher = await town.caregiver("一郎")
    await town.alert()
    await look(town)
    await town.end_relation(watcher)
    await look(town, 60.0)
    await look(town, 60.0)
    assert await town.notices() == [("sos_sent", 1, ""), ("sos_sent", 0, "")]
    await town.caregiver("次郎")
    await look(town, 60.0)
    assert (await town.notices())[2:] == [("sos_sent", 1, "")]


async def test_a_call_that_is_over_is_not_spoken_of_any_more(town: AlertTown) -> None:
    await town.caregiver("一郎")
    alert_id = await town.alert()
    await look(town)
    board, (device,) = NoticeBoard(town.db, town.clock), await town.rows(devices)
    assert [notice.kind for notice in await board.pending(device.id)] == ["sos_sent"]
    await town.over(alert_id)
    await look(town, 1.0)
    assert await board.pending(device.id) == ()


# --- another device in the middle of it


async def waiting(town: AlertTown, device_id: str) -> list[tuple[str, int, str]]:
    found = await NoticeBoard(town.db, town.clock).pending(device_id)
    return [(notice.kind, notice.count, notice.name) for notice in found]


async def test_new_glasses_in_the_middle_of_a_call_say_how_it_stands(both: AlertTown) -> None:
    first = await both.caregiver("一郎")
    alert_id = await both.alert()
    await look(both)
    (old,) = await both.rows(devices)
    new = await keys.add_device(both.db, both.clock, both.wearer, "another")
    phone = await keys.add_device(both.db, both.clock, both.wearer, "phone", "logger")
    assert await waiting(both, new.device_id) == [("sos_sent", 1, "")] == await waiting(both, old.id)
    assert await waiting(both, phone.device_id) == []

    # What one has said is not lost to the other, and what is new comes to both.
    async with both.db.write() as connection:
        mine = update(notices).where(notices.c.device_id == old.id)
        await connection.execute(mine.values(answer="heard"))
    assert await waiting(both, old.id) == []
    assert await waiting(both, new.device_id) == [("sos_sent", 1, "")]
    await keys.revoke_device(both.db, both.clock, old.id)
    both.clock.now_s += 10.0
    await both.telling.book.acknowledge(first, alert_id)
    await look(both, 1.0)
    assert await waiting(both, old.id) == []
    assert await waiting(both, new.device_id) == [("sos_seen", 0, "一郎")]
    another = await keys.add_device(both.db, both.clock, both.wearer, "and another")
    assert await waiting(both, another.device_id) == [("sos_seen", 0, "一郎")]
    await both.over(alert_id)
    await look(both, 1.0)
    late = await keys.add_device(both.db, both.clock, both.wearer, "late")
    assert await waiting(both, late.device_id) == []


async def test_a_new_key_in_the_middle_of_a_call_loses_no_notice(town: AlertTown) -> None:
    await town.caregiver("一郎")
    await town.alert()
    await look(town)
    (device,) = await town.rows(devices)
    book = keys.Devices(town.db, town.clock)
    key, _ = await book.new_key(Actor(town.wearer, Role.DEVICE, "花子", device_id=device.id))
    actor = await book.with_key(key)
    assert actor is not None
    assert actor.device_id == device.id
    assert await waiting(town, device.id) == [("sos_sent", 1, "")]


# --- the duty of the organisation


async def test_the_duty_takes_a_call_that_came_to_it_and_no_other(both: AlertTown) -> None:
    office = Actor(await both.person(Role.ADMINISTRATOR, "当番"), Role.ADMINISTRATOR, "当番")
    idle = Actor(await both.person(Role.ADMINISTRATOR, "非番"), Role.ADMINISTRATOR, "非番")
    duty = await both.channel(office, "email", duty=True)
    watcher = await both.caregiver("一郎")
    alert_id, other = await both.alert(), await both.alert("no_contact")
    await look(both)
    for one in (alert_id, other):
        with pytest.raises(NotFound):
            await both.telling.book.acknowledge(office, one)
    await look(both, 60.0)
    assert [alert.id for alert in await both.telling.book.active(office)] == [alert_id]
    assert (await both.telling.book.read(office, alert_id)).place is None
    with pytest.raises(NotFound):
        await both.telling.book.acknowledge(idle, alert_id)
    with pytest.raises(Forbidden):
        await both.telling.book.end(office, alert_id)

    taken = await both.telling.book.acknowledge(office, alert_id)
    assert (taken.taker, taken.place) == ("当番", None)
    await look(both, 1.0)
    assert (await both.notices())[-1] == ("sos_seen", 0, "当番")
    assert (
        "当番さんが対応を引き受けました"
        in ((await both.telling.book.read(watcher, alert_id)).outcome or ("",))[0]
    )

    # Who is on duty no more has left it.
    async with both.db.write() as connection:
        ended = update(channels).where(channels.c.id == duty)
        await connection.execute(ended.values(ended_utc_s=both.clock.now_s))
    await look(both, 1.0)
    assert (await both.row_of(alert_id)).state == "open"
    with pytest.raises(NotFound):
        await both.telling.book.read(office, alert_id)


async def test_another_organisations_duty_hears_and_takes_nothing(both: AlertTown) -> None:
    far = Actor(await both.person(Role.ADMINISTRATOR, "遠く"), Role.ADMINISTRATOR, "遠く")
    async with both.db.write() as connection:
        await connection.execute(organisations.insert().values(id="far", name="far", created_utc_s=0.0))
        mine = update(people).where(people.c.id == far.user_id)
        await connection.execute(mine.values(organisation_id="far"))
    await both.channel(far, "email", duty=True)
    await both.caregiver("一郎")
    alert_id = await both.alert()
    await look(both)
    await look(both, 60.0)
    assert both.senders["email"].sent == []
    with pytest.raises(NotFound):
        await both.telling.book.read(far, alert_id)


# --- channels that change meanwhile


async def test_a_browser_with_new_keys_gets_what_waited_for_the_old_ones(town: AlertTown) -> None:
    watcher = await town.caregiver("一郎")
    made = await town.telling.channels.add_push(watcher, "https://push.example/1", "p", "a")
    town.senders["push"].faults = [NotSent("http 503")]
    await town.alert()
    await look(town)
    await town.telling.channels.add_push(watcher, "https://push.example/1", "new", "a")
    await look(town, 1.0)
    ((address, letter),) = town.senders["push"].sent
    assert (address["p256dh"], letter.what) == ("new", "raised")
    assert made.id not in [row.channel_id for row in await town.rows()]


async def test_an_old_address_that_is_gone_loses_nothing_for_the_new_one(town: AlertTown) -> None:
    watcher = await town.caregiver("一郎")
    await town.telling.channels.add_push(watcher, "https://push.example/1", "p", "a")
    await town.alert()
    await town.escalate()
    (claimed,) = await town.telling.delivery._claim()
    await town.telling.channels.add_push(watcher, "https://push.example/1", "new", "a")
    await town.telling.delivery._gone(claimed, "http 410")
    await look(town, 1.0)
    assert [address["p256dh"] for address, _ in town.senders["push"].sent] == ["new"]


async def test_two_of_one_name_are_told_apart(town: AlertTown) -> None:
    first, second = await town.caregiver("鈴木"), await town.caregiver("鈴木")
    await town.channel(first, "email")
    await town.channel(second, "email")
    town.senders["email"].faults = [NotSent("smtp 451")]
    alert_id = await town.alert()
    await look(town)
    wearer = Actor(town.wearer, Role.WEARER, "花子")
    told = (await town.telling.book.told(wearer, [alert_id]))[alert_id]
    mails = [one.sent_utc_s is not None for one in told if one.way == "email"]
    assert sorted(mails) == [False, True]


async def test_a_trip_keeps_its_own_device(town: AlertTown) -> None:
    """The notice of a call stands with the trip that it is about, whichever device says it."""
    await town.caregiver("一郎")
    await keys.add_device(town.db, town.clock, town.wearer, "another")
    await town.alert()
    await look(town)
    async with town.db.read() as connection:
        found = list(await connection.execute(select(notices.c.trip_id, notices.c.device_id)))
        (trip,) = list(await connection.execute(select(trips)))
    assert {row.trip_id for row in found} == {trip.id}
    assert len({row.device_id for row in found}) == 2
