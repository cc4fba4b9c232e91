"""What a mapper could mend in the data, with OpenStreetMap's ids: findings for `shirube map check`."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from routing.columns import KERBS, KINDS, MAINLAND, SLICED, TIE
from routing.geo import Point
from routing.network import WalkingMap
from wire.route import StretchKind

Kind = Literal["island", "tie", "sliced", "dangling_crossing", "kerb_unknown", "contradiction"]
KINDS_OF_FINDINGS: Final[tuple[Kind, ...]] = (
    "contradiction", "tie", "sliced", "dangling_crossing", "island", "kerb_unknown",
)  # fmt: skip
_OSM: Final = "https://www.openstreetmap.org/"
_UNKNOWN_KERB = KERBS.index("unknown")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. `osm`: "way/1", "node/1", parted by spaces; `metres`: of what it is about."""

    kind: Kind
    point: Point
    osm: str
    metres: float
    detail: str = ""

    @property
    def links(self) -> tuple[str, ...]:
        """Where the things can be seen and edited."""
        return tuple(_OSM + thing for thing in self.osm.split())


def check(on: WalkingMap) -> list[Finding]:
    """All findings, gravest kind first, then by OpenStreetMap's ids."""
    found = [*_ties(on), *_crossings(on), *_dangling(on), *_islands(on), *_contradictions(on)]
    return sorted(found, key=lambda each: (KINDS_OF_FINDINGS.index(each.kind), each.osm, each.point))


def words(of: Finding, lang: Literal["ja", "en"]) -> str:
    """The finding for people, with what to do."""
    ja, en = _WORDS[of.kind]
    said = (ja if lang == "ja" else en).format(metres=of.metres, detail=of.detail)
    return f"{said} {of.point[0]:.6f},{of.point[1]:.6f} {' '.join(of.links)}".rstrip()


_WORDS: Final[dict[Kind, tuple[str, str]]] = {
    "contradiction": (
        "タグが矛盾しています({detail})。現地を確かめてください。",
        "The tags contradict each other ({detail}): look at the place.",
    ),
    "tie": (
        "道の端が {metres:.1f} m 離れています。つながっているなら結んでください。",
        "A way ends {metres:.1f} m short of the next: join them if one can walk through.",
    ),
    "sliced": (
        "歩く道が車道や線路と交わりますが、共有する点がありません。横断か立体交差かを記してください。",
        "A footway is drawn across a road or rails without a shared node: "
        "map the crossing, or the bridge or tunnel.",
    ),
    "dangling_crossing": (
        "横断の先に続く道がありません。",
        "A crossing leads to nothing: the way on is missing.",
    ),
    "island": (
        "ほかの道とつながっていない部分があります({metres:.0f} m)。",
        "A part of {metres:.0f} m hangs together with nothing else.",
    ),
    "kerb_unknown": (
        "横断の縁石の段差が分かりません。kerb=* を記してください。",
        "The kerbs of the crossing are unknown: add kerb=*.",
    ),
}


def _point(on: WalkingMap, node: int) -> Point:
    return int(on.columns.node_lat_e7[node]) / 1e7, int(on.columns.node_lon_e7[node]) / 1e7


def _ties(on: WalkingMap) -> Iterator[Finding]:
    of = on.columns
    ways_at: dict[int, set[int]] = defaultdict(set)
    ends: list[int] = np.flatnonzero(of.link_flags & TIE).tolist()
    nodes = {int(node) for link in ends for node in (of.link_a[link], of.link_b[link])}
    for link in np.flatnonzero(np.isin(of.link_a, list(nodes)) | np.isin(of.link_b, list(nodes))).tolist():
        for node in (int(of.link_a[link]), int(of.link_b[link])):
            if of.link_way[link]:
                ways_at[node].add(int(of.link_way[link]))
    for link in ends:
        a, b = int(of.link_a[link]), int(of.link_b[link])
        ways = [f"way/{way}" for way in sorted(ways_at[a]) + sorted(ways_at[b] - ways_at[a])]
        start = [f"node/{of.node_osm[a]}"] if of.node_osm[a] else []
        yield Finding("tie", _point(on, a), " ".join(start + ways), float(of.link_length_m[link]))


