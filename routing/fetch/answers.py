"""Reading one answer of Overpass: the whole tile, or why it is not."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing.fetch.trouble import Lasting, Passing, TooMuch, Trouble

# "Query timed out in ...", "Query run out of memory using about ...": less would fit. Overpass's other
# remarks ("Dispatcher_Client::request_read_and_idx::timeout") mean a busy server: later would do.
_TOO_MUCH = ("query timed out", "out of memory")


@dataclass(frozen=True, slots=True)
class RawNode:
    """A node with every tag; degrees."""

    lat: float
    lon: float
    tags: dict[str, str]
    version: int


@dataclass(frozen=True, slots=True)
class RawWay:
    """A way with every tag and its nodes in order."""

    nodes: tuple[int, ...]
    tags: dict[str, str]
    version: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One tile. `base` is the moment of OpenStreetMap that it shows."""

    nodes: dict[int, RawNode]
    ways: dict[int, RawWay]
    base: datetime


def read_answer(answer: object) -> Answer:
    """The tile in a decoded JSON answer; raises the `Trouble` that it is instead."""
    if not isinstance(answer, dict) or not isinstance(answer.get("elements"), list):
        raise Lasting(
            "サーバーの返事が Overpass のものではありません。--overpass の URL を確かめてください",
            "the answer is not Overpass's: check the --overpass URL",
        )
    if "remark" in answer:  # Overpass says 200 and puts its failure here; the elements are then a part only
        raise _remarked(str(answer["remark"]))
    try:
        read = _read(answer)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise broken(f"{type(error).__name__} {error}") from error
    missing = sum(node not in read.nodes for way in read.ways.values() for node in way.nodes)
    if missing:
        raise broken(f"{missing} nodes of its ways are missing")
    return read


def broken(why: str) -> Passing:
    """An answer cut off or garbled on its way."""
    return Passing(
        "サーバーの返事が途中で切れたか壊れています", f"the answer was cut off or garbled ({why[:200]})"
    )


def _remarked(remark: str) -> Trouble:
    short = remark[:200]
    if any(words in remark.lower() for words in _TOO_MUCH):
        return TooMuch(f"一度に求める量が多すぎました（{short}）", f"too much for one request ({short})")
    return Passing(f"サーバーが途中でやめました（{short}）", f"the server gave up ({short})")


def _read(answer: dict[str, Any]) -> Answer:
    nodes: dict[int, RawNode] = {}
    ways: dict[int, RawWay] = {}
    for element in answer["elements"]:
        if element["type"] == "node":
            nodes[int(element["id"])] = _node(element)
        elif element["type"] == "way":
            ways[int(element["id"])] = _way(element)
    base = datetime.fromisoformat(answer["osm3s"]["timestamp_osm_base"])
    if base.tzinfo is None:
        raise ValueError("timestamp_osm_base without a time zone")
    return Answer(nodes, ways, base)


def _node(element: dict[str, Any]) -> RawNode:
    lat, lon = float(element["lat"]), float(element["lon"])
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90.0 and abs(lon) <= 180.0):
        raise ValueError(f"node {element['id']} is at {lat}, {lon}")
    return RawNode(lat, lon, _tags(element), int(element.get("version", 0)))


def _way(element: dict[str, Any]) -> RawWay:
    return RawWay(tuple(map(int, element["nodes"])), _tags(element), int(element.get("version", 0)))


def _tags(element: dict[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in element.get("tags", {}).items()}
