"""What accompanying costs: one line an outing with a helper, as a service's bill would say."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from field_tests.japan import DAY_S
from field_tests.simulator import writing
from field_tests.simulator.lives import Life
from field_tests.simulator.options import Options, last_day
from field_tests.simulator.people import KINDS, OutingKind
from field_tests.simulator.plan import Course

SERVICE: Final = "同行援護"
# Of an hour, in half hours begun: with these chances about eight hours a month and person, 20,160 yen.
YEN_AN_HOUR: Final = 2520
_SELF_PAY_PERCENT: Final = 10
_CHANCES: Final[dict[OutingKind, float]] = {
    "shop": 0.27, "clinic": 0.55, "friends": 0.18, "park": 0.15, "walk": 0.08, "evening": 0.15,
}  # fmt: skip
_TARIFF: Final = """name_ja = "模擬の料金表（半時間ごとに同じ額）"
name_en = "tariff of a simulation (each half hour costs the same)"
example = true

[[version]]
since = 2022-01-01
source = "simulated: {hour} yen an hour"
self_pay_percent = {percent}

[[version.service]]
name = "{service}"
at_edge = "same"
bands = [[30, {half}]]
beyond = [30, {half}]
"""
_DEVICE_YEN, _SERVER_YEN = 4000, 12_000  # a month: of one device, of the server


def ledger(course: Course, lived: Life, until_s: float, options: Options) -> list[tuple[object, ...]]:
    """Services of `until_s` seconds from the first day on; with the device fewer by `fee_effect`."""
    name, start = course.participant.person, course.participant.start
    rng = np.random.default_rng([options.seed, int(name[1:]), 0xFE])
    chances = rng.random(len(lived.kind))
    begins = (start - options.first).days * 1440.0 if start else np.inf
    found: list[tuple[object, ...]] = []
    for begin, end, kind, chance in zip(lived.start_min, lived.end_min, lived.kind, chances, strict=True):
        often = _CHANCES.get(KINDS[kind], 0.0) * (1.0 - (options.fee_effect if begin >= begins else 0.0))
        if chance < often and end * 60.0 < until_s:
            half_hours = int(np.ceil((end - begin) / 30.0))
            day = options.first + timedelta(days=int(begin // 1440.0))
            clock = f"{int(begin % 1440.0) // 60:02d}:{int(begin % 60.0):02d}"
            found.append((name, day, *_bill(half_hours, clock)))
    used = {str(row[1])[:7] for row in found}
    unused = _months_without(used, options.first, int(until_s // DAY_S))
    return sorted([*found, *((name, day, *_bill(0, "")) for day in unused)], key=lambda row: str(row[1]))


def _months_without(used: Collection[str], first: date, days: int) -> list[date]:
    """A day of each month without a service: no line at all would mean that nobody knows."""
    dates = [first + timedelta(days=n) for n in range(days)]
    firsts = {f"{day:%Y-%m}": day for day in reversed(dates)}
    return [day for month, day in firsts.items() if month not in used]


def _bill(half_hours: int, note: str) -> tuple[object, ...]:
    gross = half_hours * YEN_AN_HOUR // 2
    own = gross * _SELF_PAY_PERCENT // 100
    return SERVICE, half_hours / 2, gross, own, gross - own, note


def write(rows: Sequence[tuple[object, ...]], options: Options, out: Path) -> None:
    """ledger.csv, bills.csv, tariff.toml and costs.csv below `out`."""
    header = "person,day,service,hours,gross_yen,self_pay_yen,public_yen,note"
    writing.table(out / "ledger.csv", header, rows)
    writing.table(out / "bills.csv", "person,month,gross_yen", _bills(rows))
    half, hour = YEN_AN_HOUR // 2, YEN_AN_HOUR
    tariff = _TARIFF.format(hour=hour, half=half, percent=_SELF_PAY_PERCENT, service=SERVICE)
    (out / "tariff.toml").write_text(tariff, encoding="utf-8")
    writing.table(out / "costs.csv", "month,what,yen", _costs(options))


def _bills(rows: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """What the office would bill of each person and month: the sum of the services."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for person, day, _, _, gross, *_ in rows:
        found[str(person), str(day)[:7]] += int(str(gross))
    return [(*month, gross) for month, gross in sorted(found.items())]


def _costs(options: Options) -> list[tuple[object, ...]]:
    first, last = options.first, last_day(options)
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    months = [divmod(first.year * 12 + first.month - 1 + n, 12) for n in range(count)]
    named = [f"{year}-{month + 1:02d}" for year, month in months]
    return [
        row
        for month in named
        for row in ((month, "device", _DEVICE_YEN * options.persons), (month, "server", _SERVER_YEN))
    ]
