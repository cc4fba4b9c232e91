"""Maps fetched from a stand-in for Overpass, for tests: nothing is asked beyond this machine."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import parse

import osmnx
import pytest

from routing.areas import Area, area_of_box
from routing.fetch.fakes import Misfortune, OverpassStandIn
from routing.fetch.maps import Fetched, Terms, fetch_map

SHIBUYA = Path(__file__).parents[2] / "shared" / "data" / "maps" / "shibuya.osm"
PRACTICE = Path(__file__).parents[1] / "routing" / "practice" / "oita.osm"
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
AREA = area_of_box("33.2324,131.5997,33.2407,131.6135")  # the practice map: 0.92 by 1.28 km
CITY = area_of_box("35.655,139.695,35.665,139.71")
BUSY = Misfortune(429, b"<html>Too many requests</html>", (("Retry-After", "7"),))
GATEWAY = Misfortune(504, b"<html>The server is probably too busy</html>")
CUT = Misfortune(cut=200)
TIMED_OUT = Misfortune(
    body=json.dumps(
        {"elements": [], "remark": 'runtime error: Query timed out in "query" at line 1 after 181 seconds.'}
    ).encode()
)
Fetching = tuple[OverpassStandIn, Terms]
Raw = tuple[dict[int, dict[str, str]], dict[int, tuple[dict[str, str], tuple[int, ...]]]]


def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request to anywhere else fails from here on, whatever the settings."""
    connect = socket.socket.connect

    def checked(self: socket.socket, address: Any) -> None:
        assert address[0] in {"127.0.0.1", "::1"}, address
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", checked)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(osmnx._nominatim, "time", type("Still", (), {"sleep": staticmethod(lambda _: None)}))


@contextmanager
def practice_map(kept: Path) -> Iterator[Fetching]:
    """The hand-drawn map in tiles of 500 m: two by three."""
    with OverpassStandIn(PRACTICE) as server:
        yield server, Terms(server.url, server.url, tile_side_m=500.0, folder=kept)


def fetched(fetching: Fetching, out: Path, *, area: Area = AREA, now: datetime = NOW) -> Fetched:
    return fetch_map(area, out, now=now, terms=fetching[1], sleep=lambda _: None)


def raw(path: Path) -> Raw:
    root = parse(path).getroot()  # noqa: S314 - written here

    def tags(item: Any) -> dict[str, str]:
        return {tag.get("k"): tag.get("v") for tag in item.findall("tag")}

    return (
        {int(node.get("id", "")): tags(node) for node in root.iter("node")},
        {
            int(way.get("id", "")): (tags(way), tuple(int(nd.get("ref", "")) for nd in way.findall("nd")))
            for way in root.iter("way")
        },
    )


def positions(path: Path) -> dict[int, tuple[float, float]]:
    root = parse(path).getroot()  # noqa: S314 - an extract of ours
    return {
        int(node.get("id", "")): (float(node.get("lat", "")), float(node.get("lon", "")))
        for node in root.iter("node")
    }


def without_strays(whole: Raw) -> Raw:
    """Nodes that no way passes and that carry no tag are nobody's: no question asks for them."""
    passed = {node for _, through in whole[1].values() for node in through}
    return {node: tags for node, tags in whole[0].items() if tags or node in passed}, whole[1]
