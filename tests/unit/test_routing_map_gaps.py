"""Where the data is silent or leaves a gap: lines that cross without a node, ends that dangle."""

from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest

from routing import mapcheck, mapinfo
from routing.columns import BACKWARD, FORWARD, HIGHWAYS, KINDS, MAINLAND, SLICED, TIE, Columns
from routing.geo import Local
from routing.network import WalkingMap, load_map
from wire.route import StretchKind

Nodes = dict[int, tuple[float, float, dict[str, str]]]  # metres east, metres north, tags
Ways = list[tuple[list[int], dict[str, str]]]

PLANE = Local.around((33.2334, 131.6066))
FOOTWAY = {"highway": "footway"}
SIDEWALK = FOOTWAY | {"footway": "sidewalk"}
MAIN = {"highway": "secondary", "name": "本通り", "lanes": "4"}
LANE = {"highway": "residential", "name": "裏通り"}
RAIL = {"railway": "rail"}
# Far from the map's edge, where nothing is tied.
FAR: Nodes = {91: (-300, -300, {}), 92: (-300, -290, {}), 93: (300, 300, {}), 94: (300, 290, {})}
FAR_WAYS: Ways = [([91, 92], {"highway": "track"}), ([93, 94], {"highway": "track"})]


def drawn(tmp_path: Path, nodes: Nodes, ways: Ways) -> WalkingMap:
    lines = ['<osm version="0.6" generator="test">']
    for node, (east, north, tags) in (nodes | FAR).items():
        lat, lon = PLANE.from_xy((east, north))
        lines += [f'<node id="{node}" lat="{lat:.8f}" lon="{lon:.8f}">', *_tags(tags), "</node>"]
    for way, (references, tags) in enumerate(ways + FAR_WAYS, start=100):
        lines += [
            f'<way id="{way}">',
            *(f'<nd ref="{node}"/>' for node in references),
            *_tags(tags),
            "</way>",
        ]
    path = tmp_path / "drawn.osm"
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return load_map(path)


def _tags(tags: dict[str, str]) -> list[str]:
    return [f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items()]


def of_kind(on: WalkingMap, kind: StretchKind) -> list[int]:
    found: list[int] = np.flatnonzero(on.columns.link_kind == KINDS.index(kind)).tolist()
    return found


def flagged(of: Columns, flag: int) -> list[int]:
    found: list[int] = np.flatnonzero(of.link_flags & flag).tolist()
    return found


def across(angle_east: float = 0.0) -> Nodes:
    return {1: (-40, -angle_east, {}), 2: (40, angle_east, {}), 3: (0, -60, {}), 4: (0, 60, {})}


def test_a_footway_drawn_over_a_road_crosses_it(tmp_path: Path) -> None:
    on = drawn(tmp_path, across(), [([1, 2], FOOTWAY), ([3, 4], MAIN)])
    (link,) = of_kind(on, StretchKind.CROSSING)
    of = on.columns
    facts = on.crossing_facts(int(of.link_crossing[link]))
    assert (facts.osm_id, facts.mapped, facts.road, facts.lanes) == ("cut/100/101", False, "secondary", 4)
    assert {facts.signals, facts.marked, facts.tactile, facts.sound} == {"unknown"}
    assert facts.street is not None
    assert facts.street.ja == "本通り"
    assert of.link_length_m[link] == pytest.approx(14.0, abs=0.05)  # four lanes and both kerbs
    assert of.link_crossing_share[link] == pytest.approx(1.0)
    assert of.link_flags[link] & SLICED
    assert on.about["sliced"] == 1
    assert mapinfo.info(on).crossings_guessed == 1
    assert [each.osm for each in mapcheck.check(on) if each.kind == "sliced"] == ["way/100 way/101"]


def test_a_slanting_crossing_is_longer(tmp_path: Path) -> None:
    on = drawn(tmp_path, across(30.0), [([1, 2], FOOTWAY), ([3, 4], MAIN)])
    (link,) = of_kind(on, StretchKind.CROSSING)
    assert on.columns.link_length_m[link] == pytest.approx(14.0 / np.cos(np.arctan2(30, 40)), abs=0.1)


def test_a_crossing_that_bends_is_one(tmp_path: Path) -> None:
    nodes = across() | {5: (-2, 0, {}), 6: (1, 1, {})}
    on = drawn(tmp_path, nodes, [([1, 5, 6, 2], FOOTWAY), ([3, 4], MAIN)])
    (link,) = of_kind(on, StretchKind.CROSSING)
    assert on.columns.link_crossing_share[link] == pytest.approx(1.0)
    assert on.columns.shape_first[link + 1] - on.columns.shape_first[link] == 4


