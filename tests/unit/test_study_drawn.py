"""A trial that was not run as it was drawn gets no verdict, whatever its figures say; one that was may."""

from dataclasses import replace
from datetime import timedelta

import pytest

pytest.importorskip("scipy", reason="needs the extra `study`")

from field_tests.issues import Issue
from field_tests.study import drawing
from field_tests.study.analyse import Draws, analyse, count, primary
from field_tests.study.protocol import Design, PhaseKind, Protocol
from field_tests.study.verdict import judge
from tests.judged_trials import HASH, dealt, good, silent
from tests.small_trials import FIRST, plan_of, trial


def decided(made: object) -> tuple[str, str]:
    seen = judge(made.tables, made.analysis)  # type: ignore[attr-defined]
    return seen.word, seen.decided_by


@pytest.mark.parametrize("make", [good, silent])
def test_an_honest_trial_is_achieved(make: object) -> None:
    assert decided(make()) == ("achieved", "estimate")  # type: ignore[operator]


def test_silent_weeks_put_into_the_rainy_season_are_found() -> None:
    """Each person has as many silent weeks as drawn; only where they lie was chosen."""
    made = silent()
    kinds: dict[PhaseKind, int] = {"silent": 0, "active": 0}
    phases = []
    for who in made.tables.participants:
        own = [phase for phase in made.tables.phases if phase.person == who.person]
        compared = [phase for phase in own if phase.kind in kinds]
        first = min(phase.first for phase in compared)
        half = timedelta(days=sum((p.last - p.first).days + 1 for p in compared if p.kind == "silent"))
        last = max(phase.last for phase in compared)
        phases += [phase for phase in own if phase.kind not in kinds]
        phases += [
            replace(compared[0], kind="silent", first=first, last=first + half - timedelta(days=1)),
            replace(compared[0], kind="active", first=first + half, last=last),
        ]
    assert decided(made.phases(*phases)) == ("cannot_tell", "drawn")


def test_a_seed_tried_after_freezing_is_found() -> None:
    """The lots were drawn from a seed that pleased, and the plan says another."""
    made = dealt(good().plan(seed=1234)).plan(seed=good().tables.protocol.seed)
    assert decided(made) == ("cannot_tell", "drawn")


def test_fewer_persons_than_planned_is_what_is_told_first() -> None:
    made = good().gates(least_persons=9).with_tables(lots=())
    assert decided(made) == ("cannot_tell", "least_persons")


def test_without_hashes_of_freezing_that_is_what_is_told_first() -> None:
    issue = Issue(code="plan_unsealed", effect="refused", where="frozen.sha256")
    assert decided(good().with_tables(issues=(issue,))) == ("cannot_tell", "frozen")


def plan(design: Design, seed: int) -> Protocol:
    starts = tuple(FIRST + timedelta(weeks=weeks) for weeks in (8, 16, 24, 32))
    return Protocol(
        "", "", FIRST - timedelta(days=9), FIRST, FIRST + timedelta(days=363), design, HASH, "", seed,
        wash_in_days=84, possible_starts=starts[:1] if design == "silent_weeks" else starts, silent_share=0.5,
    )  # fmt: skip


@pytest.mark.parametrize("design", ["randomised_start", "silent_weeks"])
def test_the_same_person_has_the_same_course_whoever_is_drawn_beside(design: Design) -> None:
    """What the gate draws again of one person does not depend on the others' phases."""
    one = plan(design, 3)
    starts = drawing.starts([f"P{n:02d}" for n in range(1, 13)], one)
    whole = drawing.phases(starts, one)
    for person, start in starts.items():
        assert [p for p in whole if p.person == person] == list(drawing.course(person, start, one))


def test_the_seed_of_a_report_moves_neither_p_nor_interval() -> None:
    plans = [plan_of(8 + 8 * (number % 4), 52, 12) for number in range(8)]
    tables = trial(
        plans, lambda person, day, kind: 60.0 + (day * 37 + person * 11) % 23 + 9.0 * (kind == "active")
    )
    few = Draws(bootstrap=40, permuted=20, lots=999)
    usual, other = (analyse(tables, {}, replace(few, bootstrap_seed=seed)) for seed in (None, 99))
    assert usual.primary == other.primary
    assert usual.controls == other.controls
    assert [one for one in usual.others if one.key == "bootstrap"] != [
        one for one in other.others if one.key == "bootstrap"
    ]


def test_p_stands_to_a_few_thousandths() -> None:
    """Of 19,999 draws: another seed moves it by less than what decides."""
    plans = [plan_of(8 + 8 * (number % 4), 52, 12) for number in range(8)]
    tables = trial(
        plans, lambda person, day, kind: 60.0 + (day * 37 + person * 11) % 23 + 9.0 * (kind == "active")
    )
    seen = [
        primary(count(replace(tables, protocol=replace(tables.protocol, seed=seed)))).p for seed in range(4)
    ]
    known = [p for p in seen if p is not None]
    assert len(known) == 4
    assert max(known) - min(known) < 0.01
