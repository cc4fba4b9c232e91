"""Tags to facts, and what a map finds by name."""

import pytest

from routing import columns, kept, measures, places, tags
from routing.character import highway_code, of_way
from routing.columns import CONVEYING, HIGHWAYS, INCLINE_UNKNOWN, RAMP, SEGREGATED, SERVICE_DRIVE
from routing.errors import PlaceAmbiguous, PlaceNotFound
from routing.places import MapPlace
from wire.route import Name


@pytest.mark.parametrize(
    ("value", "per_cent"),
    [
        ("5%", 5), ("-3 %", -3), ("8", 8), ("10°", 18), ("-45°", -100), ("1:12", 8), ("-1:20", -5),
        ("4,5%", 4), ("up", INCLINE_UNKNOWN), ("89°", INCLINE_UNKNOWN), ("250%", INCLINE_UNKNOWN),
        ("1:0", INCLINE_UNKNOWN),
        ("steep", INCLINE_UNKNOWN), ("", INCLINE_UNKNOWN), ("1e9", INCLINE_UNKNOWN), ("nan", INCLINE_UNKNOWN),
    ],
)  # fmt: skip
def test_slopes(value: str, per_cent: int) -> None:
    assert measures.incline_pct({"incline": value}) == per_cent


@pytest.mark.parametrize(
    ("value", "decimetres"),
    [("2", 20), ("1.5 m", 15), ("150 cm", 15), ("2-3", 20), ("99", 255), ("0", 0), ("narrow", 0), ("-1", 0)],
)
def test_widths(value: str, decimetres: int) -> None:
    assert measures.width_dm({"width": value}) == decimetres


def test_surfaces() -> None:
    assert [measures.surface({"surface": each}) for each in ("asphalt", "gravel", "lava")] == [1, 2, 0]
    assert [measures.smoothness(each) for each in ({"smoothness": "bad"}, {"surface": "sett"}, {})] == [
        2,
        2,
        0,
    ]
    assert [measures.climb({"incline": each}) for each in ("up", "down", "-5%", "5%", "0%", "")] == [
        1, 2, 2, 1, 0, 0
    ]  # fmt: skip
    assert [measures.layer({"layer": each}) for each in ("-1", "2", "x", "1e400", "99")] == [-1, 2, 0, 0, 9]


def test_flags_of_ways() -> None:
    assert of_way({"highway": "steps", "ramp:stroller": "yes"}).flags & RAMP
    assert not of_way({"highway": "steps", "ramp": "no"}).flags & RAMP
    assert of_way({"highway": "path", "segregated": "yes"}).flags & SEGREGATED
    assert of_way({"highway": "service", "service": "driveway"}).flags & SERVICE_DRIVE
    assert not of_way({"highway": "service"}).flags & SERVICE_DRIVE
    up = of_way({"highway": "steps", "conveying": "backward"})
    assert up.flags & CONVEYING
    assert (up.flags & columns.FORWARD, bool(up.flags & columns.BACKWARD)) == (0, True)


def test_a_link_road_is_its_road() -> None:
    assert HIGHWAYS[highway_code("primary_link")] == "primary"
    assert HIGHWAYS[highway_code("bridleway")] == "other"


def test_an_escort_zone_is_on_the_crossing_itself_and_blocks_are_at_its_kerbs() -> None:
    kerbs = [{"kerb": "lowered", "tactile_paving": "yes"}, {"kerb": "lowered", "tactile_paving": "yes"}]
    with_zone = tags.crossing({"footway": "crossing", "tactile_paving": "yes"}, kerbs, None)
    assert (with_zone.escort, with_zone.tactile) == ("yes", "yes")
    without = tags.crossing({"footway": "crossing", "tactile_paving": "no"}, kerbs, None)
    assert (without.escort, without.tactile) == ("no", "yes")
    assert tags.crossing({"footway": "crossing"}, kerbs, None).escort == "unknown"
    misleading = [kerbs[0], {"tactile_paving": "incorrect"}]
    assert tags.crossing({"footway": "crossing"}, misleading, None).tactile == "no"


