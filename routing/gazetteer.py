"""The places of a map as columns: named nodes and areas, then the named streets."""

from collections import defaultdict
from typing import Final

import numpy as np

from routing import osm, tags
from routing.compact import Draft, Network
from routing.drawing import Drawing
from routing.texts import NONE, Names, Texts

STREET: Final = "highway=street"
# Parts of a street that lie nearer than this are one street: a junction's width, a square.
_ONE_STREET_M = 150.0


def columns(drawn: Drawing, network: Network, texts: Texts, names: Names) -> dict[str, list[int]]:
    """The places' columns; streets behind the places."""
    rows: list[tuple[int, int, int, int, int]] = []
    for place in drawn.extract.places:
        name = tags.name(place.tags)
        if name is not None:
            aliases = ";".join(osm.names_of(place.tags)) or None
            row = (names.add(name), texts.add(place.kind), texts.add(aliases), place.lat, place.lon)
            rows.append(row)
    kind = texts.add(STREET)
    rows += [(name, kind, NONE, lat, lon) for name, lat, lon in _streets(drawn, network)]
    heads = ("place_name", "place_kind", "place_aliases", "place_lat_e7", "place_lon_e7")
    return {head: [row[index] for row in rows] for index, head in enumerate(heads)}


def _streets(drawn: Drawing, network: Network) -> list[tuple[int, int, int]]:
    """(name, lat, lon) of the middle of each street that lies in one piece, near enough."""
    named: dict[int, list[Draft]] = defaultdict(list)
    for link in network.links:
        if link.name != NONE and link.way != NONE:
            named[link.name].append(link)
    return [(name, *_middle(links)) for name in sorted(named) for links in _clusters(drawn, named[name])]


def _clusters(drawn: Drawing, links: list[Draft]) -> list[list[Draft]]:
    """Links whose points share a cell or lie in neighbouring ones; short scraps are left out."""
    cells: dict[tuple[int, int], int] = {}
    lead: list[int] = list(range(len(links)))

    def root(link: int) -> int:
        while lead[link] != link:
            lead[link] = lead[lead[link]]
            link = lead[link]
        return link

    high = _ONE_STREET_M / drawn.plane.metres_per_lat * 1e7
    wide = _ONE_STREET_M / drawn.plane.metres_per_lon * 1e7
    for index, link in enumerate(links):
        for lat, lon in zip(link.lat, link.lon, strict=True):
            row, column = int(lat // high), int(lon // wide)
            for cell in ((row + dr, column + dc) for dr in (-1, 0, 1) for dc in (-1, 0, 1)):
                if cell in cells:
                    lead[root(index)] = root(cells[cell])
            cells[row, column] = index
    groups: dict[int, list[Draft]] = defaultdict(list)
    for index, link in enumerate(links):
        groups[root(index)].append(link)
    lengths = {group: sum(link.length_m for link in those) for group, those in groups.items()}
    longest = max(lengths.values(), default=0.0)
    return [those for group, those in groups.items() if lengths[group] >= longest / 5.0]


def _middle(links: list[Draft]) -> tuple[int, int]:
    """The point of the street that is nearest to the middle of all of it."""
    lat = np.array([one for link in links for one in link.lat], dtype=np.float64)
    lon = np.array([one for link in links for one in link.lon], dtype=np.float64)
    nearest = int(np.argmin((lat - lat.mean()) ** 2 + (lon - lon.mean()) ** 2 / 2.0))
    return int(lat[nearest]), int(lon[nearest])
