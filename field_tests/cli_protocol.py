"""`shirube study protocol`: new, freeze, draw, silent, check."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from field_tests.cli_shared import AsJson, Lang, Seed, day, language
from field_tests.japan import JST

if TYPE_CHECKING:
    from field_tests.study.protocol import Design

protocol_app = typer.Typer(help="実験の手順書 / the trial's plan", no_args_is_help=True)

Root = Annotated[Path, typer.Argument(help="実証実験のフォルダー / the trial's folder")]
# What comes with the trial itself is not missing from its plan.
_LATER = frozenset({"no_fixes", "no_logger", "weather_missing"})


@protocol_app.command("new")
def protocol_new(
    root: Root,
    first: Annotated[str | None, typer.Option(help="最初の日、既定は4週間後の月曜 / the first day")] = None,
    weeks: Annotated[int, typer.Option(min=1, max=260, help="何週間 / of how many weeks")] = 52,
    design: Annotated[
        str, typer.Option(help="randomised_start | silent_weeks | before_after")
    ] = "randomised_start",
    seed: Seed = 7,
) -> None:
    """手順書、空の表、書式を作る / make a plan, empty tables and forms."""
    from field_tests.study.template_folder import New, write

    begins = day("--first", first) if first is not None else _monday_after(_today() + timedelta(weeks=4))
    for name in write(root, New(_design(design), begins, weeks, seed)):
        typer.echo(f"{root / name}")
    typer.echo(f"次は / next: {root / 'README.md'}")


@protocol_app.command("freeze")
def protocol_freeze(
    root: Root,
    on: Annotated[str | None, typer.Option(help="凍結の日、既定は今日 / the day, today if not given")] = None,
) -> None:
    """手順書と数え方を凍結する / freeze the plan and the definitions."""
    from field_tests.study.freezing import HASHES, freeze

    for line in freeze(root, day("--on", on) if on is not None else _today()):
        typer.echo(line)
    typer.echo(
        f"{root / HASHES}: このハッシュを、変えられない場所に残してください / "
        "leave these hashes where nobody can change them"
    )


@protocol_app.command("draw")
def protocol_draw(root: Root, as_json: AsJson = False) -> None:
    """開始日と無案内の週のくじを引く / draw starts and silent weeks from the plan's seed."""
    from field_tests.study.lots import LOTS, draw, sha256

    lots = {person: start.isoformat() for person, start in draw(root).items()}
    if as_json:
        typer.echo(json.dumps(lots, ensure_ascii=False))
        return
    for person, start in lots.items():
        typer.echo(f"{person}: {start}")
    if lots:
        typer.echo(f"{sha256(root)}  {LOTS}")
        typer.echo("このハッシュも、凍結のハッシュと同じ場所に / leave this hash where those of freezing are")
    if not lots:
        typer.echo("くじを待つ人はいません / nobody waits for a lot")


@protocol_app.command("silent")
def protocol_silent(root: Root, as_json: AsJson = False) -> None:
    """一人ずつの装置に書く、無案内の週 / silent weeks, as each person's device is told them."""
    from field_tests.errors import ProtocolError
    from field_tests.study.drawing import silent_spans
    from field_tests.study.reading_folder import read

    folder = read(root)
    if not any(phase.kind == "silent" for phase in folder.phases):
        raise ProtocolError(
            "phases.csv に無案内の週がありません。計画が silent_weeks なら、先に study protocol draw を。 / "
            "No silent weeks in phases.csv: if the plan has silent_weeks, run study protocol draw first."
        )
    listed = [one.person for one in folder.participants]
    weeks = {who: silent_spans([phase for phase in folder.phases if phase.person == who]) for who in listed}
    if as_json:
        typer.echo(json.dumps(weeks))
        return
    for person, spans in weeks.items():
        typer.echo(f"{person}: silent = {json.dumps(spans)}")


@protocol_app.command("check")
def protocol_check(root: Root, lang: Lang = "ja", as_json: AsJson = False) -> None:
    """矛盾と、判定できなくなる点を探す / look for contradictions; exit code 2 where there are some."""
    from field_tests.study.planning import findings
    from field_tests.study.reading_folder import read
    from field_tests.study.telling_issues import issue_lines

    told_in = language(lang)
    folder = read(root)
    found = findings(folder)
    issues = [issue for issue in folder.issues if issue.code not in _LATER]
    if as_json:
        told = {"findings": [asdict(one) for one in found], "issues": [asdict(one) for one in issues]}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        for line in issue_lines(issues, told_in):
            typer.echo(line)
        for finding in found:
            sign = "!!" if finding.weight == "wrong" else "?"
            typer.echo(f"{sign} {finding.ja if told_in == 'ja' else finding.en}")
        if not found and not issues:
            typer.echo("矛盾はありません" if told_in == "ja" else "no contradictions")
    lost = any(issue.effect in ("left_out", "refused") for issue in issues)
    if lost or any(finding.weight == "wrong" for finding in found):
        raise typer.Exit(2)


def _design(text: str) -> "Design":
    from field_tests.errors import StudyError
    from field_tests.study.protocol import Design

    if text not in get_args(Design):
        raise StudyError(f"--design {text}: {' | '.join(get_args(Design))}")
    return text  # type: ignore[return-value]


def _today() -> date:
    return datetime.now(UTC).astimezone(JST).date()


def _monday_after(today: date) -> date:
    return today + timedelta(days=-today.weekday() % 7)
