"""A small trial's folder for tests: two persons, some days, an outing from 10:00 to 11:00 on each."""

import gzip
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path

from field_tests.study.freezing import FROZEN, seal, shipped_definitions

JST = timezone(timedelta(hours=9))
HOME = (33.2350, 131.6064)
FIRST_S = datetime(2026, 4, 13, tzinfo=JST).timestamp()
MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86_400.0
FIXES_HEAD = "utc_s,lat,lon,accuracy_m"

PROTOCOL = """title_ja = "試験"
title_en = "Trial"
frozen = 2026-04-01
first = 2026-04-13
last = 2026-04-20
design = "randomised_start"
definitions_sha256 = ""
seed = 7
wash_in_days = 2
possible_starts = [2026-04-15, 2026-04-16]
"""
TABLES: Mapping[str, str] = {
    "protocol.toml": PROTOCOL,
    "participants.csv": (
        "person,enrolled,start,ended,why\nP01,2026-04-01,2026-04-15,,\nP02,2026-04-02,2026-04-16,,\n"
    ),
    "phases.csv": (
        "person,phase,first,last\n"
        "P01,baseline,2026-04-13,2026-04-14\nP01,wash_in,2026-04-15,2026-04-16\nP01,active,2026-04-17,2026-04-20\n"
        "P02,baseline,2026-04-13,2026-04-15\nP02,wash_in,2026-04-16,2026-04-17\nP02,active,2026-04-18,2026-04-20\n"
    ),
    "homes.csv": f"person,home,lat,lon\nP01,home,{HOME[0]},{HOME[1]}\nP02,home,{HOME[0]},{HOME[1]}\n",
    "weather.csv": "day,rain_mm,mean_c\n" + "".join(f"2026-04-{day},0.0,15.0\n" for day in range(13, 21)),
}


def fix_rows(days: int = 8, every_s: float = 2 * MINUTE_S, first_s: float = FIRST_S) -> list[list[float]]:
    """Positions at home, and 600 m north from 10:00 to 11:00."""
    rows = []
    for number in range(int(days * DAY_S / every_s)):
        after_s = number * every_s
        out = 10.0 * HOUR_S <= after_s % DAY_S < 11.0 * HOUR_S
        lat = HOME[0] + (0.0054 if out else 0.00002 * ((number % 5) - 2))
        rows.append([first_s + after_s, lat, HOME[1], 8.0])
    return rows


def fix_lines(rows: list[list[float]]) -> list[str]:
    """The rows as lines of a file, without its head."""
    return [f"{utc_s:.1f},{lat:.6f},{lon:.6f},{accuracy_m:.1f}" for utc_s, lat, lon, accuracy_m in rows]


def fixes(rows: list[list[float]] | None = None, *more: str) -> str:
    """A file of positions; `more`: lines at its end."""
    lines = _usual() if rows is None else tuple(fix_lines(rows))
    return "\n".join([FIXES_HEAD, *lines, *more]) + "\n"


@cache
def _usual() -> tuple[str, ...]:
    return tuple(fix_lines(fix_rows()))


def _other() -> str:
    """The same days of another logger, a metre east."""
    return fixes([[utc_s, lat, lon + 0.00001, accuracy_m] for utc_s, lat, lon, accuracy_m in fix_rows()])


def trial(root: Path, changed: Mapping[str, str | bytes | None] | None = None) -> Path:
    """A whole folder in `root`; `changed`: other contents of files, None takes one away."""
    usual = fixes()
    whole: dict[str, str | bytes | None] = {
        **TABLES,
        "fixes/P01.logger.csv": usual,
        "fixes/P02.logger.csv.gz": gzip.compress(_other().encode(), 1),
        **(changed or {}),
    }
    for name, content in {"definitions.toml": shipped_definitions(), **whole}.items():
        if content is None:
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    if "frozen.sha256" not in whole and all((root / name).is_file() for name in FROZEN):
        seal(root)
    return root
