"""What a page that follows a walk says of the way ahead, of the battery, and whom to look at first."""

from dataclasses import replace

import pytest

from routing.geo import destination
from server.corners import corners
from server.fakes import straight_route
from server.following import rank
from server.live import Now, tell
from server.picture import Frame
from server.quick_line import QuickLine
from server.trips import Stored
from server.walk_state import Walk, new_walk, step
from server.where import RouteWords
from wire.position import Fix
from wire.route import Route, Stretch, StretchKind
from wire.trip import Happening, HealthChanged, Moved, Sos, TripEnded, TripEvent

NOW = 1_795_323_720.0  # 14:02 in Japan
START = (33.2334, 131.6066)


def bent(*legs: tuple[float, float]) -> Route:
    """A route without crossings, of legs (bearing, metres)."""
    points = [START]
    for bearing, metres in legs:
        points.append(destination(points[-1], bearing, metres))
    route = straight_route()
    way = Stretch(first=0, last=len(points) - 1, kind=StretchKind.SIDEWALK)
    end = replace(route.destination, lat=points[-1][0], lon=points[-1][1])
    return replace(route, points=tuple(points), stretches=(way,), destination=end)


def after(*whats: Happening, walk: Walk | None = None, first: int = 1) -> Walk:
    walk = walk or new_walk(NOW)
    for seq, what in enumerate(whats, first):
        event = TripEvent(boot="b", seq=seq, trip_id="t", utc_s=NOW, what=what)
        walk = step(walk, Stored(seq, NOW, event, (1, seq), 0.0))
    return walk


def at(route: Route, along_m: float, accuracy_m: float = 5.0, age_s: float = 0.0) -> Walk:
    lat, lon = QuickLine.through(route.points).at(along_m)
    return after(Moved(fix=Fix(utc_s=NOW - age_s, lat=lat, lon=lon, accuracy_m=accuracy_m)))


def told(route: Route, walk: Walk, now_s: float = NOW) -> Now:
    return tell(RouteWords.of(route), Frame.around(route), walk, now_s)


CORNER = bent((0.0, 80.0), (90.0, 60.0), (0.0, 60.0))


def test_corners_stand_where_the_line_turns() -> None:
    line = QuickLine.through(CORNER.points)
    assert corners(line) == pytest.approx([80.0, 140.0], abs=0.5)


@pytest.mark.parametrize("turn", [10.0, 30.0, -30.0])
def test_a_bend_is_no_corner(turn: float) -> None:
    assert corners(QuickLine.through(bent((0.0, 80.0), (turn, 60.0)).points)) == []


def test_a_corner_that_is_drawn_in_three_points_is_one() -> None:
    line = QuickLine.through(bent((0.0, 50.0), (30.0, 1.5), (60.0, 1.5), (90.0, 50.0)).points)
    assert len(corners(line)) == 1


def test_a_jog_of_the_drawing_and_a_doubled_point_are_no_corners() -> None:
    jog = bent((0.0, 50.0), (90.0, 0.5), (0.0, 50.0))
    doubled = bent((0.0, 50.0), (0.0, 0.0), (0.0, 50.0))
    assert corners(QuickLine.through(jog.points)) == corners(QuickLine.through(doubled.points)) == []


@pytest.mark.parametrize(
    ("accuracy_m", "ja", "en"),
    [
        (5.0, "次の角まで約35m", "about 35 m to the next corner"),
        (15.0, "次の角まで約40m", "about 40 m to the next corner"),
        (30.0, "次の角までおよそ50m", "around 50 m to the next corner"),
        (40.0, "次の角の付近", "near the next corner"),
    ],
)
def test_the_next_corner_is_told_as_well_as_the_position_is_known(
    accuracy_m: float, ja: str, en: str
) -> None:
    now = told(CORNER, at(CORNER, 43.0, accuracy_m))
    assert now.sentence_ja.endswith(f"m、{ja}")
    assert now.sentence_en.endswith(f"to go, {en}")


def test_who_is_lost_is_told_no_next_corner() -> None:
    poor = told(CORNER, at(CORNER, 43.0, accuracy_m=60.0))
    assert "角" not in poor.sentence_ja
    away = Fix(utc_s=NOW, lat=START[0] + 0.0004, lon=START[1] - 0.001, accuracy_m=5.0)
    off = told(CORNER, after(Moved(fix=away)))
    assert off.sentence_ja == "14:02 現在、大分駅から県立美術館へ、経路から約90m離れた所"
    assert "corner" not in off.sentence_en
    assert "to go" not in off.sentence_en, "it is unknown how they go on"


