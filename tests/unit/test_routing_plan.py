from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from routing import geo
from routing.blockages import Blockage
from routing.drawn import PLANE, Piece, drawn_map
from routing.errors import NoRoute, OutsideMap, SamePlace, TooFarFromWay, UnknownWalker
from routing.network import WalkingMap, load_map
from routing.plan import alternatives, plan
from routing.practice import practice_map
from routing.tags import CrossingFacts
from routing.walkers import WALKERS
from wire import codec
from wire.route import Comparison, Name, Route, StretchKind

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = datetime(2026, 5, 1, 10, tzinfo=TOKYO)
NIGHT = datetime(2026, 5, 1, 22, tzinfo=TOKYO)
STATION, MUSEUM = "大分駅 府内中央口", "大分県立美術館"
SIDEWALK = Piece(0, 0)


@pytest.fixture(scope="module")
def oita() -> WalkingMap:
    return load_map(practice_map("oita"))


@pytest.fixture(scope="module")
def beppu() -> WalkingMap:
    return load_map(practice_map("beppu"))


def drawn(xy: dict[int, geo.XY], *pieces: Piece) -> WalkingMap:
    """A map of straight pieces between points in metres, each a way of its own."""
    return drawn_map(xy, [replace(piece, way=number) for number, piece in enumerate(pieces, 1)])


def at(east: float, north: float) -> str:
    lat, lon = PLANE.from_xy((east, north))
    return f"{lat:.7f},{lon:.7f}"


def kinds(route: Route) -> list[StretchKind]:
    return [part.kind for part in route.stretches]


@pytest.mark.parametrize("walker", ["cane", "dog", "low-vision"])
def test_stretches_cover_the_way_without_gap_or_overlap(oita: WalkingMap, walker: str) -> None:
    route = plan(oita, STATION, MUSEUM, walker, DAY)
    assert route.stretches[0].first == 0
    assert route.stretches[-1].last == len(route.points) - 1
    assert all(a.last == b.first for a, b in pairwise(route.stretches))
    assert all(part.first < part.last for part in route.stretches)
    assert route.walker == walker
    assert route.source.practice


def test_neighbouring_stretches_differ(oita: WalkingMap) -> None:
    route = plan(oita, STATION, MUSEUM, "cane", DAY)
    characters = [
        (part.kind, part.name, part.side, part.tactile, part.crossing and part.crossing.osm_id)
        for part in route.stretches
    ]
    assert all(a != b for a, b in pairwise(characters))


def test_no_joint_is_told_as_a_way_of_its_own(beppu: WalkingMap) -> None:
    route = plan(beppu, "別府駅 東口", "別府タワー", "cane", DAY)
    line = geo.Polyline.through(route.points)
    for part in route.stretches:
        if part.crossing is None:
            assert line.along_m[part.last] - line.along_m[part.first] >= 5.0


def test_the_same_plan_has_the_same_id_and_another_hour_another(oita: WalkingMap) -> None:
    first, again = (plan(oita, STATION, MUSEUM, "cane", DAY) for _ in range(2))
    assert first == again
    assert first.route_id == again.route_id
    assert len(first.route_id) == 16
    assert plan(oita, STATION, MUSEUM, "cane", NIGHT).route_id != first.route_id


def test_a_route_survives_the_wire(oita: WalkingMap) -> None:
    route = plan(oita, STATION, MUSEUM, "cane", DAY)
    assert codec.ROUTE.decode(codec.ROUTE.encode(route)) == route


def test_a_mapped_sound_is_silent_at_night(oita: WalkingMap) -> None:
    def sounds(when: datetime) -> list[str]:
        met = [part.crossing for part in plan(oita, STATION, MUSEUM, "cane", when).stretches]
        return [each.sound for each in met if each is not None and each.sound_hours is not None]

    assert sounds(DAY) == ["yes"]
    assert sounds(NIGHT) == ["no"]


def test_blocks_draw_a_cane_and_not_a_dog(oita: WalkingMap) -> None:
    def paved_m(route: Route) -> float:
        line = geo.Polyline.through(route.points)
        paved = [part for part in route.stretches if part.tactile == "yes"]
        return sum(line.along_m[part.last] - line.along_m[part.first] for part in paved)

    cane, dog = (plan(oita, STATION, MUSEUM, walker, DAY) for walker in ("cane", "dog"))
    assert paved_m(cane) > 3.0 * paved_m(dog)
    assert dog.length_m < cane.length_m


