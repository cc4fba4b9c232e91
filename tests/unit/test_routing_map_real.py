"""Real OpenStreetMap data (Shibuya; highways only): where the extract is not there, skipped."""

import random
from collections import Counter
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from routing.errors import SamePlace
from routing.network import WalkingMap, load_map
from routing.plan import plan
from wire.route import StretchKind

SHIBUYA = Path(__file__).parents[2].parent / "shared" / "data" / "maps" / "shibuya.osm"
SOUTH, WEST, NORTH, EAST = 35.655, 139.695, 35.665, 139.71
DAY = datetime(2026, 5, 1, 10, tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.fixture(scope="module")
def shibuya() -> WalkingMap:
    if not SHIBUYA.is_file():
        pytest.skip(f"no extract at {SHIBUYA}")
    return load_map(SHIBUYA)


def test_the_tags_of_a_real_map_survive(shibuya: WalkingMap) -> None:
    found: Counter[str] = Counter()
    ids: dict[str, set[str]] = {"sound": set(), "tactile": set(), "named": set(), "sidewalk": set()}
    for _, _, link in shibuya.graph.edges(data="link"):
        found[link.kind] += 1
        if link.crossing is not None and link.crossing.sound == "yes":
            ids["sound"].add(link.crossing.osm_id)
        if link.tactile == "yes":
            ids["tactile"].add(link.osm_id)
        if link.kind is StretchKind.SIDEWALK and link.highway == "footway":
            ids["sidewalk"].add(link.osm_id)
            ids["named"] |= {link.osm_id} if link.name else set()
    assert found[StretchKind.CROSSING] > 400
    assert found[StretchKind.STEPS] > 200
    assert len(ids["tactile"]) >= 30  # 39 ways of the extract, of which some are crossings
    assert len(ids["sound"]) >= 8  # 14 signals with a sound, on fewer crossings
    assert len(ids["named"]) > 0.5 * len(ids["sidewalk"])
    assert not shibuya.source.practice
    assert shibuya.source.data_time == "2025-07-02T10:17:26Z"


def test_random_walks_find_a_way(shibuya: WalkingMap) -> None:
    rng = random.Random(1)  # noqa: S311 - places, not secrets

    def anywhere() -> str:
        return f"{rng.uniform(SOUTH, NORTH)},{rng.uniform(WEST, EAST)}"

    for _ in range(12):
        try:
            route = plan(shibuya, anywhere(), anywhere(), "cane", DAY)
        except SamePlace:
            continue
        assert all(a.last == b.first for a, b in pairwise(route.stretches))
        assert len(route.stretches) <= 10 + route.length_m / 20.0
