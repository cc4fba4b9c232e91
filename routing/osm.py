"""Read OpenStreetMap data with every tag that matters to a blind walker: XML or PBF, compressed or not.

What the file holds of lines (walked, driven, railed, in the way) and of named places. Missing
nodes are the ordinary state of an extract's edge: they are skipped and counted.
"""

import bz2
import gzip
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from routing import kept
from routing.columns import I32, I64
from routing.errors import MapMissing, MapNotOsm
from routing.tags import Tags
from wire.route import MapSource

OSM_ATTRIBUTION = "© OpenStreetMap contributors"  # ODbL asks for it wherever the data is shown

Bounds = tuple[float, float, float, float]  # south, west, north, east
Progress = Callable[[str, int, int], None]  # stage, done, of (0: unknown)

_HEAD_BYTES = 4096  # an XML map says who made it and when in its first lines
_TOLD_EVERY = 20_000  # objects between two calls of a progress callback
_FORMATS = ("osm", "pbf", "osm.gz", "osm.bz2")


class Way(NamedTuple):
    """A line with its kept tags. `nodes`: places in the extract's node columns."""

    osm_id: int
    tags: dict[str, str]
    nodes: list[int]


class RawPlace(NamedTuple):
    """A named thing: a node, or an area's middle. `lat`, `lon` in 1e-7 degree."""

    lat: int
    lon: int
    kind: str
    tags: dict[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Extract:
    """What one file holds. Nodes are in order of their ids; `cut_off`: those next to a missing one."""

    source: MapSource
    box: Bounds | None  # as the file says
    node_osm: I64
    lat_e7: I32
    lon_e7: I32
    node_tags: dict[int, dict[str, str]]
    ways: list[Way]
    places: list[RawPlace]
    cut_off: frozenset[int]
    skipped_refs: int
    newest_edit: str | None


@dataclass(slots=True)
class _Reading:
    """What is gathered while the file goes by; nodes by their ids."""

    lat: dict[int, int] = field(default_factory=dict)
    lon: dict[int, int] = field(default_factory=dict)
    node_tags: dict[int, dict[str, str]] = field(default_factory=dict)
    lines: list[tuple[int, dict[str, str], list[int]]] = field(default_factory=list)
    places: list[RawPlace] = field(default_factory=list)
    areas: list[tuple[dict[str, str], list[int]]] = field(default_factory=list)  # relations' outer ways
    missing: set[int] = field(default_factory=set)
    newest: str = ""
    drawn: bool = False  # a way with two nodes was seen, of whatever kind


def read(path: Path, bbox: Bounds | None = None, progress: Progress | None = None) -> Extract:
    """The extract in `path`, only what lies in `bbox` or leads out of it, where given.

    Raises `MapMissing`, `MapNotOsm`.
    """
    head = _head(path)
    import osmium  # late: only building needs it

    got = _Reading()
    try:
        source, box = _source(osmium, path, head)
        _pass(osmium, path, got, progress)
        if got.missing:
            _late_nodes(osmium, path, got)
        if got.areas:
            _outlines(osmium, path, got)
    except (osmium.InvalidLocationError, RuntimeError, ValueError, OSError, KeyError, EOFError) as error:
        raise not_osm(path, str(error) or type(error).__name__) from error
    if not got.drawn and not any(sum(ref in got.lat for ref in refs) > 1 for _, _, refs in got.lines):
        raise not_osm(path, "no way with nodes")
    return _extract(path, got, source, bbox or box, bbox)


def not_osm(path: Path, why: str) -> MapNotOsm:
    """The error for a file that cannot serve, with the reason."""
    return MapNotOsm(
        f"OpenStreetMap のデータとして読めません: {path}。.osm か .osm.pbf のファイルを指定してください",
        f"{path} is not OpenStreetMap data ({why}): give an .osm or .osm.pbf file",
    )


def _head(path: Path) -> bytes:
    """The first bytes, unpacked."""
    try:
        with path.open("rb") as file:
            packed = file.read(_HEAD_BYTES)
    except OSError as error:
        raise MapMissing(
            f"地図ファイルを開けません: {path}。場所を確かめてください",
            f"cannot open the map {path} ({error.strerror}): check the path",
        ) from error
    if not packed:
        raise not_osm(path, "it is empty")
    opener: Any = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open}.get(packed[:2])
    if opener is None:
        return packed
    try:
        with opener(path, "rb") as file:
            return bytes(file.read(_HEAD_BYTES))
    except (OSError, EOFError, ValueError) as error:
        raise not_osm(path, str(error)) from error


