"""`study bench outings`, `study bench speed`: how right and how fast outings are counted."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from field_tests.cli_shared import AsJson

if TYPE_CHECKING:
    from field_tests.outings.definitions import Definitions as Rules


def add_bench_verbs(app: typer.Typer) -> None:
    """Put them where they are looked for."""
    app.command("outings")(_outings)
    app.command("speed")(_speed)


Definitions = Annotated[Path | None, typer.Option(help="定義のファイル / a file of definitions")]


def _outings(
    persons: Annotated[int, typer.Option(min=1, help="人数 / persons")] = 20,
    days: Annotated[int, typer.Option(min=7, help="1人の日数 / days of each")] = 14,
    seed: Annotated[
        int | None, typer.Option(help="人を引く種（無ければ判定用）/ seed of the persons")
    ] = None,
    methods: Annotated[
        str, typer.Option(help="ours,naive,trackintel,jasmine")
    ] = "ours,naive,trackintel,jasmine",
    slow_persons: Annotated[
        int,
        typer.Option(
            min=0, help="遅い相手（trackintel、jasmine）に聞く人数 / persons that slow peers are asked about"
        ),
    ] = 4,
    definitions: Definitions = None,
    keep: Annotated[
        Path | None,
        typer.Option(help="引いた人と相手の答えを残すフォルダー / keep persons and peers' answers here"),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="並行する数 / processes")] = 2,
    as_json: AsJson = False,
) -> None:
    """独立した真の値（forest の bonsai）と比べる / outings beside an independent truth (forest's bonsai)."""
    from field_tests.bench import peers, shown, truth
    from field_tests.bench.extra import bonsai

    bonsai()  # one sentence, before anything is started, where it is not installed
    plan = truth.Plan(
        persons=persons,
        days=days,
        seed=truth.JUDGING_SEED if seed is None else seed,
        methods=shown.methods(methods, truth.METHODS),
        slow_persons=slow_persons,
        keep=keep,
    )
    rules = _definitions(definitions)
    table = truth.table(truth.answers(plan, rules, jobs, _progress))
    if as_json:
        typer.echo(json.dumps(shown.outings_json(table, plan, rules.sha256, peers.versions()), indent=1))
    else:
        typer.echo("\n".join(shown.outings_text(table)))


def _speed(
    years: Annotated[int, typer.Option(min=1, help="人年の数 / person-years")] = 4,
    days: Annotated[int, typer.Option(min=14, help="1人年の日数 / days of each")] = 365,
    jobs: Annotated[int, typer.Option(min=1, help="並行する数 / processes")] = 2,
    seed: Annotated[int, typer.Option(help="乱数の種 / seed")] = 1,
    peer: Annotated[bool, typer.Option(help="jasmine も測る（遅い）/ measure jasmine too (slow)")] = False,
    definitions: Definitions = None,
    as_json: AsJson = False,
) -> None:
    """1人年（5秒ごと、630万点）を数える速さと記憶量 / time and memory of counting person-years."""
    from field_tests.bench import shown, speed

    measured = speed.measure(
        _definitions(definitions), years=years, jobs=jobs, seed=seed, days=days, told=_progress
    )
    peer_s = speed.jasmine_seconds(seed) if peer else None
    if as_json:
        typer.echo(json.dumps(shown.speed_json(measured, peer_s), indent=1))
    else:
        typer.echo("\n".join(shown.speed_text(measured, peer_s)))


def _definitions(path: Path | None) -> "Rules":
    from field_tests.outings.definitions import read, shipped

    return shipped() if path is None else read(path)


def _progress(line: str) -> None:
    typer.echo(line, err=True)
