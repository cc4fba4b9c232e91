"""A stand-in for Overpass and Nominatim on this machine: real answers from an OpenStreetMap file.

It understands the part of Overpass QL that `query` speaks and refuses the rest (400), so that the
question itself is tested. Misfortunes are played one by one before it answers.
"""

import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import parse

from routing.areas import Box

Element = dict[str, Any]
_FILTER = re.compile(r'\["([^"]+)"(?:(=|~)"([^"]*)")?\]')
_QUESTION = re.compile(
    r'\[out:json\]\[timeout:\d+\]\[bbox:([-\d.,]+)\];\(((?:(?:way|node|relation)(?:\["[^"]+"(?:[=~]"[^"]*")?\])+;)+)\);'
    r"\(\._;>;\);out body;"
)
LARGEST_QUESTION_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Misfortune:
    """What happens to one request instead of its answer: `body` (None: the true one), cut at `cut` bytes."""

    status: int = 200
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    cut: int | None = None


@dataclass
class OverpassStandIn:
    """Serves the data of one .osm file on loopback while its `with` lasts."""

    osm: Path
    base: str = "2026-11-22T05:00:00Z"
    places: dict[str, list[Element]] = field(default_factory=dict)
    misfortunes: deque[Misfortune] = field(default_factory=deque)
    status: str = "Connected as: 1\nCurrent time: x\nRate limit: 2\n2 slots available now.\n"
    spoil: Callable[[str, Element], Element] = lambda _, answer: answer  # the last word on every answer
    questions: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    at_once: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        root = parse(self.osm).getroot()  # noqa: S314 - a file of the tester's choice
        self.nodes = {int(item.get("id", 0)): _element("node", item) for item in root.iter("node")}
        self.ways = {int(item.get("id", 0)): _element("way", item) for item in root.iter("way")}
        relations = root.iter("relation")
        self.relations = {int(item.get("id", 0)): _element("relation", item) for item in relations}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5.0)

    @property
    def url(self) -> str:
        """Its address, as `Terms.overpass` and `Terms.nominatim` take it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/api"

    def answer(self, question: str) -> Element | None:
        """The whole answer to a question in Overpass QL; None where it does not understand it."""
        asked = _QUESTION.fullmatch(question)
        if asked is None:
            return None
        box = Box(*map(float, asked[1].split(",")))
        kinds = {"node": self.nodes, "way": self.ways, "relation": self.relations}
        found: dict[str, dict[int, Element]] = {kind: {} for kind in kinds}
        for kind, kept in re.findall(r'(way|node|relation)((?:\["[^"]+"(?:[=~]"[^"]*")?\])+);', asked[2]):
            filters = _FILTER.findall(kept)
            fitting = {key: item for key, item in kinds[kind].items() if _fits(item, filters)}
            found[kind].update({key: item for key, item in fitting.items() if self._in(item, box)})
        for relation in found["relation"].values():
            for member in relation["members"]:
                found[member["type"]][member["ref"]] = kinds[member["type"]][member["ref"]]
        for way in found["way"].values():
            found["node"].update({node: self.nodes[node] for node in way["nodes"]})
        return {
            "version": 0.6,
            "generator": "Overpass stand-in",
            "osm3s": {"timestamp_osm_base": self.base, "copyright": "ODbL"},
            "elements": [item for items in found.values() for item in items.values()],
        }

    def _in(self, item: Element, box: Box) -> bool:
        if item["type"] == "relation":
            kinds = {"node": self.nodes, "way": self.ways}
            members = [kinds[member["type"]][member["ref"]] for member in item["members"]]
            return any(self._in(member, box) for member in members)
        if item["type"] == "node":
            return _touches(box, item["lat"], item["lon"], item["lat"], item["lon"])
        points = [(self.nodes[node]["lat"], self.nodes[node]["lon"]) for node in item["nodes"]]
        return any(_touches(box, *start, *end) for start, end in pairwise(points))

    def begin(self, question: str, agent: str) -> Misfortune:
        """One request begins; what is to happen to it."""
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.questions.append(question)
            self.agents.add(agent)
            return self.misfortunes.popleft() if self.misfortunes else Misfortune()

    def end(self) -> None:
        """That request is over."""
        with self._lock:
            self.at_once -= 1


def _element(kind: str, item: Any) -> Element:  # noqa: ANN401 - an XML element
    tags = {str(tag.get("k")): str(tag.get("v")) for tag in item.findall("tag")}
    element: Element = {"type": kind, "id": int(item.get("id"))}
    if kind == "node":
        element |= {"lat": float(item.get("lat")), "lon": float(item.get("lon"))}
    elif kind == "way":
        element["nodes"] = [int(through.get("ref")) for through in item.findall("nd")]
    else:
        element["members"] = [
            {"type": member.get("type"), "ref": int(member.get("ref")), "role": member.get("role")}
            for member in item.findall("member")
        ]
    return element | ({"tags": tags} if tags else {})


def _fits(item: Element, filters: list[tuple[str, str, str]]) -> bool:
    tags = item.get("tags", {})
    return all(
        key in tags
        and (sign != "=" or tags[key] == value)
        and (sign != "~" or re.search(value, tags[key]) is not None)
        for key, sign, value in filters
    )


def _touches(box: Box, lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> bool:
    """Whether a straight piece meets the box (Liang and Barsky's clipping)."""
    first, last = 0.0, 1.0
    for start, step, low, high in (
        (lat_a, lat_b - lat_a, box.south, box.north),
        (lon_a, lon_b - lon_a, box.west, box.east),
    ):
        if step == 0.0:
            if not low <= start <= high:
                return False
            continue
        enter, leave = sorted(((low - start) / step, (high - start) / step))
        first, last = max(first, enter), min(last, leave)
    return first <= last


def _handler(stand_in: OverpassStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10.0

        def do_GET(self) -> None:  # the name that http.server calls
            url = urlsplit(self.path)
            if url.path.endswith("/status"):
                self._send(Misfortune(body=stand_in.status.encode()), b"")
            elif url.path.endswith("/search"):
                place = parse_qs(url.query).get("q", [""])[0]
                self._play(f"search {place}", stand_in.places.get(place, []))
            else:
                self._send(Misfortune(status=404, body=b"no such thing"), b"")

        def do_POST(self) -> None:  # the name that http.server calls
            length = min(int(self.headers.get("Content-Length", "0")), LARGEST_QUESTION_BYTES)
            question = parse_qs(self.rfile.read(length).decode())["data"][0]
            answer = stand_in.answer(question)
            self._play(question, answer and stand_in.spoil(question, answer))

        def _play(self, question: str, answer: object) -> None:
            misfortune = stand_in.begin(question, self.headers.get("User-Agent", ""))
            try:
                time.sleep(0.002)  # long enough that two at once would meet
                if answer is None:
                    misfortune = Misfortune(400, b"<html><body>parse error: not understood</body></html>")
            finally:
                stand_in.end()
            self._send(misfortune, json.dumps(answer).encode())

        def _send(self, misfortune: Misfortune, true: bytes) -> None:
            body = true if misfortune.body is None else misfortune.body
            self.send_response_only(misfortune.status)  # without a Date of its own
            for key, value in (*misfortune.headers, ("Content-Length", str(len(body)))):
                self.send_header(key, value)
            self.end_headers()
            with suppress(ConnectionError):  # the other side may have had enough
                self.wfile.write(body[: misfortune.cut])

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


def recorded_pauses() -> tuple[list[float], Callable[[float], None]]:
    """A sleep that does not sleep, and what it was asked for."""
    pauses: list[float] = []
    return pauses, pauses.append
