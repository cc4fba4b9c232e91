"""Fetch a map: the door of this room.

`area_of` says what to fetch, `fetch_map` fetches it. Tiles are kept as they come, so that a fetch that
breaks off goes on with what is missing; the file appears only when it is whole.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from routing.areas import Area, Box, area_of_box, checked_size, ready_made
from routing.errors import MapNotFetched
from routing.fetch import written
from routing.fetch.answers import Answer, read_answer
from routing.fetch.cached import LONGEST_KEPT, KeptAnswers, usual_folder
from routing.fetch.gathered import Gathered
from routing.fetch.line import NOMINATIM, OVERPASS, Line, polite
from routing.fetch.named import area_named
from routing.fetch.query import tile_query
from routing.fetch.tiles import TILE_SIDE_M, quarters, tiles
from routing.fetch.trouble import Passing, TooMuch, Trouble

# A tile younger than this is not asked for again, so that trying twice costs the server nothing.
FRESH: Final = timedelta(days=1)
# For going on with a fetch that broke off: whatever is kept.
RESUMED: Final = LONGEST_KEPT
# Overpass's public server asks for less than 1 GB a day.
LARGEST_FETCH_BYTES: Final = 1_000_000_000
_TOO_MUCH: Final = {"too_much": True}  # kept in place of a tile that has to be asked for in quarters


@dataclass(frozen=True, slots=True)
class Terms:
    """Whom to ask and how. `contact` (an address or URL) is told to the servers in the User-Agent."""

    overpass: str = OVERPASS
    nominatim: str = NOMINATIM
    contact: str | None = None
    max_age: timedelta = FRESH
    tile_side_m: float = TILE_SIDE_M
    folder: Path | None = None  # of kept answers; None: `usual_folder()`

    def __post_init__(self) -> None:
        # People paste the address of the query endpoint; OSMnx adds it itself.
        url = self.overpass.strip().rstrip("/").removesuffix("/interpreter")
        object.__setattr__(self, "overpass", url)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a fetch stands: tile `tile` of `tiles` (from 1), bytes received in all."""

    doing: Literal["asking", "received", "kept", "waiting", "divided"]
    tile: int
    tiles: int
    received_bytes: int
    wait_s: float = 0.0  # of "waiting"
    age: timedelta | None = None  # of "kept"
    ja: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched and written."""

    path: Path
    area: Area
    data_time: datetime  # of the oldest tile
    tiles: int
    tiles_kept: int  # of these, how many were not asked for
    oldest_kept: timedelta | None
    received_bytes: int
    nodes: int
    ways: int


def area_of(
    place: str | None,
    bbox: str | None,
    *,
    now: datetime,
    terms: Terms = Terms(),
    sleep: Callable[[float], None] = time.sleep,
) -> Area:
    """The area of a ready-made short name, of a box `S,W,N,E`, or of a name that is looked up."""
    place = (place or "").strip()
    if bool(place) == (bbox is not None):
        raise MapNotFetched(
            f"場所の名前か --bbox のどちらか一つを指定してください。用意した範囲: {'、'.join(ready_made())}",
            f"give a place or a box (--bbox), one of them. Ready-made: {', '.join(ready_made())}",
        )
    if bbox is not None:
        return area_of_box(bbox)
    ready = ready_made().get(place.lower())
    if ready is not None:
        return ready
    line = Line(terms.overpass, sleep)
    try:
        with polite(terms.overpass, terms.nominatim, line.ear, terms.contact):
            return area_named(place, line, terms.nominatim, _kept(terms), now)
    except Trouble as trouble:
        raise MapNotFetched(trouble.ja, trouble.en) from trouble


def fetch_map(
    area: Area,
    out: Path,
    *,
    now: datetime,
    terms: Terms = Terms(),
    sleep: Callable[[float], None] = time.sleep,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Fetched:
    """Fetch `area` into `out` (.osm, .osm.gz, .osm.pbf). `now` dates what is kept.

    `MapNotFetched` says why not; what was fetched is kept, and `out` is as it was.
    """
    written.check_place(out)
    pieces = tiles(area, terms.tile_side_m)
    checked_size(sum(piece.area_km2 for piece in pieces))
    fetch = _Fetch(terms, now, _kept(terms), Line(terms.overpass, sleep), tell, deque(pieces))
    fetch.kept.prune(now)
    try:
        with polite(terms.overpass, terms.nominatim, fetch.line.ear, terms.contact):
            fetch.run()
    except Trouble as trouble:
        raise fetch.failed(trouble) from trouble
    return fetch.wrote(area, out)


def _kept(terms: Terms) -> KeptAnswers:
    return KeptAnswers(terms.folder or usual_folder())


@dataclass(slots=True)
class _Fetch:
    terms: Terms
    now: datetime
    kept: KeptAnswers
    line: Line
    tell: Callable[[Progress], None]
    todo: deque[Box]
    gathered: Gathered = field(default_factory=Gathered)
    done: int = 0
    from_kept: int = 0
    oldest_kept: timedelta | None = None

    def run(self) -> None:
        """Tile after tile, until none is left."""
        self.line.waiting = self._waiting
        while self.todo:
            tile = self.todo[0]
            try:
                self.gathered.add(self._tile(tile))
                self.todo.popleft()
                self.done += 1
            except TooMuch as trouble:
                self._divide(tile, trouble)

    def _tile(self, tile: Box) -> Answer:
        question = tile_query(tile)
        found = self.kept.find(self.terms.overpass, question, self.now, self.terms.max_age)
        if found is not None:
            if found.answer == _TOO_MUCH:
                raise TooMuch("前回、一度では多すぎました", "was too much the last time")
            try:
                return self._from_kept(read_answer(found.answer), self.now - found.fetched_at)
            except Trouble:
                pass  # kept by a version that read less strictly: asked for again
        return self._asked(question)

    def _from_kept(self, answer: Answer, age: timedelta) -> Answer:
        self.from_kept += 1
        self.oldest_kept = max(age, self.oldest_kept or timedelta(0))
        self._tell("kept", age=age, ja="手元のものを使います", en="kept from before")
        return answer

    def _asked(self, question: str) -> Answer:
        self._tell("asking", ja="取得しています", en="asking")
        raw, answer = self.line.asked(question, read_answer)
        self.kept.keep(self.terms.overpass, question, raw, self.now)
        self._tell("received", ja="取得しました", en="received")
        if self.line.ear.received > LARGEST_FETCH_BYTES:
            raise TooMuch("一度に取得する量が多すぎます", "too much for one fetch")
        return answer

    def _divide(self, tile: Box, trouble: TooMuch) -> None:
        smaller = quarters(tile)
        if not smaller or self.line.ear.received > LARGEST_FETCH_BYTES:
            raise trouble
        self.kept.keep(self.terms.overpass, tile_query(tile), _TOO_MUCH, self.now)
        self.todo.popleft()
        self.todo.extendleft(reversed(smaller))
        self._tell("divided", ja=f"分けて取得します。{trouble.ja}", en=f"in quarters: {trouble.en}")

    def _waiting(self, wait_s: float, trouble: Trouble) -> None:
        self._tell("waiting", wait_s=wait_s, ja=trouble.ja, en=trouble.en)

    def _tell(
        self,
        doing: Literal["asking", "received", "kept", "waiting", "divided"],
        *,
        ja: str,
        en: str,
        wait_s: float = 0.0,
        age: timedelta | None = None,
    ) -> None:
        count, received = self.done + len(self.todo), self.line.ear.received
        self.tell(Progress(doing, min(self.done + 1, count), count, received, wait_s, age, ja, en))

    def failed(self, trouble: Trouble) -> MapNotFetched:
        """The person's words: why, how far it came, how to go on."""
        count = self.done + len(self.todo)
        ja, en = f"地図を取得できません。{trouble.ja}", f"the map was not fetched: {trouble.en}"
        if self.done:
            ja += f"。{count}区画のうち{self.done}区画は保存しました。--resume で続きから取得できます"
            en += f". {self.done} of {count} tiles are kept: --resume goes on with the rest"
        elif isinstance(trouble, Passing):
            ja += "。しばらくしてからもう一度試してください"
            en += ". Try again later"
        return MapNotFetched(ja, en)

    def wrote(self, area: Area, out: Path) -> Fetched:
        """The file, once every tile is there."""
        gathered = self.gathered
        if gathered.oldest is None or not any("highway" in way.tags for way in gathered.ways.values()):
            raise MapNotFetched(
                f"{area.ja} には道がありません。範囲を確かめてください",
                f"no way in {area.en}: check the area",
            )
        written.write(gathered, area.box, out)
        return Fetched(
            path=out,
            area=area,
            data_time=gathered.oldest,
            tiles=self.done,
            tiles_kept=self.from_kept,
            oldest_kept=self.oldest_kept,
            received_bytes=self.line.ear.received,
            nodes=len(gathered.nodes),
            ways=len(gathered.ways),
        )
