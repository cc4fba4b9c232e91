"""Boxes as people type them, ready-made areas, tiles, and the question that is asked of them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.areas import LARGEST_KM2, Area, Box, area_of_box, checked, checked_size, ready_made
from routing.errors import MapNotFetched
from routing.fetch.answers import Answer, read_answer
from routing.fetch.query import tile_query
from routing.fetch.tiles import quarters, tiles
from routing.fetch.trouble import Trouble


def test_the_ready_made_areas_hold_their_cities() -> None:
    areas = ready_made()
    oita, beppu = areas["oita"].box, areas["beppu"].box
    for lat, lon in ((33.2334, 131.6066), (33.2452, 131.5828), (33.2429, 131.6869), (33.1780, 131.6190)):
        assert oita.south < lat < oita.north
        assert oita.west < lon < oita.east
    for lat, lon in ((33.2797, 131.5003), (33.3161, 131.4756), (33.3307, 131.4930), (33.3379, 131.4687)):
        assert beppu.south < lat < beppu.north
        assert beppu.west < lon < beppu.east
    for area in areas.values():
        assert area.ja
        assert area.en
        assert len(tiles(area)) <= 20
        assert area.box.area_km2 < 200.0


def test_a_box_is_south_west_north_east() -> None:
    area = area_of_box(" 33.22, 131.59,33.25 ,131.63")
    assert area.box == Box(33.22, 131.59, 33.25, 131.63)
    assert area.box.height_m == pytest.approx(3_336, abs=5)
    assert area.box.width_m == pytest.approx(3_721, abs=5)
    assert "33.22, 131.59" in area.ja
    assert "33.22, 131.59" in area.en


@pytest.mark.parametrize(
    ("text", "en"),
    [
        ("33.25,131.59,33.22,131.63", "south is not south of north"),
        ("33.22,131.63,33.25,131.59", "west is not west of east"),
        ("131.59,33.22,131.63,33.25", "latitude and longitude swapped"),
        ("33.22,181,33.25,182", "beyond 180"),
        ("nan,131.59,33.25,131.63", "not a finite number"),
        ("33.22,131.59,inf,131.63", "not a finite number"),
        ("33.22,131.59,33.25", "four numbers"),
        ("33.22,131.59,33.25,131.63,1", "four numbers"),
        ("大分", "four numbers"),
        ("", "four numbers"),
        ("33.22,131.59,33.2201,131.63", "too small"),
    ],
)
def test_what_is_no_box_is_told_with_an_example(text: str, en: str) -> None:
    with pytest.raises(MapNotFetched, match=en) as caught:
        area_of_box(text)
    assert "33.22,131.59,33.25,131.63" in caught.value.ja
    assert "順に" in caught.value.ja


def test_more_than_a_city_is_too_large() -> None:
    checked_size(LARGEST_KM2)
    with pytest.raises(MapNotFetched, match="too large") as caught:
        checked_size(Box(30.0, 130.0, 34.0, 132.0).area_km2)
    assert "広すぎ" in caught.value.ja


@given(
    south=st.floats(-84, 84),
    west=st.floats(-179, 178),
    height=st.floats(0.002, 0.2),
    width=st.floats(0.01, 0.2),
    side_m=st.floats(500, 5_000),
)
def test_tiles_cover_the_area_without_gap_or_overlap(
    south: float, west: float, height: float, width: float, side_m: float
) -> None:
    box = checked(Box(*(round(side, 6) for side in (south, west, south + height, west + width))))
    pieces = tiles(Area("", "", box), side_m)
    assert min(piece.south for piece in pieces) == box.south
    assert max(piece.north for piece in pieces) == box.north
    assert min(piece.west for piece in pieces) == box.west
    assert max(piece.east for piece in pieces) == box.east
    degrees = sum((piece.north - piece.south) * (piece.east - piece.west) for piece in pieces)
    assert math.isclose(degrees, (box.north - box.south) * (box.east - box.west), rel_tol=1e-6)
    assert all(piece.height_m <= side_m * 1.001 + 0.1 for piece in pieces)
    assert all(piece.width_m <= side_m * 1.02 + 0.1 for piece in pieces)  # nearer the equator a little more


def test_tiles_off_the_outline_are_not_asked_for() -> None:
    box = Box(33.0, 131.0, 33.1, 131.1)
    south_west = "POLYGON ((131.0 33.0, 131.1 33.0, 131.0 33.1, 131.0 33.0))"
    every, some = tiles(Area("", "", box)), tiles(Area("", "", box, south_west))
    assert set(some) < set(every)
    assert Box(every[0].south, every[0].west, every[0].north, every[0].east) in some
    assert every[-1] not in some


def test_a_tile_is_quartered_until_that_cannot_help() -> None:
    box = Box(33.0, 131.0, 33.04, 131.04)
    assert math.isclose(sum(piece.area_km2 for piece in quarters(box)), box.area_km2, rel_tol=1e-6)
    assert quarters(Box(33.0, 131.0, 33.003, 131.003)) == ()


def test_the_question_asks_for_what_the_planner_reads_and_for_nobody_s_name() -> None:
    question = tile_query(Box(33.22, 131.59, 33.25, 131.63))
    assert question.startswith("[out:json][timeout:180][bbox:33.2200000,131.5900000,33.2500000,131.6300000];")
    for part in ('way["highway"];', 'way["railway"~', 'node["kerb"];', 'node["tactile_paving"];', "(._;>;);"):
        assert part in question
    for key in (
        "amenity",
        "shop",
        "tourism",
        "public_transport",
        "office",
        "leisure",
        "historic",
        "building",
    ):
        assert f'way["{key}"]["name"];' in question
        assert f'node["{key}"]["name"];' in question
        assert f'["{key}"]["name"];' in question.split("relation", 1)[1]
    assert "meta" not in question
    assert 'foot"!' not in question


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("node"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["elements", "osm3s", "remark", "type", "id", "lat", "lon", "nodes", "tags"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)
_ELEMENT = st.fixed_dictionaries(
    {"type": st.sampled_from(["node", "way", "relation", "area"])},
    optional={"id": _JSON, "lat": _JSON, "lon": _JSON, "nodes": _JSON, "members": _JSON, "tags": _JSON},
)
_BASE = st.sampled_from(["2026-11-22T05:00:00Z", "2026-11-22T05:00:00", "", None, 5])


_WHOLE = st.builds(
    lambda elements, base: {"elements": elements, "osm3s": {"timestamp_osm_base": base}},
    st.lists(_ELEMENT),
    _BASE,
)


@given(_JSON | _WHOLE)
def test_any_answer_is_a_tile_or_a_trouble(answer: object) -> None:
    told: Answer | Trouble
    try:
        told = read_answer(answer)
    except Trouble as trouble:
        told = trouble
    assert isinstance(told, Answer) or (told.ja and told.en)
