"""A simulated trial as a folder of docs/trial-folder.md, person by person: memory stays flat."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from field_tests.errors import StudyError
from field_tests.japan import DAY_S
from field_tests.simulator import climate, fees, lives, recording, telling, writing
from field_tests.simulator.faults import faulty
from field_tests.simulator.options import Options, last_day
from field_tests.simulator.people import KINDS
from field_tests.simulator.plan import Course, courses, lots
from field_tests.simulator.protocol_file import protocol_toml
from field_tests.simulator.recording import Recorded
from field_tests.simulator.story import Story, story
from field_tests.simulator.ways import Town
from field_tests.study import freezing

_HOME_RADIUS_M, _REGISTERED_OFF_M = 50.0, 8.0

Progress = Callable[[int, int, str], None]  # person, of, name


@dataclass(slots=True)
class Written:
    """What was written, for the summary: counts, and the truth's mean minutes a day by phase."""

    fixes: int = 0
    outings: int = 0
    minutes: dict[str, float] = field(default_factory=dict)
    days: dict[str, int] = field(default_factory=dict)

    def per_day(self) -> dict[str, float]:
        """True mean minutes a day of each phase, over all persons' days."""
        return {phase: round(self.minutes[phase] / self.days[phase], 2) for phase in sorted(self.days)}


def simulate(options: Options, town: Town, out: Path, progress: Progress) -> Written:
    """Write the whole folder; the same options give the same bytes. StudyError where `out` is not empty."""
    if out.exists() and any(out.iterdir()):
        raise StudyError(f"{out}: 空のフォルダーを指定してください / give an empty folder")
    weather = climate.weather(options.first, last_day(options), options.seed)
    days = lives.calendar(weather)
    people = courses(options)
    _frame(options, people, out)
    writing.table(out / "weather.csv", "day,rain_mm,mean_c", ((w.day, w.rain_mm, w.mean_c) for w in weather))
    written = Written()
    tables = _Tables([], [], [], [], [])
    for number, each in enumerate(people):
        progress(number, options.persons, each.participant.person)
        told = story(each, number, days, options, town)
        _positions(told, number, options, out, tables, written)
        _truth(told, options, tables, written)
        tables.ledger.extend(fees.ledger(each, told.life, told.last_s, options))
    _rest(tables, options, out)
    return written


@dataclass(frozen=True, slots=True)
class _Tables:
    """Rows of the tables that hold all persons: some thousand a person and year."""

    homes: list[tuple[object, ...]]
    evidence: list[tuple[object, ...]]
    days: list[tuple[object, ...]]
    outings: list[tuple[object, ...]]
    ledger: list[tuple[object, ...]]


def _frame(options: Options, people: tuple[Course, ...], out: Path) -> None:
    """Who takes part, and when."""
    out.mkdir(parents=True, exist_ok=True)
    listed = [each.participant for each in people]
    writing.table(
        out / "participants.csv", "person,enrolled,start,ended,why",
        ((p.person, p.enrolled, p.start, p.ended, p.why) for p in listed),
    )  # fmt: skip
    writing.table(
        out / "lots.csv", "person,round,start", ((lot.person, lot.round, lot.start) for lot in lots(options))
    )
    phases = [phase for each in people for phase in each.phases]
    writing.table(
        out / "phases.csv", "person,phase,first,last", ((p.person, p.kind, p.first, p.last) for p in phases)
    )
    adverse = sorted((a for each in people for a in each.adverse), key=lambda a: (a.day, a.person))
    writing.table(
        out / "adverse.csv", "person,day,kind,severity,words",
        ((a.person, a.day, a.kind, a.severity, a.words) for a in adverse),
    )  # fmt: skip


def _positions(
    told: Story, number: int, options: Options, out: Path, tables: _Tables, written: Written
) -> None:
    person, begin = told.course.participant.person, writing.midnight(options.first)
    phone, wearable = recording.logger(told, options), recording.device(told, options)
    for source, recorded in (("logger", phone), ("device", wearable)):
        if recorded is not None:
            path = out / "fixes" / f"{person}.{source}.csv.gz"
            written.fixes += _fixes(told, recorded, number, options, path, begin)
    rng = np.random.default_rng([options.seed, number, 0xEF])
    left = recording.left_on(told, options)
    tables.evidence.extend(
        (person, each.kind, writing.moment(begin + each.start_utc_s), writing.moment(begin + each.end_utc_s),
         each.source, each.home)
        for each in telling.evidence(told, phone, wearable, left, rng)
    )  # fmt: skip
    tables.homes.extend(_homes(told, rng))


