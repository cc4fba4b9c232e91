"""The lines of an extract as arrays of straight pieces in a plane, with what their ways are."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing import character, kept
from routing.character import Character
from routing.columns import F64, I32
from routing.geo import Local
from routing.grid import Pieces
from routing.osm import Extract

# Nobody draws a straight line longer than this between two neighbouring nodes: a wrong coordinate.
LONGEST_PIECE_M = 20_000.0


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """Ways of the extract and their pieces; `first[w]` to `first[w + 1]` are the pieces of way `w`."""

    extract: Extract
    plane: Local
    x: F64  # of the nodes
    y: F64
    characters: list[Character | None]  # of each way
    tail: I32  # node of each piece
    head: I32
    way: I32
    length_m: F64
    first: I32
    roads_at: dict[int, list[int]]  # node -> ways of the carriageway pieces that end there
    rails_at: dict[int, set[str]]  # node -> what kinds of rails lead over it

    def pieces_of(self, chosen: NDArray[np.bool_]) -> tuple[I32, Pieces]:
        """(their numbers, the grid of them) of the chosen pieces."""
        numbers = np.flatnonzero(chosen).astype(np.int32)
        tail, head = self.tail[numbers], self.head[numbers]
        return numbers, Pieces.of(self.x[tail], self.y[tail], self.x[head], self.y[head])

    def where(self, ways: list[bool]) -> NDArray[np.bool_]:
        """Which pieces belong to ways for which `ways` is true."""
        return np.array(ways, dtype=np.bool_)[self.way]


def of(extract: Extract) -> Drawing:
    """The drawing of an extract."""
    lat, lon = extract.lat_e7 / 1e7, extract.lon_e7 / 1e7
    south, north = float(lat.min()), float(lat.max())
    west, east = float(lon.min()), float(lon.max())
    plane = Local.around(((south + north) / 2.0, (west + east) / 2.0))
    x, y = (lon - plane.origin[1]) * plane.metres_per_lon, (lat - plane.origin[0]) * plane.metres_per_lat
    characters = [
        character.of_way(way.tags) if kept.is_walked_or_driven(way.tags) else None for way in extract.ways
    ]
    tail, head, way = _pieces(extract)
    length = lengths_m(lat[tail], lon[tail], lat[head], lon[head])
    whole = length <= LONGEST_PIECE_M
    tail, head, way, length = tail[whole], head[whole], way[whole], length[whole]
    first = np.searchsorted(way, np.arange(len(extract.ways) + 1)).astype(np.int32)
    roads = np.array([each is not None and each.carriageway for each in characters], dtype=np.bool_)
    roads_at = _roads_at(tail, head, way, roads)
    return Drawing(
        extract, plane, x, y, characters, tail, head, way, length, first, roads_at, _rails_at(extract)
    )


def lengths_m(lat_a: F64, lon_a: F64, lat_b: F64, lon_b: F64) -> F64:
    """Metres between points in degrees, as `routing.geo.distance_m` for arrays."""
    sin_lat = np.sin(np.radians((lat_a + lat_b) / 2.0))
    shrink = 1.0 - 6.694_379_990_14e-3 * sin_lat * sin_lat  # WGS 84
    vertical = 6_378_137.0 / np.sqrt(shrink)
    north = (lat_b - lat_a) * vertical * (1.0 - 6.694_379_990_14e-3) / shrink
    east = ((lon_b - lon_a + 180.0) % 360.0 - 180.0) * vertical * np.sqrt(1.0 - sin_lat * sin_lat)
    result: F64 = np.hypot(north, east) * (np.pi / 180.0)
    return result


def _pieces(extract: Extract) -> tuple[I32, I32, I32]:
    """(tail, head, way) of each piece, in the order of the ways."""
    nodes = np.array([node for way in extract.ways for node in way.nodes], dtype=np.int32)
    ways = np.repeat(np.arange(len(extract.ways), dtype=np.int32), [len(way.nodes) for way in extract.ways])
    real = (ways[:-1] == ways[1:]) & (nodes[:-1] != nodes[1:])
    return nodes[:-1][real], nodes[1:][real], ways[:-1][real]


def _rails_at(extract: Extract) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for way in extract.ways:
        if way.tags.get("railway") in kept.RAILS:
            for node in way.nodes:
                found[node].add(way.tags["railway"])
    return dict(found)


def _roads_at(tail: I32, head: I32, way: I32, roads: NDArray[np.bool_]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for piece in np.flatnonzero(roads[way]):
        found[int(tail[piece])].append(int(way[piece]))
        found[int(head[piece])].append(int(way[piece]))
    return dict(found)
