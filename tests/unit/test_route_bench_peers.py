"""The other engines on the practice map, and the two commands' results beside them. No timing."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from routing import desk, search, snapping, stretches
from routing.bench.bench import bench
from routing.bench.compare import compare
from routing.bench.machine import NOON
from routing.bench.missing import ExtractNeeded, NothingToCompare, PeerMissing, PeerUnknown
from routing.bench.pairs import Pair, pairs
from routing.bench.ruler import Figures, Ruler, figures
from routing.bench.table import table
from routing.bench.walked import Walked
from routing.bench.with_osmnx import Osmnx
from routing.bench.with_valhalla import Valhalla
from routing.columns import F64
from routing.errors import PlanError
from routing.geo import distance_m
from routing.network import WalkingMap, load_map
from routing.practice import practice_map
from routing.walkers import walker

OITA = practice_map("oita")
BOX = (33.2345, 131.6035, 33.2390, 131.6095)  # where every engine has streets
ASKED = pairs(BOX, 6, 1)


def _ends_near(points: tuple[tuple[float, float], ...], pair: Pair) -> bool:
    return distance_m(points[0], pair.start) < 150.0 and distance_m(points[-1], pair.end) < 150.0


def test_osmnx_walks_on_the_extract_and_tells_its_ways(tmp_path: Path) -> None:
    engine = Osmnx.over(OITA, tmp_path)
    walks = [(pair, engine.walked(pair)) for pair in ASKED]
    assert any(walked is not None for _, walked in walks)
    for pair, walked in walks:
        if walked is not None:
            assert _ends_near(walked.points, pair)
            assert len(walked.ways) == len(walked.points) - 1
            assert all(walked.ways)


def test_valhalla_walks_on_the_extract_and_tells_its_ways(tmp_path: Path) -> None:
    pytest.importorskip("valhalla", reason="pyvalhalla-weekly is not installed (extra bench)")
    engine = Valhalla.over(OITA, tmp_path)
    trip = engine.answer(ASKED[0])
    assert trip is not None
    assert trip["trip"]["language"] == "ja-JP"
    walked = engine.walked(ASKED[0])
    assert walked is not None
    assert _ends_near(walked.points, ASKED[0])
    assert sum(way > 0 for way in walked.ways) > len(walked.ways) / 2
    assert engine.answer(Pair((-33.0, 131.0), (-33.1, 131.0), near=False)) is None


def test_a_peer_that_is_not_installed_is_said_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "valhalla", None)
    with pytest.raises(PeerMissing) as caught:
        Valhalla.over(OITA, tmp_path)
    assert "'.[bench]'" in caught.value.ja
    assert "'.[bench]'" in caught.value.en


def test_an_extract_that_valhalla_cannot_read_is_said(tmp_path: Path) -> None:
    pytest.importorskip("valhalla", reason="pyvalhalla-weekly is not installed (extra bench)")
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"no map at all")
    (tmp_path / "own").mkdir()
    with pytest.raises(PeerMissing, match="broken"):
        Valhalla.over(broken, tmp_path / "own")


@pytest.mark.parametrize("command", [bench, compare])
def test_unknown_peers_are_refused_before_anything_is_opened(command: Any, tmp_path: Path) -> None:
    with pytest.raises(PeerUnknown, match="graphhopper"):
        command(tmp_path / "no.osm", peers=("graphhopper",))


@pytest.mark.parametrize("command", [bench, compare])
def test_a_built_map_alone_is_not_enough_for_peers(command: Any, tmp_path: Path) -> None:
    built = tmp_path / "oita.shirube"
    built.write_bytes(b"SHIRUBE-MAP\n" + bytes(64))
    with pytest.raises(ExtractNeeded):
        command(built, peers=("valhalla",))


def test_compare_measures_every_engine_by_one_ruler() -> None:
    result = compare(OITA, peers=("osmnx",), count=12, seed=1)
    assert list(result["engines"]) == ["shirube", "osmnx", "shirube_shortest"]
    assert 0 < result["compared"] <= 12
    for told in result["engines"].values():
        assert set(told) == {*Figures().per_km(), "longer", "longer_p95"}
        assert told["longer"] >= 1.0
        assert told["unmatched_share"] < 0.2
    assert result == compare(OITA, peers=("osmnx",), count=12, seed=1)
    text = table(result)
    assert "Shirube" in text
    assert "誘導ブロック" in text
    assert "unsignalled/km" in text


def test_bench_has_the_keys_that_are_asked_for() -> None:
    result = bench(OITA, peers=("networkx",), count=8, seed=1, rounds=1, tiles=2)
    for engine in ("shirube", "networkx"):
        assert {"p50_ms", "p95_ms", "near", "far", "no_route"} == set(result[engine])
    assert result["same_cost_as_networkx"] == 1.0
    assert {"open_ms", "rss_mb", "prepare_ms", "machine", "map", "p50_growth"} <= set(result)
    assert result["tiled"]["tiles"] == 2
    assert "NetworkX" in table(result)


def test_pairs_that_nobody_can_walk_are_said() -> None:
    with pytest.raises(NothingToCompare):
        compare(OITA, peers=(), count=0)


def _found(on: WalkingMap, pair: Pair) -> tuple[Walked, F64] | None:
    """A way as our own search found it: its line, and the metres of each link."""
    task = desk.task(on, walker("cane"), NOON, ())
    try:
        starts, ends = snapping.snaps(on, pair.start), snapping.snaps(on, pair.end)
        found = search.cheapest(on, starts, ends, task.metric("recommended"))
    except PlanError:
        return None
    share = np.ones(len(found.links))
    share[0] -= found.start.share if found.forward[0] else 1.0 - found.start.share
    share[-1] -= 1.0 - found.end.share if found.forward[-1] else found.end.share
    metres = share * on.columns.link_length_m[found.links]
    covered_m = np.bincount(found.links, metres, len(on.columns.link_a))
    return Walked(stretches.told(on, found, task.crossings, task.closed).points), covered_m


def test_the_ruler_gives_back_what_the_search_walked_on() -> None:
    on = load_map(OITA)
    ruler = Ruler.of(on.columns)
    by_line, by_links = Figures(), Figures()
    for pair in pairs(on.bounds, 20, 2):
        found = _found(on, pair)
        if found is not None:
            by_line += ruler.measured(found[0])
            by_links += figures(on.columns, found[1], float(found[1].sum()))
    assert by_links.length_m > 4000.0
    for key in ("length_m", "on_foot_m", "no_sidewalk_m", "tactile_m"):
        assert getattr(by_line, key) == pytest.approx(getattr(by_links, key), abs=0.03 * by_links.length_m)
    for key in ("crossings", "unsignalled", "level_crossings", "flights"):
        assert getattr(by_line, key) == pytest.approx(getattr(by_links, key), rel=0.05, abs=1.0)
