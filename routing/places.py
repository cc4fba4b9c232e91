"""Places of a map by name: as written, as read aloud, in English, or by their beginning."""

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, overload

import numpy as np

from routing.columns import I32, U8, Columns
from routing.errors import PlaceAmbiguous, PlaceNotFound
from routing.geo import Point, distance_m
from wire.route import Name

STREET: Final = "highway=street"  # the kind of a street's middle, which stands for the street
# Nodes of one name within this are the two sides or the poles of one stop or entrance.
_ONE_PLACE_M = 150.0
_NEAR_NAMES = 5
_CANDIDATES = 200  # names that share letters with a mistyped one, looked at closely
_MANY = 50  # fits beyond these change nothing: the text is ambiguous
_END = b"\n"  # between spellings; no normalised text has one


@dataclass(frozen=True, slots=True)
class MapPlace:
    """A named thing. `kind`: the tag that makes it a place, "amenity=townhall"; a street `STREET`."""

    name: Name
    point: Point
    kind: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Spellings:
    """All spellings of all places, normalised, in one text: each between two line ends."""

    text: U8
    first: I32  # where spelling i begins in the text
    place: I32  # whose spelling i is


@dataclass(frozen=True, slots=True, eq=False)
class Places(Sequence[MapPlace]):
    """The places of a map, read from its columns when asked for: real places, then streets."""

    columns: Columns
    spellings: Spellings
    _read: dict[int, MapPlace] = field(default_factory=dict, repr=False)
    _blob: list[bytes] = field(default_factory=list, repr=False)

    def __len__(self) -> int:
        return len(self.columns.place_name)

    @overload
    def __getitem__(self, index: int) -> MapPlace: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[MapPlace, ...]: ...
    def __getitem__(self, index: int | slice) -> MapPlace | tuple[MapPlace, ...]:
        if isinstance(index, slice):
            return tuple(self[each] for each in range(*index.indices(len(self))))
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        if index not in self._read:
            self._read[index] = _place(self.columns, index)
        return self._read[index]

    def blob(self) -> bytes:
        """The spellings as bytes, made once."""
        if not self._blob:
            self._blob.append(self.spellings.text.tobytes())
        return self._blob[0]


def text_at(columns: Columns, index: int) -> str | None:
    """Text number `index`; None for a negative one."""
    if index < 0:
        return None
    first = int(columns.text_end[index - 1]) if index else 0
    return columns.text_bytes[first : int(columns.text_end[index])].tobytes().decode("utf-8", "replace")


def name_at(columns: Columns, index: int) -> Name | None:
    """Name number `index`; None for a negative one."""
    if index < 0:
        return None
    return Name(
        ja=text_at(columns, int(columns.name_ja[index])) or "",
        kana=text_at(columns, int(columns.name_kana[index])),
        en=text_at(columns, int(columns.name_en[index])),
    )


def normalised(text: str) -> str:
    """Text as it is compared: width, case, spaces, hyphens and the two kana made equal."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = (char for char in folded if not char.isspace() and unicodedata.category(char)[0] not in "PZC")
    return "".join(_hiragana(char) for char in kept)


def find(known: Sequence[MapPlace], text: str) -> tuple[MapPlace, ...]:
    """The place called `text`: several only where they are parts of one place.

    The whole name (any of them) wins over its beginning, that over a part in the middle; a place
    wins over a street. `PlaceNotFound` lists near names, `PlaceAmbiguous` what the text fits.
    """
    places = known if isinstance(known, Places) else _listed_places(known)
    wanted = normalised(text).encode()
    if wanted:
        for pattern in (_END + wanted + _END, _END + wanted, wanted):
            found = _fitting(places, pattern)
            if found:
                return _one(found, text)
    raise _not_found(places, text)


def matching(known: Sequence[MapPlace], text: str, most: int = 10) -> tuple[MapPlace, ...]:
    """Up to `most` places that `text` may mean while it is typed, best first; no error."""
    places = known if isinstance(known, Places) else _listed_places(known)
    wanted = normalised(text).encode()
    found: dict[tuple[str, str], MapPlace] = {}
    if wanted:
        for pattern in (_END + wanted + _END, _END + wanted, wanted):
            for place in _fitting(places, pattern):
                found.setdefault((place.name.ja, place.kind), place)
            if len(found) >= most:
                break
    return tuple(found.values())[:most]


def _place(columns: Columns, index: int) -> MapPlace:
    aliases = text_at(columns, int(columns.place_aliases[index])) or ""
    lat, lon = int(columns.place_lat_e7[index]), int(columns.place_lon_e7[index])
    return MapPlace(
        name_at(columns, int(columns.place_name[index])) or Name(ja=""),
        (lat / 1e7, lon / 1e7),
        text_at(columns, int(columns.place_kind[index])) or "",
        tuple(alias for alias in aliases.split(";") if alias),
    )


def spellings_of(columns: Columns) -> Spellings:
    """The spellings of a map's places."""
    places = [_place(columns, index) for index in range(len(columns.place_name))]
    return _joined(places)