def test_blocks_never_lead_more_than_half_again_as_far() -> None:
    paved = replace(SIDEWALK, tactile="yes")
    # 100 m straight on; or 180 m along blocks, which would cost 72.
    on = drawn(
        {1: (0, 0), 2: (100, 0), 3: (0, 40), 4: (100, 40)},
        replace(SIDEWALK, a=1, b=2),
        replace(paved, a=1, b=3),
        replace(paved, a=3, b=4),
        replace(paved, a=4, b=2),
    )
    assert plan(on, at(0, 0), at(100, 0), "cane", DAY).length_m == pytest.approx(100.0, abs=0.5)


def test_blocks_are_followed_where_they_lead_a_little_further() -> None:
    paved = replace(SIDEWALK, tactile="yes")
    on = drawn(
        {1: (0, 0), 2: (100, 0), 3: (0, 20), 4: (100, 20)},
        replace(SIDEWALK, a=1, b=2),
        replace(paved, a=1, b=3),
        replace(paved, a=3, b=4),
        replace(paved, a=4, b=2),
    )
    assert plan(on, at(0, 0), at(100, 0), "cane", DAY).length_m == pytest.approx(140.0, abs=0.5)


def test_a_bad_way_is_better_than_none_and_is_told() -> None:
    facts = CrossingFacts(osm_id="way/2", signals="no", marked="no", road="primary")
    on = drawn(
        {1: (0, 0), 2: (50, 0), 3: (60, 0), 4: (100, 0), 5: (110, 0), 6: (150, 0)},
        replace(SIDEWALK, a=1, b=2),
        replace(SIDEWALK, a=2, b=3, kind=StretchKind.CROSSING, crossing=facts, crossing_share=1.0),
        replace(SIDEWALK, a=3, b=4, kind=StretchKind.ROAD, highway="primary"),
        replace(SIDEWALK, a=4, b=5, kind=StretchKind.LEVEL_CROSSING, rails_share=1.0),
        replace(SIDEWALK, a=5, b=6, kind=StretchKind.STEPS, highway="steps", flight_share=1.0),
    )
    route = plan(on, at(0, 0), at(150, 0), "cane", DAY)
    told = {caveat.kind: (caveat.count, round(caveat.length_m)) for caveat in route.caveats}
    assert told == {
        "level_crossing": (1, 10),
        "no_sidewalk": (1, 40),
        "unmarked_crossing": (1, 10),
        "steps": (1, 40),
        "tactile_unknown": (4, 140),
    }


def test_turning_into_a_road_is_not_crossing_it() -> None:
    half = CrossingFacts(osm_id="node/2", road="residential")
    on = drawn(
        {1: (0, 0), 2: (50, 0), 3: (53, 0), 4: (53, 80), 5: (56, 0), 6: (100, 0)},
        replace(SIDEWALK, a=1, b=2),
        replace(SIDEWALK, a=2, b=3, kind=StretchKind.CROSSING, crossing=half, crossing_share=0.5),
        replace(SIDEWALK, a=3, b=4, kind=StretchKind.ROAD, highway="residential"),
        replace(SIDEWALK, a=3, b=5, kind=StretchKind.CROSSING, crossing=half, crossing_share=0.5),
        replace(SIDEWALK, a=5, b=6),
    )
    turning = plan(on, at(0, 0), at(53, 80), "cane", DAY)
    assert kinds(turning) == [StretchKind.SIDEWALK, StretchKind.ROAD]
    over = plan(on, at(0, 0), at(100, 0), "cane", DAY)
    assert kinds(over) == [StretchKind.SIDEWALK, StretchKind.CROSSING, StretchKind.SIDEWALK]


def test_start_and_end_lie_between_nodes() -> None:
    on = drawn({1: (0, 0), 2: (100, 0)}, replace(SIDEWALK, a=1, b=2, side="left"))
    there = plan(on, at(20, 3), at(70, -3), "cane", DAY)
    back = plan(on, at(70, -3), at(20, 3), "cane", DAY)
    assert there.length_m == back.length_m == pytest.approx(50.0, abs=0.2)
    assert (there.stretches[0].side, back.stretches[0].side) == ("left", "right")


def test_a_one_way_piece_is_not_walked_backwards() -> None:
    on = drawn({1: (100, 0), 2: (200, 0)}, replace(SIDEWALK, a=1, b=2, one_way=True))
    assert plan(on, at(120, 0), at(180, 0), "cane", DAY).length_m == pytest.approx(60.0, abs=0.2)
    with pytest.raises(NoRoute):
        plan(on, at(180, 0), at(120, 0), "cane", DAY)


