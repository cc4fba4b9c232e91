"""Whether what a configuration names is there now: files, maps, devices. For `config check` and `doctor`."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from device.config import DeviceConfig, Spot
from routing import mapfile
from routing.errors import RoutingError
from routing.walkers import walker


def findings(config: DeviceConfig) -> tuple[str, ...]:
    """One line for each thing that is not there, or does not fit, in Japanese and English.

    None of them keeps the device from starting: it says by itself what it cannot do.
    """
    return (*_walker(config), *_map(config), *_devices(config), *_folders(config))


def _walker(config: DeviceConfig) -> Iterator[str]:
    try:
        walker(config.wearer.walker)
    except RoutingError as error:
        yield f"wearer.walker: {error}"


def _map(config: DeviceConfig) -> Iterator[str]:
    if config.map is None:
        yield (
            "map: ありません。経路を引けません。散歩と、障害物のお知らせはできます / "
            "is missing: no route can be planned; walks and warnings work"
        )
        return
    try:
        _, about = mapfile.read(config.map)
    except RoutingError as error:
        yield f"map: {error}"
        return
    for number, place in enumerate(config.places, 1):
        if not _holds(about, place):
            yield (
                f"places[{number}]: {place.name_ja} は地図 {config.map.name} の外です / "
                f"{place.name_en} is not on the map {config.map.name}"
            )


def _holds(about: dict[str, Any], place: Spot) -> bool:
    bounds = about.get("bounds")
    if not isinstance(bounds, list) or len(bounds) != 4:
        return True
    south, west, north, east = bounds
    return bool(south <= place.lat <= north and west <= place.lon <= east)


def _devices(config: DeviceConfig) -> Iterator[str]:
    named = {"camera.source": config.camera.source, "position.source": config.position.source}
    named |= {f"buttons.sources[{n}]": source for n, source in enumerate(config.buttons.sources, 1)}
    for name, uri in named.items():
        kind, _, rest = uri.partition(":")
        if kind == "evdev" and not rest.startswith("/"):
            continue  # a part of the device's own name
        if kind in ("v4l2", "file", "replay", "nmea", "serial", "evdev"):
            yield from _there(name, Path(_bare(kind, rest)))
    if config.camera.calibration is not None:
        yield from _there("camera.calibration", config.camera.calibration)


def _bare(kind: str, rest: str) -> str:
    """The path alone, without a speed, a size or the wish to begin again."""
    if kind == "serial":
        return rest.partition("@")[0]
    return rest.partition("?size=")[0] if kind == "v4l2" else rest.removesuffix("?loop")


def _there(name: str, path: Path) -> Iterator[str]:
    if not path.exists():
        yield f"{name}: {path} がありません / {path} is not there"
    elif not os.access(path, os.R_OK):
        yield f"{name}: {path} が読めません / {path} cannot be read"


def _folders(config: DeviceConfig) -> Iterator[str]:
    named = {"data": config.data, "runtime": config.runtime, "record.folder": config.record.folder}
    for name, folder in named.items():
        if folder is None:
            continue
        there = next(path for path in (folder, *folder.parents) if path.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            yield f"{name}: {folder} に書けません / {folder} cannot be written"
