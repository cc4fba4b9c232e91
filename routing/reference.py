"""The same network as a NetworkX graph, to compare searches with: slow, and right by reputation."""

from typing import TYPE_CHECKING

import numpy as np

from routing.columns import Columns

if TYPE_CHECKING:
    import networkx as nx

    from routing.weights import Weights

WEIGHT = "seconds"


def graph(columns: Columns, weights: "Weights") -> "nx.DiGraph[int]":
    """Nodes by number; each arc has `seconds` (with what stands at its head) and its `link`.

    Of links between the same nodes the cheapest; where two cost the same, the first.
    """
    import networkx as nx  # late: only tests and benches compare

    made: nx.DiGraph[int] = nx.DiGraph()
    made.add_nodes_from(range(len(columns.node_lat_e7)))
    there = np.asarray(weights.forward_s) + np.asarray(weights.node_s)[columns.link_b]
    back = np.asarray(weights.backward_s) + np.asarray(weights.node_s)[columns.link_a]
    ends = zip(columns.link_a.tolist(), columns.link_b.tolist(), there.tolist(), back.tolist(), strict=True)
    for link, (a, b, forward_s, backward_s) in enumerate(ends):
        for tail, head, seconds in ((a, b, forward_s), (b, a, backward_s)):
            known = made.get_edge_data(tail, head)
            if seconds < float("inf") and (known is None or seconds < known[WEIGHT]):
                made.add_edge(tail, head, **{WEIGHT: seconds, "link": link})
    return made
