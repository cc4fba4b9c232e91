"""Places of a map by name: as written, as read aloud, in English, or by their beginning."""

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx

from routing import tags
from routing.errors import PlaceAmbiguous, PlaceNotFound
from routing.geo import Point, distance_m
from wire.route import Name

_KINDS = (
    "railway", "public_transport", "tourism", "amenity", "shop", "leisure", "office", "historic",
    "building", "entrance",
)  # fmt: skip
_HIGHWAYS = frozenset({"bus_stop", "elevator", "traffic_signals"})  # named signals name the junction
# Nodes of one name within this are the two sides or the poles of one stop or entrance.
_ONE_PLACE_M = 150.0
_NEAR_NAMES = 5


@dataclass(frozen=True, slots=True)
class MapPlace:
    """A named node. `kind`: the tag that makes it a place, "amenity=townhall"."""

    name: Name
    point: Point
    kind: str
    aliases: tuple[str, ...] = ()


def of_nodes(graph: "nx.MultiDiGraph[int]") -> tuple[MapPlace, ...]:
    """The named places among a map's nodes, in order of their ids."""
    found = []
    for node in sorted(graph):
        data = graph.nodes[node]
        name, kind = tags.name(data), _kind(data)
        if name is not None and kind is not None:
            others = f"{data.get('alt_name', '')};{data.get('short_name', '')}".split(";")
            aliases = tuple(alias.strip() for alias in others if alias.strip())
            found.append(MapPlace(name, (data["y"], data["x"]), kind, aliases))
    return tuple(found)


def _kind(data: tags.Tags) -> str | None:
    if data.get("highway") in _HIGHWAYS:
        return f"highway={data['highway']}"
    return next((f"{key}={data[key]}" for key in _KINDS if key in data), None)


def normalised(text: str) -> str:
    """Text as it is compared: width, case, spaces, hyphens and the two kana made equal."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = (char for char in folded if not char.isspace() and unicodedata.category(char)[0] not in "PZ")
    return "".join(_hiragana(char) for char in kept)


def _hiragana(char: str) -> str:
    """Katakana ァ-ヶ to hiragana, which lie 0x60 below it in Unicode; anything else as it is."""
    return chr(ord(char) - 0x60) if "ァ" <= char <= "ヶ" else char


def find(known: tuple[MapPlace, ...], text: str) -> tuple[MapPlace, ...]:
    """The place called `text`: several nodes only where they are parts of one place.

    The whole name (any of them) wins over its beginning, that over a part in the middle.
    `PlaceNotFound` lists near names, `PlaceAmbiguous` what the text fits.
    """
    wanted = normalised(text)
    if wanted:
        for fits in (str.__eq__, str.startswith, str.__contains__):
            found = [place for place in known if any(fits(name, wanted) for name in _spellings(place))]
            if found:
                return _one(found, text)
    raise _not_found(known, text)


def _spellings(place: MapPlace) -> tuple[str, ...]:
    texts = (place.name.ja, place.name.kana, place.name.en, *place.aliases)
    return tuple(normalised(text) for text in texts if text)


def _one(found: list[MapPlace], text: str) -> tuple[MapPlace, ...]:
    first = found[0]
    same = all(place.name.ja == first.name.ja for place in found)
    if same and all(distance_m(first.point, place.point) <= _ONE_PLACE_M for place in found):
        return tuple(found)
    names = _listed(
        f"{place.name.ja} ({place.point[0]:.5f},{place.point[1]:.5f})" if same else place.name.ja
        for place in found
    )
    raise PlaceAmbiguous(
        f"「{text}」に当てはまる場所が複数あります: {'、'.join(names)}。どれか一つを指定してください",
        f'"{text}" fits several places: {", ".join(names)}; give one of them, or "lat,lon"',
    )


def _not_found(known: tuple[MapPlace, ...], text: str) -> PlaceNotFound:
    spelled = {spelling: place.name.ja for place in known for spelling in _spellings(place)}
    close = difflib.get_close_matches(normalised(text), spelled, n=2 * _NEAR_NAMES, cutoff=0.4)
    near = _listed(spelled[spelling] for spelling in close)
    hint_ja = f"近い名前: {'、'.join(near)}" if near else "緯度,経度 でも指定できます"
    hint_en = f"near names: {', '.join(near)}" if near else 'give "lat,lon" instead'
    return PlaceNotFound(
        f"地図に「{text}」という場所はありません。{hint_ja}", f'no place "{text}" on this map; {hint_en}'
    )


def _listed(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))[:_NEAR_NAMES]