@pytest.mark.parametrize(
    ("said", "scramble"),
    [
        ({"crossing:scramble": "yes"}, "yes"),
        ({"crossing:scramble": "no"}, "no"),
        ({"traffic_signals": "pedestrian_scramble"}, "yes"),
        ({"crossing": "traffic_signals;scramble"}, "yes"),
        ({"crossing": "traffic_signals"}, "unknown"),
    ],
)
def test_scrambles(said: dict[str, str], scramble: str) -> None:
    assert tags.crossing({}, [said], None).scramble == scramble


@pytest.mark.parametrize(
    ("said", "sound", "hours"),
    [
        ({"traffic_signals:sound": "yes"}, "yes", None),
        ({"traffic_signals:sound": "08:00-19:00"}, "yes", "08:00-19:00"),
        ({"traffic_signals:sound": "walk", "traffic_signals:sound:opening_hours": "Mo-Fr 07:00-20:00"},
         "yes", "Mo-Fr 07:00-20:00"),
        ({"traffic_signals:sound:conditional": "no @ (20:00-07:00)"}, "yes", "20:00-07:00 off"),
        ({"traffic_signals:sound": "locate"}, "unknown", None),
        ({"traffic_signals:sound": "no"}, "no", None),
        ({}, "unknown", None),
    ],
)  # fmt: skip
def test_hours_of_sounds(said: dict[str, str], sound: str, hours: str | None) -> None:
    facts = tags.crossing({}, [said], None)
    assert (facts.sound, facts.sound_hours) == (sound, hours)


def test_vibration_is_not_sound() -> None:
    facts = tags.crossing({}, [{"traffic_signals:vibration": "yes"}], None)
    assert (facts.vibration, facts.sound) == ("yes", "unknown")


def test_a_width_that_nobody_drives_is_cut() -> None:
    assert tags.half_width_m({"highway": "residential", "width": "500"}) == pytest.approx(20.0)


def test_lines_that_matter() -> None:
    assert kept.is_line({"highway": "footway"})
    assert kept.is_line({"railway": "tram"})
    assert not kept.is_line({"building": "yes", "name": "役所"})
    assert kept.place_kind({"building": "yes", "name": "役所"}) == "building=yes"


def _named(ja: str, kind: str, at: float = 0.0, **more: str) -> MapPlace:
    return MapPlace(Name(ja=ja, kana=more.get("kana"), en=more.get("en")), (33.0 + at, 131.0), kind)


TOWN = (
    _named("竹町", "highway=bus_stop", kana="たけまち"),
    _named("図書館", "amenity=library", 0.1, kana="としょかん", en="Library"),
    _named("竹町通り", places.STREET, 0.2, kana="たけまちどおり"),
    _named("図書館", places.STREET, 0.3),
)


def test_a_street_is_found_and_a_place_wins_over_it() -> None:
    assert places.find(TOWN, "竹町通り")[0].kind == places.STREET
    assert places.find(TOWN, "たけまちど")[0].name.ja == "竹町通り"
    assert [place.kind for place in places.find(TOWN, "図書館")] == ["amenity=library"]
    assert [place.kind for place in places.find(TOWN, "library")] == ["amenity=library"]


def test_what_is_typed_is_completed() -> None:
    assert [place.name.ja for place in places.matching(TOWN, "たけ")] == ["竹町"]
    assert places.matching(TOWN, "") == ()
    assert len(places.matching(TOWN, "ま", most=1)) == 1


def test_no_places_at_all() -> None:
    with pytest.raises(PlaceNotFound):
        places.find((), "駅")


def test_places_far_apart_of_one_name_are_ambiguous() -> None:
    with pytest.raises(PlaceAmbiguous):
        places.find((_named("店", "shop=yes"), _named("店", "shop=yes", 0.5)), "店")
