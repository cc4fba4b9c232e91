"""Whatever is on the map is in the list, and nothing else: for many walks on the maps that are here."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from routing.blockages import Blockage
from routing.errors import PlanError
from routing.network import WalkingMap, load_map
from routing.plan import plan
from routing.practice import practice_map
from routing.surroundings import surroundings
from server.live import Now
from server.map_facts import KINDS, MOST_FACTS, MOST_THINGS, REACH_M, Fact, MapFacts, map_facts, thinned
from server.pages import render
from wire.position import Fix
from wire.route import Route

TEMPLATES = Path(render.__file__).parent / "templates"
REAL = Path(__file__).parents[3] / "shared" / "data" / "maps" / "shibuya.osm"
NOW = Now(
    "live", "14:02 大分駅の近く", "Near Oita Station, 14:02", 3.0, lat=33.2334, lon=131.6066, accuracy_m=7.0
)
AT = datetime(2026, 11, 22, 5, 2, tzinfo=UTC)
FEW = settings(max_examples=12, deadline=None)


@cache
def the_map(name: str) -> WalkingMap:
    """A practice map, or a part of a real one."""
    if name == "real":
        return load_map(REAL, bbox=(35.655, 139.695, 35.662, 139.704))
    return load_map(practice_map(name))


on_every_map = pytest.mark.parametrize(
    "name",
    [
        "oita",
        "beppu",
        pytest.param("real", marks=pytest.mark.skipif(not REAL.exists(), reason="no real map")),
    ],
)


def routes(on: WalkingMap, shares: tuple[float, float, float, float]) -> Iterator[Route]:
    """The route between two places of the map, where there is one."""
    south, west, north, east = on.bounds
    ends = [
        f"{south + shares[k] * (north - south)},{west + shares[k + 1] * (east - west)}" for k in (0, 2)
    ]  # fmt: skip
    try:
        yield plan(on, *ends, "cane", AT)
    except PlanError:
        return


def listed(facts: MapFacts, lang: str) -> list[tuple[str, str]]:
    """(id, words) of every line of the list, as the page has it."""
    english = lang == "en"
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    html = made.get_template("map_facts.html").render(
        t=lambda ja, en: en if english else ja,
        pick=lambda pair: pair[english],
        facts=facts,
        facts_address="/x",
        leaflet=None,
    )
    pattern = r'<li data-fact="([^"]+)"[^>]*>.*?<span class="fact-words">(.*?)</span>'
    return [(unescape(key), unescape(words)) for key, words in re.findall(pattern, html)]


def drawn(facts: MapFacts) -> list[Fact]:
    return [fact for block in facts.blocks for fact in block.facts]


shares = st.tuples(*[st.floats(0.05, 0.95)] * 4)


@on_every_map
@FEW
@given(shares=shares, strayed_m=st.floats(0.0, 150.0), positions=st.integers(0, 60))
def test_the_list_and_the_map_hold_the_same(
    name: str, shares: tuple[float, float, float, float], strayed_m: float, positions: int
) -> None:
    on = the_map(name)
    for route in routes(on, shares):
        points = route.points[:positions]
        off = strayed_m / 111_000.0
        fixes = [Fix(utc_s=k, lat=lat + off, lon=lon, accuracy_m=5.0) for k, (lat, lon) in enumerate(points)]
        middle = route.points[len(route.points) // 2]
        closed = (Blockage(*middle, 0.0, 1e9), Blockage(middle[0] + 1.0, middle[1], 0.0, 1e9))
        around = surroundings(on, route.points, REACH_M, MOST_THINGS, thinned(fixes, 30.0))
        facts = map_facts(route, fixes, NOW, around, closed)
        objects = drawn(facts)
        for lang in ("ja", "en"):
            assert listed(facts, lang) == [(fact.id, getattr(fact, lang)) for fact in objects]
        ids = [fact.id for fact in objects]
        assert len(ids) == len(set(ids)) <= MOST_FACTS
        assert [block.kind for block in facts.blocks] == [
            kind for kind in KINDS if kind in {f.kind for f in objects}
        ]
        assert {"position", "start", "destination", "route", "closed"} <= {fact.kind for fact in objects}
        assert sum(fact.kind == "closed" for fact in objects) == 1  # the other lies far off
        south, west, north, east = on.bounds
        for fact in objects:
            for line in fact.lines:
                assert line
                if fact.kind not in ("position", "track", "closed"):
                    assert all(south - 0.01 <= lat <= north + 0.01 for lat, _ in line)
                    assert all(west - 0.01 <= lon <= east + 0.01 for _, lon in line)
        for block in facts.blocks:
            along = [fact.at_m for fact in block.facts if fact.at_m is not None]
            assert along == sorted(along)


@on_every_map
@FEW
@given(shares=shares)
def test_all_that_the_route_leads_over_is_told(name: str, shares: tuple[float, float, float, float]) -> None:
    on = the_map(name)
    for route in routes(on, shares):
        around = surroundings(on, route.points, REACH_M, MOST_THINGS)
        told = {thing.crossing.osm_id for thing in around.things if thing.crossing is not None}
        met = {stretch.crossing.osm_id for stretch in route.stretches if stretch.crossing is not None}
        assert met - {None} <= told
        assert all(0.0 <= thing.off_m <= REACH_M for thing in around.things)
        assert all(-0.1 <= thing.at_m <= route.length_m * 1.01 + 1.0 for thing in around.things)
        some = surroundings(on, route.points, REACH_M, 5)
        assert some.things == around.things[:5]
        assert some.left_out == max(len(around.things) - 5, 0)