def _file(osmium: Any, path: Path) -> Any:  # noqa: ANN401 - a foreign module and its file
    """The file under its format: by its name, else as XML."""
    known = path.name.endswith(tuple(f".{kind}" for kind in _FORMATS))
    return osmium.io.File(str(path)) if known else osmium.io.File(str(path), "osm")


def _source(osmium: Any, path: Path, head: bytes) -> tuple[MapSource, Bounds | None]:  # noqa: ANN401
    reader = osmium.io.Reader(_file(osmium, path), osmium.osm.NOTHING)
    try:
        header = reader.header()
    finally:
        reader.close()
    generator = header.get("generator", "")
    practice = "practice" in generator.lower()
    text = head.decode("utf-8", "replace")
    said = re.search(r'<osm[^>]*\battribution="([^"]*)"', text)
    base = re.search(r'<meta[^>]*\bosm_base="([^"]*)"', text)
    time = header.get("osmosis_replication_timestamp", "") or (base[1] if base else "")
    source = MapSource(
        name=path.name.split(".")[0] or path.name,
        practice=practice,
        attribution=said[1] if practice and said else OSM_ATTRIBUTION,
        data_time=time or header.get("timestamp", "") or None,
    )
    box = header.box()
    if not box.valid():
        return source, None
    low, high = box.bottom_left, box.top_right
    return source, (low.lat, low.lon, high.lat, high.lon)


def _pass(osmium: Any, path: Path, got: _Reading, progress: Progress | None) -> None:  # noqa: ANN401
    """One pass through the file; node locations come with the ways."""
    objects = osmium.FileProcessor(_file(osmium, path)).with_locations("flex_mem")
    for count, thing in enumerate(objects.with_filter(osmium.filter.EmptyTagFilter())):
        if progress is not None and count % _TOLD_EVERY == 0:
            progress("read", count, 0)
        said = dict(thing.tags)
        if thing.is_node():
            _node(got, thing, said)
        elif thing.is_way():
            _way(got, thing, said)
        elif said.get("type") in {"multipolygon", "site"} and said.get("name") and kept.place_kind(said):
            got.areas.append((said, [each.ref for each in thing.members if each.type == "w"]))


def _node(got: _Reading, thing: Any, said: dict[str, str]) -> None:  # noqa: ANN401
    keep = kept.of_node(said)
    if keep:
        got.node_tags[thing.id] = keep
    kind = kept.place_kind(said) if said.get("name") else None
    if kind is not None and thing.location.valid():
        got.places.append(RawPlace(thing.location.y, thing.location.x, kind, said))


def _way(got: _Reading, thing: Any, said: dict[str, str]) -> None:  # noqa: ANN401
    line = kept.is_line(said)
    kind = kept.place_kind(said) if said.get("name") else None
    if not got.drawn:
        got.drawn = sum(node.location.valid() for node in thing.nodes) > 1
    if not line and kind is None:
        return
    refs, lats, lons = [], [], []
    for node in thing.nodes:
        place = node.location
        refs.append(node.ref)
        if place.valid():
            lats.append(place.y)
            lons.append(place.x)
            if line:
                got.lat[node.ref], got.lon[node.ref] = place.y, place.x
        elif line:
            got.missing.add(node.ref)
    if line:
        got.lines.append((thing.id, kept.of_way(said), refs))
        stamp = thing.timestamp
        got.newest = max(got.newest, f"{stamp:%Y-%m-%dT%H:%M:%SZ}" if stamp.year > 1970 else "")
    elif kind is not None and lats:
        got.places.append(RawPlace(*_middle(lats, lons), kind, said))


def _late_nodes(osmium: Any, path: Path, got: _Reading) -> None:  # noqa: ANN401
    """Nodes that stand behind their ways in the file, or have negative ids."""
    for node in osmium.FileProcessor(_file(osmium, path), osmium.osm.NODE):
        if node.id in got.missing and node.location.valid():
            got.missing.discard(node.id)
            got.lat[node.id], got.lon[node.id] = node.location.y, node.location.x