def test_nobody_starts_on_the_carriageway_beside_the_sidewalk() -> None:
    on = drawn(
        {1: (0, 0), 2: (100, 0), 3: (0, 12), 4: (100, 12)},
        replace(SIDEWALK, a=1, b=2),
        replace(SIDEWALK, a=3, b=4, kind=StretchKind.ROAD, highway="primary", apart=True),
        replace(SIDEWALK, a=1, b=3),
    )
    route = plan(on, at(30, 8), at(70, 8), "cane", DAY)
    assert kinds(route) == [StretchKind.SIDEWALK]


def test_the_nearer_pole_of_a_stop_is_chosen(oita: WalkingMap) -> None:
    west = plan(oita, "ガレリア竹町 入口", "竹町大分銀行前", "cane", DAY)
    east = plan(oita, "トキハ本店", "竹町大分銀行前", "cane", DAY)
    assert west.destination.lon < east.destination.lon


def test_landmarks_lie_beside_the_way_and_are_few(oita: WalkingMap) -> None:
    route = plan(oita, STATION, MUSEUM, "cane", DAY)
    assert {"大分駅前バス停", "中央通りバス停", "オアシスひろば前バス停"} <= {
        mark.name.ja for mark in route.landmarks
    }
    assert {STATION, MUSEUM}.isdisjoint(mark.name.ja for mark in route.landmarks)
    assert all(b.at_m - a.at_m >= 40.0 for a, b in pairwise(route.landmarks))
    by_name = {mark.name.ja: mark.side for mark in route.landmarks}
    assert by_name["大分駅前バス停"] == "left"
    assert by_name["オアシスひろば前バス停"] == "right"
    assert all(mark.name.kana for mark in route.landmarks)


def test_the_names_of_streets_come_with_their_readings(oita: WalkingMap) -> None:
    route = plan(oita, STATION, MUSEUM, "cane", DAY)
    streets = {part.name for part in route.stretches if part.name}
    assert Name(ja="昭和通り", kana="しょうわどおり", en="Showa-dori") in streets


def test_a_point_far_from_any_way_is_told_how_far() -> None:
    on = drawn(
        {1: (0, 0), 2: (1000, 0), 3: (1000, 1000)}, replace(SIDEWALK, a=1, b=2), replace(SIDEWALK, a=2, b=3)
    )
    with pytest.raises(TooFarFromWay, match=r"about \d{3} m from the nearest walkable way \(limit 150 m\)"):
        plan(on, at(300, 400), at(1000, 900), "cane", DAY)


def test_a_point_off_the_map_is_told(oita: WalkingMap) -> None:
    with pytest.raises(OutsideMap):
        plan(oita, "33.35,131.6066", MUSEUM, "cane", DAY)


@pytest.mark.parametrize("text", ["91,131.6", "33.2,181", "131.6066,33.2334"])
def test_a_point_that_is_not_on_earth_is_refused(oita: WalkingMap, text: str) -> None:
    with pytest.raises(OutsideMap, match="no latitude and longitude"):
        plan(oita, text, MUSEUM, "cane", DAY)


def test_origin_and_destination_must_differ(oita: WalkingMap) -> None:
    with pytest.raises(SamePlace):
        plan(oita, MUSEUM, "OPAM", "cane", DAY)


def test_places_that_nothing_joins_are_told() -> None:
    on = drawn(
        {1: (0, 0), 2: (100, 0), 3: (0, 900), 4: (100, 900)},
        replace(SIDEWALK, a=1, b=2),
        replace(SIDEWALK, a=3, b=4),
    )
    with pytest.raises(NoRoute, match="no walkable way joins"):
        plan(on, at(0, 0), at(0, 900), "cane", DAY)


def test_an_unknown_walker_is_refused(oita: WalkingMap) -> None:
    with pytest.raises(UnknownWalker):
        plan(oita, STATION, MUSEUM, "cat", DAY)


def test_a_naive_time_is_refused(oita: WalkingMap) -> None:
    with pytest.raises(ValueError, match="time zone"):
        plan(oita, STATION, MUSEUM, "cane", datetime(2026, 5, 1, 10))  # noqa: DTZ001


