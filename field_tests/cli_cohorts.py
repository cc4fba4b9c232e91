"""模擬の集団で統計を確かめる / try the statistics on simulated cohorts."""

import json
import os
from dataclasses import asdict
from typing import Annotated, Any

import typer

from field_tests.errors import StudyError
from field_tests.study.protocol import Design


def add_cohorts_verb(app: typer.Typer) -> None:
    """Put it where it is looked for."""
    app.command("cohorts")(_cohorts)
    app.command("power")(_power)


def _cohorts(
    cohorts: Annotated[int, typer.Option(min=2, help="場面ごとの集団の数 / cohorts of each scenario")] = 200,
    persons: Annotated[int, typer.Option(min=3, help="一集団の人数 / persons of a cohort")] = 28,
    seed: Annotated[int, typer.Option(min=0, help="種 / seed")] = 1,
    design: Annotated[
        str, typer.Option(help="randomised_start | silent_weeks | both: 計画 / designs")
    ] = "both",
    jobs: Annotated[int, typer.Option(min=0, help="並行の数、0: すべて / processes, 0: all cores")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="JSON で / as JSON")] = False,
) -> None:
    """真の値の分かる集団を何百も解析する / analyse hundreds of cohorts whose truth is known."""
    from field_tests.bench import cohorts as bench
    from field_tests.bench.cohorts_targets import lines, targets
    from field_tests.bench.cohorts_world import PLANS, Watching

    watching = Watching()
    todo = bench.tasks(cohorts, persons, seed, _designs(design), watching)
    rows = bench.table(bench.run(todo, jobs or os.cpu_count() or 1, _progress))
    if not as_json:
        typer.echo("\n".join(lines(rows, persons)))
        return
    found = {
        "cohorts": cohorts,
        "persons": persons,
        "seed": seed,
        "plans": [asdict(PLANS[each]) for each in _designs(design)],
        "watching": asdict(watching),
        "rows": [_told(asdict(row)) for row in rows],
        "targets": [_told(asdict(target)) | {"met": target.met} for target in targets(rows)],
    }
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1))


def _power(
    cohorts: Annotated[int, typer.Option(min=1, help="計画ごとの集団の数 / cohorts of each plan")] = 6,
    persons: Annotated[int, typer.Option(min=3, help="一集団の人数 / persons of a cohort")] = 28,
    seed: Annotated[int, typer.Option(min=0, help="種 / seed")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="JSON で / as JSON")] = False,
) -> None:
    """計画ごとに、見つけられる変化と要る人数 / what each plan could find, and how many persons it takes."""
    from field_tests.bench.cohorts_power import powers

    rows = [asdict(row) for row in powers(persons, seed, cohorts)]
    if as_json:
        typer.echo(json.dumps({"cohorts": cohorts, "seed": seed, "plans": rows}, indent=1))
        return
    for row in rows:
        typer.echo(
            f"{row['design']}: {row['persons']} 人で {row['detectable_percent']:.1f} %、15 % には "
            f"{row['persons_needed']} 人（週の変動 {row['weekly_cv']:.2f}） / {row['persons']} persons find "
            f"{row['detectable_percent']:.1f} % with 80 % power; 15 % takes {row['persons_needed']}"
        )


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """The row with null for what cannot be told: JSON has no NaN."""
    return {key: None if value != value else value for key, value in row.items()}


def _designs(text: str) -> tuple[Design, ...]:
    known: tuple[Design, ...] = ("randomised_start", "silent_weeks")
    chosen = tuple(design for design in known if text in (design, "both"))
    if not chosen:
        raise StudyError(
            f"--design {text}: どれかにしてください / choose one: randomised_start | silent_weeks | both"
        )
    return chosen


def _progress(done: int, of: int) -> None:
    if done % 20 == 0 or done == of:
        typer.echo(f"\r{done} / {of} 集団 / cohorts", err=True, nl=done == of)