@pytest.mark.parametrize(
    ("foot", "road"),
    [
        (FOOTWAY | {"bridge": "yes", "layer": "1"}, MAIN),
        (FOOTWAY | {"tunnel": "yes"}, MAIN),
        (FOOTWAY, MAIN | {"bridge": "yes"}),
        (FOOTWAY | {"layer": "-1"}, MAIN),
        (FOOTWAY, {"highway": "service"}),
        ({"highway": "corridor"}, MAIN),
    ],
)
def test_what_lies_above_or_below_or_is_a_drive_is_not_crossed(
    tmp_path: Path, foot: dict[str, str], road: dict[str, str]
) -> None:
    on = drawn(tmp_path, across(), [([1, 2], foot), ([3, 4], road)])
    assert not of_kind(on, StretchKind.CROSSING)


def test_a_crossing_way_needs_no_slice_and_knows_the_road_below(tmp_path: Path) -> None:
    nodes = across() | {5: (-8, 0, {}), 6: (8, 0, {})}
    crossing = FOOTWAY | {"footway": "crossing", "crossing": "marked"}
    on = drawn(tmp_path, nodes, [([1, 5], FOOTWAY), ([5, 6], crossing), ([6, 2], FOOTWAY), ([3, 4], MAIN)])
    (link,) = of_kind(on, StretchKind.CROSSING)
    facts = on.crossing_facts(int(on.columns.link_crossing[link]))
    assert (facts.osm_id, facts.marked, facts.road) == ("way/101", "yes", "secondary")
    assert on.about["sliced"] == 0


def test_a_line_that_wavers_over_the_middle_of_the_road_crosses_nothing(tmp_path: Path) -> None:
    nodes: Nodes = {
        1: (4, -60, {}),
        2: (-1, -2, {}),
        5: (4, 3, {}),
        6: (4, 60, {}),
        3: (0, -70, {}),
        4: (0, 70, {}),
    }
    on = drawn(tmp_path, nodes, [([1, 2, 5, 6], SIDEWALK), ([3, 4], MAIN)])
    assert on.about["sliced"] == 0


def test_tracks_without_a_node_are_one_level_crossing(tmp_path: Path) -> None:
    nodes = across() | {5: (4, -60, {}), 6: (4, 60, {})}
    on = drawn(tmp_path, nodes, [([1, 2], FOOTWAY), ([3, 4], RAIL), ([5, 6], RAIL)])
    rails = of_kind(on, StretchKind.LEVEL_CROSSING)
    assert on.columns.link_rails_share[rails].sum() == pytest.approx(1.0)
    assert on.columns.link_length_m[rails].sum() == pytest.approx(14.0, abs=0.05)
    assert mapinfo.info(on).level_crossings == 1


@pytest.mark.parametrize("rail", [{"railway": "disused"}, {"railway": "subway"}, RAIL | {"tunnel": "yes"}])
def test_rails_that_carry_no_train_here_are_not_crossed(tmp_path: Path, rail: dict[str, str]) -> None:
    on = drawn(tmp_path, across(), [([1, 2], FOOTWAY), ([3, 4], rail)])
    assert not of_kind(on, StretchKind.LEVEL_CROSSING)


def gap(metres: float) -> Nodes:
    """A long way round from 2 to 3, which lie `metres` apart."""
    return {
        1: (-80, 0, {}),
        2: (0, 0, {}),
        3: (metres, 0, {}),
        4: (80, 0, {}),
        5: (80, 60, {}),
        6: (-80, 60, {}),
    }


def test_a_gap_of_a_few_metres_is_tied_and_counted(tmp_path: Path) -> None:
    on = drawn(tmp_path, gap(4.0), [([1, 2], SIDEWALK), ([3, 4], SIDEWALK), ([4, 5, 6, 1], FOOTWAY)])
    of = on.columns
    (tie,) = flagged(of, TIE)
    assert of.link_length_m[tie] == pytest.approx(4.0, abs=0.05)
    assert (of.link_way[tie], of.link_tags[tie], KINDS[of.link_kind[tie]]) == (0, -1, StretchKind.SIDEWALK)
    assert of.link_flags[tie] & FORWARD
    assert of.link_flags[tie] & BACKWARD
    assert {int(of.node_osm[of.link_a[tie]]), int(of.node_osm[of.link_b[tie]])} == {2, 3}
    assert on.about["ties"] == 1
    assert mapinfo.info(on).ties == 1
    assert [each.metres for each in mapcheck.check(on) if each.kind == "tie"] == [
        pytest.approx(4.0, abs=0.05)
    ]


