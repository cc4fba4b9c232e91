"""OpenStreetMap files for the peers: which they read, and what of it they would walk on."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import osmium

from routing import mapfile
from routing.bench.missing import extract_needed

# OSMnx 2's filter for `network_type="walk"` (osmnx._overpass._get_network_filter), by which it would
# ask Overpass: ways whose value of the key matches are left out.
OSMNX_WALK_LEAVES_OUT: Final = {
    "area": re.compile("yes"),
    "access": re.compile("private"),
    "highway": re.compile(
        "abandoned|bus_guideway|construction|cycleway|motor|no|planned|platform|proposed|raceway|"
        "razed|rest_area|services"
    ),
    "foot": re.compile("no"),
    "service": re.compile("private"),
    "sidewalk": re.compile("separate"),
    "sidewalk:both": re.compile("separate"),
    "sidewalk:left": re.compile("separate"),
    "sidewalk:right": re.compile("separate"),
}


def osmnx_would_walk(tags: Any) -> bool:  # noqa: ANN401 - pyosmium's tag list, or a dict
    """Whether OSMnx's walking network has a way of these tags."""
    return "highway" in tags and not any(
        pattern.search(tags.get(key, "")) for key, pattern in OSMNX_WALK_LEAVES_OUT.items()
    )


def source_of(map_path: Path, extract: Path | None) -> Path:
    """The OpenStreetMap file of a map; `ExtractNeeded` where only the built map was given."""
    if extract is not None:
        return extract
    if mapfile.is_map_file(map_path):
        raise extract_needed(map_path)
    return map_path


def objects(extract: Path, kinds: Any = osmium.osm.ALL) -> Iterator[Any]:  # noqa: ANN401 - flags
    """What the file holds, in its order. Each object is valid until the next one is taken."""
    yield from osmium.FileProcessor(str(extract), kinds)


def as_pbf(extract: Path, folder: Path) -> Path:
    """`extract` as .osm.pbf, which is all that Valhalla reads; written into `folder` if it is not."""
    if extract.name.endswith(".pbf"):
        return extract
    written = folder / "extract.osm.pbf"
    with osmium.SimpleWriter(str(written)) as out:
        for each in objects(extract):
            out.add(each)
    return written


def walk_as_xml(extract: Path, folder: Path) -> Path:
    """The ways that OSMnx would walk, with their nodes, as the .osm (XML) that it reads."""
    used: set[int] = set()
    for way in objects(extract, osmium.osm.WAY):
        if osmnx_would_walk(way.tags):
            used.update(node.ref for node in way.nodes)
    written = folder / "walk.osm"
    with osmium.SimpleWriter(str(written)) as out:
        for each in objects(extract, osmium.osm.NODE | osmium.osm.WAY):
            wanted = each.id in used if each.is_node() else osmnx_would_walk(each.tags)
            if wanted:
                out.add(each)
    return written
