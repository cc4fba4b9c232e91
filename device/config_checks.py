"""What a configuration's keys ask of each other, and of the files that they name."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from device.config import DeviceConfig
from device.config_uris import without_secrets
from device.errors import ConfigError
from routing import mapfile
from routing.errors import MapError

_LARGEST_KEY: Final = 4096


def cross_checked(config: DeviceConfig) -> tuple[str, ...]:
    """One line for each two keys that do not fit, in Japanese and English; for a key's file, too."""
    return (*_glasses(config), *_buttons(config), *_server(config), *_video(config), *_map(config))


def read_key(path: Path) -> str:
    """The device's key; `ConfigError` where others may read it, or where it holds none."""
    fault = key_fault(path)
    if fault is not None:
        raise ConfigError(f"{path}: {fault}")
    return path.read_text(encoding="ascii").strip()


def key_fault(path: Path) -> str | None:
    """What is wrong with the file of a secret; None: nothing. What it holds is never told."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            return "ファイルではありません / is not a file"
        if mode & 0o077:
            return (
                f"ほかの人も読めます。`chmod 600 {path}` を実行してください / "
                f"others may read it: run `chmod 600 {path}`"
            )
        if not os.access(path, os.R_OK):
            return "読めません。持ち主を確かめてください / cannot be read: check its owner"
        data = path.read_bytes()[: _LARGEST_KEY + 1]
    except FileNotFoundError:
        return "ありません。サーバーで作った鍵を入れてください / is not there: put the server's key into it"
    except OSError as error:
        return f"読めません / cannot be read ({error.strerror})"
    text = data.decode("ascii", errors="replace").strip()
    if not text or len(data) > _LARGEST_KEY or "\ufffd" in text or len(text.split()) != 1:
        return "鍵が一行だけ入っていません / must hold the key, one line and nothing else"
    return None


def map_checked(config: DeviceConfig) -> None:
    """`ConfigError` where a hand-drawn map is to guide a live position; a missing map is told later."""
    if config.map is None or not _live(config.position.source) or not mapfile.is_map_file(config.map):
        return
    try:
        _, about = mapfile.read(config.map)
    except MapError:
        return  # told where it is needed, in the map's own words
    source = about.get("source", {})
    if source.get("practice"):
        name = source.get("name", config.map.stem)
        raise ConfigError(
            f"地図「{name}」は手描きの練習用で、実際の道とは違います。実際の位置での案内には使えません。"
            "OpenStreetMap から作った地図を map に指定してください / "
            f'the map "{name}" is hand-drawn for practice and differs from the real streets: it never guides '
            "a live position; name a map built from OpenStreetMap in `map`"
        )


def _live(source: str) -> bool:
    """Whether it tells where somebody is now."""
    return source.startswith(("gpsd:", "serial:", "glasses:"))


def _glasses(config: DeviceConfig) -> Iterator[str]:
    if config.camera.source.startswith("glasses:"):
        if config.camera.rotate_deg:
            yield (
                f"camera.rotate_deg = {config.camera.rotate_deg}: 0 にしてください。"
                "眼鏡や電話は自分の向きを画像ごとに伝えます / "
                "must be 0: glasses and phones tell with each picture how to turn it"
            )
        return
    users = {
        "position.source": config.position.source,
        "camera.imu": config.camera.imu,
        **{f"buttons.sources[{n}]": source for n, source in enumerate(config.buttons.sources, 1)},
    }
    for name, value in users.items():
        if value == "glasses:":
            yield (
                f'{name} = "glasses:": camera.source を "glasses:ポート" にしてください / '
                f'needs camera.source = "glasses:PORT", it is "{without_secrets(config.camera.source)}"'
            )


def _buttons(config: DeviceConfig) -> Iterator[str]:
    sources = config.buttons.sources
    for number, source in enumerate(sources, 1):
        if source in sources[: number - 1]:
            yield (
                f'buttons.sources[{number}] = "{source}": 二度書かれています。一つにしてください / '
                "stands there twice: keep one"
            )


def _server(config: DeviceConfig) -> Iterator[str]:
    server = config.server
    if server.url is not None and server.key_file is None:
        yield (
            "server.key_file: ありません。server.url には鍵のファイルがいります / "
            "is missing: server.url needs the file of the device's key"
        )
    if server.key_file is not None and server.url is None:
        yield (
            "server.url: ありません。server.key_file だけでは送れません / "
            "is missing: server.key_file alone sends nothing"
        )
    if server.key_file is not None and (fault := key_fault(server.key_file)) is not None:
        yield f'server.key_file = "{server.key_file}": {fault}'


def _video(config: DeviceConfig) -> Iterator[str]:
    record = config.record
    if record.video and not record.consent:
        yield (
            "record.video = true: 映像を残すには同意がいります。"
            "読んだうえで record.consent = true にしてください / "
            "pictures need the wearer's consent: read what it means, then set record.consent = true"
        )
    if record.video and record.folder is None:
        yield "record.video = true: record.folder を書いてください / needs record.folder"


def _map(config: DeviceConfig) -> Iterator[str]:
    if config.map is not None and config.map.suffix != mapfile.SUFFIX:
        yield (
            f'map = "{config.map}": {mapfile.SUFFIX} の地図ファイルにしてください。'
            f"`shirube map build` で作れます / "
            f"must be a {mapfile.SUFFIX} file: make one with `shirube map build`"
        )
