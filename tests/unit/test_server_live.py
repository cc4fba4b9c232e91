"""Nothing old looks live: the sentence, its age, and the stream that carries them."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import pytest
from argon2 import PasswordHasher

from server import accounts, credentials, live
from server.access import Actor, Role
from server.app import create_app
from server.errors import NotFound, NotLoggedIn
from server.fakes import FakeClock, FakePlanner, straight_route
from server.live import Known, LiveTrip, Now, age_of, follow, tell
from server.parts import Parts
from server.picture import Frame, picture
from server.settings import Settings
from server.where import RouteWords
from server.words import age_words, event_words
from wire.api import PlanRequest, TripRequest
from wire.position import Fix
from wire.trip import (
    Announced,
    Happening,
    HealthChanged,
    Moved,
    Part,
    Rerouted,
    TripEnded,
    TripEvent,
    TripStarted,
)

NOW = 1_795_323_720.0  # 14:02 in Japan
ROUTE = straight_route()
WORDS = RouteWords.of(ROUTE)
FRAME = Frame.around(ROUTE)


def fix(north_m: float, east_m: float = 0.0, utc_s: float = NOW, accuracy_m: float = 5.0) -> Fix:
    lat, lon = 33.2334 + north_m / 110_900.0, 131.6066 + east_m / 93_200.0
    return Fix(utc_s=utc_s, lat=lat, lon=lon, accuracy_m=accuracy_m)


def told(age_s: float, north_m: float = 40.0, ended_utc_s: float | None = None, waited_s: float = 0.0) -> Now:
    known = Known(fix(north_m, utc_s=NOW - age_s), NOW - age_s + waited_s, NOW - age_s, ended_utc_s)
    return tell(WORDS, FRAME, known, NOW)


@pytest.mark.parametrize(
    ("north_m", "east_m", "ja", "en"),
    [
        (40.0, 0.0, "昭和通りの横断歩道の手前 約40m", "about 40 m before the crossing of Showa-dori"),
        (78.0, 0.0, "昭和通りの横断歩道の付近", "near the crossing of Showa-dori"),
        (90.0, 0.0, "昭和通りの横断歩道の付近", "near the crossing of Showa-dori"),
        (120.0, 0.0, "県立美術館の手前 約80m", "about 80 m before the Art Museum"),
        (199.0, 0.0, "県立美術館の付近", "near the Art Museum"),
        (40.0, 35.0, "経路から約35m離れた所", "about 35 m off the route"),
    ],
)
def test_a_place_in_words(north_m: float, east_m: float, ja: str, en: str) -> None:
    place = WORDS.place(fix(north_m, east_m))
    assert (place.ja, place.en) == (ja, en)
    assert place.off_route is (east_m > 20.0)


def test_a_poor_fix_beside_the_route_is_not_called_off_route() -> None:
    assert WORDS.place(fix(40.0, 35.0, accuracy_m=20.0)).off_route is False


@pytest.mark.parametrize(
    ("age_s", "state"), [(0, "live"), (14, "live"), (15, "stale"), (119, "stale"), (120, "no_contact")]
)
def test_the_state_follows_the_age(age_s: float, state: str) -> None:
    assert told(age_s).state == state


def test_the_sentence_of_a_live_position() -> None:
    now = told(3.0)
    assert (now.sentence_ja, now.age_ja) == ("昭和通りの横断歩道の手前 約40m、14:01", "3秒前")
    assert (now.sentence_en, now.age_en) == ("About 40 m before the crossing of Showa-dori, 14:01", "3 s ago")
    assert now.remaining_m == 160.0


def test_after_two_minutes_the_sentence_says_that_the_place_is_unknown() -> None:
    now = told(125.0)
    assert now.sentence_ja.startswith("13:59 から連絡がありません。今の位置は分かりません。最後の位置:")
    assert "unknown" in now.sentence_en
    assert now.age_ja == "2分前"


def test_a_fix_that_waited_in_the_devices_log_is_as_old_as_it_is() -> None:
    assert told(600.0, waited_s=599.0).state == "no_contact"


def test_a_device_whose_clock_is_ahead_does_not_look_younger() -> None:
    assert age_of(utc_s=NOW + 3600.0, received_utc_s=NOW - 200.0, now_s=NOW) == 200.0
    known = Known(fix(40.0, utc_s=NOW + 3600.0), NOW - 200.0, NOW - 200.0, None)
    assert tell(WORDS, FRAME, known, NOW).state == "no_contact"


def test_an_ended_outing_is_told_as_ended() -> None:
    now = told(1.0, ended_utc_s=NOW)
    assert now.state == "ended"
    assert now.sentence_ja.startswith("14:02 に外出を終えました。最後の位置:")


@pytest.mark.parametrize(
    ("contact_s", "ended", "state"),
    [
        (None, None, "waiting"),
        (NOW - 5.0, None, "waiting"),
        (NOW - 130.0, None, "no_contact"),
        (None, NOW, "ended"),
    ],
)
def test_without_a_position_no_place_is_told(
    contact_s: float | None, ended: float | None, state: str
) -> None:
    now = tell(WORDS, FRAME, Known(None, 0.0, contact_s, ended), NOW)
    assert now.state == state
    assert now.lat is None
    assert now.x is None


@pytest.mark.parametrize(
    ("age_s", "ja"),
    [
        (-5, "0秒前"),
        (59.9, "59秒前"),
        (60, "1分前"),
        (3599, "59分前"),
        (3900, "1時間5分前"),
        (200_000, "2日前"),
    ],
)
def test_age_words(age_s: float, ja: str) -> None:
    assert age_words(age_s)[0] == ja


def happenings() -> list[Happening]:
    said = Announced(
        kind="x", key="k", urgency="info", outcome="spoken", text_ja="話", text_en="words", created_s=NOW
    )
    return [
        TripStarted(route_id="r", practice=True),
        *(
            Announced(
                kind="x",
                key="k",
                urgency="info",
                outcome=outcome,
                text_ja="話",
                text_en="words",
                created_s=NOW,
            )
            for outcome in ("spoken", "preempted", "expired", "duplicate", "failed")
        ),
        *(
            HealthChanged(part=part, health=health)
            for part in get_args(Part)
            for health in ("ok", "warn", "error", "stale")
        ),
        *(TripEnded(arrived=False, reason=reason) for reason in ("arrived", "wearer", "device_stopped")),
        said,
    ]


def test_every_happening_but_a_position_has_words_in_both_languages() -> None:
    for what in happenings():
        words = event_words(TripEvent(boot="b", seq=1, trip_id="t", utc_s=NOW, what=what))
        assert words is not None
        assert all(words)
    moved = TripEvent(boot="b", seq=1, trip_id="t", utc_s=NOW, what=Moved(fix=fix(0.0)))
    assert event_words(moved) is None


def test_what_the_wearer_did_not_hear_is_marked() -> None:
    marked = {}
    for what in happenings():
        if isinstance(what, Announced):
            words = event_words(TripEvent(boot="b", seq=1, trip_id="t", utc_s=NOW, what=what))
            assert words is not None
            marked[what.outcome] = words[0]
    assert marked["spoken"] == "話"
    assert len(set(marked.values())) == 5


def test_the_picture_holds_the_route_and_north_is_up() -> None:
    drawn = picture(ROUTE, [fix(10.0)])
    assert drawn.end.y < drawn.start.y
    assert len(drawn.crossings) == 1
    for mark in (drawn.start, drawn.end):
        assert drawn.frame.left < mark.x < drawn.frame.left + drawn.frame.width
        assert drawn.frame.top < mark.y < drawn.frame.top + drawn.frame.height


class Following:
    """A shared trip, a caregiver, and what the stream says."""

    def __init__(self, parts: Parts, trip_id: str, wearer: Actor, caregiver: Actor, device_id: str) -> None:
        self.parts = parts
        self.trip_id = trip_id
        self.wearer = wearer
        self.caregiver = caregiver
        self.device_id = device_id
        self._seq = 0

    async def send(self, *happened: Happening) -> None:
        events = []
        for what in happened:
            self._seq += 1
            utc_s = self.parts.clock.utc_s()
            events.append(TripEvent(boot="b", seq=self._seq, trip_id=self.trip_id, utc_s=utc_s, what=what))
        await self.parts.ingest.store(self.device_id, "b", tuple(events))

    async def stream(
        self, resume: str | None = None
    ) -> AsyncIterator[tuple[str, dict[str, Any], str | None]]:
        async def who() -> Actor:
            return self.caregiver

        trip = await LiveTrip.open(self.parts.db, self.parts.clock, self.caregiver, self.trip_id)
        async for text in follow(trip, self.parts.hub, who, resume):
            fields = dict(line.split(": ", 1) for line in text.strip().splitlines())
            if "event" in fields:
                yield fields["event"], json.loads(fields["data"]), fields.get("id")


@pytest.fixture
async def following(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Following]:
    # Honest hashing takes a good part of a second; here it is not what is tested.
    monkeypatch.setattr(credentials, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setattr(live, "_BREATH_S", 0.01)
    monkeypatch.setattr(live, "_BEAT_S", 0.1)
    clock = FakeClock(NOW)
    settings = Settings(database_url=f"sqlite:///{tmp_path}/s.db")
    parts = create_app(settings, clock, planner=FakePlanner()).state.parts
    made = [
        await accounts.add_user(parts.db, clock, role, role, role, "correct horse 12")
        for role in (Role.WEARER, Role.CAREGIVER)
    ]
    device = await accounts.add_device(parts.db, clock, made[0].user_id, "d")
    await accounts.ask_relation(parts.db, clock, made[1].user_id, made[0].user_id, wearer_agreed=True)
    sender = Actor(made[0].user_id, Role.DEVICE, "d", device.device_id)
    plan = PlanRequest(map="oita", origin="a", destination="b")
    route = await parts.routes.plan(sender, plan)
    wearer = Actor(made[0].user_id, Role.WEARER, "w")
    await parts.trips.share(wearer, None)
    trip_id = await parts.trips.start(sender, TripRequest(route_id=route.route_id, started_utc_s=NOW))
    yield Following(parts, trip_id, wearer, Actor(made[1].user_id, Role.CAREGIVER, "c"), device.device_id)
    await parts.db.close()


async def test_consent_for_the_next_trip_holds_for_that_trip_only(following: Following) -> None:
    trips = following.parts.trips
    assert await trips.is_shared(following.wearer.user_id, following.trip_id)
    assert not await trips.is_shared(following.wearer.user_id, None)


async def test_the_stream_tells_lines_with_numbers_and_wakes_for_new_ones(following: Following) -> None:
    await following.send(TripStarted(route_id="r", practice=True), Moved(fix=fix(40.0)))
    seen: list[tuple[str, dict[str, Any], str | None]] = []
    async with asyncio.timeout(10):
        async for event in following.stream(f"{following.parts.hub.epoch}.0"):
            seen.append(event)
            if len(seen) == 2:
                await following.send(TripEnded(arrived=True, reason="arrived"))
            if event[0] == "now" and event[1]["state"] == "ended":
                break
    assert [kind for kind, _, _ in seen if kind != "now"] == ["line", "line"]
    assert seen[0][1]["ja"] == "出発しました(練習)"
    assert seen[0][2] == f"{following.parts.hub.epoch}.{seen[0][1]['id']}"
    assert seen[1][1]["sentence_ja"] == "昭和通りの横断歩道の手前 約40m、14:02"


async def test_resuming_tells_only_what_is_new(following: Following) -> None:
    await following.send(TripStarted(route_id="r", practice=True))
    first = await anext(following.stream(f"{following.parts.hub.epoch}.0"))
    await following.send(TripEnded(arrived=True, reason="arrived"))
    again = await anext(following.stream(first[2]))
    assert (again[0], again[1]["ja"]) == ("line", "目的地に着きました")


@pytest.mark.parametrize("resume", [None, "", "another.5", "5", "x.y", ".", "another.99999999999999999999"])
async def test_a_viewer_of_another_server_run_starts_anew(following: Following, resume: str | None) -> None:
    await following.send(TripStarted(route_id="r", practice=True))
    stream = following.stream(resume)
    assert (await anext(stream))[0] == "resync"
    assert (await anext(stream))[0] == "line"


async def test_withdrawing_consent_ends_an_open_stream_at_once(following: Following) -> None:
    await following.send(Moved(fix=fix(40.0)))
    kinds = []
    async with asyncio.timeout(10):
        async for kind, _, _ in following.stream(f"{following.parts.hub.epoch}.0"):
            kinds.append(kind)
            if kind == "now":
                await following.parts.trips.stop_sharing(following.wearer, following.trip_id)
    assert kinds == ["now", "closed"]


async def test_the_end_of_the_session_ends_the_stream(following: Following) -> None:
    async def nobody() -> Actor:
        raise NotLoggedIn

    parts = following.parts
    trip = await LiveTrip.open(parts.db, parts.clock, following.caregiver, following.trip_id)
    text = [part async for part in follow(trip, parts.hub, nobody, f"{parts.hub.epoch}.0")]
    assert "event: closed" in text[-1]


async def test_a_server_that_stops_ends_the_stream_without_a_last_word(following: Following) -> None:
    kinds = []
    async with asyncio.timeout(10):
        async for kind, _, _ in following.stream(f"{following.parts.hub.epoch}.0"):
            kinds.append(kind)
            following.parts.hub.close()
    assert kinds == ["now"]


async def test_the_beat_repeats_what_is_known_while_nothing_happens(following: Following) -> None:
    kinds = []
    async with asyncio.timeout(10):
        async for kind, _, _ in following.stream(f"{following.parts.hub.epoch}.0"):
            kinds.append(kind)
            if len(kinds) == 3:
                break
    assert kinds == ["now", "now", "now"]


async def _new_plan(following: Following, destination: str = "another place") -> str:
    sender = Actor(following.wearer.user_id, Role.DEVICE, "d", following.device_id)
    plan = PlanRequest(map="oita", origin="33.2,131.6", destination=destination)
    return (await following.parts.routes.plan(sender, plan)).route_id


async def test_an_open_view_follows_the_new_route(following: Following) -> None:
    await following.send(Moved(fix=fix(40.0)))
    route_id = await _new_plan(following)
    seen: list[tuple[str, str]] = []
    async with asyncio.timeout(10):
        async for kind, data, _ in following.stream(f"{following.parts.hub.epoch}.0"):
            seen.append((kind, data.get("ja") or data.get("sentence_ja") or ""))
            if len(seen) == 1:
                rerouted = Rerouted(route_id=route_id, reason="off_route")
                await following.send(rerouted, Moved(fix=fix(150.0)))
            if kind == "now" and "another place" in seen[-1][1]:
                break
    assert ("line", "経路を離れたため、経路を引き直しました") in seen
    assert seen[-1][1] == "another placeの手前 約50m、14:02"


async def test_a_view_that_opens_later_knows_the_new_route_and_keeps_the_drawing(
    following: Following,
) -> None:
    route_id = await _new_plan(following)
    await following.send(Rerouted(route_id=route_id, reason="path_closed"), Moved(fix=fix(150.0)))
    parts = following.parts
    trip = await LiveTrip.open(parts.db, parts.clock, following.caregiver, following.trip_id)
    _, _, now = await trip.look(following.caregiver, 0)
    assert now.sentence_ja.startswith("another placeの手前")
    assert (now.x, now.y) == (0.0, -150.0), "metres from where the walk began"


async def test_a_caregiver_may_read_the_new_route_of_a_shared_trip(following: Following) -> None:
    route_id = await _new_plan(following)
    routes = following.parts.routes
    with pytest.raises(NotFound):
        await routes.read(following.caregiver, route_id)
    await following.send(Rerouted(route_id=route_id, reason="off_route"))
    assert (await routes.read(following.caregiver, route_id)).destination.name.ja == "another place"


async def test_a_route_that_is_not_the_wearers_is_logged_and_not_followed(following: Following) -> None:
    await following.send(Rerouted(route_id="of-somebody-else", reason="off_route"), Moved(fix=fix(40.0)))
    parts = following.parts
    trip = await LiveTrip.open(parts.db, parts.clock, following.caregiver, following.trip_id)
    lines, _, now = await trip.look(following.caregiver, 0)
    assert [line.en for line in lines] == ["A new route was made after leaving the first"]
    assert "昭和通り" in now.sentence_ja


async def test_asking_again_for_the_trip_after_a_new_route_gives_the_same_trip(following: Following) -> None:
    route_id = await _new_plan(following)
    await following.send(Rerouted(route_id=route_id, reason="off_route"))
    sender = Actor(following.wearer.user_id, Role.DEVICE, "d", following.device_id)
    first = await following.parts.routes.plan(sender, PlanRequest(map="oita", origin="a", destination="b"))
    request = TripRequest(route_id=first.route_id, started_utc_s=NOW)
    assert await following.parts.trips.start(sender, request) == following.trip_id


async def test_a_long_backlog_does_not_wait_for_the_beat(
    following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_BEAT_S", 60.0)
    for _ in range(6):
        await following.send(*[HealthChanged(part="camera", health="warn") for _ in range(200)])
    lines = 0
    async with asyncio.timeout(20):
        async for kind, _, _ in following.stream(f"{following.parts.hub.epoch}.0"):
            lines += kind == "line"
            if lines == 1200:
                break
