"""How fast a route is planned and told, beside Valhalla and NetworkX on the same extract and pairs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from routing import mapfile
from routing.bench import tiles as copies
from routing.bench.extracts import source_of
from routing.bench.machine import NOON, machine
from routing.bench.missing import NothingToCompare, checked, not_installed
from routing.bench.opening import opening
from routing.bench.pairs import Pair, moved, pairs
from routing.bench.rounds import Answer, Timed, spread, timed
from routing.bench.with_shirube import Shirube, beside_a_way
from routing.bench.with_valhalla import Valhalla
from routing.network import WalkingMap, load_map, save_map

if TYPE_CHECKING:
    from routing.bench.with_networkx import Networkx

PEERS: Final = ("valhalla", "networkx")


def bench(
    map_path: Path,
    *,
    peers: Sequence[str] = PEERS,
    count: int = 200,
    seed: int = 1,
    rounds: int = 3,
    tiles: int = 0,
    extract: Path | None = None,
    at: datetime = NOON,
) -> dict[str, Any]:
    """Milliseconds for plan, steps and Japanese text; Valhalla likewise, NetworkX its path alone.

    One warm thread; each engine is asked every pair once in each of `rounds` rounds, by turns, and a
    pair's time is its median. Times are over the pairs that every engine answered; `no_route` counts
    the others for each. `tiles`: the same again, Shirube alone, on so many copies of the extract.

    `map_path` is a built map (then `extract` is the OpenStreetMap file it was built from) or that
    file itself. Raises `PeerUnknown`, `PeerMissing`, `ExtractNeeded`, `NothingToCompare`.
    """
    asked_peers = checked(peers, PEERS)
    source = source_of(map_path, extract) if tiles or "valhalla" in asked_peers else map_path
    with TemporaryDirectory() as name:
        folder = Path(name)
        on, built = _map(map_path, folder)
        asked = pairs(on.bounds, count, seed, beside_a_way(on))
        engines, judge = _engines(on, asked_peers, source, folder, at)
        taken = timed(engines, asked, rounds)
        result: dict[str, Any] = {
            "map": map_path.name, "machine": machine(), "pairs": count, "seed": seed, "rounds": rounds,
            "at": at.isoformat(), **_figures(asked, taken),
        }  # fmt: skip
        if judge is not None:
            result["same_cost_as_networkx"] = _same_cost(judge, asked)
        result |= _opening(built, asked, taken["shirube"], at)
        if tiles:
            result["tiled"] = _tiled(source, folder, tiles, asked, rounds, at)
            result["p50_growth"] = round(result["tiled"]["p50_ms"] / result["shirube"]["p50_ms"], 2)
    return result


def _map(map_path: Path, folder: Path) -> tuple[WalkingMap, Path]:
    """The map opened from its built file, which is made here where an extract was given."""
    if mapfile.is_map_file(map_path):
        return load_map(map_path), map_path
    built = folder / f"map{mapfile.SUFFIX}"
    save_map(load_map(map_path), built)
    return load_map(built), built


def _engines(
    on: WalkingMap, peers: Sequence[str], source: Path, folder: Path, at: datetime
) -> tuple[dict[str, Answer], "Networkx | None"]:
    engines: dict[str, Answer] = {"shirube": Shirube(on, at).answer}
    judge = _judge(on, at) if "networkx" in peers else None
    for peer in peers:
        if peer == "valhalla":
            own = folder / peer
            own.mkdir()
            engines[peer] = Valhalla.over(source, own).answer
        elif judge is not None:
            engines[peer] = judge.answer
    return engines, judge


def _judge(on: WalkingMap, at: datetime) -> "Networkx":
    try:
        from routing.bench.with_networkx import Networkx
    except ModuleNotFoundError as error:
        raise not_installed("NetworkX") from error
    return Networkx(on, at)


def _figures(asked: Sequence[Pair], taken: Mapping[str, Timed]) -> dict[str, Any]:
    shared = [
        place for place in range(len(asked)) if all(each.ms[place] is not None for each in taken.values())
    ]
    if not shared:
        raise NothingToCompare(
            "すべてのエンジンが道を見つけた組がありません。--pairs を増やすか、別の地図を使ってください",
            "no pair for which every engine found a way: ask for more --pairs or use another map",
        )
    figures: dict[str, Any] = {"compared": len(shared)}
    for name, each in taken.items():
        figures[name] = _spreads(asked, each, shared) | {"no_route": each.no_route}
    if "valhalla" in figures:
        for key in ("p50", "p95"):
            ours, theirs = (figures[name][f"{key}_ms"] for name in ("shirube", "valhalla"))
            figures[f"ratio_{key}"] = round(ours / theirs, 4)
    return figures


def _spreads(asked: Sequence[Pair], each: Timed, shared: Sequence[int]) -> dict[str, Any]:
    def over(places: Sequence[int]) -> dict[str, float]:
        return spread([ms for ms in (each.ms[place] for place in places) if ms is not None])

    return {
        **over(shared),
        "near": over([place for place in shared if asked[place].near]),
        "far": over([place for place in shared if not asked[place].near]),
    }


def _same_cost(judge: "Networkx", asked: Sequence[Pair]) -> float:
    told = [same for same in (judge.same_cost(pair) for pair in asked) if same is not None]
    return round(sum(told) / len(told), 4) if told else 0.0


def _opening(built: Path, asked: Sequence[Pair], ours: Timed, at: datetime) -> dict[str, float]:
    """On a pair that can be walked."""
    pair = next(pair for pair, ms in zip(asked, ours.ms, strict=True) if ms is not None)
    return opening(built, pair.start, pair.end, at)


def _tiled(
    source: Path, folder: Path, count: int, asked: Sequence[Pair], rounds: int, at: datetime
) -> dict[str, Any]:
    """Shirube on `count` copies of the extract, asked pairs of the same distances anywhere in them."""
    on = load_map(copies.tiled(source, folder / "tiles.osm.pbf", count))
    elsewhere = moved(asked, on.bounds, count, beside_a_way(on))
    taken = timed({"shirube": Shirube(on, at).answer}, elsewhere, rounds)["shirube"]
    answered = [place for place, ms in enumerate(taken.ms) if ms is not None]
    return {
        "tiles": count,
        "nodes": len(on.columns.node_lat_e7),
        "links": len(on.columns.link_a),
        **_spreads(elsewhere, taken, answered),
        "no_route": taken.no_route,
    }
