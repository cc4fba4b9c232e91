import threading
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import quoteattr

import osmnx
import pytest

from routing import osm, places
from routing.errors import MapMissing, MapNotOsm, MapNotWalkable, PlaceAmbiguous, PlaceNotFound
from routing.geo import Local
from routing.links import Link
from routing.network import WalkingMap, load_map
from wire.route import StretchKind

Nodes = dict[int, tuple[float, float, dict[str, str]]]  # metres east, metres north, tags
Ways = list[tuple[list[int], dict[str, str]]]
Drawn = Callable[[Nodes, Ways], WalkingMap]

PLANE = Local.around((33.2334, 131.6066))
FOOTWAY = {"highway": "footway"}
MAIN = {"highway": "secondary", "name": "本通り", "name:ja-Hira": "ほんどおり", "lanes": "4"}


@pytest.fixture
def drawn(tmp_path: Path) -> Drawn:
    """A map from metres and tags, through the real file and the real loader."""

    def load(nodes: Nodes, ways: Ways) -> WalkingMap:
        return load_map(_written(tmp_path / "drawn.osm", nodes, ways))

    return load


def _written(path: Path, nodes: Nodes, ways: Ways) -> Path:
    lines = ['<osm version="0.6" generator="test">']
    for node, (east, north, tags) in nodes.items():
        lat, lon = PLANE.from_xy((east, north))
        lines += [f'<node id="{node}" lat="{lat:.8f}" lon="{lon:.8f}">', *_tags(tags), "</node>"]
    for way, (references, tags) in enumerate(ways, start=100):
        lines += [f'<way id="{way}">', *(f'<nd ref="{node}"/>' for node in references)]
        lines += [*_tags(tags), "</way>"]
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return path


def _tags(tags: dict[str, str]) -> list[str]:
    return [f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items()]


def _links(on: WalkingMap, kind: StretchKind) -> list[Link]:
    return [link for _, _, link in on.graph.edges(data="link") if link.kind is kind]


def test_a_missing_file_is_told_in_both_languages(tmp_path: Path) -> None:
    with pytest.raises(MapMissing, match=r"地図ファイルを開けません.* / cannot open the map"):
        load_map(tmp_path / "no.osm")


@pytest.mark.parametrize(
    "text", ["", "hello", "<html></html>", "<osm><node id='1'", "<osm version='0.6'></osm>"]
)
def test_what_is_not_osm_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.osm"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MapNotOsm, match=r"give an \.osm file"):
        load_map(path)


