"""Real OpenStreetMap data: where the extract is not there, skipped."""

from collections import defaultdict
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from routing import mapcheck, mapinfo, reference
from routing.columns import HIGHWAYS, KINDS, KNOWN, MAINLAND, SLICED, TIE
from routing.network import WalkingMap, load_map
from routing.weights import Weights
from wire.route import StretchKind

MAPS = Path(__file__).parents[2].parent / "shared" / "data" / "maps"
FILES = ("shibuya.osm", "herrenberg.osm.pbf", "liechtenstein.osm.pbf", "oslo-east.osm.pbf")


@pytest.fixture(scope="module", params=FILES)
def real(request: pytest.FixtureRequest) -> WalkingMap:
    path = MAPS / str(request.param)
    if not path.is_file():
        pytest.skip(f"no extract at {path}")
    return load_map(path)


@pytest.fixture(scope="module")
def shibuya() -> WalkingMap:
    path = MAPS / "shibuya.osm"
    if not path.is_file():
        pytest.skip(f"no extract at {path}")
    return load_map(path)


def test_the_tags_of_a_real_map_survive(shibuya: WalkingMap) -> None:
    of = shibuya.columns
    ids: dict[str, set[int]] = defaultdict(set)
    for link in range(len(of.link_a)):
        kind, way = KINDS[of.link_kind[link]], int(of.link_way[link])
        ids[kind].add(way)
        if KNOWN[of.link_tactile[link]] == "yes":
            ids["tactile"].add(way)
        if of.link_crossing[link] >= 0 and KNOWN[of.crossing_sound[of.link_crossing[link]]] == "yes":
            ids["sound"].add(int(of.link_crossing[link]))
        if kind is StretchKind.SIDEWALK and HIGHWAYS[of.link_highway[link]] == "footway":
            ids["sidewalk"].add(way)
            ids["named"] |= {way} if of.link_name[link] >= 0 else set()
    assert len(ids[StretchKind.CROSSING]) > 200
    assert len(ids[StretchKind.STEPS]) > 100
    assert len(ids["tactile"]) >= 30  # 39 ways of the extract, of which some are crossings
    assert len(ids["sound"]) >= 8  # 14 signals with a sound, on fewer crossings
    assert len(ids["named"]) > 0.5 * len(ids["sidewalk"])
    assert not shibuya.source.practice
    assert shibuya.source.data_time == "2025-07-02T10:17:26Z"


def test_the_columns_of_a_real_map_fit_together(real: WalkingMap) -> None:
    of = real.columns
    nodes, links = len(of.node_osm), len(of.link_a)
    assert np.all((of.link_a >= 0) & (of.link_a < nodes) & (of.link_b >= 0) & (of.link_b < nodes))
    assert np.all(of.link_a != of.link_b)
    assert np.all(np.diff(of.shape_first) >= 2)
    assert np.array_equal(of.shape_lat_e7[of.shape_first[:-1]], of.node_lat_e7[of.link_a])
    assert np.array_equal(of.shape_lon_e7[of.shape_first[1:] - 1], of.node_lon_e7[of.link_b])
    assert np.all(np.isfinite(of.link_length_m) & (of.link_length_m >= 0.0))
    for column, most in (("crossing", len(of.crossing_osm)), ("name", len(of.name_ja)), ("tags", 1 << 30)):
        values = getattr(of, f"link_{column}")
        assert np.all((values >= -1) & (values < most))
    assert all(real.text(text) is not None for text in range(0, len(of.text_end), 97))
    assert len(np.unique(of.node_osm[of.node_osm != 0])) == np.count_nonzero(of.node_osm)
    degree = np.bincount(np.concatenate((of.link_a, of.link_b)), minlength=nodes)
    assert degree.min() >= 1
    # A crossing is paid for once or, where a map's edge cuts it, in part.
    shares = np.bincount(
        of.link_crossing[of.link_crossing >= 0], of.link_crossing_share[of.link_crossing >= 0]
    )
    assert shares.max() < 40.0
    ways = [real.text(index) for index in of.crossing_osm.tolist()]
    whole = [
        share for share, osm in zip(shares, ways, strict=False) if (osm or "").startswith("way/") and share
    ]
    # Rails that are mapped on a crossing way take their part of it.
    assert max(whole, default=0.0) <= 1.001
    assert sum(share > 0.999 for share in whole) >= 0.98 * len(whole)
    assert links > 1000


def test_gaps_are_few_and_told(real: WalkingMap) -> None:
    of, figures = real.columns, mapinfo.info(real)
    ties = np.flatnonzero(of.link_flags & TIE)
    assert len(ties) == real.about["ties"] == figures.ties
    assert len(ties) < len(of.link_a) / 100
    assert np.all(of.link_length_m[ties] < 8.0)
    assert np.count_nonzero(of.link_flags & SLICED) < len(of.link_a) / 100
    assert np.count_nonzero(of.node_flags & MAINLAND) > 0.95 * len(of.node_osm)
    findings = mapcheck.check(real)
    assert sum(each.kind == "tie" for each in findings) == len(ties)
    assert all(each.osm for each in findings)
    assert {
        word for each in findings[:200] for word in (mapcheck.words(each, "ja"), mapcheck.words(each, "en"))
    }


def test_figures_add_up_and_are_told_in_both_languages(real: WalkingMap) -> None:
    figures = mapinfo.info(real, 1_000_000)
    assert sum(figures.km_by_kind.values()) == pytest.approx(figures.km, abs=0.1)
    assert figures.parts == len({*_parts(real)})
    ja, en = mapinfo.lines(figures, "ja"), mapinfo.lines(figures, "en")
    assert len(ja) == len(en)
    assert mapinfo.LICENCE in ja[-1]
    assert mapinfo.LICENCE in en[-1]
    assert all(line.isascii() for line in en[1:-1])


def _parts(on: WalkingMap) -> list[int]:
    of = on.columns
    weights = Weights(*(of.link_length_m.astype(np.float64),) * 2, np.zeros(len(of.node_osm)))
    graph = reference.graph(of, weights)
    return [min(part) for part in nx.connected_components(graph.to_undirected(as_view=True))]


def test_the_reference_graph_weighs_what_the_columns_weigh(shibuya: WalkingMap) -> None:
    of = shibuya.columns
    rng = np.random.default_rng(1)
    weights = Weights(
        rng.uniform(1.0, 9.0, len(of.link_a)), rng.uniform(1.0, 9.0, len(of.link_a)),
        rng.uniform(0.0, 2.0, len(of.node_osm)),
    )  # fmt: skip
    graph = reference.graph(of, weights)
    for link in range(0, len(of.link_a), 53):
        a, b = int(of.link_a[link]), int(of.link_b[link])
        assert graph[a][b]["seconds"] <= weights.forward_s[link] + weights.node_s[b] + 1e-9
        assert graph[b][a]["seconds"] <= weights.backward_s[link] + weights.node_s[a] + 1e-9
        best = graph[a][b]["link"]
        forward = of.link_a[best] == a
        seconds = weights.forward_s[best] if forward else weights.backward_s[best]
        assert graph[a][b]["seconds"] == pytest.approx(seconds + weights.node_s[b])
