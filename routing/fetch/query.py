"""The question in Overpass QL: everything that the planner reads, and nothing else.

OSMnx's `walk` filter leaves out cycleways (Japan's shared paths), platforms and roads whose sidewalk
is mapped apart; the build needs even the roads that nobody walks, to know what a crossing crosses.
"""

from typing import Final

from routing.areas import Box
from routing.kept import OBSTACLES, PLACE_HIGHWAYS, PLACE_KEYS

# What the server may take. 180 s is Overpass's own default and OSMnx's.
QUERY_TIMEOUT_S: Final = 180


def _one_of(key: str, values: frozenset[str]) -> str:
    return f'["{key}"~"^({"|".join(sorted(values))})$"]'


_RAILS: Final = frozenset({
    "rail", "light_rail", "subway", "tram", "narrow_gauge", "monorail", "preserved", "miniature",
    "platform", "station", "halt", "tram_stop",
})  # fmt: skip
_STOPS: Final = frozenset({
    "station", "halt", "tram_stop", "level_crossing", "crossing", "tram_level_crossing", "tram_crossing",
    "subway_entrance", "train_station_entrance",
})  # fmt: skip
_NAMED: Final = tuple(f'["{key}"]["name"]' for key in PLACE_KEYS)

# `(._;>;)` below brings every node of these ways with all its tags: crossings, kerbs, signals, barriers.
_WAYS: Final = (
    '["highway"]',
    _one_of("railway", _RAILS),
    _one_of("barrier", OBSTACLES | {"kerb"}),
    '["waterway"]',
    '["public_transport"="platform"]',
    '["indoor"="corridor"]',
    '["tactile_paving"]',
    *_NAMED,
)
# These also stand beside the ways: stops, entrances in a building's outline, stray blocks and kerbs.
_NODES: Final = (
    _one_of("highway", PLACE_HIGHWAYS | {"crossing"}),
    _one_of("railway", _STOPS),
    '["tactile_paving"]',
    '["kerb"]',
    '["traffic_signals:sound"]',
    '["entrance"]',
    *_NAMED,
)
# Large places (a station building, a shopping centre, a park) are drawn of several ways.
_RELATIONS: Final = tuple(f'["type"~"^(multipolygon|site)$"]{named}' for named in _NAMED)
_WANTED: Final = "".join(
    f"{kind}{kept};"
    for kind, all_kept in (("way", _WAYS), ("node", _NODES), ("relation", _RELATIONS))
    for kept in all_kept
)


def tile_query(box: Box) -> str:
    """All that the planner reads of one tile.

    `out body`, not `out meta`: the mappers' names and change sets are no part of a map.
    """
    return f"[out:json][timeout:{QUERY_TIMEOUT_S}][bbox:{box.text()}];({_WANTED});(._;>;);out body;"
