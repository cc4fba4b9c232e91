"""Nothing old looks live: the sentence, its age, and the stream that carries them."""

from typing import get_args

import pytest

from server.fakes import straight_route
from server.live import Now, for_link, tell
from server.picture import Frame, picture
from server.trips import Stored
from server.walk_state import Walk, new_walk, step
from server.where import RouteWords
from server.words import age_words, event_words
from wire.position import Fix
from wire.trip import (
    Announced,
    Answered,
    Fell,
    Happening,
    HealthChanged,
    Moved,
    Part,
    Sos,
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


def happened(what: Happening, received_s: float, waited_s: float | None = 0.0, seq: int = 1) -> Stored:
    event = TripEvent(boot="b", seq=seq, trip_id="t", utc_s=received_s - (waited_s or 0.0), what=what)
    return Stored(seq, received_s, event, (1, seq), waited_s)


def walked(age_s: float, north_m: float = 40.0, waited_s: float = 0.0) -> Walk:
    moved = Moved(fix=fix(north_m, utc_s=NOW - age_s))
    return step(new_walk(NOW - age_s), happened(moved, NOW - age_s + waited_s, waited_s))


def told(age_s: float, north_m: float = 40.0, waited_s: float = 0.0, *, ended: bool = False) -> Now:
    walk = walked(age_s, north_m, waited_s)
    if ended:
        walk = step(walk, happened(TripEnded(arrived=True, reason="arrived"), NOW, seq=2))
    return tell(WORDS, FRAME, walk, NOW)


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
    assert now.sentence_ja == "14:01 現在、大分駅から県立美術館へ あと約160m、昭和通りの横断歩道まで約40m"
    assert now.sentence_en == (
        "At 14:01, from Oita Station to Art Museum, about 160 m to go, "
        "about 40 m to the crossing of Showa-dori"
    )
    assert (now.age_ja, now.age_en, now.age_of) == ("3秒前", "3 s ago", "position")
    assert now.remaining_m == 160.0


def test_after_two_minutes_the_sentence_says_that_the_place_is_unknown() -> None:
    now = told(125.0)
    assert now.sentence_ja.startswith("13:59 から連絡がありません。今の位置は分かりません。最後の位置:")
    assert "unknown" in now.sentence_en
    assert now.age_ja == "2分前"


def test_a_fix_that_waited_in_the_devices_log_is_as_old_as_it_is() -> None:
    assert told(600.0, waited_s=599.0).state == "no_contact"


def test_a_device_whose_clock_is_ahead_does_not_look_younger() -> None:
    ahead = Moved(fix=fix(40.0, utc_s=NOW + 3600.0))
    now = tell(WORDS, FRAME, step(new_walk(NOW), happened(ahead, NOW - 200.0, None)), NOW)
    assert (now.state, now.age_s) == ("no_contact", 200.0)


def test_a_device_that_speaks_without_a_position_is_not_silent() -> None:
    walk = step(walked(600.0), happened(HealthChanged(part="position", health="error"), NOW - 5.0, seq=2))
    now = tell(WORDS, FRAME, walk, NOW)
    assert now.state == "no_position"
    assert now.sentence_ja.startswith("端末は動いていますが、13:52 から位置が分かりません。最後の位置:")
    assert now.walk_ja.startswith("最後の知らせでは、")


def test_how_the_walk_stood_is_not_told_as_how_it_stands() -> None:
    assert told(3.0).walk_en == "Under way"
    assert told(30.0).walk_en == "At last word: under way"
    assert (told(130.0).walk, told(130.0).walk_en) == ("no_contact", ""), "the sentence says it"


def test_a_call_for_help_is_shown_until_it_is_taken_back_also_after_the_end() -> None:
    walk = step(walked(3.0), happened(Sos(state="raised"), NOW, seq=2))
    ended = step(walk, happened(TripEnded(arrived=False, reason="device_stopped"), NOW, seq=3))
    for each in (walk, ended):
        assert tell(WORDS, FRAME, each, NOW).alarm_ja.startswith("SOS: 14:02 に助けを求めました。")
        assert tell(WORDS, FRAME, each, NOW).walk == "sos"
    over = step(walk, happened(Sos(state="cancelled"), NOW, seq=4))
    assert tell(WORDS, FRAME, over, NOW).alarm_ja == ""
    a_day_on = tell(WORDS, FRAME, walk, NOW + 86_400.0)
    assert a_day_on.alarm_ja.startswith("SOS: 2026-11-22 14:02 に"), "the hour alone would be today's"


def test_a_share_link_shows_no_coordinates_and_of_an_ended_outing_no_place() -> None:
    open_now = for_link(told(3.0))
    assert open_now.sentence_ja == told(3.0).sentence_ja
    assert not {"lat", "lon"} & set(open_now.__slots__)
    over = for_link(told(3.0, ended=True))
    assert (over.state, over.x, over.age_s) == ("ended", None, None)
    assert "約40m" not in over.sentence_ja


def test_an_ended_outing_is_told_as_ended() -> None:
    now = told(1.0, ended=True)
    assert now.state == "ended"
    assert now.sentence_ja.startswith("14:02 に外出を終えました。最後の位置:")


@pytest.mark.parametrize(
    ("contact_s", "ended", "state"),
    [
        (None, False, "waiting"),
        (NOW - 5.0, False, "waiting"),
        (NOW - 130.0, False, "no_contact"),
        (None, True, "ended"),
    ],
)
def test_without_a_position_no_place_is_told(contact_s: float | None, ended: bool, state: str) -> None:
    walk = new_walk(NOW - 300.0)
    if contact_s is not None:
        walk = step(walk, happened(TripStarted(route_id=None, practice=False), contact_s))
    if ended:
        walk = step(walk, happened(TripEnded(arrived=False, reason="wearer"), NOW, seq=2))
    now = tell(WORDS, FRAME, walk, NOW)
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
        Fell(),
        *(Answered(notice_id="n", answer=answer) for answer in ("heard", "ok", "help", "no_answer")),
        said,
    ]


def test_every_happening_but_a_position_has_words_in_both_languages() -> None:
    for what in happenings():
        words = event_words(TripEvent(boot="b", seq=1, trip_id="t", utc_s=NOW, what=what))
        if isinstance(what, Answered) and what.answer == "heard":
            assert words is None  # what the server told was spoken: no line of its own
            continue
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