def test_duration_is_longer_than_the_walk_alone(oita: WalkingMap) -> None:
    route = plan(oita, STATION, MUSEUM, "cane", DAY)
    assert route.length_m < route.duration_s < 1.5 * route.length_m


def test_a_closed_path_is_gone_round_and_where_it_cannot_be_that_is_told() -> None:
    on = drawn(
        {1: (0, 0), 2: (100, 0), 3: (0, 40), 4: (100, 40), 5: (200, 0)},
        replace(SIDEWALK, a=1, b=2),
        replace(SIDEWALK, a=1, b=3),
        replace(SIDEWALK, a=3, b=4),
        replace(SIDEWALK, a=4, b=2),
        replace(SIDEWALK, a=2, b=5),
    )
    lat, lon = PLANE.from_xy((50.0, 0.0))
    closed = Blockage(lat, lon, reported_utc_s=DAY.timestamp(), expires_utc_s=DAY.timestamp() + 3600.0)
    straight = plan(on, at(0, 0), at(100, 0), "cane", DAY)
    round_it = plan(on, at(0, 0), at(100, 0), "cane", DAY, blocked=[closed])
    assert (round(straight.length_m), round(round_it.length_m)) == (100, 180)
    assert "blocked" not in {caveat.kind for caveat in round_it.caveats}
    lat, lon = PLANE.from_xy((150.0, 0.0))
    no_other = replace(closed, lat=lat, lon=lon)
    through = plan(on, at(0, 0), at(200, 0), "cane", DAY, blocked=[no_other])
    assert [caveat.count for caveat in through.caveats if caveat.kind == "blocked"] == [1]
    later = DAY.replace(hour=13)
    assert plan(on, at(0, 0), at(100, 0), "cane", later, blocked=[closed]).length_m < 101.0


def test_who_stands_before_the_closed_place_turns_back() -> None:
    on = drawn(
        {1: (0, 0), 2: (100, 0), 3: (0, 40), 4: (100, 40)},
        replace(SIDEWALK, a=1, b=2),
        replace(SIDEWALK, a=1, b=3),
        replace(SIDEWALK, a=3, b=4),
        replace(SIDEWALK, a=4, b=2),
    )
    lat, lon = PLANE.from_xy((90.0, 0.0))
    closed = Blockage(lat, lon, reported_utc_s=DAY.timestamp(), expires_utc_s=DAY.timestamp() + 3600.0)
    # From 75 m along: on by the near end would lead through the closed place.
    back = plan(on, at(75, 0), at(100, 30), "cane", DAY, blocked=[closed])
    assert back.length_m == pytest.approx(75 + 40 + 100 + 10, abs=1.0)
    assert "blocked" not in {caveat.kind for caveat in back.caveats}


def test_choices_differ_and_say_what_they_give_up() -> None:
    facts = CrossingFacts(osm_id="way/2", signals="no", marked="no", road="primary")
    lights = CrossingFacts(osm_id="way/5", signals="yes", sound="yes", tactile="yes", road="primary")
    crosses = replace(SIDEWALK, kind=StretchKind.CROSSING)
    on = drawn(
        {1: (0, 0), 2: (50, 0), 3: (70, 0), 4: (120, 0), 5: (50, 50), 6: (70, 50)},
        replace(SIDEWALK, a=1, b=2),
        replace(crosses, a=2, b=3, crossing=facts),
        replace(SIDEWALK, a=3, b=4),
        replace(SIDEWALK, a=2, b=5),
        replace(crosses, a=5, b=6, crossing=lights),
        replace(SIDEWALK, a=6, b=3),
    )
    found = {route.choice: route for route in alternatives(on, at(0, 0), at(120, 0), "cane", DAY)}
    assert set(found) == {"recommended", "shortest"}  # the others are the recommended one again
    assert found["shortest"].comparison == Comparison(
        longer_m=0.0, no_sidewalk_m=0.0, blocks_m=0.0, unsignalled=0, level_crossings=0, steps=0
    )
    beside = found["recommended"].comparison
    assert beside is not None
    assert (beside.unsignalled, round(beside.longer_m)) == (-1, 100)


def test_a_person_s_own_walker_is_planned_for(oita: WalkingMap) -> None:
    slow = replace(WALKERS["cane"], key="mine", speed_mps=0.5)
    route = plan(oita, STATION, MUSEUM, slow, DAY)
    assert route.walker == "mine"
    assert route.duration_s > plan(oita, STATION, MUSEUM, "cane", DAY).duration_s