def _outlines(osmium: Any, path: Path, got: _Reading) -> None:  # noqa: ANN401
    """The middle of each named area that is made of several ways."""
    wanted = {way for _, ways in got.areas for way in ways}
    found: dict[int, tuple[list[int], list[int]]] = {}
    objects = osmium.FileProcessor(_file(osmium, path), osmium.osm.NODE | osmium.osm.WAY)
    for way in objects.with_locations("flex_mem").with_filter(osmium.filter.EntityFilter(osmium.osm.WAY)):
        if way.id in wanted:
            places = [node.location for node in way.nodes if node.location.valid()]
            found[way.id] = ([place.y for place in places], [place.x for place in places])
    for said, ways in got.areas:
        lats = [lat for way in ways if way in found for lat in found[way][0]]
        lons = [lon for way in ways if way in found for lon in found[way][1]]
        kind = kept.place_kind(said)
        if lats and kind is not None:
            got.places.append(RawPlace(*_middle(lats, lons), kind, said))


def _middle(lats: list[int], lons: list[int]) -> tuple[int, int]:
    return (min(lats) + max(lats)) // 2, (min(lons) + max(lons)) // 2


def _extract(
    path: Path, got: _Reading, source: MapSource, box: Bounds | None, bbox: Bounds | None
) -> Extract:
    within = _within(got, bbox)
    known = sorted(got.lat)
    place = {node: index for index, node in enumerate(known)}
    ways: list[Way] = []
    cut_off: set[int] = set()
    for osm_id, said, refs in got.lines:
        for run, cut in _runs(refs, place, within):
            ways.append(Way(osm_id, said, run))
            cut_off.update(cut)
    practice = source.practice or any(way.tags.get("shirube:practice") == "yes" for way in ways)
    return Extract(
        source=replace(source, practice=practice),
        box=box,
        node_osm=np.array(known, dtype=np.int64),
        lat_e7=np.array([got.lat[node] for node in known], dtype=np.int32),
        lon_e7=np.array([got.lon[node] for node in known], dtype=np.int32),
        node_tags={place[node]: said for node, said in got.node_tags.items() if node in place},
        ways=ways,
        places=[each for each in got.places if bbox is None or _inside(each.lat, each.lon, bbox)],
        cut_off=frozenset(cut_off),
        skipped_refs=sum(ref not in place for _, _, refs in got.lines for ref in refs),
        newest_edit=got.newest or None,
    )


def _inside(lat: int, lon: int, bbox: Bounds) -> bool:
    south, west, north, east = bbox
    return south <= lat / 1e7 <= north and west <= lon / 1e7 <= east


def _within(got: _Reading, bbox: Bounds | None) -> set[int] | None:
    if bbox is None:
        return None
    return {node for node in got.lat if _inside(got.lat[node], got.lon[node], bbox)}


def _runs(
    refs: list[int], place: dict[int, int], within: set[int] | None
) -> list[tuple[list[int], list[int]]]:
    """(nodes, those at which the way was cut off) for each part of a way that the extract holds.

    A part leads to the first node beyond the box: a street ends outside, not short of the edge.
    """
    runs: list[tuple[list[int], list[int]]] = []
    run: list[int] = []
    cut: list[int] = []
    for index, ref in enumerate(refs):
        near = refs[max(index - 1, 0) : index + 2]
        wanted = ref in place and (within is None or any(other in within for other in near))
        if wanted:
            run.append(place[ref])
            if any(other not in place for other in near) or (within is not None and ref not in within):
                cut.append(place[ref])
        if not wanted or index == len(refs) - 1:
            if len(run) > 1:
                runs.append((run, cut))
            run, cut = [], []
    return runs


def checked_bounds(bbox: Bounds) -> Bounds:
    """The box itself; `ValueError` where it is none: south, west, north, east in degrees."""
    south, west, north, east = bbox
    if not all(math.isfinite(side) for side in bbox):
        raise ValueError(f"not a number in {bbox}")
    if not (-90.0 <= south < north <= 90.0 and -180.0 <= west < east <= 180.0):
        raise ValueError(f"south, west, north, east in degrees, not {bbox}")
    return bbox


def names_of(said: Tags) -> tuple[str, ...]:
    """Other names of a place."""
    others = ";".join(
        said.get(key, "") for key in ("alt_name", "short_name", "loc_name", "old_name", "name:ja")
    )
    main = said.get("name", "")
    found = dict.fromkeys(alias.strip() for alias in others.split(";"))
    return tuple(alias for alias in found if alias and alias != main)
