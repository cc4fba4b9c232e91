"""The walking network: what a map file becomes, and all that planning sees of it.

Nodes are where something changes; links are polylines between them. Facts of crossing, kerb, signal
and barrier nodes have become facts of the links that lead over them. A built map is opened by
mapping its file into memory; nothing is read before it is asked for.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from routing import hierarchy, mapfile, places, snapping
from routing.columns import COLUMN_NAMES, F64, HIGHWAYS, KERBS, KNOWN, U8, Columns, column_types
from routing.errors import MapDamaged, MapNotWalkable
from routing.geo import Local
from routing.memory import Memory
from routing.places import Places, Spellings
from routing.tags import CrossingFacts
from wire.route import MapSource, Name

if TYPE_CHECKING:
    from routing.osm import Bounds, Progress

_HIERARCHY, _GRID, _SPELLINGS = "hierarchy_", "grid_", "find_"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class WalkingMap:
    """A map to plan on. Read it only; many threads may. `about`: what building it counted."""

    source: MapSource
    bounds: tuple[float, float, float, float]  # south, west, north, east
    columns: Columns
    places: Places
    plane: Local
    hierarchy: hierarchy.Hierarchy
    grid: snapping.LinkGrid
    about: Mapping[str, Any]
    metres_per_e7: F64  # [2] of latitude and of longitude, for 1e-7 degree
    crossing_origin: U8  # [C] the first letter of `crossing_osm`: w(ay), n(ode), c(ut)
    memory: Memory = field(default_factory=Memory, repr=False)  # what planning has prepared
    # What was asked once. Two threads may both work it out: they find the same.
    _names: dict[int, Name | None] = field(default_factory=dict, repr=False)
    _crossings: dict[int, CrossingFacts] = field(default_factory=dict, repr=False)

    def text(self, index: int) -> str | None:
        """Text number `index`; None for a negative one."""
        return places.text_at(self.columns, index)

    def name(self, index: int) -> Name | None:
        """Name number `index`; None for a negative one."""
        if index not in self._names:
            self._names[index] = places.name_at(self.columns, index)
        return self._names[index]

    def crossing_facts(self, index: int) -> CrossingFacts:
        """The facts of crossing number `index`."""
        if index not in self._crossings:
            self._crossings[index] = self._facts(index)
        return self._crossings[index]

    def link_tags(self, link: int) -> dict[str, str]:
        """OpenStreetMap's tags of the link's way; empty for a tie."""
        return _tags(self.text(int(self.columns.link_tags[link])))

    def node_tags(self, node: int) -> dict[str, str]:
        """OpenStreetMap's tags of the node; empty for a point that was made by cutting."""
        return _tags(self.text(int(self.columns.node_tags[node])))

    def _facts(self, index: int) -> CrossingFacts:
        of = self.columns
        road, lanes = int(of.crossing_road[index]), int(of.crossing_lanes[index])
        osm_id = self.text(int(of.crossing_osm[index]))

        def known(column: NDArray[np.uint8]) -> Any:  # noqa: ANN401 - a literal from the codes
            return KNOWN[column[index]]

        kerb: Any = KERBS[of.crossing_kerb[index]]
        return CrossingFacts(
            osm_id=osm_id,
            signals=known(of.crossing_signals),
            sound=known(of.crossing_sound),
            sound_hours=self.text(int(of.crossing_hours[index])),
            button=known(of.crossing_button),
            marked=known(of.crossing_marked),
            tactile=known(of.crossing_tactile),
            island=known(of.crossing_island),
            kerb=kerb,
            street=self.name(int(of.crossing_street[index])),
            lanes=lanes or None,
            road=HIGHWAYS[road] if road else None,
            scramble=known(of.crossing_scramble),
            escort=known(of.crossing_escort),
            vibration=known(of.crossing_vibration),
            mapped=not (osm_id or "").startswith("cut/"),
        )


def load_map(
    path: Path, *, bbox: "Bounds | None" = None, progress: "Progress | None" = None, checked: bool = True
) -> WalkingMap:
    """The walking network of a built map, or of OpenStreetMap data, which is built in memory.

    `bbox`: south, west, north, east of what to take of the data. `checked`: compare a built map
    with its checksums (a gigabyte a second): one wrong bit leads somebody into traffic.
    Raises `MapMissing`, `MapNotOsm`, `MapDamaged`, `MapNotWalkable`.
    """
    if mapfile.is_map_file(path) or path.suffix == mapfile.SUFFIX:
        return _opened(path, checked=checked)
    from routing import build, osm  # late: an opened map needs neither

    extract = osm.read(path, bbox, progress)
    built = build.build(extract, progress) if any("highway" in way.tags for way in extract.ways) else None
    if built is None or not len(built.columns.link_a):
        raise MapNotWalkable(
            f"歩ける道がありません: {path}。道路を含む範囲の地図を使ってください",
            f"no walkable way in {path}: use an extract that holds the streets",
        )
    return walking_map(extract.source, built.columns, built.about)