def test_a_way_that_misses_its_nodes_is_refused(tmp_path: Path) -> None:
    path = _written(tmp_path / "cut.osm", {1: (0, 0, {})}, [([1, 2, 3], FOOTWAY)])
    with pytest.raises(MapNotOsm):
        load_map(path)


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "map.osm"
    path.write_bytes(b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\xff\xfe")
    with pytest.raises(MapNotOsm):
        load_map(path)


def test_a_map_of_motorways_is_not_walkable(drawn: Drawn) -> None:
    with pytest.raises(MapNotWalkable, match="use an extract that holds the streets"):
        drawn({1: (0, 0, {}), 2: (99, 0, {})}, [([1, 2], {"highway": "motorway"})])


def test_loading_leaves_the_settings_of_osmnx_as_they_were(tmp_path: Path) -> None:
    path = _written(tmp_path / "a.osm", {1: (0, 0, {}), 2: (50, 0, {})}, [([1, 2], FOOTWAY)])
    before = (list(osmnx.settings.useful_tags_way), osmnx.settings.use_cache)
    load_map(path)
    with pytest.raises(MapNotOsm):
        load_map(_written(tmp_path / "b.osm", {1: (0, 0, {})}, [([1, 2], FOOTWAY)]))
    assert (list(osmnx.settings.useful_tags_way), osmnx.settings.use_cache) == before


def test_two_loads_at_once_keep_their_tags(tmp_path: Path) -> None:
    nodes: Nodes = {1: (0, 0, {}), 2: (50, 0, {})}
    path = _written(tmp_path / "a.osm", nodes, [([1, 2], FOOTWAY | {"tactile_paving": "yes"})])
    loaded: list[WalkingMap] = []
    threads = [threading.Thread(target=lambda: loaded.append(load_map(path))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert [on.link(1, 2).tactile for on in loaded] == ["yes"] * 3


def test_an_ordinary_extract_is_not_a_practice_map(drawn: Drawn) -> None:
    on = drawn({1: (0, 0, {}), 2: (50, 0, {})}, [([1, 2], FOOTWAY)])
    assert not on.source.practice
    assert on.source.attribution == osm.OSM_ATTRIBUTION


def test_one_practice_way_makes_a_practice_map(drawn: Drawn) -> None:
    on = drawn({1: (0, 0, {}), 2: (50, 0, {})}, [([1, 2], FOOTWAY | {"shirube:practice": "yes"})])
    assert on.source.practice


def test_facts_of_kerb_and_middle_become_the_crossings(drawn: Drawn) -> None:
    kerb = {"kerb": "lowered", "tactile_paving": "yes"}
    middle = {
        "highway": "crossing", "crossing": "traffic_signals", "crossing:island": "yes",
        "traffic_signals:sound": "yes", "traffic_signals:sound:conditional": "no @ (19:00-08:00)",
        "button_operated": "yes",
    }  # fmt: skip
    on = drawn(
        {
            1: (-8, 0, kerb),
            2: (0, 0, middle),
            3: (8, 0, kerb | {"kerb": "raised"}),
            4: (0, -50, {}),
            5: (0, 50, {}),
        },
        [([1, 2, 3], FOOTWAY | {"footway": "crossing", "crossing:markings": "zebra"}), ([4, 2, 5], MAIN)],
    )
    crossings = _links(on, StretchKind.CROSSING)
    assert len(crossings) == 4
    assert sum(link.crossing_share for link in crossings) == pytest.approx(2.0)  # once each way
    facts = crossings[0].crossing
    assert facts is not None
    assert (facts.signals, facts.sound, facts.marked, facts.island) == ("yes",) * 4
    assert facts.sound_hours == "19:00-08:00 off"
    assert (facts.button, facts.tactile, facts.kerb, facts.lanes) == ("yes", "yes", "raised", 4)
    assert facts.street is not None
    assert (facts.street.ja, facts.street.kana) == ("本通り", "ほんどおり")


def test_absence_of_tags_is_unknown(drawn: Drawn) -> None:
    on = drawn(
        {1: (-8, 0, {}), 2: (0, 0, {}), 3: (8, 0, {}), 4: (0, -50, {}), 5: (0, 50, {})},
        [([1, 2, 3], FOOTWAY | {"footway": "crossing"}), ([4, 2, 5], MAIN)],
    )
    facts = _links(on, StretchKind.CROSSING)[0].crossing
    assert facts is not None
    assert {facts.signals, facts.sound, facts.marked, facts.tactile, facts.island, facts.kerb} == {"unknown"}


def test_a_crossing_node_on_a_plain_footway_makes_a_crossing_as_wide_as_the_road(drawn: Drawn) -> None:
    zebra = {"highway": "crossing", "crossing": "uncontrolled"}
    on = drawn(
        {1: (-40, 0, {}), 2: (0, 0, zebra), 3: (40, 0, {}), 4: (0, -50, {}), 5: (0, 50, {})},
        [([1, 2, 3], FOOTWAY), ([4, 2, 5], MAIN)],
    )
    halves = _links(on, StretchKind.CROSSING)
    assert {round(link.length_m, 1) for link in halves} == {7.0}  # half of four lanes, and the kerb
    assert {(link.crossing.marked, link.crossing.signals) for link in halves if link.crossing} == {
        ("yes", "no")
    }
    assert sum(link.crossing_share for link in halves) == pytest.approx(2.0)


def test_a_footway_over_a_road_is_a_crossing_though_nobody_mapped_one(drawn: Drawn) -> None:
    on = drawn(
        {1: (-40, 0, {}), 2: (0, 0, {}), 3: (40, 0, {}), 4: (0, -50, {}), 5: (0, 50, {})},
        [([1, 2, 3], FOOTWAY), ([4, 2, 5], MAIN)],
    )
    assert {link.crossing.marked for link in _links(on, StretchKind.CROSSING) if link.crossing} == {"unknown"}


def test_a_lane_over_a_main_road_is_a_crossing_and_the_main_road_is_not(drawn: Drawn) -> None:
    on = drawn(
        {
            1: (-40, 0, {}),
            2: (0, 0, {"highway": "traffic_signals"}),
            3: (40, 0, {}),
            4: (0, -50, {}),
            5: (0, 50, {}),
        },
        [([1, 2, 3], {"highway": "residential"}), ([4, 2, 5], MAIN)],
    )
    crossings = _links(on, StretchKind.CROSSING)
    assert {link.highway for link in crossings} == {"residential"}
    assert {link.crossing.signals for link in crossings if link.crossing} == {"yes"}


def test_a_footway_that_goes_on_where_a_road_ends_crosses_nothing(drawn: Drawn) -> None:
    on = drawn(
        {1: (-40, 0, {}), 2: (0, 0, {}), 3: (40, 0, {})},
        [([1, 2], FOOTWAY), ([2, 3], {"highway": "residential"})],
    )
    assert not _links(on, StretchKind.CROSSING)


def test_rails_on_any_way_are_a_level_crossing(drawn: Drawn) -> None:
    on = drawn(
        {1: (-40, 0, {}), 2: (0, 0, {"railway": "level_crossing"}), 3: (40, 0, {})},
        [([1, 2, 3], {"highway": "residential"})],
    )
    rails = _links(on, StretchKind.LEVEL_CROSSING)
    assert sum(link.length_m for link in rails) == pytest.approx(20.0, abs=0.1)  # both ways
    assert sum(link.level_crossing_share for link in rails) == pytest.approx(2.0)


@pytest.mark.parametrize(("east", "north_side", "south_side"), [(-1, "left", "right"), (1, "right", "left")])
def test_a_nameless_sidewalk_learns_its_street_and_side(
    drawn: Drawn, east: int, north_side: str, south_side: str
) -> None:
    on = drawn(
        {
            1: (0, 0, {}),
            2: (0, 100, {}),
            3: (10 * east, 0, {}),
            4: (10 * east, 100, {}),
            5: (14 * east, 0, {}),
            6: (14 * east, 100, {}),
        },
        [
            ([1, 2], MAIN),
            ([3, 4], FOOTWAY | {"footway": "sidewalk"}),
            ([5, 6], {"highway": "service"}),
        ],
    )
    north, south = on.link(3, 4), on.link(4, 3)
    assert (north.name and north.name.ja, north.side) == ("本通り", north_side)
    assert (south.name and south.name.ja, south.side) == ("本通り", south_side)


def test_a_sidewalk_does_not_take_the_name_of_the_street_it_meets(drawn: Drawn) -> None:
    on = drawn(
        {1: (0, 0, {}), 2: (0, 100, {}), 3: (5, 50, {}), 4: (80, 50, {})},
        [([1, 2], MAIN), ([3, 4], FOOTWAY | {"footway": "sidewalk"})],
    )
    assert (on.link(3, 4).name, on.link(3, 4).side) == (None, "unknown")


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"highway": "footway"}, StretchKind.PATH),
        ({"highway": "footway", "footway": "sidewalk"}, StretchKind.SIDEWALK),
        ({"highway": "pedestrian"}, StretchKind.PEDESTRIAN),
        ({"highway": "cycleway"}, StretchKind.SHARED_PATH),
        ({"highway": "footway", "bicycle": "yes"}, StretchKind.SHARED_PATH),
        ({"highway": "footway", "bridge": "yes"}, StretchKind.BRIDGE),
        ({"highway": "footway", "tunnel": "yes"}, StretchKind.UNDERPASS),
        ({"highway": "footway", "tunnel": "building_passage"}, StretchKind.INDOOR),
        ({"highway": "corridor"}, StretchKind.INDOOR),
        ({"highway": "steps"}, StretchKind.STEPS),
        ({"highway": "residential"}, StretchKind.ROAD),
        ({"highway": "residential", "bridge": "yes"}, StretchKind.ROAD),
        ({"highway": "tertiary", "sidewalk": "both"}, StretchKind.SIDEWALK),
        ({"highway": "tertiary", "sidewalk": "separate"}, StretchKind.ROAD),
    ],
)
def test_kinds_of_way(drawn: Drawn, tags: dict[str, str], kind: StretchKind) -> None:
    on = drawn({1: (0, 0, {}), 2: (50, 0, {})}, [([1, 2], tags)])
    assert on.link(1, 2).kind is on.link(2, 1).kind is kind


