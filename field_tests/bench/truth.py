"""`study bench outings`: every method under every condition on people whose truth is known."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np

from field_tests.bench import ours, peers
from field_tests.bench.conditions import CLEAN, CONDITIONS, Condition, fixes, received
from field_tests.bench.independent import Life, Router, blocks, live
from field_tests.bench.keep import kept_answer, kept_life
from field_tests.bench.noise import Fixes
from field_tests.bench.table import DayFigure, Errors, errors, median_difference
from field_tests.outings.definitions import Definitions

# The estimator was made on people of seed 1, and is judged on people of this one.
JUDGING_SEED: Final = 20_261
METHODS: Final = ("ours", "naive", "trackintel", "jasmine")
_SLOW: Final = ("jasmine", "trackintel")
FIRST_DAY: Final = date(2026, 4, 13)


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is drawn, and who is asked. `slow_persons`: of so many persons the slow peers are asked."""

    persons: int = 20
    days: int = 14
    seed: int = JUDGING_SEED
    methods: tuple[str, ...] = METHODS
    slow_persons: int = 4
    step_s: int = 5
    keep: Path | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What one method said of one person under one condition, and how long it took."""

    method: str
    condition: Condition
    figures: tuple[DayFigure, ...]
    seconds: float
    fixes: int


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    method: str
    condition: str
    errors: Errors
    seconds_a_person: float


@dataclass(frozen=True, slots=True)
class Table:
    """All lines, and the median differences a day from the peers on clean data."""

    rows: tuple[Row, ...]
    from_jasmine_min: float | None
    from_trackintel_min: float | None


def answers(
    plan: Plan, definitions: Definitions, jobs: int, told: Callable[[str], None], router: Router = blocks
) -> list[Answer]:
    """Of every person, condition and method; persons side by side in `jobs` processes."""
    one = partial(_person, plan, definitions, router)
    if jobs == 1:
        return [answer for number in range(plan.persons) for answer in _telling(one(number), number, told)]
    # spawn: a fork would copy the threads of numerical libraries in whatever state they are.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        found = zip(range(plan.persons), pool.map(one, range(plan.persons)), strict=True)
        return [answer for number, of_one in found for answer in _telling(of_one, number, told)]


def _telling(found: list[Answer], number: int, told: Callable[[str], None]) -> list[Answer]:
    told(f"G{number:02d}: {len(found)}")
    return found


def _person(plan: Plan, definitions: Definitions, router: Router, number: int) -> list[Answer]:
    key = f"life-{router.__name__}-{plan.seed}-{number}-{plan.days}-{plan.step_s}"
    draw = partial(live, number, plan.seed, FIRST_DAY, plan.days, step_s=plan.step_s, router=router)
    life = kept_life(plan.keep, key, draw)
    whole = received(life, number, plan.seed)
    return [
        answer
        for condition in CONDITIONS
        for answer in _asked_all(
            plan, definitions, life, number, condition, fixes(life, whole, condition, number, plan.seed)
        )
    ]


def _asked_all(
    plan: Plan, definitions: Definitions, life: Life, number: int, condition: Condition, raw: Fixes
) -> Iterator[Answer]:
    clean = peers.ordered(raw)
    for method in plan.methods:
        if method == "ours":
            start = time.perf_counter()
            found = ours.figures(raw, life, definitions)
            yield Answer(method, condition, tuple(found), time.perf_counter() - start, len(raw))
        elif method not in _SLOW or number < plan.slow_persons:
            ask = partial(_asked, method, clean, life)
            minutes, seconds = kept_answer(plan.keep, method, clean, ask)
            yield Answer(method, condition, _of_peer(life, minutes), seconds, len(clean))


def _asked(method: str, clean: Fixes, life: Life) -> tuple[dict[date, float], float]:
    start = time.perf_counter()
    if method == "jasmine":
        minutes = peers.jasmine(clean, life.days)
    elif method == "trackintel":
        minutes = peers.trackintel(clean, life.home, life.days)
    else:
        minutes = peers.naive(clean, life.home, life.days)
    return minutes, time.perf_counter() - start


def _of_peer(life: Life, minutes: dict[date, float]) -> tuple[DayFigure, ...]:
    days = zip(life.days, life.out_minutes, strict=True)
    return tuple(DayFigure(life.person, day, truth, minutes.get(day)) for day, truth in days)


def table(found: Sequence[Answer]) -> Table:
    """The lines by condition and method, in the order of CONDITIONS and METHODS."""
    rows = []
    for condition in CONDITIONS:
        for method in METHODS:
            some = [answer for answer in found if (answer.method, answer.condition) == (method, condition)]
            if some:
                seconds = float(np.mean([answer.seconds for answer in some]))
                rows.append(Row(method, condition.name, errors(_figures(some)), seconds))
    clean = {
        method: _figures(answer for answer in found if answer.condition == CLEAN and answer.method == method)
        for method in METHODS
    }
    return Table(
        tuple(rows),
        median_difference(clean["ours"], clean["jasmine"]),
        median_difference(clean["ours"], clean["trackintel"]),
    )


def _figures(found: "Iterator[Answer] | Sequence[Answer]") -> list[DayFigure]:
    return [figure for answer in found for figure in answer.figures]