@pytest.mark.parametrize("metres", [6.5, 12.0])
def test_a_wider_gap_is_left_open(tmp_path: Path, metres: float) -> None:
    on = drawn(tmp_path, gap(metres), [([1, 2], SIDEWALK), ([3, 4], SIDEWALK), ([4, 5, 6, 1], FOOTWAY)])
    assert not flagged(on.columns, TIE)


@pytest.mark.parametrize(
    "between",
    [{"barrier": "fence"}, {"barrier": "wall"}, {"waterway": "stream"}, RAIL],
)
def test_nothing_is_tied_through_a_fence_water_or_rails(tmp_path: Path, between: dict[str, str]) -> None:
    nodes = gap(4.0) | {7: (2, -20, {}), 8: (2, 20, {})}
    ways: Ways = [([1, 2], SIDEWALK), ([3, 4], SIDEWALK), ([4, 5, 6, 1], FOOTWAY), ([7, 8], between)]
    assert not flagged(drawn(tmp_path, nodes, ways).columns, TIE)


@pytest.mark.parametrize("tags", [{"noexit": "yes"}, {"entrance": "yes"}])
def test_an_end_with_a_reason_is_left_alone(tmp_path: Path, tags: dict[str, str]) -> None:
    nodes = gap(4.0) | {2: (0, 0, tags), 3: (4, 0, tags)}
    on = drawn(tmp_path, nodes, [([1, 2], SIDEWALK), ([3, 4], SIDEWALK), ([4, 5, 6, 1], FOOTWAY)])
    assert not flagged(on.columns, TIE)


def test_different_levels_are_not_tied(tmp_path: Path) -> None:
    ways: Ways = [([1, 2], SIDEWALK | {"layer": "1"}), ([3, 4], SIDEWALK), ([4, 5, 6, 1], FOOTWAY)]
    assert not flagged(drawn(tmp_path, gap(4.0), ways).columns, TIE)


def test_a_short_way_round_is_no_gap(tmp_path: Path) -> None:
    nodes: Nodes = {1: (-40, 0, {}), 2: (0, 0, {}), 3: (-10, 0, {}), 4: (-10, 4, {}), 5: (40, 4, {})}
    on = drawn(tmp_path, nodes, [([1, 3, 2], FOOTWAY), ([3, 4, 5], FOOTWAY)])
    assert not flagged(on.columns, TIE)


def test_a_sidewalk_that_ends_before_the_middle_of_a_road_crosses_half_of_it(tmp_path: Path) -> None:
    nodes: Nodes = {1: (-80, 0, {}), 2: (-5, 0, {}), 3: (0, -80, {}), 4: (0, 80, {})}
    on = drawn(tmp_path, nodes, [([1, 2], SIDEWALK), ([3, 4], LANE)])
    of = on.columns
    (tie,) = flagged(of, TIE)
    assert KINDS[of.link_kind[tie]] is StretchKind.CROSSING
    assert of.link_flags[tie] & SLICED
    assert of.link_crossing_share[tie] == pytest.approx(0.5)
    facts = on.crossing_facts(int(of.link_crossing[tie]))
    assert (facts.osm_id, facts.road) == ("cut/100/101", "residential")
    # The road was split where the tie meets it; its length is what it was.
    road = np.flatnonzero(of.link_highway == HIGHWAYS.index("residential"))
    assert len(road) == 2
    assert of.link_length_m[road].sum() == pytest.approx(160.0, abs=0.1)
    assert on.about["ties_joining_parts"] == 1
    assert all(of.node_flags[node] & MAINLAND for node in (of.link_a[tie], of.link_b[tie]))


def test_ends_that_face_each_other_over_a_street_make_one_crossing(tmp_path: Path) -> None:
    nodes: Nodes = {
        1: (-80, 0, {}), 2: (-5, 0, {}), 3: (0, -80, {}), 4: (0, 80, {}), 5: (5, 2, {}), 6: (80, 2, {}),
    }  # fmt: skip
    on = drawn(tmp_path, nodes, [([1, 2], SIDEWALK), ([3, 4], LANE), ([5, 6], SIDEWALK)])
    of = on.columns
    one, other = flagged(of, TIE)
    assert of.link_crossing[one] == of.link_crossing[other]
    assert {of.link_a[one], of.link_b[one]} & {of.link_a[other], of.link_b[other]}
    assert of.link_crossing_share[[one, other]].sum() == pytest.approx(1.0)


