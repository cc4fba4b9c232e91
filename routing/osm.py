"""Read an OpenStreetMap XML file through OSMnx, with every tag that matters to a blind walker.

OSMnx's defaults drop most accessibility tags, and its simplification the crossings and kerbs in
the middle of ways: both are switched off here. Nothing is cached and nothing is fetched.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError, iterparse

import networkx as nx

from routing.errors import MapMissing, MapNotOsm
from wire.route import MapSource

_COMMON_TAGS = (
    "name", "name:ja-Hira", "name:ja_kana", "name:en", "alt_name", "short_name", "access", "foot",
    "barrier", "kerb", "tactile_paving", "crossing", "crossing:markings", "crossing:signals",
    "crossing:island", "crossing:scramble", "traffic_signals:sound",
    "traffic_signals:sound:opening_hours", "traffic_signals:sound:conditional",
    "traffic_signals:vibration", "button_operated", "highway", "railway", "entrance", "door",
    "indoor", "level", "lit", "width", "covered",
)  # fmt: skip
_WAY_TAGS = (
    *_COMMON_TAGS, "footway", "cycleway", "path", "sidewalk", "sidewalk:left", "sidewalk:right",
    "sidewalk:both", "is_sidewalk:of:name", "street:name", "surface", "smoothness", "incline",
    "step_count", "handrail", "handrail:left", "handrail:right", "handrail:center", "ramp",
    "conveying", "bicycle", "segregated", "tunnel", "bridge", "layer", "service", "oneway:foot",
    "maxspeed", "lanes", "motorroad", "area", "ref", "shirube:practice",
)  # fmt: skip
_NODE_TAGS = (
    *_COMMON_TAGS, "public_transport", "tourism", "amenity", "shop", "leisure", "office", "historic",
    "building", "traffic_signals:arrow", "traffic_signals:minimap",
)  # fmt: skip

# OSMnx reads its settings from module globals: two loads at once would see each other's.
_SETTINGS_LOCK = threading.Lock()

# An open XML element count after which the head of the file is surely over.
_HEAD_ELEMENTS = 50

OSM_ATTRIBUTION = "© OpenStreetMap contributors"  # ODbL asks for it wherever the data is shown


@dataclass(frozen=True, slots=True)
class Extract:
    """What one file holds: `graph` as OSMnx makes it, both directions, nothing simplified."""

    source: MapSource
    graph: "nx.MultiDiGraph[int]"


def read(path: Path) -> Extract:
    """The extract in `path`. `MapMissing`, `MapNotOsm` say what is wrong with the file."""
    source = _head(path)
    try:
        graph = _graph(path)
    except (ParseError, UnicodeDecodeError, KeyError, ValueError) as error:
        raise _not_osm(path, f"{type(error).__name__} {error}") from error
    if not graph.edges:
        raise _not_osm(path, "no way with nodes")
    practice = source.practice or any(
        data.get("shirube:practice") == "yes" for _, _, data in graph.edges(data=True)
    )
    source = MapSource(
        name=source.name, practice=practice, attribution=source.attribution, data_time=source.data_time
    )
    return Extract(source, graph)


def _graph(path: Path) -> "nx.MultiDiGraph[int]":
    # Imported late: it takes two seconds and only the server's planner needs it.
    import osmnx

    with _SETTINGS_LOCK, _settings(osmnx.settings):
        graph: nx.MultiDiGraph[int] = osmnx.graph_from_xml(
            path, bidirectional=True, simplify=False, retain_all=True
        )
        return graph


@contextmanager
def _settings(settings: Any) -> Iterator[None]:  # noqa: ANN401 - OSMnx's settings module
    wanted = {
        "useful_tags_way": list(_WAY_TAGS),
        "useful_tags_node": list(_NODE_TAGS),
        "use_cache": False,
        "all_oneway": False,
        "log_file": False,
    }
    before = {key: getattr(settings, key) for key in wanted}
    try:
        for key, value in wanted.items():
            setattr(settings, key, value)
        yield
    finally:
        for key, value in before.items():
            setattr(settings, key, value)


def _head(path: Path) -> MapSource:
    """Who drew the map, when, and whether it is for practice: from the first elements."""
    root, data_time = None, None
    try:
        with path.open("rb") as file:
            for count, (_, element) in enumerate(iterparse(file, events=("start",))):  # noqa: S314
                if root is None:
                    root = element
                data_time = element.get("osm_base", data_time) if element.tag == "meta" else data_time
                if count > _HEAD_ELEMENTS or element.tag in {"node", "way"} or root.tag != "osm":
                    break
    except OSError as error:
        raise MapMissing(
            f"地図ファイルを開けません: {path}。場所を確かめてください",
            f"cannot open the map {path} ({error.strerror}): check the path",
        ) from error
    except ParseError as error:
        raise _not_osm(path, str(error)) from error
    if root is None or root.tag != "osm":
        raise _not_osm(path, "the outermost element is not <osm>")
    practice = "practice" in root.get("generator", "").lower()
    return MapSource(
        name=path.stem,
        practice=practice,
        attribution=root.get("attribution", OSM_ATTRIBUTION) if practice else OSM_ATTRIBUTION,
        data_time=data_time or root.get("timestamp"),
    )


def _not_osm(path: Path, why: str) -> MapNotOsm:
    return MapNotOsm(
        f"OpenStreetMap の XML ではありません: {path}。.osm ファイルを指定してください",
        f"{path} is not OpenStreetMap XML ({why}): give an .osm file",
    )
