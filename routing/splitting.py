"""Links split at places along them."""

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from routing.compact import Draft, Network
from routing.drawing import lengths_m


@dataclass(frozen=True, slots=True)
class Split:
    """`link` is to be split at `share` along piece number `piece` of its shape; there lies `node`."""

    link: int
    piece: int
    share: float
    node: int


def split(network: Network, splits: list[Split]) -> None:
    """Replace each link by its parts; fixed costs are shared by length."""
    of_link: dict[int, list[Split]] = defaultdict(list)
    for each in splits:
        of_link[each.link].append(each)
    for number, those in of_link.items():
        those.sort(key=lambda each: (each.piece, each.share))
        first, *rest = _parts(network, network.links[number], those)
        network.links[number] = first
        network.links.extend(rest)


def _parts(network: Network, link: Draft, splits: list[Split]) -> list[Draft]:
    parts: list[Draft] = []
    begin, lat, lon, next_point = link.a, [link.lat[0]], [link.lon[0]], 1
    for each in (*splits, None):
        until = len(link.lat) if each is None else each.piece + 1
        lat += link.lat[next_point:until]
        lon += link.lon[next_point:until]
        next_point = max(until, next_point)
        if each is not None:
            lat.append(network.nodes.lat[each.node])
            lon.append(network.nodes.lon[each.node])
        end = link.b if each is None else each.node
        parts.append(replace(link, a=begin, b=end, lat=lat, lon=lon, length_m=_length_m(lat, lon)))
        begin, lat, lon = end, lat[-1:], lon[-1:]
    whole = sum(part.length_m for part in parts)
    return [_shared(link, part, part.length_m / whole if whole > 0.0 else 1.0) for part in parts]


def _shared(link: Draft, part: Draft, share: float) -> Draft:
    return replace(
        part,
        crossing_share=link.crossing_share * share,
        rails_share=link.rails_share * share,
        flight_share=link.flight_share * share,
    )


def _length_m(lat: list[int], lon: list[int]) -> float:
    lats, lons = np.array(lat) / 1e7, np.array(lon) / 1e7
    return float(lengths_m(lats[:-1], lons[:-1], lats[1:], lons[1:]).sum())
