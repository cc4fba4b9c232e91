"""Live views: shared by all viewers of a trip, gapless or begun anew, closed as soon as the right ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from server import feed, tail, views
from server.attempts import Attempts
from server.consent import Purpose, withdraw
from server.credentials import token_hash
from server.database import Database
from server.errors import NotFound, NotLoggedIn
from server.fakes import straight_route
from server.hub import Hub
from server.sealing import sealer_from
from server.sessions import Sessions
from server.settings import Settings
from server.tables import notices, relations, sessions, users
from server.viewing import who_watches
from server.views import EventStream, View, Who
from server.watch_rights import SessionRight, WatchRights
from tests.live_stand import NOW, Always, Stand, fix
from tests.waiting import PATIENCE_S
from wire.trip import HealthChanged, Moved, Rerouted, Sos, TripEnded, TripStarted

FAULT = HealthChanged(part="camera", health="error")


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "_PAUSE_S", 0.01)
    monkeypatch.setattr(tail, "_BREATH_S", 0.02)


@asynccontextmanager
async def _standing(url: str) -> AsyncIterator[Stand]:
    made = Stand(Database(url))
    await made.populate()
    yield made
    await made.db.close()


@pytest.fixture
async def stand(sqlite_url: str) -> AsyncIterator[Stand]:
    async with _standing(sqlite_url) as made:
        yield made


@pytest.fixture
async def either(store_url: str) -> AsyncIterator[Stand]:
    """On both stores: what rests on the order of numbers, on locks, on several processes."""
    async with _standing(store_url) as made:
        yield made


async def test_lines_have_numbers_and_news_comes_without_being_asked_for(either: Stand) -> None:
    stand = either
    await stand.send(TripStarted(route_id="r", practice=True), Moved(fix=fix(40.0)))
    async with stand.running(), stand.watched() as watch:
        kind, line, number = await watch.next() or ("", {}, "")
        assert (kind, line["ja"]) == ("line", "出発しました(練習)")
        assert number == f"{stand.hub.epoch}.{line['id']}"
        _, now, _ = await watch.until("now")
        way = "大分駅から県立美術館へ あと約160m、昭和通りの横断歩道まで約40m"
        assert now["sentence_ja"] == f"14:02 現在、{way}"
        await stand.send(TripEnded(arrived=True, reason="arrived"))
        assert (await watch.until("line"))[1]["ja"] == "目的地に着きました"
        _, now, _ = await watch.until("now")
        assert (now["state"], now["walk"], now["walk_ja"]) == (
            "ended",
            "arrived",
            "14:02 に目的地に着きました",
        )


async def test_all_viewers_of_a_trip_are_told_by_one_reading(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = 0
    load = feed.load

    async def counted(*args):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN202
        nonlocal loads
        loads += 1
        return await load(*args)

    monkeypatch.setattr(tail, "load", counted)
    await stand.move(40.0)
    async with stand.running(), stand.watched() as one, stand.watched() as two:
        assert loads == 1
        assert (await one.until("now"))[1] == (await two.until("now"))[1]
        await stand.move(150.0)
        first = await one.view.next()
        assert await two.view.next() == first
        assert "県立美術館".encode() in first[0]


async def test_two_who_open_a_trip_at_once_share_its_feed(stand: Stand) -> None:
    found = await asyncio.gather(*(stand.tail.feed(stand.trip_id) for _ in range(5)))
    assert len({id(each) for each in found}) == 1


async def test_many_who_come_back_together_leave_readers_to_others(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    trips = [await stand.trip() for _ in range(12)]
    reading, most = 0, 0
    load = feed.load

    async def counted(*args):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN202
        nonlocal reading, most
        reading += 1
        most = max(most, reading)
        found = await load(*args)
        reading -= 1
        return found

    monkeypatch.setattr(tail, "load", counted)
    await asyncio.gather(*map(stand.tail.feed, trips))
    assert most <= 2, "the store has four readers"


async def test_what_is_stored_while_a_feed_is_read_is_neither_lost_nor_told_twice(either: Stand) -> None:
    stand = either
    async with stand.running():
        other = await stand.trip()
        async with stand.watched():  # the tail is reading already
            storing = asyncio.create_task(_many(stand, other))
            view = View(await stand.tail.feed(other), Always(), Who("x"), stand.hub.epoch, None)
            view.feed.join(view, NOW)
            await storing
            told: list[int] = []
            while len(told) < 60:
                async with asyncio.timeout(PATIENCE_S):
                    data, _ = await view.next()
                told += [int(part.split(b"\n", 1)[0].rsplit(b".", 1)[1]) for part in data.split(b"id: ")[1:]]
    assert len(told) == 60
    assert told == sorted(set(told))


async def _many(stand: Stand, trip: str) -> None:
    for _ in range(60):
        await stand.send(FAULT, trip=trip)


async def test_resuming_tells_only_what_is_new(stand: Stand) -> None:
    await stand.send(TripStarted(route_id="r", practice=True))
    async with stand.watched() as watch:
        _, _, number = await watch.until("line")
    await stand.send(TripEnded(arrived=True, reason="arrived"))
    async with stand.running(), stand.watched(number) as again:
        assert (await again.until("line"))[1]["ja"] == "目的地に着きました"


@pytest.mark.parametrize(
    "resume", [None, "another.5", "5", "x.y", ".", "another.99999999999999999999", "EPOCH.9999", "EPOCH.-1"]
)
async def test_a_number_that_this_process_did_not_give_begins_anew(stand: Stand, resume: str | None) -> None:
    await stand.send(TripStarted(route_id="r", practice=True))
    said = None if resume is None else resume.replace("EPOCH", stand.hub.epoch)
    async with stand.watched(said) as watch:
        event = await watch.next()
        assert event is not None
        assert event[:2] == ("resync", {"epoch": stand.hub.epoch})
        assert (await watch.next() or ("",))[0] == "line"


async def test_who_was_away_for_more_lines_than_are_kept_begins_anew(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "KEPT_LINES", 5)
    await stand.send(*[FAULT] * 3)
    async with stand.watched() as watch:
        _, _, third = await watch.until("line")
        await watch.next()
        _, _, third = await watch.next() or ("", {}, None)
    await stand.send(*[FAULT] * 20)
    await stand.tail.look()
    async with stand.watched(third) as again:
        assert (await again.next() or ("",))[0] == "resync"
        assert [(await again.next() or ("",))[0] for _ in range(6)] == ["line"] * 5 + ["now"]
    # Also in a process that has only now read the trip.
    fresh = await Stand(stand.db, trip_id=stand.trip_id).tail.feed(stand.trip_id)
    assert fresh.since(int((third or "").rpartition(".")[2])) is None
    assert fresh.since(fresh.after) == []


async def test_a_reader_that_is_slow_is_given_the_newest_and_begins_anew(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_BEHIND", 10)
    async with stand.watched() as watch:
        await watch.until("now")
        await stand.send(*[FAULT] * 30, Moved(fix=fix(150.0)))
        await stand.tail.look()
        watch.view.feed.tell(NOW)
        watch.view.feed.tell(NOW)
        data, _ = await watch.view.next()
    assert data.count(b"event: resync") == 1
    assert data.count(b"event: line") == 30
    assert data.count(b"event: now") == 1
    assert "県立美術館".encode() in data


async def test_a_reader_that_takes_nothing_is_given_up(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "UNREAD_S", 0.05)
    never = asyncio.Event()

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.body":
            await never.wait()

    async def receive() -> dict[str, object]:
        await never.wait()
        return {}

    opened = stand.viewing.open(stand.trip_id, Always(), Who("x"), None)
    async with asyncio.timeout(PATIENCE_S):
        await EventStream(opened)({"type": "http"}, receive, send)  # type: ignore[arg-type]
    assert not (await stand.tail.feed(stand.trip_id)).viewers


async def test_a_viewer_who_leaves_ends_the_answer(stand: Stand) -> None:
    sent: list[dict[str, object]] = []
    left = asyncio.Event()

    async def send(message: dict[str, object]) -> None:
        sent.append(message)
        left.set()

    async def receive() -> dict[str, object]:
        await left.wait()
        return {"type": "http.disconnect"}

    opened = stand.viewing.open(stand.trip_id, Always(), Who("x"), None)
    async with asyncio.timeout(PATIENCE_S):
        await EventStream(opened)({"type": "http"}, receive, send)  # type: ignore[arg-type]
    assert sent[-1]["more_body"] is False


async def test_a_call_for_help_does_not_wait_for_the_next_breath(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "_BREATH_S", 60.0)
    monkeypatch.setattr(tail, "_BEAT_S", 60.0)
    async with stand.running(), stand.watched() as watch:
        await watch.until("now")
        await stand.send(Sos(state="raised"))
        _, now, _ = await watch.until("now")
    assert now["alarm_ja"].startswith("SOS: 14:02")
    assert now["walk"] == "sos"


async def test_the_beat_repeats_what_is_known_and_the_age_grows(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "_BEAT_S", 0.05)
    await stand.move(40.0)
    async with stand.running(), stand.watched() as watch:
        ages = []
        for _ in range(3):
            ages.append((await watch.until("now"))[1]["age_s"])
            stand.clock.now_s += 70.0
        _, now, _ = await watch.until("now")
    assert ages == [0.0, 70.0, 140.0]
    assert now["state"] == "no_contact"


async def test_what_waited_for_hours_does_not_hide_the_newest(stand: Stand) -> None:
    async with stand.running(), stand.watched() as watch:
        await stand.move(150.0, seq=50)
        while "県立美術館" not in (await watch.until("now"))[1]["sentence_ja"]:
            pass
        await stand.send(TripStarted(route_id="r", practice=True), *[Moved(fix=fix(10.0))] * 5, seq=1)
        _, line, _ = await watch.until("line")
        assert (line["ja"], line["seq"]) == ("出発しました(練習)", 1)
        _, now, _ = await watch.until("now")
        assert "県立美術館" in now["sentence_ja"]


async def test_an_open_view_follows_the_new_route(stand: Stand) -> None:
    await stand.move(40.0)
    async with stand.running(), stand.watched() as watch:
        await watch.until("now")
        other = straight_route("another place")
        await stand.send(
            Rerouted(route_id=other.route_id, reason="off_route", route=other), Moved(fix=fix(150.0))
        )
        while "another place" not in (await watch.until("now"))[1]["sentence_ja"]:
            pass


async def test_a_server_that_stops_ends_the_stream_without_a_last_word(stand: Stand) -> None:
    async with stand.running(), stand.watched() as watch:
        await watch.until("now")
        stand.hub.close()
        assert await watch.next() is None


# --- rights


class Taken:
    """A right that ends when the test says so."""

    ended = False

    async def ask(self) -> float:
        if self.ended:
            raise NotFound("終わりました。", "It is over.")
        return NOW + 1e9


async def test_a_right_is_asked_once_and_again_only_when_something_changed(stand: Stand) -> None:
    right = Always()
    async with stand.running(), stand.watched(right=right) as watch:
        for _ in range(10):
            await stand.send(FAULT)
            await watch.until("line")
        assert right.asked == 1
        stand.hub.rights_changed()
        async with asyncio.timeout(PATIENCE_S):
            while right.asked < 2:
                await asyncio.sleep(0.01)


async def test_a_right_is_asked_again_in_time_also_in_a_quiet_view(stand: Stand) -> None:
    # Whose right was not asked for a minute is sent away: it must be asked well before.
    right = Always()
    async with stand.running(), stand.watched(right=right):
        stand.clock.now_s += views.UNASKED_S / 2.0
        async with asyncio.timeout(PATIENCE_S):
            while right.asked < 2:
                await asyncio.sleep(0.01)


async def test_a_right_that_nobody_told_the_end_of_is_noticed_all_the_same(stand: Stand) -> None:
    right = Taken()
    async with stand.running(), stand.watched(right=right) as watch:
        await watch.until("now")
        right.ended = True
        stand.clock.now_s += 1e9
        assert (await watch.until("closed"))[1] == {"ja": "終わりました。", "en": "It is over."}
        assert await watch.next() is None


@pytest.fixture
def logged_in(stand: Stand, tmp_path: Path) -> Sessions:
    settings = Settings(database_url="sqlite:///unused.db")
    return Sessions(
        stand.db, stand.clock, settings, Attempts(stand.db, stand.clock), sealer_from(tmp_path / "key")
    )


async def _withdraw_share(stand: Stand) -> None:
    await stand.trips.stop_sharing(stand.wearer, stand.trip_id)


async def _end_relation(stand: Stand) -> None:
    await stand.change(relations, ended_utc_s=NOW)
    stand.hub.rights_changed()


async def _withdraw_consent(stand: Stand) -> None:
    async with stand.db.write() as connection:
        await withdraw(connection, stand.wearer.user_id, Purpose.LIVE_SHARING, NOW)
    stand.hub.rights_changed()


async def _log_out(stand: Stand) -> None:
    async with stand.db.write() as connection:
        await connection.execute(delete(sessions))
    stand.hub.rights_changed()


async def _session_expires(stand: Stand) -> None:
    stand.clock.now_s += 2 * 3600.0 + 1.0  # nobody tells of it


async def _disable(stand: Stand) -> None:
    await stand.change(users, disabled_utc_s=NOW)
    stand.hub.rights_changed()


@pytest.mark.parametrize(
    "end", [_withdraw_share, _end_relation, _withdraw_consent, _log_out, _session_expires, _disable]
)
async def test_a_view_closes_within_a_second_when_the_right_ends(  # type: ignore[no-untyped-def]
    stand: Stand,
    logged_in: Sessions,
    end,  # noqa: ANN001
) -> None:
    token = await stand.session(stand.caregiver)
    right = SessionRight(WatchRights(stand.db, logged_in), token_hash(token), stand.trip_id)
    async with stand.running(), stand.watched(right=right) as watch:
        await watch.until("now")
        await end(stand)
        ended_s = asyncio.get_running_loop().time()
        await watch.until("closed")
        # A second is the promise; the machine that tests may be slow.
        assert asyncio.get_running_loop().time() - ended_s < 3.0
    with pytest.raises((NotFound, NotLoggedIn)):
        async with stand.watched(right=right):
            pass


async def test_one_that_cannot_be_asked_for_long_is_closed(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "UNASKED_S", 0.0)
    async with stand.watched() as watch:
        # Without a last word: the page comes back by itself, and is asked for its right then.
        assert await watch.next() is None


async def test_the_wearer_sees_who_watches_over_all_processes(either: Stand) -> None:
    stand = either
    other = Stand(stand.db, stand.clock, Hub(), stand.trip_id, stand.device_id)
    async with stand.running(), other.running(), stand.watched(), other.watched():
        await _watched_by(stand, ["Jiro", "Jiro"])
    async with stand.running(), stand.watched():
        await _watched_by(stand, ["Jiro"])
        stand.clock.now_s += 100.0
        async with stand.db.read() as connection:
            rows = await who_watches(connection, stand.trip_id, stand.clock.utc_s() + 100.0)
        assert rows == [], "a process that says nothing any more is gone"


async def _watched_by(stand: Stand, names: list[str]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with stand.db.read() as connection:
                rows = await who_watches(connection, stand.trip_id, stand.clock.utc_s())
            if [row.name for row in rows] == names:
                return
            await asyncio.sleep(0.02)


async def test_the_wearer_is_told_once_of_each_person_who_follows(either: Stand) -> None:
    stand = either
    for _ in range(2):
        await stand.trips.look(stand.caregiver, stand.trip_id, "live")
        stand.clock.now_s += 1000.0
    await stand.trips.look(stand.wearer, stand.trip_id, "live")
    async with stand.db.read() as connection:
        rows = (await connection.execute(select(notices.c.kind, notices.c.name))).all()
    assert rows == [("watching", "Jiro")]
