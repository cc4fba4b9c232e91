from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from routing import hours, weights
from routing.desk import desk
from routing.drawn import Piece, drawn_map
from routing.errors import BadProfile, UnknownWalker
from routing.sun import dark, sun_height_deg
from routing.tags import CrossingFacts
from routing.walkers import WALKERS, from_file, walker
from routing.weights import wish
from wire.route import Choice, Known, StretchKind

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = datetime(2026, 5, 1, 10, tzinfo=TOKYO)  # a Friday
NIGHT = datetime(2026, 5, 1, 22, tzinfo=TOKYO)
NOTHING = np.zeros(0, np.int32)


def weighed(
    piece: Piece, who: str = "cane", at: datetime = DAY, *, choice: Choice = "recommended", **stands: object
) -> weights.Weights:
    on = desk(drawn_map({1: (0, 0), 2: (100, 0)}, [piece], **stands))  # type: ignore[arg-type]
    hour = on.timetable.at(at, 33.2, 131.6)
    sounding = on.timetable.sounding(hour)
    wanted = wish(walker(who), choice)
    return weights.weights(on.on.columns, wanted, sounding, dark=hour.dark, blocked=NOTHING)


def seconds(piece: Piece, who: str = "cane", at: datetime = DAY, **stands: object) -> float:
    """Of the piece from its a to its b, with what stands at b."""
    found = weighed(piece, who, at, **stands)
    return round(float(found.forward_s[0] + found.node_s[1]), 3)


def link(kind: StretchKind = StretchKind.SIDEWALK, highway: str = "footway", **facts: object) -> Piece:
    return Piece(1, 2, kind, highway, length_m=100.0, **facts)  # type: ignore[arg-type]


def crossing(**facts: object) -> CrossingFacts:
    return CrossingFacts(tactile="yes", **facts)  # type: ignore[arg-type]


def crossing_s(facts: CrossingFacts, at: datetime = DAY) -> float:
    return seconds(link(StretchKind.CROSSING, crossing=facts), at=at) - 100.0


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
    assert [crossing_s(each) for each in order] == [20.0, 30.0, 90.0, 180.0, 300.0]


def test_paint_never_makes_a_lane_dearer() -> None:
    marked = crossing(signals="no", marked="yes", road="residential")
    unmarked = crossing(signals="no", marked="no", road="residential")
    assert crossing_s(marked) <= crossing_s(unmarked)


def test_a_sound_is_worth_nothing_when_it_is_silent() -> None:
    sounding = crossing(signals="yes", sound="yes", sound_hours="08:00-19:00")
    assert crossing_s(sounding) == 20.0
    assert crossing_s(sounding, NIGHT) == 30.0


def test_steps_by_handrail_and_walker() -> None:
    by_rail = [
        seconds(link(StretchKind.STEPS, "steps", flight_share=1.0, handrail=rail))
        for rail in ("yes", "unknown", "no")
    ]
    assert by_rail == [160.0, 220.0, 220.0]
    unseen = link(StretchKind.STEPS, "steps", flight_share=1.0, handrail="no")
    assert seconds(unseen, "low-vision") > 220.0


def test_a_dog_avoids_escalators() -> None:
    escalator = link(StretchKind.STEPS, "steps", flight_share=1.0, conveying=True)
    assert seconds(escalator, "dog") > 5.0 * seconds(escalator, "cane")


def test_an_unlit_way_is_dearer_for_low_vision_after_dark_only() -> None:
    assert seconds(link(lit="no"), at=NIGHT) == seconds(link(), at=NIGHT)
    assert seconds(link(lit="no"), "low-vision") == seconds(link(), "low-vision")
    assert seconds(link(lit="no"), "low-vision", NIGHT) > seconds(link(), "low-vision", NIGHT)


def test_rails_lifts_and_barriers_cost_their_time() -> None:
    assert seconds(link(StretchKind.LEVEL_CROSSING, rails_share=0.5)) == 100.0 + 90.0
    assert seconds(link(), elevators=(2,)) == 160.0
    assert seconds(link(), barriers={2: "turnstile"}) == 160.0
    assert seconds(link(), barriers={2: "other"}) == 110.0
    assert seconds(link(), barriers={1: "turnstile"}) == 100.0


def test_ground_slope_and_width_are_felt() -> None:
    assert seconds(link(surface="unpaved")) == 120.0
    assert [seconds(link(incline_pct=each)) for each in (0, 5, -8, 9)] == [100.0, 100.0, 115.0, 130.0]
    assert seconds(link(width_m=0.9)) == 130.0
    assert seconds(link(width_m=2.0)) == seconds(link()) == 100.0


def test_an_island_helps_and_lanes_frighten() -> None:
    plain = crossing(signals="no", marked="no", road="secondary")
    island = crossing(signals="no", marked="no", road="secondary", island="yes")
    wide = crossing(signals="no", marked="no", road="secondary", lanes=4)
    assert crossing_s(island) < crossing_s(plain) < crossing_s(wide)


def test_parallel_traffic_misleads_at_a_scramble() -> None:
    scramble = crossing(signals="yes", sound="yes", scramble="yes")
    assert crossing_s(scramble) > crossing_s(crossing(signals="yes", sound="yes"))


def test_a_gap_of_the_map_is_crossed_only_for_a_reason() -> None:
    assert seconds(link(tie=True)) == 110.0


def test_choices_see_the_same_way_differently() -> None:
    road = link(StretchKind.ROAD, "residential")
    one = {
        choice: weighed(road, choice=choice).forward_s[0] for choice in ("recommended", "safest", "shortest")
    }  # type: ignore[var-annotated]
    assert one["shortest"] < one["recommended"] < one["safest"]
    paved = link(tactile="yes")
    assert weighed(paved, choice="blocks").forward_s[0] < weighed(paved).forward_s[0]


def test_one_way_is_no_way_back() -> None:
    found = weighed(link(one_way=True))
    assert np.isfinite(found.forward_s[0])
    assert np.isinf(found.backward_s[0])


def test_a_person_s_own_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('base = "low-vision"\nspeed_mps = 0.8\n', encoding="utf-8")
    mine = from_file(file)
    assert (mine.key, mine.speed_mps) == ("mine", 0.8)
    assert mine.unlit_factor == WALKERS["low-vision"].unlit_factor
    assert walker(str(file)) == mine


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("speed = 1", "speed_mps"),
        ("speed_mps = 0", "0.2 to 2.5"),
        ("speed_mps = nan", "0.2 to 2.5"),
        ("speed_mps = true", "0.2 to 2.5"),
        ('speed_mps = "fast"', "0.2 to 2.5"),
        ('base = "cat"', "cane, dog, low-vision"),
        ("base = [1]", "cane, dog, low-vision"),
        ("speed_mps =", "is not TOML"),
    ],
)
def test_a_wrong_file_is_told_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadProfile, match=says):
        from_file(file)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadProfile, match="cannot open"):
        walker(str(tmp_path / "none.toml"))


def test_the_sun_over_oita() -> None:
    # Sunrise 05:26 and sunset 18:55 there on that day: at the horizon within refraction (0.8 degrees).
    for clock in ((5, 26), (18, 55)):
        at = datetime(2026, 5, 1, *clock, tzinfo=TOKYO)
        assert sun_height_deg(at, 33.2334, 131.6066) == pytest.approx(-0.8, abs=0.6)
    assert dark(NIGHT, 33.2334, 131.6066)
    assert not dark(DAY, 33.2334, 131.6066)


def test_an_unknown_walker_is_told_the_profiles() -> None:
    with pytest.raises(UnknownWalker, match="cane, dog, low-vision"):
        walker("cat")


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
