"""What one map knows, in figures, and in what a new one would be worse than the one in use.

Known is not the same as there: a street whose tags say that it has no sidewalk is known.
"""

from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Final

from server.words import Pair
from wire.base import message

# A new map may lack this share of what the old one has: ways are joined, split and drawn anew every day.
_SLACK: Final = 0.05
_MORE_FINDINGS: Final = 1.25  # times as many findings of the check


@message
class Figures:
    """Shares are 0 to 1; None where the map has nothing of that kind. `findings`: by kind, of the check."""

    size_bytes: int
    practice: bool
    attribution: str
    data_time: str | None  # as the data says, ISO 8601
    newest_edit: str | None  # of any way in it
    bounds: tuple[float, float, float, float]  # south, west, north, east
    links: int
    km: float
    tactile_km: float
    crossings: int
    places: int
    sidewalk_known: float | None
    tactile_known: float | None
    crossing_tactile_known: float | None
    crossing_kerb_known: float | None
    crossing_signals: int
    crossing_sound: int
    findings: dict[str, int]


def figures_of(path: Path) -> Figures:
    """Of the map in that file, which is read again when it has changed. Raises `MapError`, `OSError`."""
    found = path.stat()
    return _figures(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=32)
def _figures(path: Path, _changed_ns: int, size_bytes: int) -> Figures:
    from routing import mapcheck, mapinfo  # late: they bring the compiled search
    from routing.network import load_map

    on = load_map(path)
    told = mapinfo.info(on, size_bytes)
    return Figures(
        size_bytes=size_bytes,
        practice=told.practice,
        attribution=told.attribution,
        data_time=told.data_time,
        newest_edit=told.newest_edit,
        bounds=told.bounds,
        links=told.links,
        km=told.km,
        tactile_km=told.tactile_km,
        crossings=told.crossings,
        places=told.places,
        sidewalk_known=_share(
            told.carriageway_km - told.carriageway_without_sidewalk_facts_km, told.carriageway_km
        ),
        tactile_known=told.known_tactile if told.km > 0.0 else None,
        crossing_tactile_known=_share(told.crossings_tactile_known, told.crossings),
        crossing_kerb_known=_share(told.crossings_kerb_known, told.crossings),
        crossing_signals=told.crossings_with_signals,
        crossing_sound=told.crossings_with_sound,
        findings=dict(Counter(each.kind for each in mapcheck.check(on))),
    )


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0.0 else None


def worse(now: Figures, new: Figures) -> tuple[Pair, ...]:
    """In what `new` is worse than the map in use, a sentence each; empty: in nothing that is looked at."""
    return tuple(
        sentence
        for sentence in (
            _smaller_box(now, new),
            _older(now, new),
            _fewer("歩ける道", "Walkable ways", now.km, new.km, " km"),
            _fewer("横断", "Crossings", now.crossings, new.crossings, ""),
            _fewer("点字ブロックのある道", "Ways with guide blocks", now.tactile_km, new.tactile_km, " km"),
            _fewer("音の出る信号の横断", "Crossings with sound", now.crossing_sound, new.crossing_sound, ""),
            _less_known("歩道の有無", "sidewalks", now.sidewalk_known, new.sidewalk_known),
            _less_known("点字ブロックの有無", "guide blocks", now.tactile_known, new.tactile_known),
            _more_findings(now, new),
        )
        if sentence is not None
    )


def _smaller_box(now: Figures, new: Figures) -> Pair | None:
    south, west, north, east = now.bounds
    high = max(min(north, new.bounds[2]) - max(south, new.bounds[0]), 0.0)
    wide = max(min(east, new.bounds[3]) - max(west, new.bounds[1]), 0.0)
    whole = (north - south) * (east - west)
    if whole <= 0.0 or high * wide >= (1.0 - _SLACK) * whole:
        return None
    covered = 100.0 * high * wide / whole
    return (
        f"範囲が、今の地図の {covered:.0f} % だけです。",
        f"It covers {covered:.0f} % of the area of the present map.",
    )


def _older(now: Figures, new: Figures) -> Pair | None:
    if now.data_time is None or new.data_time is None or new.data_time >= now.data_time:
        return None
    return (
        f"データが今の地図より古いです({new.data_time[:10]})。",
        f"Its data is older than that of the present map ({new.data_time[:10]}).",
    )


def _fewer(ja: str, en: str, now: float, new: float, unit: str) -> Pair | None:
    if new >= (1.0 - _SLACK) * now:
        return None
    return (f"{ja}が減ります: {now:g}{unit} → {new:g}{unit}。", f"{en}: {now:g}{unit} become {new:g}{unit}.")


def _less_known(ja: str, en: str, now: float | None, new: float | None) -> Pair | None:
    if now is None or (new or 0.0) >= now - _SLACK:
        return None
    shares = f"{100.0 * now:.0f} % → {100.0 * (new or 0.0):.0f} %"
    return (f"{ja}の分かる割合が下がります: {shares}。", f"Less is known of {en}: {shares}.")


def _more_findings(now: Figures, new: Figures) -> Pair | None:
    before, after = sum(now.findings.values()), sum(new.findings.values())
    # Of a small map one more finding is a large share.
    if after <= _MORE_FINDINGS * before + 5:
        return None
    return (
        f"検査の指摘が増えます: {before} 件 → {after} 件。",
        f"The check finds more: {before} become {after}.",
    )
