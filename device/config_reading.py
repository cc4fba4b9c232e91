"""Reads the device's configuration: every fault of the file at once, each one line that names the key.

A fault's line says what the key holds, what it may hold, and the nearest name where one was misspelt, in
Japanese and English. Whether cameras, servers and places are there is not asked here: `device.config_world`.
"""

import difflib
import json
import re
import tomllib
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final, NoReturn

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from device.config import DeviceConfig
from device.config_checks import cross_checked, map_checked
from device.config_keys import EACH_BUTTON, KEYS, NAMES, Text
from device.config_uris import without_secrets
from device.errors import ConfigError

# A configuration is some hundred lines; whoever names a film by mistake is told so.
_LARGEST: Final = 200_000
_ADAPTER: Final = TypeAdapter(DeviceConfig)
_PATH_KINDS: Final = ("file", "replay", "nmea", "wav", "serial", "v4l2", "evdev")
_UNKNOWN: Final = ("unexpected_keyword_argument", "extra_forbidden")


def read_config(path: Path) -> DeviceConfig:
    """The configuration in the TOML file `path`; `ConfigError` lists all that is wrong, a line each.

    "~" is the home of whoever runs it; a path that is not absolute begins at the file's own folder.
    """
    path = path.expanduser()
    config: DeviceConfig = _placed(_validated(path, _toml(path)), path.absolute().parent)
    faults = cross_checked(config)
    if faults:
        raise _error(path, faults)
    map_checked(config)
    return config


def _toml(path: Path) -> dict[str, Any]:
    try:
        if path.is_dir():
            _refuse(path, "フォルダーです。設定ファイルを指定してください", "is a folder: name the file")
        if path.stat().st_size > _LARGEST:
            _refuse(path, "設定ファイルではありません(大きすぎます)", "is no configuration: it is too large")
        text = path.read_bytes().decode("utf-8-sig")
        return tomllib.loads(text)
    except FileNotFoundError:
        _refuse(
            path,
            "ありません。`shirube device config example` の出力から作れます",
            "is not there: make one from `shirube device config example`",
        )
    except OSError as error:
        _refuse(path, f"読めません({error.strerror})", f"cannot be read ({error.strerror})")
    except UnicodeDecodeError as error:
        _refuse(
            path,
            f"UTF-8 の文字ではありません({error.start} バイト目)",
            f"is not UTF-8 text at byte {error.start}",
        )
    except tomllib.TOMLDecodeError as error:
        _refuse(path, f"TOML として読めません: {error}", f"is not TOML: {error}")


def _validated(path: Path, values: dict[str, Any]) -> DeviceConfig:
    # Through JSON, where lists may become tuples and texts paths although everything else is strict.
    text = json.dumps(values, default=lambda value: {"": str(value)})
    try:
        config: DeviceConfig = _ADAPTER.validate_json(text)
        return config
    except ValidationError as error:
        found = error.errors(include_url=False)
    lines = dict.fromkeys(_line(fault, values) for fault in found)
    raise _error(path, tuple(lines))


def _error(path: Path, faults: tuple[str, ...]) -> ConfigError:
    head = f"{path}: 設定に誤りが {len(faults)} あります / {len(faults)} wrong in the configuration"
    return ConfigError("\n".join((head, *(f"  {fault}" for fault in faults))))


def _refuse(path: Path, ja: str, en: str) -> NoReturn:
    raise ConfigError(f"{path}: {ja} / {en}")


# --- one fault in words


def _line(fault: ErrorDetails, values: dict[str, Any]) -> str:
    where = tuple(fault["loc"])
    section = str(where[0]) if where else ""
    if fault["type"] in _UNKNOWN:
        return _unknown(where)
    if len(where) == 1 and section in NAMES:
        return _not_a_table(section, values)
    key = _key_of(where)
    allowed = KEYS[key].allowed
    name = _dotted(where)
    if fault["type"] in ("missing", "missing_argument"):
        return f"{name}: ありません。{allowed.ja} / is missing: must be {allowed.en}"
    if isinstance(where[-1], int) and key == ("buttons", "sources"):
        allowed = EACH_BUTTON
    holds = _shown(_held(values, where))
    return f"{name} = {holds}: {allowed.ja}にしてください{_near(fault, allowed)} / must be {allowed.en}"


