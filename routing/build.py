"""From an OpenStreetMap extract to the columns of a map: crossings, kerbs, rails, names, places."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from routing import beside, columns, compact, crossings, dividing, drawing, gazetteer, slicing, ties
from routing.character import Character
from routing.columns import BARRIERS, INCLINE_UNKNOWN, KINDS, Columns
from routing.compact import Draft, Network
from routing.crossings import Crossings
from routing.drawing import Drawing
from routing.locality import spatially_ordered
from routing.osm import Extract, Progress
from routing.tags import Tags
from routing.texts import NONE, Names, Texts
from routing.whole_crossings import parted

_GATES = frozenset({
    "gate", "swing_gate", "lift_gate", "sliding_gate", "kissing_gate", "bump_gate", "hampshire_gate", "door",
    "wicket_gate", "toll_booth",
})  # fmt: skip
_STILES = frozenset({"stile", "step", "log"})
_TURNSTILES = frozenset({"turnstile", "full-height_turnstile"})
_STAGES = 5


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """The columns of a map, and what building it counted."""

    columns: Columns
    about: dict[str, Any]


def build(extract: Extract, progress: Progress | None = None) -> Built:
    """The walking network of an extract; without links where nothing in it may be walked."""

    def tell(stage: str, done: int) -> None:
        if progress is not None:
            progress(stage, done, _STAGES)

    tell("lines", 0)
    drawn = drawing.of(extract)
    streets = beside.Streets.of(drawn)
    texts = Texts()
    names = Names(texts)
    tell("streets", 1)
    name, side = beside.followed(drawn, streets, names)
    met = slicing.crossed_roads(drawn, streets)
    found = Crossings(drawn)
    divider = dividing.Divider(drawn, streets, found, name, side, slicing.slices(drawn, met), met)
    tell("links", 2)
    network = compact.network(divider)
    tell("gaps", 3)
    tied = ties.tie(network, drawn, streets, found)
    tell("columns", 4)
    made = _columns(network, drawn, found, texts, names)
    parted_crossings = 0
    if len(made.link_a):
        made, parted_crossings = parted(made)
        made = spatially_ordered(made)
    tell("columns", _STAGES)
    about = _about(extract, divider, tied, network) | {"parted_crossings": parted_crossings}
    return Built(made, about)


def _about(extract: Extract, divider: dividing.Divider, tied: ties.Tied, network: Network) -> dict[str, Any]:
    return {
        "ties": tied.ties,
        "ties_joining_parts": tied.joined_parts,
        "sliced": divider.used_slices,
        "skipped_refs": extract.skipped_refs,
        "newest_edit": extract.newest_edit,
        "box": list(extract.box) if extract.box else None,
        "parts": len(set(compact.parts(network))),
    }


def _columns(network: Network, drawn: Drawing, found: Crossings, texts: Texts, names: Names) -> Columns:
    arrays: dict[str, Any] = {}
    arrays |= _nodes(network, drawn, texts)
    arrays |= _links(network.links, drawn, texts)
    arrays |= crossings.columns(found.rows, texts, names)
    arrays |= gazetteer.columns(drawn, network, texts, names)
    arrays["name_ja"], arrays["name_kana"], arrays["name_en"] = names.columns()
    arrays["text_end"], arrays["text_bytes"] = texts.columns()
    return columns.from_lists(arrays)


def _nodes(network: Network, drawn: Drawing, texts: Texts) -> dict[str, Any]:
    nodes = network.nodes
    extract = drawn.extract
    said: list[Tags] = [extract.node_tags.get(raw, {}) if raw != NONE else {} for raw in nodes.raw]
    mainland = _mainland(network)
    return {
        "node_lat_e7": nodes.lat,
        "node_lon_e7": nodes.lon,
        "node_osm": [int(extract.node_osm[raw]) if raw != NONE else 0 for raw in nodes.raw],
        "node_barrier": [barrier_code(each.get("barrier")) for each in said],
        "node_flags": [_node_flags(each) | flag for each, flag in zip(said, mainland, strict=True)],
        "node_tags": [texts.add_tags(each) for each in said],
    }


def barrier_code(value: str | None) -> int:
    """The place in `BARRIERS`; a kerb is a fact of crossings, not a barrier."""
    if value is None or value in {"kerb", "no", "entrance"}:
        return 0
    if value in BARRIERS:
        return BARRIERS.index(value)
    kind = (
        "gate" if value in _GATES
        else "turnstile" if value in _TURNSTILES
        else "stile" if value in _STILES
        else "other"
    )  # fmt: skip
    return BARRIERS.index(kind)


def _node_flags(said: Tags) -> int:
    elevator = columns.ELEVATOR if said.get("highway") == "elevator" else 0
    entrance = said.get("entrance", "no") != "no" or said.get("door", "no") != "no"
    return elevator | (columns.ENTRANCE if entrance else 0)


def _mainland(network: Network) -> list[int]:
    """`MAINLAND` for the nodes of the part with the most metres that hangs together."""
    part = compact.parts(network)
    if not network.links:
        return [0] * len(part)
    weights = np.zeros(max(part) + 1)
    np.add.at(weights, [part[link.a] for link in network.links], [link.length_m for link in network.links])
    largest = int(weights.argmax())
    return [columns.MAINLAND if each == largest else 0 for each in part]


def _links(links: list[Draft], drawn: Drawing, texts: Texts) -> dict[str, Any]:
    ways = drawn.extract.ways
    each = [drawn.characters[link.way] if link.way != NONE else None for link in links]
    tags_of_way: dict[int, int] = {NONE: NONE}
    for link in links:
        if link.way not in tags_of_way:
            tags_of_way[link.way] = texts.add_tags(ways[link.way].tags)
    first = np.concatenate(([0], np.cumsum([len(link.lat) for link in links], dtype=np.int64)))
    return {
        "link_a": [link.a for link in links],
        "link_b": [link.b for link in links],
        "shape_first": first,
        "shape_lat_e7": [lat for link in links for lat in link.lat],
        "shape_lon_e7": [lon for link in links for lon in link.lon],
        "link_length_m": [link.length_m for link in links],
        "link_way": [ways[link.way].osm_id if link.way != NONE else 0 for link in links],
        "link_flags": [link.flags for link in links],
        "link_kind": [KINDS.index(link.kind) for link in links],
        "link_name": [link.name for link in links],
        "link_side": [link.side for link in links],
        "link_tags": [tags_of_way[link.way] for link in links],
        "link_crossing": [link.crossing for link in links],
        "link_crossing_share": [link.crossing_share for link in links],
        "link_rails_share": [link.rails_share for link in links],
        "link_flight_share": [link.flight_share for link in links],
        **_of_ways(links, each),
    }


def _of_ways(links: list[Draft], each: list[Character | None]) -> dict[str, list[int]]:
    """What a link has from its way; a tie has nothing."""
    found: Mapping[str, tuple[str, int]] = {
        "link_highway": ("highway", columns.HIGHWAYS.index("footway")),
        "link_covered": ("covered", 0),
        "link_lit": ("lit", 0),
        "link_handrail": ("handrail", 0),
        "link_climb": ("climb", 0),
        "link_surface": ("surface", 0),
        "link_smoothness": ("smoothness", 0),
        "link_incline_pct": ("incline_pct", INCLINE_UNKNOWN),
        "link_width_dm": ("width_dm", 0),
        "link_steps": ("steps", 0),
    }
    of_way = {
        column: [getattr(one, name) if one is not None else unknown for one in each]
        for column, (name, unknown) in found.items()
    }
    # Blocks along a way end where it leads over a carriageway or rails.
    of_way["link_tactile"] = [
        one.tactile if one is not None and (link.mark is None or link.kind is one.kind) else 0
        for link, one in zip(links, each, strict=True)
    ]
    return of_way