def test_the_form_of_the_sentence() -> None:
    now = told(CORNER, at(CORNER, 43.0), NOW + 3.0)
    assert now.sentence_ja == "14:02 現在、大分駅から県立美術館へ あと約160m、次の角まで約35m"
    assert (now.age_ja, now.age_of) == ("3秒前", "position")
    assert now.sentence_en == (
        "At 14:02, from Oita Station to Art Museum, about 160 m to go, about 35 m to the next corner"
    )


def test_a_position_of_half_a_minute_ago_is_not_told_as_of_now() -> None:
    now = told(CORNER, at(CORNER, 43.0), NOW + 30.0)
    assert now.sentence_ja.startswith("14:02 の時点で、")
    assert now.sentence_en.startswith("As of 14:02, ")


def test_behind_the_last_corner_the_destination_is_not_told_twice() -> None:
    now = told(CORNER, at(CORNER, 160.0))
    assert now.sentence_ja == "14:02 現在、大分駅から県立美術館へ あと約40m"
    assert told(CORNER, at(CORNER, 199.0)).sentence_ja.endswith("あと約10m、県立美術館の付近")


def test_a_corner_at_a_crossing_is_told_with_it() -> None:
    route = bent((0.0, 80.0), (90.0, 20.0), (90.0, 100.0))
    crossing = replace(straight_route().stretches[1], first=1, last=2)
    way = replace(route.stretches[0], last=1), crossing, replace(route.stretches[0], first=2)
    words = RouteWords.of(replace(route, stretches=way))
    assert [feature.ja for feature in words.features] == ["昭和通りの横断歩道", "県立美術館"]


def test_a_link_does_not_tell_where_they_set_out_from() -> None:
    words = RouteWords.of(CORNER).for_link()
    now = tell(words, Frame.around(CORNER), at(CORNER, 43.0), NOW)
    assert now.sentence_ja == "14:02 現在、県立美術館へ あと約160m、次の角まで約35m"
    assert "Oita Station" not in now.sentence_en


@pytest.mark.parametrize(
    ("health", "detail", "ja", "en"),
    [
        ("warn", "18 %", "電池が残りわずかです(18 %)", "Battery: low (18 %)"),
        ("error", "7 % of the phone", "電池がもうすぐ切れます(7 %)", "Battery: about to be empty (7 %)"),
        ("ok", "45 %", "電池は足りています(45 %)", "Battery: enough (45 %)"),
        ("stale", "", "電池の残りは分かりません", "Battery: unknown"),
        ("warn", "many %", "電池が残りわずかです", "Battery: low"),
    ],
)
def test_the_battery_as_the_device_told_it(health: str, detail: str, ja: str, en: str) -> None:
    news = HealthChanged(part="battery", health=health, detail=detail)  # type: ignore[arg-type]
    now = told(CORNER, after(news, walk=at(CORNER, 43.0), first=2), NOW + 90.0)
    assert (now.battery_ja, now.battery_en, now.battery_age_s) == (ja, en, 90.0)


def test_of_the_battery_the_newest_word_counts_and_silence_is_no_word() -> None:
    assert told(CORNER, at(CORNER, 43.0)).battery_age_s is None
    low, full = (
        HealthChanged(part="battery", health="warn", detail="18 %"),
        HealthChanged(part="battery", health="ok", detail="40 %"),
    )
    walk = after(full, walk=at(CORNER, 43.0), first=9)
    assert told(CORNER, after(low, walk=walk, first=4)).battery_en.startswith("Battery: enough")
    over = after(TripEnded(arrived=True, reason="arrived"), walk=walk, first=12)
    assert told(CORNER, over).battery_age_s is None


def test_the_worst_is_the_first() -> None:
    walking = at(CORNER, 43.0)
    calling = after(Sos(state="raised"), walk=walking, first=2)
    by_rank = [
        rank(told(CORNER, calling)),
        rank(told(CORNER, walking, NOW + 130.0)),
        rank(told(CORNER, walking, NOW + 30.0)),
        rank(told(CORNER, new_walk(NOW))),
        rank(told(CORNER, walking)),
        rank(told(CORNER, after(TripEnded(arrived=True, reason="arrived"), walk=walking, first=2))),
    ]
    assert by_rank == sorted(set(by_rank))
    assert rank(told(CORNER, after(Sos(state="raised"), walk=walking, first=2), NOW + 500.0)) == 0