def _fixes(told: Story, recorded: Recorded, number: int, options: Options, path: Path, begin: float) -> int:
    stream = 0xF0 if "logger" in path.name else 0xF1
    rng = np.random.default_rng([options.seed, number, stream])
    count = 0
    with writing.fixes(path) as file:
        for part in recording.rows(told, recorded, rng, begin):
            spoiled = faulty(part, options.faults, rng)
            file.write(writing.lines(spoiled))
            count += len(spoiled)
    return count


def _homes(told: Story, rng: np.random.Generator) -> Iterator[tuple[object, ...]]:
    """Registered on a map by hand: some metres off."""
    person = told.course.participant.person
    off = rng.normal(0.0, _REGISTERED_OFF_M, (2, 2))
    at = [("home", (0.0, 0.0))]
    if any(stay.registered for stay in told.life.stays):
        at.append(("family", told.around.family))
    for (name, (x_m, y_m)), (east, north) in zip(at, off.tolist(), strict=False):
        lat, lon = told.around.ground.latlon(np.array([x_m + east]), np.array([y_m + north]))
        yield person, name, f"{lat[0]:.6f}", f"{lon[0]:.6f}", _HOME_RADIUS_M


def _truth(told: Story, options: Options, tables: _Tables, written: Written) -> None:
    person, begin = told.course.participant.person, writing.midnight(options.first)
    seen = int(told.last_s // DAY_S)
    dates = [options.first + timedelta(days=n) for n in range(seen)]
    minutes = told.life.minutes[:seen].round(3).tolist()
    tables.days.extend((person, day, value) for day, value in zip(dates, minutes, strict=True))
    for start, end, kind in zip(told.life.start_min, told.life.end_min, told.life.kind, strict=True):
        if end * 60.0 < told.last_s:
            tables.outings.append(
                (
                    person,
                    writing.moment(begin + start * 60.0),
                    writing.moment(begin + end * 60.0),
                    KINDS[kind],
                )
            )
            written.outings += 1
    for phase in told.course.phases:
        first, last = (phase.first - options.first).days, (phase.last - options.first).days + 1
        span = told.life.minutes[first : min(last, seen)]
        written.minutes[phase.kind] = written.minutes.get(phase.kind, 0.0) + float(span.sum())
        written.days[phase.kind] = written.days.get(phase.kind, 0) + len(span)


def _rest(tables: _Tables, options: Options, out: Path) -> None:
    writing.table(out / "homes.csv", "person,home,lat,lon,radius_m", tables.homes)
    writing.table(out / "evidence.csv", "person,kind,start,end,source,home", tables.evidence)
    writing.table(out / "truth" / "days.csv", "person,day,minutes", tables.days)
    writing.table(out / "truth" / "outings.csv", "person,start,end,kind", tables.outings)
    asked = json.dumps(asdict(options), ensure_ascii=False, indent=1, default=str)
    (out / "truth" / "simulation.json").write_text(asked + "\n", encoding="utf-8")
    fees.write(tables.ledger, options, out / "fees")
    definitions = files("field_tests.outings").joinpath("definitions.toml").read_bytes()
    (out / "definitions.toml").write_bytes(definitions)
    # Last: a folder that was broken off has no plan, and nobody takes it for a trial.
    (out / "protocol.toml").write_text(protocol_toml(options, definitions), encoding="utf-8")
    freezing.seal(out)


def summary(written: Written, options: Options, out: Path) -> dict[str, Any]:
    """What to tell of a folder that was written."""
    return {
        "out": str(out), "persons": options.persons, "weeks": options.weeks, "seed": options.seed,
        "design": options.design, "fixes": written.fixes, "outings": written.outings,
        "true_minutes_per_day": written.per_day(),
    }  # fmt: skip