def test_a_tie_over_a_larger_road_is_a_crossing(tmp_path: Path) -> None:
    nodes = gap(5.0) | {7: (2.5, -80, {}), 8: (2.5, 50, {})}
    road = {"highway": "tertiary", "motorroad": "yes"}  # nobody walks along it: nothing joins it
    on = drawn(
        tmp_path, nodes, [([1, 2], SIDEWALK), ([3, 4], SIDEWALK), ([4, 5, 6, 1], FOOTWAY), ([7, 8], road)]
    )
    (tie,) = flagged(on.columns, TIE)
    assert KINDS[on.columns.link_kind[tie]] is StretchKind.CROSSING
    assert on.columns.link_crossing_share[tie] == pytest.approx(1.0)


def test_an_island_beside_a_way_is_joined_once(tmp_path: Path) -> None:
    nodes: Nodes = {
        1: (-80, 0, {}), 2: (80, 0, {}), 3: (-20, 4, {}), 4: (20, 4, {}), 5: (20, 30, {}), 6: (-20, 30, {}),
    }  # fmt: skip
    on = drawn(tmp_path, nodes, [([1, 2], FOOTWAY), ([3, 4, 5, 6, 3], FOOTWAY)])
    assert len(flagged(on.columns, TIE)) == 1
    assert on.about["ties_joining_parts"] == 1


def test_no_link_leads_from_a_node_to_itself(tmp_path: Path) -> None:
    nodes: Nodes = {1: (0, 0, {}), 2: (30, 0, {}), 3: (30, 30, {}), 4: (0, 30, {}), 5: (-20, 0, {})}
    on = drawn(tmp_path, nodes, [([1, 2, 3, 4, 1], FOOTWAY), ([5, 1], FOOTWAY)])
    assert not np.any(on.columns.link_a == on.columns.link_b)
    assert on.columns.link_length_m.sum() == pytest.approx(140.0 + 20.0, abs=0.1)


def test_pieces_of_one_character_are_one_link(tmp_path: Path) -> None:
    nodes: Nodes = {
        1: (0, 0, {}), 2: (30, 0, {}), 3: (60, 5, {}), 4: (90, 0, {"tactile_paving": "yes"}), 5: (99, 0, {}),
    }  # fmt: skip
    on = drawn(tmp_path, nodes, [([1, 2, 3, 4, 5], FOOTWAY)])
    of = on.columns
    own = np.flatnonzero(of.link_way == 100)
    assert np.diff(of.shape_first)[own].tolist() == [4, 2]  # the tagged node stays a node
    assert of.link_length_m[own[0]] == pytest.approx(30.0 + 2 * np.hypot(30, 5), abs=0.05)


def test_two_tracks_with_nodes_are_waited_for_once(tmp_path: Path) -> None:
    level = {"railway": "level_crossing"}
    nodes: Nodes = {1: (-40, 0, {}), 2: (-2, 0, level), 3: (2, 0, level), 4: (40, 0, {})}
    on = drawn(tmp_path, nodes, [([1, 2, 3, 4], {"highway": "residential"})])
    assert on.columns.link_rails_share.sum() == pytest.approx(1.0)
    assert mapinfo.info(on).level_crossings == 1


@pytest.mark.parametrize(("rails", "level_crossings"), [("tram", 0), ("rail", 1)])
def test_a_tram_in_the_street_is_part_of_that_streets_crossing(
    tmp_path: Path, rails: str, level_crossings: int
) -> None:
    nodes: Nodes = {
        1: (-8, 0, {}), 2: (-2, 0, {"railway": "crossing"}), 3: (2, 0, {}), 4: (8, 0, {}),
        5: (-2, -60, {}), 6: (-2, 60, {}), 7: (2, -60, {}), 8: (2, 60, {}),
    }  # fmt: skip
    crossing = FOOTWAY | {"footway": "crossing"}
    ways: Ways = [([1, 2, 3, 4], crossing), ([5, 2, 6], {"railway": rails}), ([7, 3, 8], MAIN)]
    on = drawn(tmp_path, nodes, ways)
    assert mapinfo.info(on).level_crossings == level_crossings
    assert on.columns.link_crossing_share.sum() == pytest.approx(1.0, abs=0.9 * level_crossings)