def walking_map(source: MapSource, columns: Columns, about: Mapping[str, Any] | None = None) -> WalkingMap:
    """A map from its columns: the search's order and the grid are worked out here."""
    order = hierarchy.build(
        len(columns.node_lat_e7), columns.link_a, columns.link_b, columns.node_lat_e7, columns.node_lon_e7
    )
    spellings = places.spellings_of(columns)
    return _map(source, columns, dict(about or {}), order, snapping.grid_of(columns), spellings)


def save_map(on: WalkingMap, path: Path) -> None:
    """Write the map to a file that opens at once; it appears whole or not at all."""
    arrays = {name: getattr(on.columns, name) for name in COLUMN_NAMES}
    about: dict[str, Any] = {"source": asdict(on.source), "bounds": list(on.bounds), "built": dict(on.about)}
    for prefix, part in _parts(on):
        for each in fields(part):
            value = getattr(part, each.name)
            if isinstance(value, np.ndarray):
                arrays[prefix + each.name] = value
            else:
                about[prefix + each.name] = value
    mapfile.write(path, arrays, about)


def _parts(on: WalkingMap) -> tuple[tuple[str, Any], ...]:
    return (_HIERARCHY, on.hierarchy), (_GRID, on.grid), (_SPELLINGS, on.places.spellings)


def _opened(path: Path, *, checked: bool) -> WalkingMap:
    arrays, about = mapfile.read(path, checked=checked)
    try:
        columns = Columns(**{name: arrays[name] for name in COLUMN_NAMES})
        _whole(columns)
        return _map(
            MapSource(**about["source"]),
            columns,
            about["built"],
            _stored(hierarchy.Hierarchy, _HIERARCHY, arrays, about),
            _stored(snapping.LinkGrid, _GRID, arrays, about),
            _stored(Spellings, _SPELLINGS, arrays, about),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise MapDamaged(
            f"地図ファイルが壊れています: {path}。`shirube map build` で作り直してください",
            f"{path} is not a whole map file ({type(error).__name__} {error}): "
            "build it again with `shirube map build`",
        ) from error


def _stored(kind: type[T], prefix: str, arrays: Mapping[str, Any], about: Mapping[str, Any]) -> T:
    names = [each.name for each in fields(kind)]  # type: ignore[arg-type]
    return kind(
        **{name: arrays[prefix + name] if prefix + name in arrays else about[prefix + name] for name in names}
    )


def _whole(columns: Columns) -> None:
    """`ValueError` where the columns do not fit together."""
    lengths: dict[str, int] = {}
    types = column_types()
    for name in COLUMN_NAMES:
        column = getattr(columns, name)
        if column.ndim != 1 or column.dtype != types[name]:
            raise ValueError(f"{name} is {column.dtype} in {column.ndim} dimensions")
        table = name.split("_")[0]
        if name in {"shape_first", "text_end", "text_bytes"}:
            continue
        if lengths.setdefault(table, len(column)) != len(column):
            raise ValueError(f"{name} has {len(column)} rows, not {lengths[table]}")
    if len(columns.shape_first) != lengths["link"] + 1 or int(columns.shape_first[-1]) != lengths["shape"]:
        raise ValueError("the links' shapes are not whole")
    if not lengths["link"] or not lengths["node"]:
        raise ValueError("it has no links")
    if len(columns.text_end) and int(columns.text_end[-1]) != len(columns.text_bytes):
        raise ValueError("its texts are not whole")


def _map(
    source: MapSource, columns: Columns, built: Mapping[str, Any], order: hierarchy.Hierarchy,
    grid: snapping.LinkGrid, spellings: Spellings,
) -> WalkingMap:  # fmt: skip
    _close((columns, order, grid, spellings))
    lat, lon = columns.shape_lat_e7, columns.shape_lon_e7
    bounds = (
        float(lat.min()) / 1e7, float(lon.min()) / 1e7, float(lat.max()) / 1e7, float(lon.max()) / 1e7
    )  # fmt: skip
    # Arrays of an opened file cannot be written to: one type for what is compiled.
    for name in COLUMN_NAMES:
        getattr(columns, name).setflags(write=False)
    plane = Local.around(((bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0))
    return WalkingMap(
        source=source,
        bounds=bounds,
        columns=columns,
        places=Places(columns, spellings),
        plane=plane,
        hierarchy=order,
        grid=grid,
        about=MappingProxyType(dict(built)),
        metres_per_e7=_fixed(np.array([plane.metres_per_lat, plane.metres_per_lon]) / 1e7),
        crossing_origin=_fixed(_origins(columns)),
    )


def _origins(columns: Columns) -> U8:
    """How each crossing came into the map."""
    texts = columns.crossing_osm.astype(np.int64)
    first = np.concatenate((np.zeros(1, np.uint32), columns.text_end))[texts]
    return np.where(texts >= 0, columns.text_bytes[first], 0).astype(np.uint8)


def _fixed(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array


def _close(parts: tuple[Any, ...]) -> None:
    """Nobody writes to a map: also one that was built in memory, so that one machine code serves both."""
    for part in parts:
        for each in fields(part):
            value = getattr(part, each.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False


def _tags(text: str | None) -> dict[str, str]:
    found: dict[str, str] = json.loads(text) if text else {}
    return found
