"""Valhalla, as a blind walker would be served by it: costing pedestrian, `type: blind`, in Japanese."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from routing.bench.extracts import as_pbf
from routing.bench.missing import PeerMissing, not_installed
from routing.bench.pairs import Pair
from routing.bench.walked import Walked
from routing.geo import Point

_SHAPE_PRECISION = 1e6  # Valhalla's encoded lines have six decimals
_TRACED = ["edge.way_id", "edge.begin_shape_index", "edge.end_shape_index", "shape"]


class Valhalla:
    """An actor over tiles of one extract. One thread, warm after the first request."""

    name = "valhalla"

    def __init__(self, actor: Any) -> None:  # noqa: ANN401 - the library has no types
        self._actor = actor

    @classmethod
    def over(cls, extract: Path, folder: Path) -> Self:
        """Build the tiles of `extract` in `folder` and open them. Raises `PeerMissing`."""
        try:
            import valhalla
            from valhalla.config import get_config
        except ImportError as error:
            raise not_installed("Valhalla (pyvalhalla-weekly)") from error
        # The tile archive must exist when the configuration is made; empty, it is passed over.
        tiles, archive = folder / "tiles", folder / "tiles.tar"
        tiles.mkdir()
        archive.touch()
        config = get_config(tile_extract=str(archive), tile_dir=str(tiles), verbose=False)
        config["mjolnir"]["logging"]["type"] = ""  # it would write between the lines of the answer
        opening = _written(folder / "open.json", config)
        del config["mjolnir"]["tile_extract"]
        _build(_written(folder / "build.json", config), as_pbf(extract, folder), folder)
        return cls(valhalla.Actor(opening))

    def answer(self, pair: Pair) -> dict[str, Any] | None:
        """The trip with its narrative, as the library returns it; None where it finds none."""
        try:
            trip: dict[str, Any] = self._actor.route(_request(pair))
        except RuntimeError:  # how the library says "no path" or "no edge near"
            return None
        return trip

    def walked(self, pair: Pair) -> Walked | None:
        """Where its route runs, with the ways by OpenStreetMap's number where it can tell them."""
        trip = self.answer(pair)
        if trip is None:
            return None
        shape = "".join(leg["shape"] for leg in trip["trip"]["legs"])  # one leg: two locations
        points = decoded(shape)
        if len(points) < 2:
            return None
        return Walked(points, self._ways(shape, points))

    def _ways(self, shape: str, points: Sequence[Point]) -> tuple[int, ...]:
        """The way under each piece of the line; 0 where the trace does not say."""
        request = {
            "encoded_polyline": shape, "shape_match": "edge_walk", "costing": "pedestrian",
            "costing_options": {"pedestrian": {"type": "blind"}},
            "filters": {"attributes": _TRACED, "action": "include"},
        }  # fmt: skip
        ways = [0] * (len(points) - 1)
        try:
            traced = self._actor.trace_attributes(request)
        except RuntimeError:
            return tuple(ways)
        if len(decoded(traced["shape"])) != len(points):
            return tuple(ways)
        for edge in traced["edges"]:
            for piece in range(edge["begin_shape_index"], edge["end_shape_index"]):
                ways[piece] = edge["way_id"]
        return tuple(ways)


def decoded(shape: str) -> tuple[Point, ...]:
    """Points (lat, lon) of an encoded polyline of six decimals."""
    points: list[Point] = []
    lat = lon = place = 0
    while place < len(shape):
        step_lat, place = _varint(shape, place)
        step_lon, place = _varint(shape, place)
        lat, lon = lat + step_lat, lon + step_lon
        points.append((lat / _SHAPE_PRECISION, lon / _SHAPE_PRECISION))
    return tuple(points)


def _varint(shape: str, place: int) -> tuple[int, int]:
    """A signed number in groups of five bits, least first, and the place after it."""
    value = shift = 0
    while True:
        group = ord(shape[place]) - 63
        place += 1
        value |= (group & 0x1F) << shift
        shift += 5
        if group < 0x20:
            return (~(value >> 1) if value & 1 else value >> 1), place


def _request(pair: Pair) -> dict[str, Any]:
    return {
        "locations": [{"lat": lat, "lon": lon} for lat, lon in (pair.start, pair.end)],
        "costing": "pedestrian",
        "costing_options": {"pedestrian": {"type": "blind"}},
        "language": "ja-JP",
        "units": "kilometers",
    }


def _written(path: Path, config: dict[str, Any]) -> str:
    path.write_text(json.dumps(config), encoding="utf-8")
    return str(path)


def _build(config: str, extract: Path, folder: Path) -> None:
    scripts = Path(sys.executable).parent
    done = subprocess.run(  # noqa: S603 - Valhalla's own tool, no shell
        [str(scripts / "valhalla_build_tiles"), "-c", config, str(extract.resolve())],
        cwd=folder,  # it leaves lists of odd ways where it stands
        env={**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise PeerMissing(
            f"Valhalla が {extract.name} からタイルを作れませんでした: {' '.join(last)}",
            f"Valhalla could not build tiles of {extract.name}: {' '.join(last)}",
        )
