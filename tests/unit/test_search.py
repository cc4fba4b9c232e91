"""The cheapest way on drawn networks: parts of links, one-ways, what stands at nodes, several ends."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from routing import hierarchy, search
from routing.errors import NoRoute
from routing.search import Found
from routing.snapping import Snap
from routing.weights import Weights

# A square 0-1-2-3 with a tail 2-4, and a piece 5-6 of its own. Each link is 100 m and 100 s.
LINKS = ((0, 1), (1, 2), (2, 3), (3, 0), (2, 4), (5, 6))
PLACES = ((0, 0), (0, 100), (100, 100), (100, 0), (200, 200), (500, 500), (500, 600))
ONE_WAY = math.inf


class Town:
    """The square, with what is changed about it."""

    def __init__(self, *, back: dict[int, float] | None = None, at: dict[int, float] | None = None) -> None:
        a, b = (np.array(ends, np.int32) for ends in zip(*LINKS, strict=True))
        lat, lon = zip(*PLACES, strict=True)
        self.on: Any = SimpleNamespace(
            hierarchy=hierarchy.build(len(PLACES), a, b, lat, lon),
            columns=SimpleNamespace(link_length_m=np.full(len(LINKS), 100.0, np.float32)),
        )
        backward = [(back or {}).get(link, 100.0) for link in range(len(LINKS))]
        standing = [(at or {}).get(node, 0.0) for node in range(len(PLACES))]
        weights = Weights(np.full(len(LINKS), 100.0), np.array(backward), np.array(standing))
        self.metric = hierarchy.customise(self.on.hierarchy, weights)

    def way(self, starts: list[Snap], ends: list[Snap]) -> Found:
        """The cheapest."""
        return search.cheapest(self.on, starts, ends, self.metric)


def snap(link: int, share: float, access_s: float = 0.0) -> Snap:
    return Snap(link, share, access_s, (0.0, 0.0), access_s)


def told(found: Found) -> list[tuple[int, str]]:
    ways = zip(found.links.tolist(), found.forward.tolist(), strict=True)
    return [(link, "on" if forward else "back") for link, forward in ways]


def test_along_one_link_either_way() -> None:
    town = Town()
    there, back = town.way([snap(0, 0.2)], [snap(0, 0.7)]), town.way([snap(0, 0.7)], [snap(0, 0.2)])
    assert told(there) == [(0, "on")]
    assert told(back) == [(0, "back")]
    assert there.cost_s == pytest.approx(50.0)
    assert search.length_m(town.on, back) == pytest.approx(50.0)


def test_against_a_one_way_link_it_is_round_the_block() -> None:
    town = Town(back={0: ONE_WAY})
    found = town.way([snap(0, 0.7)], [snap(0, 0.2)])
    assert told(found) == [(0, "on"), (1, "on"), (2, "on"), (3, "on"), (0, "on")]
    assert found.cost_s == pytest.approx(350.0)
    assert search.length_m(town.on, found) == pytest.approx(350.0)


def test_round_the_block_too_where_the_direct_way_costs_more() -> None:
    town = Town(back={0: 2000.0})
    assert len(town.way([snap(0, 0.7)], [snap(0, 0.2)]).links) == 5
    assert len(town.way([snap(0, 0.3)], [snap(0, 0.2)]).links) == 1


def test_over_links_in_part_and_whole() -> None:
    found = Town().way([snap(0, 0.6)], [snap(4, 0.5)])
    assert told(found) == [(0, "on"), (1, "on"), (4, "on")]
    assert found.cost_s == pytest.approx(40.0 + 100.0 + 50.0)
    assert search.length_m(Town().on, found) == pytest.approx(190.0)


def test_what_stands_at_a_node_costs_where_the_way_comes_to_it() -> None:
    town = Town(at={1: 500.0, 4: 9.0})
    found = town.way([snap(0, 0.6)], [snap(4, 1.0)])
    assert told(found) == [(0, "back"), (3, "back"), (2, "back"), (4, "on")]  # not by node 1
    assert found.cost_s == pytest.approx(369.0)  # the way ends at node 4, where something stands


@pytest.mark.parametrize(("link", "share"), [(0, 1.0), (1, 0.0)])
def test_a_place_at_the_end_of_a_link_is_at_the_node(link: int, share: float) -> None:
    town = Town(at={1: 500.0})
    away = town.way([snap(link, share)], [snap(1, 1.0)])
    assert away.cost_s == pytest.approx(600.0)
    assert (away.links[0], away.links[-1]) == (link, 1)
    assert search.length_m(town.on, away) == pytest.approx(100.0)
    back = town.way([snap(1, 1.0)], [snap(link, share)])
    assert back.cost_s == pytest.approx(600.0)
    assert search.length_m(town.on, back) == pytest.approx(100.0)


def test_from_the_end_of_a_link_back_along_it_is_one_step() -> None:
    found = Town().way([snap(4, 1.0)], [snap(1, 0.0)])
    assert told(found) == [(4, "back"), (1, "back")]


def test_a_place_on_a_link_to_itself_is_no_way_at_all() -> None:
    for share in (0.0, 0.3, 1.0):
        found = Town(back={2: ONE_WAY}).way([snap(2, share)], [snap(2, share)])
        assert (len(found.links), found.cost_s) == (1, 0.0)


def test_of_several_ends_those_are_chosen_that_cost_least_in_all() -> None:
    near, far = snap(3, 0.5, access_s=5.0), snap(4, 0.5, access_s=10.0)
    end, other = snap(4, 0.9, access_s=30.0), snap(3, 0.5, access_s=500.0)
    found = Town().way([near, far], [end, other])
    assert found.start is far
    assert found.end is end
    assert found.cost_s == pytest.approx(40.0)  # getting there is not of the way


def test_a_place_that_leads_nowhere_is_passed_over_for_one_that_does() -> None:
    found = Town().way([snap(5, 0.5), snap(0, 0.5, access_s=80.0)], [snap(1, 0.5)])
    assert found.start.link == 0


def test_nothing_that_joins_them_is_told() -> None:
    for starts, ends in (([snap(5, 0.5)], [snap(1, 0.5)]), ([], [snap(1, 0.5)]), ([snap(1, 0.5)], [])):
        with pytest.raises(NoRoute, match="no walkable way joins"):
            Town().way(starts, ends)
    with pytest.raises(NoRoute):  # out of a dead end that may only be entered
        Town(back={4: ONE_WAY}).way([snap(4, 0.5)], [snap(1, 0.5)])