@pytest.mark.parametrize("tags", [{"foot": "no"}, {"access": "private"}, {"motorroad": "yes"}])
def test_ways_that_are_closed_to_people_on_foot_are_left_out(drawn: Drawn, tags: dict[str, str]) -> None:
    on = drawn(
        {1: (0, 0, {}), 2: (50, 0, {}), 3: (50, 50, {})},
        [([1, 2], {"highway": "residential"}), ([2, 3], {"highway": "residential", **tags})],
    )
    assert not on.graph.has_node(3)


def test_steps_turn_their_direction_with_the_walker(drawn: Drawn) -> None:
    on = drawn(
        {1: (0, 0, {}), 2: (10, 0, {})},
        [([1, 2], {"highway": "steps", "incline": "up", "step_count": "24", "handrail:left": "yes"})],
    )
    up, down = on.link(1, 2), on.link(2, 1)
    assert (up.steps, up.steps_direction, down.steps_direction) == (24, "up", "down")
    assert up.handrail == "yes"


def test_an_escalator_runs_one_way(drawn: Drawn) -> None:
    on = drawn({1: (0, 0, {}), 2: (10, 0, {})}, [([1, 2], {"highway": "steps", "conveying": "forward"})])
    assert on.graph.has_edge(1, 2)
    assert not on.graph.has_edge(2, 1)


