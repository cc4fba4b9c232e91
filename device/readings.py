"""Readings of place names and terms, put in before synthesis: see readings.toml."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from device.errors import ConfigError


@cache
def readings() -> Mapping[str, str]:
    """Written form to reading (katakana), as shipped."""
    text = (files("device") / "readings.toml").read_text(encoding="utf-8")
    return parse(text)


def parse(text: str) -> Mapping[str, str]:
    """The table in `text` (TOML, sections of string to string); `ConfigError` where it is not one."""
    try:
        sections = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"readings: {error}: correct the table of readings") from None
    table: dict[str, str] = {}
    for name, section in sections.items():
        if not isinstance(section, dict) or not all(isinstance(each, str) for each in section.values()):
            raise ConfigError(f'readings: [{name}] must hold lines like "鉄輪" = "カンナワ"')
        table |= section
    return table


def with_readings(text: str, table: Mapping[str, str] | None = None) -> str:
    """`text` as the voice shall get it; the longest written form wins."""
    table = readings() if table is None else table
    return _pattern(tuple(table)).sub(lambda match: table[match[0]], text)


@cache
def _pattern(forms: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(forms, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
