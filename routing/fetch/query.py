"""The question in Overpass QL: everything that the planner reads, and nothing else.

OSMnx's `walk` filter leaves out cycleways (Japan's shared paths), platforms and roads whose sidewalk
is mapped apart; the build needs even the roads that nobody walks, to know what a crossing crosses.
"""

from typing import Final

from routing.areas import Box

# What the server may take. 180 s is Overpass's own default and OSMnx's.
QUERY_TIMEOUT_S: Final = 180

_RAILS: Final = "rail|light_rail|subway|tram|narrow_gauge|monorail|preserved|platform|station|halt|tram_stop"
_STOPS: Final = (
    "station|halt|tram_stop|level_crossing|crossing|tram_level_crossing|tram_crossing"
    "|subway_entrance|train_station_entrance"
)
_NAMED: Final = (
    "amenity",
    "shop",
    "tourism",
    "public_transport",
    "office",
    "leisure",
    "historic",
    "building",
)

# `(._;>;)` below brings every node of these ways with all its tags: crossings, kerbs, signals, barriers.
_WAYS: Final = (
    '["highway"]',
    f'["railway"~"^({_RAILS})$"]',
    '["public_transport"="platform"]',
    '["indoor"="corridor"]',
    '["tactile_paving"]',
    '["barrier"="kerb"]',
    *(f'["{key}"]["name"]' for key in _NAMED),
)
# These also stand beside the ways: stops, entrances in a building's outline, stray blocks and kerbs.
_NODES: Final = (
    '["highway"~"^(crossing|traffic_signals|elevator|bus_stop)$"]',
    f'["railway"~"^({_STOPS})$"]',
    '["tactile_paving"]',
    '["kerb"]',
    '["traffic_signals:sound"]',
    '["entrance"]',
    *(f'["{key}"]["name"]' for key in _NAMED),
)


def tile_query(box: Box) -> str:
    """All ways and nodes of one tile.

    `out body`, not `out meta`: the mappers' names and change sets are no part of a map.
    """
    wanted = "".join([*(f"way{kept};" for kept in _WAYS), *(f"node{kept};" for kept in _NODES)])
    return f"[out:json][timeout:{QUERY_TIMEOUT_S}][bbox:{box.text()}];({wanted});(._;>;);out body;"
