"""Copies of an extract side by side: as many times the streets, and they hang together."""

from itertools import pairwise
from pathlib import Path

import networkx as nx
import pytest

from routing.bench import extracts, tiles
from routing.bench.extracts import osmnx_would_walk
from routing.bench.missing import ExtractNeeded, NothingToCompare
from routing.practice import practice_map

OITA = practice_map("oita")


def _ways(extract: Path) -> list[tuple[int, tuple[int, ...], dict[str, str]]]:
    return [
        (way.id, tuple(node.ref for node in way.nodes), {tag.k: tag.v for tag in way.tags})
        for way in extracts.objects(extract)
        if way.is_way()
    ]


def _nodes(extract: Path) -> dict[int, tuple[float, float]]:
    return {
        node.id: (node.location.lat, node.location.lon)
        for node in extracts.objects(extract)
        if node.is_node()
    }


def _graph(extract: Path) -> "nx.Graph[int]":
    graph: nx.Graph[int] = nx.Graph()
    for _, nodes, tags in _ways(extract):
        if osmnx_would_walk(tags):
            graph.add_edges_from(pairwise(nodes))
    return graph


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiles.tiled(OITA, tmp_path_factory.mktemp("tiles") / "six.osm.pbf", 6)


def test_copies_hold_so_many_times_the_streets_and_the_invented_joins(six: Path) -> None:
    base, copied = _ways(OITA), _ways(six)
    joins = [nodes for _, nodes, tags in copied if tags.get("note", "").startswith("invented: joins")]
    assert len(copied) == 6 * len(base) + len(joins)
    assert 7 <= len(joins) <= 7 * 8  # two rows of three: seven seams
    assert len(_nodes(six)) == 6 * len(_nodes(OITA))
    assert len({number for number, _, _ in copied}) == len(copied)


def test_copies_hang_together(six: Path) -> None:
    parts = sorted(map(len, nx.connected_components(_graph(OITA))))
    copied = sorted(map(len, nx.connected_components(_graph(six))))
    assert copied[-1] == 6 * parts[-1]


def test_a_copy_is_the_extract_shifted_by_its_box(six: Path) -> None:
    base, copied = _nodes(OITA), _nodes(six)
    step = max(max(base), max(number for number, _, _ in _ways(OITA))) + 1
    shifts = {
        (round(copied[node + 4 * step][0] - lat, 6), round(copied[node + 4 * step][1] - lon, 6))
        for node, (lat, lon) in base.items()
    }
    assert len(shifts) == 1  # the second row's second copy: up and to the right
    ((up, right),) = shifts
    assert up > 0.005
    assert right > 0.005


@pytest.mark.parametrize(
    ("count", "shape"), [(1, (1, 1)), (4, (2, 2)), (7, (1, 7)), (10, (2, 5)), (12, (3, 4))]
)
def test_shape_of_so_many_copies(count: int, shape: tuple[int, int]) -> None:
    assert tiles.shape_of(count) == shape


def test_an_extract_without_ways_cannot_be_copied(tmp_path: Path) -> None:
    empty = tmp_path / "empty.osm"
    empty.write_text('<osm version="0.6"><node id="1" version="1" lat="33" lon="131"/></osm>', "utf-8")
    with pytest.raises(NothingToCompare, match="歩ける道がない"):
        tiles.tiled(empty, tmp_path / "two.osm", 2)


def test_peers_need_the_extract_of_a_built_map(tmp_path: Path) -> None:
    built = tmp_path / "oita.shirube"
    built.write_bytes(b"SHIRUBE-MAP\n" + bytes(8))
    assert extracts.source_of(OITA, None) == OITA
    assert extracts.source_of(built, OITA) == OITA
    with pytest.raises(ExtractNeeded, match="--extract"):
        extracts.source_of(built, None)


def test_conversions_keep_ways_and_their_nodes(tmp_path: Path) -> None:
    pbf = extracts.as_pbf(OITA, tmp_path)
    assert _ways(pbf) == _ways(OITA)
    assert extracts.as_pbf(pbf, tmp_path) == pbf
    walked = _ways(extracts.walk_as_xml(OITA, tmp_path))
    assert walked == [way for way in _ways(OITA) if osmnx_would_walk(way[2])]


@pytest.mark.parametrize(
    ("tags", "walked"),
    [
        ({"highway": "footway"}, True),
        ({"highway": "cycleway"}, False),
        ({"highway": "motorway"}, False),
        ({"highway": "residential", "foot": "no"}, False),
        ({"highway": "tertiary", "sidewalk": "separate"}, False),
        ({"highway": "service", "access": "private"}, False),
        ({"railway": "rail"}, False),
    ],
)
def test_what_osmnx_would_walk(tags: dict[str, str], walked: bool) -> None:
    assert osmnx_would_walk(tags) is walked