def test_what_stands_at_a_node_is_met_when_coming_to_it(drawn: Drawn) -> None:
    on = drawn(
        {1: (0, 0, {}), 2: (10, 0, {"barrier": "bollard"}), 3: (20, 0, {"highway": "elevator"})},
        [([1, 2, 3], FOOTWAY)],
    )
    assert on.link(1, 2).barriers == on.link(3, 2).barriers == ("bollard",)
    assert on.link(2, 1).barriers == ()
    assert on.link(2, 3).elevator
    assert not on.link(3, 2).elevator


@pytest.fixture
def town(drawn: Drawn) -> WalkingMap:
    def named(ja: str, kana: str, en: str, **more: str) -> dict[str, str]:
        return {"name": ja, "name:ja-Hira": kana, "name:en": en, **more}

    stop = {"highway": "bus_stop"}
    return drawn(
        {
            1: (0, 0, {}),
            2: (900, 0, {}),
            3: (5, 5, named("大分駅", "おおいたえき", "Oita Station", railway="station")),
            4: (50, 5, named("大分駅前", "おおいたえきまえ", "Oita Station stop", **stop)),
            5: (
                300,
                5,
                named(
                    "県立美術館", "けんりつびじゅつかん", "Art Museum", tourism="museum", short_name="OPAM"
                ),
            ),
            6: (400, 5, named("竹町", "たけまち", "Takemachi", **stop)),
            7: (430, -5, named("竹町", "たけまち", "Takemachi", **stop)),
            8: (100, 5, named("中町", "なかまち", "Nakamachi", **stop)),
            9: (800, 5, named("中町", "なかまち", "Nakamachi", **stop)),
            10: (500, 0, {"highway": "crossing", "name": "名前のある横断歩道"}),
        },
        [([1, 2], FOOTWAY)],
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("大分駅", "大分駅"),
        ("オオイタエキ", "大分駅"),
        ("oita station", "大分駅"),
        ("Ｏｉｔａ　Ｓｔａｔｉｏｎ", "大分駅"),
        ("ﾀｹﾏﾁ", "竹町"),
        ("opam", "県立美術館"),
        ("けんりつ", "県立美術館"),
        ("museum", "県立美術館"),
        ("大分駅前", "大分駅前"),
    ],
)
def test_places_by_name_reading_english_alias_or_beginning(town: WalkingMap, text: str, found: str) -> None:
    assert places.find(town.places, text)[0].name.ja == found


def test_both_poles_of_a_stop_are_one_place(town: WalkingMap) -> None:
    assert len(places.find(town.places, "竹町")) == 2


def test_two_places_of_one_name_are_listed_with_positions(town: WalkingMap) -> None:
    with pytest.raises(PlaceAmbiguous, match=r"中町 \(33\.\d{5},131\.\d{5}\), 中町"):
        places.find(town.places, "中町")


def test_a_beginning_of_several_names_is_listed(town: WalkingMap) -> None:
    with pytest.raises(PlaceAmbiguous, match="大分駅, 大分駅前"):
        places.find(town.places, "大分")


def test_an_unknown_place_names_its_neighbours(town: WalkingMap) -> None:
    with pytest.raises(PlaceNotFound, match="near names: 県立美術館"):
        places.find(town.places, "県立美術巻")
    with pytest.raises(PlaceNotFound, match="lat,lon"):
        places.find(town.places, "zzzzqqq")
    with pytest.raises(PlaceNotFound):
        places.find(town.places, "・ー 　")


def test_a_crossings_name_is_no_place(town: WalkingMap) -> None:
    assert "名前のある横断歩道" not in {place.name.ja for place in town.places}
