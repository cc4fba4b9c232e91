"""Reading one answer of Overpass: the whole tile, or why it is not."""

import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing.fetch.trouble import Lasting, Passing, TooMuch, Trouble

# "Query timed out in ...", "Query run out of memory using about ...": less would fit. Overpass's other
# remarks ("Dispatcher_Client::request_read_and_idx::timeout") mean a busy server: later would do.
_TOO_MUCH = ("query timed out", "out of memory")
# What XML 1.0 cannot hold at all; OpenStreetMap refuses it too, a stranger's server may not.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LARGEST_ID = 2**62


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
class RawRelation:
    """A relation: its members as (`node`, `way` or `relation`, id, role), and every tag."""

    members: tuple[tuple[str, int, str], ...]
    tags: dict[str, str]
    version: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One tile. `base` is the moment of OpenStreetMap that it shows."""

    nodes: dict[int, RawNode]
    ways: dict[int, RawWay]
    relations: dict[int, RawRelation]
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
    relations: dict[int, RawRelation] = {}
    for element in answer["elements"]:
        if element["type"] == "node":
            nodes[_id(element["id"])] = _node(element)
        elif element["type"] == "way":
            ways[_id(element["id"])] = _way(element)
        elif element["type"] == "relation":
            relations[_id(element["id"])] = _relation(element)
    base = datetime.fromisoformat(answer["osm3s"]["timestamp_osm_base"])
    if base.tzinfo is None:
        raise ValueError("timestamp_osm_base without a time zone")
    return Answer(nodes, ways, relations, base)


def _node(element: dict[str, Any]) -> RawNode:
    lat, lon = float(element["lat"]), float(element["lon"])
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90.0 and abs(lon) <= 180.0):
        raise ValueError(f"node {element['id']} is at {lat}, {lon}")
    return RawNode(lat, lon, _tags(element), _version(element))


def _way(element: dict[str, Any]) -> RawWay:
    return RawWay(tuple(map(_id, element["nodes"])), _tags(element), _version(element))


def _relation(element: dict[str, Any]) -> RawRelation:
    members = tuple(
        (str(member["type"]), _id(member["ref"]), _text(member.get("role", "")))
        for member in element["members"]
    )
    if not all(kind in {"node", "way", "relation"} for kind, _, _ in members):
        raise ValueError(f"relation {element['id']} has a member of no kind")
    return RawRelation(members, _tags(element), _version(element))


def _tags(element: dict[str, Any]) -> dict[str, str]:
    return {_text(key): _text(value) for key, value in element.get("tags", {}).items()}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return _UNWRITABLE.sub("\ufffd", value)


def _id(value: object) -> int:
    if not isinstance(value, int) or abs(value) > _LARGEST_ID:
        raise ValueError(f"{value!r} is no id")
    return value


def _version(element: dict[str, Any]) -> int:
    version = element.get("version", 0)
    if not isinstance(version, int) or not 0 <= version < 2**31:
        raise ValueError(f"{version!r} is no version")
    return version