def _unknown(where: tuple[str | int, ...]) -> str:
    name = str(where[-1])
    section = str(where[0]) if len(where) > 1 else ""
    known = [key for owner, key in KEYS if owner == section]
    if not section:
        known += NAMES
    dotted = _dotted(where)
    if name in ("key", "token", "password", "secret"):
        return (
            f"{dotted}: 鍵は設定に書かず、ファイルに入れて server.key_file で指します / "
            "no secret in this file: put it into a file of its own and name that in server.key_file"
        )
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return (
            f"{dotted}: 知らない名前です。{near[0]} ではありませんか / no such key; did you mean {near[0]}?"
        )
    near = difflib.get_close_matches(name, [key for _, key in KEYS], n=1, cutoff=0.75)
    elsewhere = [owner for owner, key in KEYS if near and key == near[0] and owner != section]
    if elsewhere and near[0] != name:
        return _unknown_elsewhere(dotted, elsewhere[0], near[0])
    if elsewhere:
        place = f"[{elsewhere[0]}]" if elsewhere[0] else "the head of the file"
        ja = f"[{elsewhere[0]}]" if elsewhere[0] else "ファイルの先頭"
        return f"{dotted}: {ja} に書きます / belongs in {place}"
    names = ", ".join(known)
    return f"{dotted}: 知らない名前です。使える名前は {names} / no such key; there are {names}"


def _unknown_elsewhere(dotted: str, section: str, name: str) -> str:
    full = f"{section}.{name}" if section else name
    return f"{dotted}: 知らない名前です。{full} ではありませんか / no such key; did you mean {full}?"


def _not_a_table(section: str, values: dict[str, Any]) -> str:
    head = f"[[{section}]]" if section == "places" else f"[{section}]"
    held = values.get(section)
    if section == "places" and isinstance(held, list):
        return f"{section}: {len(held)} あります。50 までです / holds {len(held)}: at most 50"
    return f"{section} = {_shown(held)}: {head} の表にしてください / must be a table, {head}"


def _key_of(where: tuple[str | int, ...]) -> tuple[str, str]:
    """(section, key) of a place in the file."""
    names = [str(part) for part in where if isinstance(part, str)]
    return ("", names[0]) if len(names) == 1 and names[0] not in NAMES else (names[0], names[-1])


def _dotted(where: tuple[str | int, ...]) -> str:
    """places[1].lat: entries are counted from 1, as a person counts them."""
    text = ""
    for part in where:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _held(values: object, where: tuple[str | int, ...]) -> object:
    for part in where:
        try:
            values = values[part]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return values
    return values


def _shown(value: object) -> str:
    """As it stands in the file, shortened, without a password."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]" if value else "[]"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
    text = without_secrets(text)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _near(fault: ErrorDetails, allowed: Text) -> str:
    """The nearest of those allowed, for a word, or the word before a colon, that is misspelt."""
    given = fault.get("input")
    if not isinstance(given, str):
        return ""
    words = re.findall(r'"([A-Za-z0-9-]+:?)', allowed.en)
    start, colon, _ = given.partition(":")
    near = difflib.get_close_matches(start + colon, words, n=1)
    if not near or near[0] == start + colon:
        return ""
    return f"({near[0]} ではありませんか / did you mean {near[0]}?)"


# --- paths


def _placed(value: Any, folder: Path) -> Any:  # noqa: ANN401 - a configuration, or a part of one
    """The same with every path absolute."""
    if isinstance(value, Path):
        return _under(folder, str(value))
    if isinstance(value, tuple):
        return tuple(_placed(each, folder) for each in value)
    if isinstance(value, str):
        return _placed_uri(value, folder)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _placed(getattr(value, f.name), folder) for f in fields(value)})
    return value


def _placed_uri(text: str, folder: Path) -> str:
    kind, colon, rest = text.partition(":")
    if not colon and text.endswith(".toml"):
        return str(_under(folder, text))  # a walker's own profile
    if not colon or kind not in _PATH_KINDS or not rest:
        return text
    if kind == "evdev" and not rest.startswith(("/", "~")):
        return text  # a part of the device's own name
    return f"{kind}:{_under(folder, rest)}"


def _under(folder: Path, text: str) -> Path:
    try:
        return folder / Path(text).expanduser()
    except RuntimeError:
        return Path(text)  # nobody's home: refused where it is a path
