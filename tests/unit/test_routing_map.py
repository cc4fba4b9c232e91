import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from routing import osm, places
from routing.columns import BACKWARD, BARRIERS, ELEVATOR, FORWARD, HIGHWAYS, KINDS, KNOWN, SIDES, UP_DOWN
from routing.errors import MapMissing, MapNotOsm, MapNotWalkable, PlaceAmbiguous, PlaceNotFound
from routing.geo import Local
from routing.network import WalkingMap, load_map
from routing.tags import CrossingFacts
from wire.route import Known, Name, StretchKind

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


@dataclass(frozen=True)
class Link:
    """A link of a map as it is walked from `tail` to `head` (OpenStreetMap's ids; 0 for a cut)."""

    on: WalkingMap
    index: int
    forward: bool

    def _code(self, column: str) -> int:
        return int(getattr(self.on.columns, f"link_{column}")[self.index])

    def _turned(self, codes: tuple[str, ...], column: str) -> str:
        code = self._code(column)
        return codes[code if self.forward or code not in (1, 2) else 3 - code]

    @property
    def ends(self) -> tuple[int, int]:
        of = self.on.columns
        a, b = int(of.node_osm[of.link_a[self.index]]), int(of.node_osm[of.link_b[self.index]])
        return (a, b) if self.forward else (b, a)

    @property
    def kind(self) -> StretchKind:
        return KINDS[self._code("kind")]

    @property
    def highway(self) -> str:
        return HIGHWAYS[self._code("highway")]

    @property
    def length_m(self) -> float:
        return float(self.on.columns.link_length_m[self.index])

    @property
    def name(self) -> Name | None:
        return self.on.name(self._code("name"))

    @property
    def side(self) -> str:
        return self._turned(SIDES, "side")

    @property
    def climb(self) -> str:
        return self._turned(UP_DOWN, "climb")

    @property
    def tactile(self) -> Known:
        return KNOWN[self._code("tactile")]

    @property
    def crossing(self) -> CrossingFacts | None:
        index = self._code("crossing")
        return self.on.crossing_facts(index) if index >= 0 else None

    def flag(self, flag: int) -> bool:
        return self._code("flags") & flag > 0

    def share(self, of: str) -> float:
        return float(getattr(self.on.columns, f"link_{of}_share")[self.index])


def _all(on: WalkingMap) -> list[Link]:
    """Every link, once in each direction in which it may be walked."""
    flags = on.columns.link_flags.tolist()
    return [
        Link(on, index, forward)
        for index, flag in enumerate(flags)
        for forward, bit in ((True, FORWARD), (False, BACKWARD))
        if flag & bit
    ]


def _links(on: WalkingMap, kind: StretchKind) -> list[Link]:
    return [link for link in _all(on) if link.kind is kind]


def _link(on: WalkingMap, tail: int, head: int) -> Link:
    (found,) = [link for link in _all(on) if link.ends == (tail, head)]
    return found


def _has_node(on: WalkingMap, node: int) -> bool:
    return node in on.columns.node_osm


def test_a_missing_file_is_told_in_both_languages(tmp_path: Path) -> None:
    with pytest.raises(MapMissing, match=r"地図ファイルを開けません.* / cannot open the map"):
        load_map(tmp_path / "no.osm")


@pytest.mark.parametrize(
    "text", ["", "hello", "<html></html>", "<osm><node id='1'", "<osm version='0.6'></osm>"]
)
def test_what_is_not_osm_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.osm"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MapNotOsm, match=r"give an \.osm or \.osm\.pbf file"):
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


def test_two_loads_at_once_keep_their_tags(tmp_path: Path) -> None:
    nodes: Nodes = {1: (0, 0, {}), 2: (50, 0, {})}
    path = _written(tmp_path / "a.osm", nodes, [([1, 2], FOOTWAY | {"tactile_paving": "yes"})])
    loaded: list[WalkingMap] = []
    threads = [threading.Thread(target=lambda: loaded.append(load_map(path))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert [_link(on, 1, 2).tactile for on in loaded] == ["yes"] * 3


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
    assert sum(link.share("crossing") for link in crossings) == pytest.approx(2.0)  # once each way
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
    assert sum(link.share("crossing") for link in halves) == pytest.approx(2.0)


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
    assert sum(link.share("rails") for link in rails) == pytest.approx(2.0)


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
    north, south = _link(on, 3, 4), _link(on, 4, 3)
    assert (north.name and north.name.ja, north.side) == ("本通り", north_side)
    assert (south.name and south.name.ja, south.side) == ("本通り", south_side)


def test_a_sidewalk_does_not_take_the_name_of_the_street_it_meets(drawn: Drawn) -> None:
    on = drawn(
        {1: (0, 0, {}), 2: (0, 100, {}), 3: (5, 50, {}), 4: (80, 50, {})},
        [([1, 2], MAIN), ([3, 4], FOOTWAY | {"footway": "sidewalk"})],
    )
    assert (_link(on, 3, 4).name, _link(on, 3, 4).side) == (None, "unknown")


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
    assert _link(on, 1, 2).kind is _link(on, 2, 1).kind is kind


@pytest.mark.parametrize("tags", [{"foot": "no"}, {"access": "private"}, {"motorroad": "yes"}])
def test_ways_that_are_closed_to_people_on_foot_are_left_out(drawn: Drawn, tags: dict[str, str]) -> None:
    on = drawn(
        {1: (0, 0, {}), 2: (50, 0, {}), 3: (50, 50, {})},
        [([1, 2], {"highway": "residential"}), ([2, 3], {"highway": "residential", **tags})],
    )
    assert not _has_node(on, 3)


def test_steps_turn_their_direction_with_the_walker(drawn: Drawn) -> None:
    on = drawn(
        {1: (0, 0, {}), 2: (10, 0, {})},
        [([1, 2], {"highway": "steps", "incline": "up", "step_count": "24", "handrail:left": "yes"})],
    )
    up, down = _link(on, 1, 2), _link(on, 2, 1)
    assert (up.climb, down.climb) == ("up", "down")
    assert on.columns.link_steps.tolist() == [24]
    assert KNOWN[on.columns.link_handrail[0]] == "yes"
    assert up.share("flight") == pytest.approx(1.0)


def test_an_escalator_runs_one_way(drawn: Drawn) -> None:
    on = drawn({1: (0, 0, {}), 2: (10, 0, {})}, [([1, 2], {"highway": "steps", "conveying": "forward"})])
    assert [link.ends for link in _all(on)] == [(1, 2)]


def test_what_stands_at_a_node_stays_there(drawn: Drawn) -> None:
    on = drawn(
        {
            1: (0, 0, {}),
            2: (10, 0, {"barrier": "bollard"}),
            3: (20, 0, {"highway": "elevator"}),
            4: (30, 0, {"barrier": "kerb"}),
            5: (40, 0, {"barrier": "sliding_gate"}),
        },
        [([1, 2, 3, 4, 5], FOOTWAY)],
    )
    at = {int(osm_id): index for index, osm_id in enumerate(on.columns.node_osm)}
    barriers = {osm_id: BARRIERS[on.columns.node_barrier[index]] for osm_id, index in at.items()}
    assert barriers == {1: "none", 2: "bollard", 3: "none", 4: "none", 5: "gate"}
    assert on.columns.node_flags[at[3]] & ELEVATOR
    assert on.node_tags(at[5]) == {"barrier": "sliding_gate"}


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
