"""What the benches print: a table for people, or JSON; and which targets were met. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from field_tests.bench.conditions import SHARES, Condition
from field_tests.bench.missing import Scheme
from field_tests.bench.speed import Speed
from field_tests.bench.truth import Plan, Table
from field_tests.errors import StudyError

# Share missing: most minutes a day, most percent a week.
_LIMITS: Final = {0.2: (4.0, 1.0), 0.5: (8.0, 2.0)}
_SAFE_PERCENT: Final = 95.0
_NEAR_PEERS_MIN: Final = 5.0
_YEAR_S, _YEAR_MB, _HUNDRED_MINUTES = 60.0, 1000.0, 60.0
_FLAT_MB: Final = 100.0  # an allocator keeps some of what it once held


@dataclass(frozen=True, slots=True)
class Target:
    """One figure beside its limit; `measured` None: it was not measured."""

    name: str
    measured: float | None
    limit: str
    met: bool | None


def outing_targets(table: Table) -> list[Target]:
    """The targets on noisy data, under forest's own way of losing data and under the harder one."""
    found = []
    for scheme in ("cycles", "hours"):
        for share in SHARES:
            found += _of_condition(table, scheme, share)
    for name, measured in (("jasmine", table.from_jasmine_min), ("trackintel", table.from_trackintel_min)):
        found.append(_most(f"own/whole/0 median |ours - {name}| min/day", measured, _NEAR_PEERS_MIN))
    return found


def _of_condition(table: Table, scheme: Scheme, share: float) -> list[Target]:
    name = Condition("noisy", scheme, share).name
    errors = next((row.errors for row in table.rows if (row.method, row.condition) == ("ours", name)), None)
    if errors is None:
        return []
    if share not in _LIMITS:
        return [_least(f"{name} withheld or bounds hold %", errors.safe_percent, _SAFE_PERCENT)]
    minutes, percent = _LIMITS[share]
    bias = None if errors.weekly_bias_percent is None else abs(errors.weekly_bias_percent)
    return [
        _most(f"{name} MAE min/day", errors.mae_min, minutes),
        _most(f"{name} |weekly bias| %", bias, percent),
    ]


def speed_targets(speed: Speed) -> list[Target]:
    """One person-year alone, 100 of them, and a memory that does not grow."""
    kind = "" if len(speed.years) >= 100 else f" (scaled from {len(speed.years)})"
    return [
        _most("one person-year s", speed.first.seconds, _YEAR_S),
        _most("one person-year peak MB", speed.first.peak_mb, _YEAR_MB),
        _most(
            f"100 person-years, {speed.jobs} processes, min{kind}", speed.hundred_minutes, _HUNDRED_MINUTES
        ),
        _most("growth of a process over its years MB", speed.growth_mb, _FLAT_MB),
    ]


def _most(name: str, measured: float | None, limit: float) -> Target:
    return Target(name, measured, f"<= {limit:g}", None if measured is None else measured <= limit)


def _least(name: str, measured: float | None, limit: float) -> Target:
    return Target(name, measured, f">= {limit:g}", None if measured is None else measured >= limit)


def outings_json(table: Table, plan: Plan, sha256: str, versions: Mapping[str, str]) -> dict[str, Any]:
    """The whole table with how it was made."""
    return {
        "persons": plan.persons,
        "days": plan.days,
        "seed": plan.seed,
        "step_s": plan.step_s,
        "definitions_sha256": sha256,
        "peers": dict(versions),
        "rows": [asdict(row) for row in table.rows],
        "median_difference_min": {
            "jasmine": table.from_jasmine_min,
            "trackintel": table.from_trackintel_min,
        },
        "targets": [asdict(target) for target in outing_targets(table)],
    }


def outings_text(table: Table) -> list[str]:
    """A line a condition and method, then the targets."""
    head = (
        f"{'条件 / condition':<20}{'方法 / method':<13}{'人 n':>5}{'日 days':>8}{'MAE min/d':>10}{'(all)':>8}"
        f"{'bias %/wk':>10}{'|err| %/wk':>11}{'withheld %':>11}{'hold %':>8}{'width':>7}{'s':>8}"
    )
    lines = [head]
    for row in table.rows:
        of = row.errors
        lines.append(
            f"{row.condition:<22}{row.method:<16}{of.persons:>4}{of.days:>7}{_cell(of.mae_min):>11}"
            f"{_cell(of.mae_all_min):>8}{_cell(of.weekly_bias_percent, sign=True):>10}"
            f"{_cell(of.weekly_error_percent):>11}{_cell(of.withheld_percent):>11}"
            f"{_cell(of.bounds_hold_percent):>8}{_cell(of.bounds_width_min):>7}{_cell(row.seconds_a_person):>8}"
        )
    return [*lines, "", *target_lines(outing_targets(table))]


def speed_json(speed: Speed, peer_s: float | None) -> dict[str, Any]:
    """The measurement with every year."""
    return {
        "first": asdict(speed.first),
        "years": [asdict(year) for year in speed.years],
        "jobs": speed.jobs,
        "wall_s": speed.wall_s,
        "scaled": len(speed.years) < 100,
        "hundred_minutes": speed.hundred_minutes,
        "growth_mb": speed.growth_mb,
        "jasmine_14_days_s": peer_s,
        "targets": [asdict(target) for target in speed_targets(speed)],
    }


def speed_text(speed: Speed, peer_s: float | None) -> list[str]:
    """The targets, the processor's time, and the peer."""
    first = speed.first
    peer = "-" if peer_s is None else f"{peer_s:.0f} s"
    return [
        *target_lines(speed_targets(speed)),
        "",
        f"1 人年 / one person-year: {first.fixes:,} fixes, {first.outings} outings, {first.seconds:.1f} s, "
        f"CPU {first.cpu_s:.1f} s, {first.peak_mb:.0f} MB",
        f"{len(speed.years)} 人年 / person-years: {speed.wall_s:.0f} s, {speed.jobs} processes",
        f"jasmine, 14 日 / days: {peer}",
    ]


def target_lines(targets: list[Target]) -> list[str]:
    """A line a target: met, missed, or not measured."""
    words = {True: "達成 / met", False: "未達 / MISSED", None: "測らず / not measured"}
    return [
        f"{target.name:<52}{_cell(target.measured):>9}  {target.limit:<8} {words[target.met]}"
        for target in targets
    ]


def methods(given: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The methods of a list with commas; StudyError names those that there are not."""
    asked = tuple(part.strip() for part in given.split(",") if part.strip())
    strange = [name for name in asked if name not in known]
    if strange or not asked:
        names = ", ".join(strange) or given
        raise StudyError(f"--methods {names}: {', '.join(known)} から / choose from these")
    return asked


def _cell(value: float | None, *, sign: bool = False) -> str:
    if value is None:
        return "-"
    return f"{value:+.2f}" if sign else f"{value:.2f}"