def _crossings(on: WalkingMap) -> Iterator[Finding]:
    of = on.columns
    seen: set[int] = set()
    for link in np.flatnonzero((of.link_crossing >= 0) & (of.link_flags & TIE == 0)).tolist():
        crossing = int(of.link_crossing[link])
        if crossing in seen:
            continue
        seen.add(crossing)
        osm_id = on.text(int(of.crossing_osm[crossing])) or ""
        metres, point = float(of.link_length_m[link]), _point(on, int(of.link_a[link]))
        if osm_id.startswith("cut/"):
            _, one, other = osm_id.split("/")
            yield Finding("sliced", point, f"way/{one} way/{other}", metres)
        elif of.crossing_kerb[crossing] == _UNKNOWN_KERB and osm_id.startswith("way/"):
            yield Finding("kerb_unknown", point, osm_id, metres)
    for link in np.flatnonzero((of.link_crossing < 0) & (of.link_flags & SLICED > 0)).tolist():
        osm_id, metres = f"way/{of.link_way[link]}", float(of.link_length_m[link])
        yield Finding("sliced", _point(on, int(of.link_a[link])), osm_id, metres)


def _dangling(on: WalkingMap) -> Iterator[Finding]:
    """Crossing ways with an end at which nothing else begins."""
    of = on.columns
    degree = np.bincount(np.concatenate((of.link_a, of.link_b)), minlength=len(of.node_osm))
    crossing = KINDS.index(StretchKind.CROSSING)
    for link in np.flatnonzero((of.link_kind == crossing) & (of.link_flags & TIE == 0)).tolist():
        osm_id = on.text(int(of.crossing_osm[of.link_crossing[link]])) if of.link_crossing[link] >= 0 else ""
        for node in (int(of.link_a[link]), int(of.link_b[link])):
            if degree[node] == 1 and of.node_osm[node] and (osm_id or "").startswith("way/"):
                osm = f"node/{of.node_osm[node]} {osm_id}"
                yield Finding("dangling_crossing", _point(on, node), osm, float(of.link_length_m[link]))


def _islands(on: WalkingMap) -> Iterator[Finding]:
    of = on.columns
    outside = np.flatnonzero(of.node_flags[of.link_a] & MAINLAND == 0)
    lead: dict[int, int] = {}

    def root(node: int) -> int:
        while lead.setdefault(node, node) != node:
            node = lead[node]
        return node

    for link in outside.tolist():
        one, other = root(int(of.link_a[link])), root(int(of.link_b[link]))
        lead[max(one, other)] = min(one, other)
    metres: dict[int, float] = defaultdict(float)
    ways: dict[int, set[int]] = defaultdict(set)
    for link in outside.tolist():
        part = root(int(of.link_a[link]))
        metres[part] += float(of.link_length_m[link])
        ways[part].add(int(of.link_way[link]))
    for part, length in metres.items():
        named = " ".join(f"way/{way}" for way in sorted(ways[part] - {0})[:5])
        yield Finding("island", _point(on, part), named, length)


def _contradictions(on: WalkingMap) -> Iterator[Finding]:
    of = on.columns
    seen: set[int] = set()
    for link in range(len(of.link_a)):
        way = int(of.link_way[link])
        if way in seen or of.link_tags[link] < 0:
            continue
        seen.add(way)
        detail = contradiction(on.link_tags(link))
        if detail:
            length = float(of.link_length_m[link])
            yield Finding("contradiction", _point(on, int(of.link_a[link])), f"way/{way}", length, detail)
    for node in np.flatnonzero((of.node_tags >= 0) & (of.node_osm != 0)).tolist():
        detail = contradiction(on.node_tags(node))
        if detail:
            yield Finding("contradiction", _point(on, node), f"node/{of.node_osm[node]}", 0.0, detail)


def contradiction(tags: dict[str, str]) -> str:
    """What in the tags cannot be true together, or misleads; empty where nothing does."""
    found = []
    if tags.get("tactile_paving") == "incorrect":
        found.append("tactile_paving=incorrect")
    crossing = tags.get("crossing", "")
    if crossing in {"unmarked", "uncontrolled", "zebra"} and tags.get("crossing:signals", "no") != "no":
        found.append(f"crossing={crossing}, crossing:signals={tags['crossing:signals']}")
    if crossing == "unmarked" and tags.get("crossing:markings", "no") != "no":
        found.append(f"crossing=unmarked, crossing:markings={tags['crossing:markings']}")
    if "signals" in crossing and tags.get("crossing:signals") == "no":
        found.append(f"crossing={crossing}, crossing:signals=no")
    if tags.get("traffic_signals:sound", "no") != "no" and tags.get("crossing:signals") == "no":
        found.append("traffic_signals:sound, crossing:signals=no")
    if tags.get("sidewalk") in {"no", "none"} and any(
        tags.get(f"sidewalk:{side}") in {"yes", "separate"} for side in ("left", "right", "both")
    ):
        found.append(f"sidewalk={tags['sidewalk']}, sidewalk:*=yes")
    return "; ".join(found)
