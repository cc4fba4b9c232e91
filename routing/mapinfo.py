"""What a map holds and what it lacks, in figures and in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from routing import columns
from routing.columns import BARRIERS, HIGHWAYS, KINDS, KNOWN
from routing.network import WalkingMap
from routing.places import STREET
from wire.route import StretchKind

LICENCE: Final = "© OpenStreetMap contributors, ODbL 1.0 https://www.openstreetmap.org/copyright"
_YES = KNOWN.index("yes")
_CARRIAGEWAY = HIGHWAYS.index("living_street")  # this and those behind it
_OVER = (StretchKind.CROSSING, StretchKind.LEVEL_CROSSING)
_KINDS_JA: Final[Mapping[StretchKind, str]] = {
    StretchKind.SIDEWALK: "歩道", StretchKind.SHARED_PATH: "自転車歩行者道",
    StretchKind.PEDESTRIAN: "歩行者専用の道", StretchKind.ROAD: "歩道の記録がない道",
    StretchKind.CROSSING: "横断", StretchKind.STEPS: "階段",
    StretchKind.LEVEL_CROSSING: "踏切", StretchKind.UNDERPASS: "地下道", StretchKind.BRIDGE: "歩道橋",
    StretchKind.INDOOR: "屋内", StretchKind.PATH: "小道",
}  # fmt: skip
_KINDS_EN: Final[Mapping[StretchKind, str]] = {
    StretchKind.SIDEWALK: "sidewalk", StretchKind.SHARED_PATH: "path shared with bicycles",
    StretchKind.PEDESTRIAN: "pedestrian street", StretchKind.ROAD: "street with no sidewalk mapped",
    StretchKind.CROSSING: "crossing", StretchKind.STEPS: "steps",
    StretchKind.LEVEL_CROSSING: "level crossing",
    StretchKind.UNDERPASS: "underpass", StretchKind.BRIDGE: "footbridge", StretchKind.INDOOR: "indoor",
    StretchKind.PATH: "path",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MapInfo:
    """Figures of one map. Lengths in km; shares 0 to 1 of the length of ways, crossings not counted."""

    name: str
    practice: bool
    attribution: str
    data_time: str | None  # as the data says
    newest_edit: str | None  # of any way in it: the data is not older than this
    bounds: tuple[float, float, float, float]
    size_bytes: int | None
    nodes: int
    links: int
    km: float
    km_by_kind: Mapping[str, float]
    tactile_km: float
    known_tactile: float
    known_surface: float
    known_lit: float
    known_width: float
    carriageway_km: float
    carriageway_without_sidewalk_facts_km: float
    crossings: int
    crossings_with_signals: int
    crossings_with_sound: int
    crossings_with_hours: int
    crossings_tactile_known: int
    crossings_kerb_known: int
    crossings_scramble: int
    crossings_guessed: int
    level_crossings: int
    flights_of_steps: int
    barriers: int
    places: int
    places_with_reading: int
    streets: int
    ties: int
    parts: int
    km_outside_mainland: float
    skipped_refs: int


def info(on: WalkingMap, size_bytes: int | None = None) -> MapInfo:
    """The figures of a map; `size_bytes`: of its file."""
    of = on.columns
    km = of.link_length_m.astype(np.float64) / 1000.0
    over = np.isin(of.link_kind, [KINDS.index(kind) for kind in _OVER])
    road = ~over & (of.link_highway >= _CARRIAGEWAY)
    known_side = (of.link_side > 0) | (of.link_flags & columns.APART > 0) | _says_none(on)
    outside = of.node_flags[of.link_a] & columns.MAINLAND == 0
    places = np.array([on.text(kind) != STREET for kind in of.place_kind.tolist()], dtype=np.bool_)
    reading = of.name_kana[of.place_name] >= 0 if len(of.place_name) else np.zeros(0, np.bool_)
    return MapInfo(
        name=on.source.name,
        practice=on.source.practice,
        attribution=on.source.attribution if on.source.practice else LICENCE,
        data_time=on.source.data_time,
        newest_edit=on.about.get("newest_edit"),
        bounds=on.bounds,
        size_bytes=size_bytes,
        nodes=len(of.node_osm),
        links=len(of.link_a),
        km=_sum(km),
        km_by_kind={
            kind.value: _sum(km[of.link_kind == code])
            for code, kind in enumerate(KINDS)
            if np.any(of.link_kind == code)
        },
        tactile_km=_sum(km[of.link_tactile == _YES]),
        known_tactile=_share(km, of.link_tactile > 0, ~over),
        known_surface=_share(km, of.link_surface > 0, ~over),
        known_lit=_share(km, of.link_lit > 0, ~over),
        known_width=_share(km, of.link_width_dm > 0, ~over),
        carriageway_km=_sum(km[road]),
        carriageway_without_sidewalk_facts_km=_sum(km[road & ~known_side]),
        level_crossings=round(float(of.link_rails_share.sum())),
        flights_of_steps=round(float(of.link_flight_share.sum())),
        barriers=int(np.count_nonzero(of.node_barrier != BARRIERS.index("none"))),
        places=int(places.sum()),
        places_with_reading=int((places & reading).sum()),
        streets=int((~places).sum()),
        ties=int(np.count_nonzero(of.link_flags & columns.TIE)),
        parts=int(on.about.get("parts", 0)),
        km_outside_mainland=_sum(km[outside]),
        skipped_refs=int(on.about.get("skipped_refs", 0)),
        **_crossings(on),
    )


def _crossings(on: WalkingMap) -> dict[str, Any]:
    of = on.columns
    used = np.unique(of.link_crossing[of.link_crossing >= 0])
    guessed = on.crossing_origin[used] == ord("c")
    return {
        "crossings": len(used),
        "crossings_with_signals": _count(of.crossing_signals[used] == _YES),
        "crossings_with_sound": _count(of.crossing_sound[used] == _YES),
        "crossings_with_hours": _count(of.crossing_hours[used] >= 0),
        "crossings_tactile_known": _count(of.crossing_tactile[used] > 0),
        "crossings_kerb_known": _count(of.crossing_kerb[used] > 0),
        "crossings_scramble": _count(of.crossing_scramble[used] == _YES),
        "crossings_guessed": _count(guessed),
    }


def _says_none(on: WalkingMap) -> NDArray[np.bool_]:
    """Links whose tags say that there is no sidewalk: that is knowledge too."""
    texts = [number for number in np.unique(on.columns.link_tags).tolist() if number >= 0]
    none = [number for number in texts if _no_sidewalk(on.text(number) or "")]
    return np.isin(on.columns.link_tags, none)


def _no_sidewalk(text: str) -> bool:
    return any(
        f'"{key}":"{value}"' in text for key in ("sidewalk", "sidewalk:both") for value in ("no", "none")
    )


def _count(those: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(those))


def _sum(km: NDArray[np.float64]) -> float:
    return round(float(km.sum()), 2)


def _share(km: NDArray[np.float64], known: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
    whole = float(km[among].sum())
    return round(float(km[among & known].sum()) / whole, 4) if whole > 0.0 else 0.0


def lines(of: MapInfo, lang: Literal["ja", "en"]) -> tuple[str, ...]:
    """The figures for people, a sentence a line."""
    return _lines_ja(of) if lang == "ja" else _lines_en(of)


def _lines_ja(of: MapInfo) -> tuple[str, ...]:
    kinds = sorted(of.km_by_kind.items(), key=lambda each: -each[1])
    return (
        f"地図: {of.name}{'(練習用。実際の案内には使えません)' if of.practice else ''}",
        f"データの日時: {of.data_time or (f'{of.newest_edit} 以後' if of.newest_edit else '不明')}",
        f"範囲: 南 {of.bounds[0]:.4f}、西 {of.bounds[1]:.4f}、北 {of.bounds[2]:.4f}、東 {of.bounds[3]:.4f}",
        f"歩ける道: {of.km:.1f} km(区間 {of.links}、分かれ目 {of.nodes})",
        *(f"  {_KINDS_JA[StretchKind(kind)]}: {km:.1f} km" for kind, km in kinds),
        f"点字ブロック: あり {of.tactile_km:.2f} km。有無が分かる道は {of.known_tactile:.1%}",
        f"分かる割合: 路面 {of.known_surface:.1%}、照明 {of.known_lit:.1%}、幅 {of.known_width:.1%}",
        f"車道 {of.carriageway_km:.1f} km のうち、歩道の有無が分からない道 "
        f"{of.carriageway_without_sidewalk_facts_km:.1f} km",
        f"横断: {of.crossings} か所。信号あり {of.crossings_with_signals}、音響 {of.crossings_with_sound}"
        f"(時間帯が分かるもの {of.crossings_with_hours})、スクランブル {of.crossings_scramble}",
        f"  点字ブロックの有無が分かる横断 {of.crossings_tactile_known}、縁石の段差が分かる横断 "
        f"{of.crossings_kerb_known}、線の交わりから推定した横断 {of.crossings_guessed}",
        f"踏切 {of.level_crossings}、階段 {of.flights_of_steps}、車止めなど {of.barriers}",
        f"場所の名前 {of.places}(読みがな付き {of.places_with_reading})、通りの名前 {of.streets}",
        f"データの切れ目をつないだ所 {of.ties}。つながりのない部分 {of.parts}、本体の外の道 "
        f"{of.km_outside_mainland:.1f} km、範囲の外で欠けている点 {of.skipped_refs}",
        *([f"ファイルの大きさ: {of.size_bytes / 1e6:.1f} MB"] if of.size_bytes is not None else []),
        f"出典: {of.attribution}",
    )


def _lines_en(of: MapInfo) -> tuple[str, ...]:
    kinds = sorted(of.km_by_kind.items(), key=lambda each: -each[1])
    return (
        f"Map: {of.name}{' (for practice: never for live guidance)' if of.practice else ''}",
        f"Data of: {of.data_time or (f'{of.newest_edit} or later' if of.newest_edit else 'unknown')}",
        f"Box: south {of.bounds[0]:.4f}, west {of.bounds[1]:.4f}, north {of.bounds[2]:.4f}, "
        f"east {of.bounds[3]:.4f}",
        f"Walkable: {of.km:.1f} km ({of.links} links, {of.nodes} nodes)",
        *(f"  {_KINDS_EN[StretchKind(kind)]}: {km:.1f} km" for kind, km in kinds),
        f"Guide blocks: {of.tactile_km:.2f} km; yes or no is known for {of.known_tactile:.1%} of ways",
        f"Known: surface {of.known_surface:.1%}, lit {of.known_lit:.1%}, width {of.known_width:.1%}",
        f"Of {of.carriageway_km:.1f} km of carriageway, {of.carriageway_without_sidewalk_facts_km:.1f} km "
        "say nothing of a sidewalk",
        f"Crossings: {of.crossings}; with signals {of.crossings_with_signals}, with sound "
        f"{of.crossings_with_sound} (hours known {of.crossings_with_hours}), "
        f"scramble {of.crossings_scramble}",
        f"  guide blocks known at {of.crossings_tactile_known}, kerbs known at {of.crossings_kerb_known}, "
        f"guessed from lines that meet {of.crossings_guessed}",
        f"Level crossings {of.level_crossings}, flights of steps {of.flights_of_steps}, "
        f"bollards and other barriers {of.barriers}",
        f"Names of places {of.places} (with reading {of.places_with_reading}), of streets {of.streets}",
        f"Gaps of the data tied {of.ties}; parts that do not hang together {of.parts}, "
        f"{of.km_outside_mainland:.1f} km outside the largest; nodes missing at the edge {of.skipped_refs}",
        *([f"File: {of.size_bytes / 1e6:.1f} MB"] if of.size_bytes is not None else []),
        f"Source: {of.attribution}",
    )
