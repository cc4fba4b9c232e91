from datetime import datetime
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import networkx as nx
import numpy as np
import pytest

from routing import geo, places, reference
from routing.columns import KINDS
from routing.desk import desk
from routing.errors import MapMissing
from routing.network import WalkingMap, load_map
from routing.plan import plan
from routing.practice import NAMES, draw, practice_map
from routing.walkers import WALKERS
from routing.weights import weights, wish
from wire.route import Route, StretchKind

DAY = datetime(2026, 5, 1, 10, tzinfo=ZoneInfo("Asia/Tokyo"))
# Bus stops as the local feeds place them.
OITA_STOPS = {
    "大分駅前": (33.2338, 131.6072),
    "中央通り": (33.2359, 131.6074),
    "竹町大分銀行前": (33.2374, 131.6072),
    "竹町": (33.2384, 131.6075),
    "昭和通り": (33.2391, 131.6054),
    "オアシスひろば前": (33.2389, 131.6017),
    "県庁前": (33.2392, 131.6128),
    "県庁正門前": (33.2375, 131.6118),
}


@pytest.fixture(scope="module", params=NAMES)
def drawn(request: pytest.FixtureRequest) -> WalkingMap:
    return load_map(practice_map(request.param))


@pytest.fixture(scope="module")
def oita() -> WalkingMap:
    return load_map(practice_map("oita"))


@pytest.fixture(scope="module")
def to_the_museum(oita: WalkingMap) -> Route:
    return plan(oita, "大分駅 府内中央口", "大分県立美術館", "cane", DAY)


@pytest.mark.parametrize("sketch", draw.SKETCHES, ids=lambda sketch: sketch.key)
def test_the_file_is_what_the_lists_draw(sketch: draw.Sketch) -> None:
    assert practice_map(sketch.key).read_text(encoding="utf-8") == draw.osm_xml(sketch), (
        "the lists changed: run python -m routing.practice.draw"
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_way_is_marked_for_practice(name: str) -> None:
    root = ElementTree.parse(practice_map(name)).getroot()  # noqa: S314 - our own file
    assert root.get("generator") == "Shirube practice map"
    assert root.find("bounds") is not None
    for way in root.findall("way"):
        tags = {tag.get("k"): tag.get("v") for tag in way.findall("tag")}
        assert tags["shirube:practice"] == "yes"


def test_an_unknown_practice_map_is_refused() -> None:
    with pytest.raises(MapMissing, match="oita, beppu"):
        practice_map("tokyo")


def test_practice_maps_say_so(drawn: WalkingMap) -> None:
    assert drawn.source.practice
    assert "not for navigation" in drawn.source.attribution


def test_everything_hangs_together(drawn: WalkingMap) -> None:
    nothing = np.zeros(0, np.int32)
    hour = desk(drawn).timetable.sounding(desk(drawn).timetable.at(DAY, *drawn.plane.origin))
    costs = weights(drawn.columns, wish(WALKERS["cane"], "recommended"), hour, dark=False, blocked=nothing)
    assert nx.is_strongly_connected(reference.graph(drawn.columns, costs))


def test_every_place_can_be_walked_to_from_the_first(drawn: WalkingMap) -> None:
    first, *others = drawn.places
    for place in others:
        if geo.distance_m(first.point, place.point) > 30.0:
            where = f"{place.point[0]},{place.point[1]}"
            assert plan(drawn, f"{first.point[0]},{first.point[1]}", where, "cane", DAY).length_m > 10.0


def test_every_kind_of_way_occurs_somewhere() -> None:
    kinds = {
        KINDS[kind] for name in NAMES for kind in np.unique(load_map(practice_map(name)).columns.link_kind)
    }
    assert kinds == set(StretchKind)


@pytest.mark.parametrize(("stop", "where"), OITA_STOPS.items())
def test_stops_are_where_the_feeds_have_them(oita: WalkingMap, stop: str, where: tuple[float, float]) -> None:
    off = min(geo.distance_m(place.point, where) for place in places.find(oita.places, stop))
    assert off < 30.0


def test_the_walk_to_the_museum_is_the_one_to_demonstrate(to_the_museum: Route) -> None:
    line = geo.Polyline.through(to_the_museum.points)
    assert 1000.0 <= to_the_museum.length_m <= 1200.0
    assert line.length_m == pytest.approx(to_the_museum.length_m, abs=0.5)
    turns = [
        geo.turn_deg(line.bearing_at(at, over_m=-8.0), line.bearing_at(at, over_m=8.0))
        for at in line.along_m[1:-1]
    ]
    assert 3 <= sum(abs(turn) > 60.0 for turn in turns) <= 5
    straights = [0.0, *(at for at, turn in zip(line.along_m[1:-1], turns, strict=True) if abs(turn) > 30)]
    assert max(b - a for a, b in pairwise([*straights, line.length_m])) >= 150.0


def test_the_walk_to_the_museum_meets_every_kind_of_crossing(to_the_museum: Route) -> None:
    met = [part.crossing for part in to_the_museum.stretches if part.crossing is not None]
    assert 3 <= len(met) <= 5
    assert any(each.signals == "yes" and each.sound == "yes" for each in met)
    assert any(each.signals == "yes" and each.sound == "no" for each in met)
    assert any(each.signals == "yes" and each.sound == "unknown" for each in met)
    assert any(each.signals == "no" and each.marked == "yes" for each in met)
    assert any(each.marked == "no" for each in met)


def test_blocks_begin_and_end_and_are_unknown_on_the_way_to_the_museum(to_the_museum: Route) -> None:
    line = geo.Polyline.through(to_the_museum.points)
    metres = dict.fromkeys(("yes", "no", "unknown"), 0.0)
    for part in to_the_museum.stretches:
        if part.crossing is None:
            metres[part.tactile] += line.along_m[part.last] - line.along_m[part.first]
    assert metres["yes"] > 0.6 * to_the_museum.length_m
    assert metres["no"] > 50.0
    assert metres["unknown"] > 50.0


def test_the_drawing_does_not_depend_on_where_it_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert all(practice_map(name).is_file() for name in NAMES)
