"""How good the ways are: Shirube's beside those of Valhalla (blind) and OSMnx (shortest), by one ruler."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol

import numpy as np

from routing.bench.extracts import source_of
from routing.bench.machine import NOON
from routing.bench.missing import NothingToCompare, checked
from routing.bench.pairs import Pair, pairs
from routing.bench.ruler import Figures, Ruler
from routing.bench.walked import Walked
from routing.bench.with_osmnx import Osmnx
from routing.bench.with_shirube import Shirube, beside_a_way
from routing.bench.with_valhalla import Valhalla
from routing.columns import HIGHWAYS, KINDS, KNOWN
from routing.network import WalkingMap, load_map
from wire.route import StretchKind

PEERS: Final = ("valhalla", "osmnx")
_YES: Final = KNOWN.index("yes")


class Engine(Protocol):
    """What can be compared: it walks, or says that it cannot."""

    name: str

    def walked(self, pair: Pair) -> Walked | None:
        """Where its route runs; None where it finds none."""


_OPENED: Final[Mapping[str, Callable[[Path, Path], Engine]]] = {
    "valhalla": Valhalla.over,
    "osmnx": Osmnx.over,
}


@dataclass(frozen=True, slots=True)
class _Walk:
    length_m: float  # from point asked for to point asked for
    figures: Figures


def compare(
    map_path: Path,
    *,
    peers: Sequence[str] = PEERS,
    count: int = 100,
    seed: int = 1,
    extract: Path | None = None,
    at: datetime = NOON,
) -> dict[str, Any]:
    """Figures of each engine's routes for the same pairs on the same extract.

    `map_path` is a built map (then `extract` is the OpenStreetMap file it was built from) or that
    file itself. Figures are over the pairs for which every engine found a way. `longer` is the mean
    of each route's length over that of the shortest that any engine found for the pair.
    Raises `PeerUnknown`, `PeerMissing`, `ExtractNeeded`, `NothingToCompare`.
    """
    asked_peers = checked(peers, PEERS)
    source = source_of(map_path, extract) if asked_peers else map_path
    on = load_map(map_path)
    asked = pairs(on.bounds, count, seed, beside_a_way(on))
    with TemporaryDirectory() as folder:
        engines = [Shirube(on, at), *_opened(asked_peers, source, Path(folder)), Shirube(on, at, "shortest")]
        walked = {engine.name: [engine.walked(pair) for pair in asked] for engine in engines}
    return {
        "map": map_path.name,
        "pairs": count,
        "seed": seed,
        "at": at.isoformat(),
        **_figures(Ruler.of(on.columns), asked, walked),
        "data": known_of(on),
    }


def _opened(peers: Sequence[str], source: Path, folder: Path) -> list[Engine]:
    engines = []
    for peer in peers:
        own = folder / peer
        own.mkdir()
        engines.append(_OPENED[peer](source, own))
    return engines


def _figures(
    ruler: Ruler, asked: Sequence[Pair], walked: Mapping[str, Sequence[Walked | None]]
) -> dict[str, Any]:
    """What every engine's routes run along, over the pairs that all of them answered."""
    shared = [place for place in range(len(asked)) if all(found[place] for found in walked.values())]
    if not shared:
        raise NothingToCompare(
            "すべてのエンジンが道を見つけた組がありません。--pairs を増やすか、別の地図を使ってください",
            "no pair for which every engine found a way: ask for more --pairs or use another map",
        )
    walks = {
        name: [_walk(ruler, asked[place], found[place]) for place in shared] for name, found in walked.items()
    }
    least = [min(walk.length_m for walk in same) for same in zip(*walks.values(), strict=True)]
    return {
        "compared": len(shared),
        "no_route": {name: sum(each is None for each in found) for name, found in walked.items()},
        "engines": {name: _summary(those, least) for name, those in walks.items()},
    }


def _walk(ruler: Ruler, pair: Pair, walked: Walked | None) -> _Walk:
    if walked is None:
        raise ValueError("only pairs that were answered are measured")
    return _Walk(walked.length_m(pair.start, pair.end), ruler.measured(walked))


def _summary(walks: Sequence[_Walk], least_m: Sequence[float]) -> dict[str, float]:
    total = sum((walk.figures for walk in walks), Figures())
    longer = [walk.length_m / shortest for walk, shortest in zip(walks, least_m, strict=True)]
    return {
        **total.per_km(),
        "longer": round(fmean(longer), 3),
        "longer_p95": round(float(np.percentile(longer, 95)), 3),
    }


def known_of(on: WalkingMap) -> dict[str, float]:
    """What the map itself knows, without which the figures above cannot be read."""
    columns = on.columns
    length = columns.link_length_m.astype(np.float64)
    larger = columns.crossing_road >= HIGHWAYS.index("tertiary")
    return {
        "km": round(float(length.sum()) / 1000.0, 1),
        "no_sidewalk_share": _share(length, columns.link_kind == KINDS.index(StretchKind.ROAD)),
        "tactile_share": _share(length, columns.link_tactile == _YES),
        "crossings": len(columns.crossing_signals),
        "crossings_larger": int(larger.sum()),
        "crossings_with_signals": int((columns.crossing_signals == _YES).sum()),
        "crossings_signals_unknown": int((columns.crossing_signals == 0).sum()),
        "crossings_with_sound": int((columns.crossing_sound == _YES).sum()),
    }


def _share(length: Any, where: Any) -> float:  # noqa: ANN401 - arrays
    total = float(length.sum())
    return round(float(length[where].sum()) / total, 4) if total else 0.0