def _joined(places: Iterable[MapPlace]) -> Spellings:
    blobs, first, owner, at = [_END], [], [], 1
    for index, place in enumerate(places):
        texts = (place.name.ja, place.name.kana, place.name.en, *place.aliases)
        for spelling in dict.fromkeys(normalised(text).encode() for text in texts if text):
            if spelling:
                blobs += [spelling, _END]
                first.append(at)
                owner.append(index)
                at += len(spelling) + 1
    text = np.frombuffer(b"".join(blobs), dtype=np.uint8)
    return Spellings(text, np.array(first, dtype=np.int32), np.array(owner, dtype=np.int32))


@dataclass(frozen=True, slots=True, eq=False)
class _Listed:
    """Places in a plain tuple, searched like a map's."""

    places: Sequence[MapPlace]
    spellings: Spellings

    def __getitem__(self, index: int) -> MapPlace:
        return self.places[index]

    def blob(self) -> bytes:
        return self.spellings.text.tobytes()


def _listed_places(places: Sequence[MapPlace]) -> _Listed:
    return _Listed(places, _joined(places))


def _fitting(places: Places | _Listed, pattern: bytes) -> list[MapPlace]:
    """Places with a spelling that has `pattern` in it; streets only where nothing else fits."""
    owners: dict[int, None] = {}
    for at in _hits(places.blob(), pattern):
        spelling = int(np.searchsorted(places.spellings.first, at + 1, side="right")) - 1
        if pattern.startswith(_END):
            spelling = int(np.searchsorted(places.spellings.first, at + 1))
        owners[int(places.spellings.place[spelling])] = None
        if len(owners) == _MANY:  # real places come first in the text
            break
    found = [places[owner] for owner in sorted(owners)]
    real = [place for place in found if place.kind != STREET]
    return real or found


def _hits(blob: bytes, pattern: bytes) -> Iterator[int]:
    at = blob.find(pattern)
    while at != -1:
        yield at
        at = blob.find(pattern, at + 1)


def _hiragana(char: str) -> str:
    """Katakana ァ-ヶ to hiragana, which lie 0x60 below it in Unicode; anything else as it is."""
    return chr(ord(char) - 0x60) if "ァ" <= char <= "ヶ" else char


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


def _not_found(places: Places | _Listed, text: str) -> PlaceNotFound:
    near = _near_names(places, normalised(text))
    hint_ja = f"近い名前: {'、'.join(near)}" if near else "緯度,経度 でも指定できます"
    hint_en = f"near names: {', '.join(near)}" if near else 'give "lat,lon" instead'
    return PlaceNotFound(
        f"地図に「{text}」という場所はありません。{hint_ja}", f'no place "{text}" on this map; {hint_en}'
    )


def _near_names(places: Places | _Listed, wanted: str) -> list[str]:
    """Names that differ from `wanted` by a few letters; those that share most letters are compared."""
    blob, shared = places.blob(), Counter[int]()
    for letter in dict.fromkeys(wanted[:40]):
        hits = np.array([match.start() for match in re.finditer(re.escape(letter.encode()), blob)])
        rows = np.searchsorted(places.spellings.first, hits, side="right") - 1
        shared.update(dict.fromkeys(rows[rows >= 0].tolist(), 1))
    spelled: dict[str, str] = {}
    for row, _ in shared.most_common(_CANDIDATES):
        first = int(places.spellings.first[row])
        spelling = blob[first : blob.index(_END, first)].decode("utf-8", "replace")
        spelled[spelling] = places[int(places.spellings.place[row])].name.ja
    close = difflib.get_close_matches(wanted, spelled, n=2 * _NEAR_NAMES, cutoff=0.4)
    return _listed(spelled[spelling] for spelling in close)


def _listed(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))[:_NEAR_NAMES]
