"""What a page draws on its map, and lists beside it: the same facts, made once. Pure.

Whoever cannot see the map reads all of it in the list, and nothing is in the list that is not on the map.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from routing.blockages import Blockage
from routing.geo import Point, Polyline, distance_m
from routing.things import Surroundings, Thing
from server.clock import day_hour_minute
from server.live import Now
from server.map_words import blocks_words, thing_words
from server.words import Pair
from wire.base import message
from wire.position import Fix
from wire.route import Route, StretchKind

# To the other side of the widest street and its next house front: further off nobody looks for a wearer.
REACH_M: Final = 80.0
MOST_THINGS: Final = (
    1_900  # of the map; with guide blocks, reports and the walk itself about two thousand facts
)
MOST_FACTS: Final = 2_000
_DECIMALS: Final = 6  # of a degree: a tenth of a metre
_ON_IT_M: Final = 15.0  # nearer than this is told as lying on the way: no position is better

# In the order in which the list tells them: what is now, then what matters most on foot.
Kind = Literal[
    "position", "start", "destination", "route", "track", "closed", "crossing", "stairs", "guide_blocks",
    "sidewalk", "path", "street",
]  # fmt: skip
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
TITLES: Final[dict[Kind, Pair]] = {
    "position": ("最後に分かった位置", "Last known position"),
    "start": ("始点", "Start"),
    "destination": ("目的地", "Destination"),
    "route": ("計画した経路", "Planned route"),
    "track": ("歩いた跡(測位のまま)", "Track (as positioned)"),
    "closed": ("通れないという知らせ", "Reported closed"),
    "crossing": ("横断する所・踏切", "Crossings"),
    "stairs": ("階段・エスカレーター", "Stairs and escalators"),
    "guide_blocks": ("点字ブロック", "Guide blocks"),
    "sidewalk": ("歩道", "Sidewalks"),
    "path": ("小道・地下道・橋・屋内", "Paths, underpasses, bridges, indoors"),
    "street": ("道路", "Streets"),
}
_KIND_OF: Final[dict[StretchKind, Kind]] = {
    StretchKind.SIDEWALK: "sidewalk",
    StretchKind.SHARED_PATH: "sidewalk",
    StretchKind.PEDESTRIAN: "street",
    StretchKind.ROAD: "street",
    StretchKind.CROSSING: "crossing",
    StretchKind.LEVEL_CROSSING: "crossing",
    StretchKind.STEPS: "stairs",
}


@message
class Fact:
    """One object of the map and one line of the list.

    `lines`: (lat, lon), degrees; a place is one line of one point, with `radius_m` where it is a circle.
    `at_m`: where along the way; `off_m`: how far from it; null where that says nothing.
    """

    id: str
    kind: Kind
    ja: str
    en: str
    lines: Annotated[tuple[tuple[Point, ...], ...], Field(min_length=1)]
    radius_m: float | None = None
    at_m: int | None = None
    off_m: int | None = None


@message
class Block:
    """The facts of one kind, in the order along the way."""

    kind: Kind
    title_ja: str
    title_en: str
    facts: Annotated[tuple[Fact, ...], Field(max_length=MOST_FACTS)]


@message
class MapFacts:
    """All of them. `left_out`: so many things of the map lay too far off to be told.

    `ground`: whether the map was asked; without it only the walk itself is told.
    """

    blocks: Annotated[tuple[Block, ...], Field(max_length=len(KINDS))]
    attribution: str
    ground: bool
    left_out: int
    reach_m: float = REACH_M


def map_facts(
    route: Route | None,
    fixes: Sequence[Fix],
    now: Now,
    around: Surroundings | None,
    closed: Sequence[Blockage] = (),
    attribution: str = "",
) -> MapFacts:
    """The facts of one walk. `around`: None where no map is known, or it is not there yet."""
    track = tuple((fix.lat, fix.lon) for fix in fixes)
    line = way_line(route, fixes)
    along = Polyline.through(line) if len(line) > 1 else None
    found = [*_walk(route, track, now), *_closed(closed, along)]
    things = () if around is None else around.things
    of_map = [fact for thing in things for fact in _thing(thing)]
    room = MOST_FACTS - len(found)
    told = (*found, *of_map[:room])
    left_out = (0 if around is None else around.left_out) + max(len(of_map) - room, 0)
    return MapFacts(
        blocks=tuple(_blocks(told)),
        attribution=attribution or ("" if route is None else route.source.attribution),
        ground=around is not None,
        left_out=left_out,
    )


def way_line(route: Route | None, fixes: Sequence[Fix]) -> tuple[Point, ...]:
    """Along what distances are told: the route, or without one the track."""
    return tuple((fix.lat, fix.lon) for fix in fixes) if route is None else tuple(route.points)


def thinned(fixes: Iterable[Fix], apart_m: float) -> tuple[Point, ...]:
    """The track with no two neighbours nearer than `apart_m`: what lies around it is the same."""
    kept: list[Point] = []
    for fix in fixes:
        here = (fix.lat, fix.lon)
        if not kept or distance_m(kept[-1], here) >= apart_m:
            kept.append(here)
    return tuple(kept)


def _walk(route: Route | None, track: tuple[Point, ...], now: Now) -> list[Fact]:
    found = []
    if now.lat is not None and now.lon is not None:
        here = ((now.lat, now.lon),)
        found.append(
            _fact("position", "position", position_words(now), (here,), radius_m=now.accuracy_m or 0.0)
        )
    if route is not None:
        found += _planned(route)
    elif track:
        found.append(_fact("start", "start", ("歩きはじめ", "Where the walk began"), (track[:1],)))
    if len(track) > 1:
        words = (f"歩いた跡。位置{len(track)}点", f"The track: {len(track)} positions")
        found.append(_fact("track", "track", words, (track,)))
    return found


def _planned(route: Route) -> list[Fact]:
    start, end = route.origin.name, route.destination.name
    points = tuple(route.points)
    far = f"{route.length_m:.0f}"
    words = (
        f"{start.ja}から{end.ja}まで、およそ{far}メートル",
        f"From {start.en or start.ja} to {end.en or end.ja}, about {far} metres",
    )
    return [
        _fact("start", "start", (start.ja, start.en or start.ja), (points[:1],)),
        _fact("destination", "destination", (end.ja, end.en or end.ja), (points[-1:],), at_m=route.length_m),
        _fact("route", "route", words, (points,)),
    ]


def position_words(now: Now) -> Pair:
    """Of the position on the map: with its time, so that it never reads as live when it is not."""
    off = f"{now.accuracy_m or 0.0:.0f}"
    return (
        f"{now.sentence_ja}。誤差は約{off}メートル",
        f"{now.sentence_en}. It may be off by about {off} metres",
    )


def _closed(closed: Iterable[Blockage], along: Polyline | None) -> list[Fact]:
    """The reports that lie beside the way."""
    found: dict[str, Fact] = {}
    for one in closed:
        place = (one.lat, one.lon)
        at = None if along is None else along.project(place)
        if at is None or abs(at.offset_m) > REACH_M:
            continue
        key = f"closed-{one.lat:.5f}-{one.lon:.5f}"
        until = day_hour_minute(one.expires_utc_s)
        words = (f"通れないという知らせ。{until} まで", f"Reported closed until {until}")
        found[key] = _fact(
            key, "closed", words, ((place,),), radius_m=one.radius_m, at_m=at.along_m, off_m=abs(at.offset_m)
        )
    return list(found.values())


def _thing(thing: Thing) -> list[Fact]:
    """What the thing is; and its guide blocks, which are drawn and listed by themselves."""
    kind = _KIND_OF.get(thing.kind, "path")
    found = [
        _fact(
            f"{kind}-{thing.number}",
            kind,
            thing_words(thing),
            thing.lines,
            at_m=thing.at_m,
            off_m=thing.off_m,
        )
    ]
    if thing.tactile == "yes" and thing.crossing is None:
        key, words = f"guide_blocks-{thing.number}", blocks_words(thing)
        found.append(_fact(key, "guide_blocks", words, thing.lines, at_m=thing.at_m, off_m=thing.off_m))
    return found


def _fact(
    key: str,
    kind: Kind,
    words: Pair,
    lines: Sequence[Sequence[Point]],
    *,
    radius_m: float | None = None,
    at_m: float | None = None,
    off_m: float | None = None,
) -> Fact:
    rounded = tuple(
        tuple((round(lat, _DECIMALS), round(lon, _DECIMALS)) for lat, lon in line) for line in lines
    )
    beside = None if off_m is None or off_m < _ON_IT_M else int(round(off_m, -1))
    return Fact(
        id=key,
        kind=kind,
        ja=words[0],
        en=words[1],
        lines=rounded,
        radius_m=None if radius_m is None else round(radius_m, 1),
        at_m=None if at_m is None else int(round(at_m, -1)),
        off_m=beside,
    )


def _blocks(facts: Iterable[Fact]) -> list[Block]:
    of: dict[Kind, list[Fact]] = {}
    for fact in facts:
        of.setdefault(fact.kind, []).append(fact)
    return [
        Block(
            kind=kind,
            title_ja=TITLES[kind][0],
            title_en=TITLES[kind][1],
            facts=tuple(sorted(of[kind], key=_along)),
        )
        for kind in KINDS
        if kind in of
    ]


def _along(fact: Fact) -> tuple[int, int, str]:
    return fact.at_m or 0, fact.off_m or 0, fact.id
