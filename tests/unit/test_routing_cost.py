from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from routing import cost, hours
from routing.errors import UnknownWalker
from routing.links import Link
from routing.tags import CrossingFacts
from wire.route import Known, StretchKind

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = datetime(2026, 5, 1, 10, tzinfo=TOKYO)  # a Friday
NIGHT = datetime(2026, 5, 1, 22, tzinfo=TOKYO)


def link(kind: StretchKind = StretchKind.SIDEWALK, highway: str = "footway", **facts: object) -> Link:
    return Link(tail=1, head=2, length_m=100.0, kind=kind, highway=highway, osm_id="way/1", **facts)  # type: ignore[arg-type]


def seconds(piece: Link, walker: str = "cane", at: datetime = DAY) -> float:
    return cost.coster(cost.walker(walker), at)(piece)


def crossing(**facts: object) -> CrossingFacts:
    return CrossingFacts(tactile="yes", **facts)  # type: ignore[arg-type]


def test_a_sidewalk_is_walked_at_one_metre_a_second() -> None:
    assert seconds(link()) == 100.0


def test_blocks_shorten_the_way_for_a_cane_and_not_for_a_dog() -> None:
    assert seconds(link(tactile="yes")) == 40.0
    assert seconds(link(tactile="yes"), "dog") == seconds(link(), "dog")


def test_unknown_blocks_are_worth_what_no_blocks_are() -> None:
    assert seconds(link(tactile="unknown")) == seconds(link(tactile="no")) == 100.0


def test_roads_without_sidewalk_are_dearer_the_greater_they_are() -> None:
    classes = ["living_street", "residential", "unclassified", "tertiary", "secondary", "primary", "trunk"]
    costs = [seconds(link(StretchKind.ROAD, each)) for each in classes]
    assert costs == sorted(costs)
    assert costs[0] > seconds(link())


def test_the_carriageway_beside_a_mapped_sidewalk_is_the_last_resort() -> None:
    road = link(StretchKind.ROAD, "residential")
    apart = link(StretchKind.ROAD, "residential", apart=True)
    assert seconds(apart) == 3.0 * seconds(road)


def test_crossings_from_best_to_worst() -> None:
    order = [
        crossing(signals="yes", sound="yes"),
        crossing(signals="yes", sound="no"),
        crossing(signals="no", marked="yes", road="secondary"),
        crossing(signals="no", marked="no", road="secondary"),
        crossing(signals="no", marked="no", road="primary"),
    ]
    assert [cost.crossing_s(each, DAY) for each in order] == [0.0, 10.0, 30.0, 120.0, 240.0]


def test_paint_never_makes_a_lane_dearer() -> None:
    marked = crossing(signals="no", marked="yes", road="residential")
    unmarked = crossing(signals="no", marked="no", road="residential")
    assert cost.crossing_s(marked, DAY) <= cost.crossing_s(unmarked, DAY)


def test_a_sound_is_worth_nothing_when_it_is_silent() -> None:
    sounding = crossing(signals="yes", sound="yes", sound_hours="08:00-19:00")
    assert cost.crossing_s(sounding, DAY) == 0.0
    assert cost.crossing_s(sounding, NIGHT) == 10.0


def test_steps_by_handrail_and_walker() -> None:
    by_rail = [
        seconds(link(StretchKind.STEPS, "steps", steps_share=1.0, handrail=rail))
        for rail in ("yes", "unknown", "no")
    ]
    assert by_rail == [160.0, 190.0, 220.0]
    unseen = link(StretchKind.STEPS, "steps", steps_share=1.0, handrail="no")
    assert seconds(unseen, "low-vision") > 220.0


def test_a_dog_avoids_escalators() -> None:
    escalator = link(StretchKind.STEPS, "steps", steps_share=1.0, conveying=True)
    assert seconds(escalator, "dog") > 5.0 * seconds(escalator, "cane")


def test_an_unlit_way_is_dearer_for_low_vision_only() -> None:
    assert seconds(link(lit="no")) == seconds(link())
    assert seconds(link(lit="no"), "low-vision") > seconds(link(lit="unknown"), "low-vision")


def test_rails_lifts_and_barriers_cost_their_time() -> None:
    assert seconds(link(StretchKind.LEVEL_CROSSING, level_crossing_share=0.5)) == 100.0 + 90.0
    assert seconds(link(elevator=True)) == 160.0
    assert seconds(link(barriers=("turnstile",))) == 160.0
    assert seconds(link(barriers=("some_new_thing",))) == 110.0


def test_an_unknown_walker_is_told_the_profiles() -> None:
    with pytest.raises(UnknownWalker, match="cane, dog, low-vision"):
        cost.walker("cat")


@pytest.mark.parametrize(
    ("hours_tag", "at", "heard"),
    [
        ("08:00-19:00", DAY, "yes"),
        ("08:00-19:00", NIGHT, "no"),
        (None, DAY, "yes"),
        (None, NIGHT, "unknown"),
        ("24/7", NIGHT, "yes"),
        ("sunrise-sunset", DAY, "unknown"),
        ("Mo-Fr 08:00-19:00; PH off", DAY, "unknown"),
        ("19:00-08:00 off", DAY, "yes"),
        ("19:00-08:00 off", NIGHT, "no"),
    ],
)
def test_whether_a_mapped_sound_sounds(hours_tag: str | None, at: datetime, heard: Known) -> None:
    facts = crossing(signals="yes", sound="yes", sound_hours=hours_tag)
    assert hours.sound_at(facts, at) == heard


def test_no_sound_is_invented() -> None:
    assert hours.sound_at(crossing(signals="yes", sound="unknown"), DAY) == "unknown"
    assert hours.sound_at(crossing(signals="yes", sound="no"), DAY) == "no"
    assert hours.sound_at(crossing(signals="no", sound="unknown"), DAY) == "no"


@pytest.mark.parametrize(
    ("text", "at", "is_open"),
    [
        ("Mo-Fr 08:00-19:00", DAY, True),
        ("Sa,Su 08:00-19:00", DAY, False),
        ("08:00-12:00, 13:00-19:00", DAY, True),
        ("Mo-Su 07:00-20:00; Fr 09:30-09:40", DAY, True),
        ("Fr 19:00-08:00", datetime(2026, 5, 2, 7, 59, tzinfo=TOKYO), True),  # Saturday morning
        ("Fr 19:00-08:00", datetime(2026, 5, 1, 7, 59, tzinfo=TOKYO), False),
        ("Sa-Mo 08:00-19:00", datetime(2026, 5, 3, 9, tzinfo=TOKYO), True),  # Sunday
        ("08:00-19:00", datetime(2026, 5, 1, 1, tzinfo=UTC), True),  # 10:00 in Japan
        ("", DAY, None),
        ("08:00", DAY, None),
    ],
)
def test_opening_hours(text: str, at: datetime, is_open: bool | None) -> None:
    assert hours.open_at(text, at) is is_open


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        hours.sound_at(crossing(signals="yes", sound="yes"), datetime(2026, 5, 1, 10))  # noqa: DTZ001
