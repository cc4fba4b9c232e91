"""The verb `shirube study count`: days are counted and kept, so that positions can be deleted."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from field_tests.cli_shared import AsJson, Lang, language

if TYPE_CHECKING:
    from field_tests.study.keep import KeptNow


def add_count_verb(app: typer.Typer) -> None:
    """Put it where it is looked for."""
    app.command("count")(_count)


def _count(
    path: Annotated[Path, typer.Argument(help="実証実験のフォルダー / a trial's folder", metavar="DIR")],
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="位置がそろっている最後の日、既定は最も新しい位置の前の日 / "
            "last day of which all positions are there; else the day before the latest",
        ),
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="もう要らない位置を消す / delete positions that no week needs")
    ] = False,
    erase: Annotated[
        list[str] | None,
        typer.Option(help="この人の数えた日と位置を消す / delete this person's days and positions"),
    ] = None,
    lang: Lang = "ja",
    as_json: AsJson = False,
) -> None:
    """そろった週を数えて残す / count complete weeks and keep them."""
    from importlib.metadata import version

    from field_tests.study.keep import count_and_keep
    from field_tests.study.reading_folder import read
    from field_tests.study.telling_issues import issue_lines

    told_in = language(lang)
    now = datetime.now(UTC)
    made = count_and_keep(
        read(path, now_utc_s=now.timestamp()),
        now=now,
        version=version("shirube"),
        until=until.date() if until is not None else None,
        forgets=forget,
        erased=erase or (),
        progress=lambda done, of: typer.echo(f"[{done}/{of}] 数えています / counting", err=True),
    )
    if as_json:
        typer.echo(json.dumps(asdict(made), ensure_ascii=False, default=str))
        return
    for line in issue_lines(made.issues, told_in):
        typer.echo(line)
    for line in _lines(made, japanese=told_in == "ja"):
        typer.echo(line)


def _lines(made: "KeptNow", *, japanese: bool) -> list[str]:
    if japanese:
        lines = [f"{made.until} までの位置から: {made.days} 日を残しました（新しく {made.new_days} 日）"]
        lines += [f"{one.person}: {one.before} より前の位置を消しました" for one in made.forgotten]
        return [*lines, f"消した行: {made.deleted}"] if made.forgotten else lines
    lines = [f"from positions up to {made.until}: {made.days} days are kept ({made.new_days} of them new)"]
    lines += [f"{one.person}: positions before {one.before} are deleted" for one in made.forgotten]
    return [*lines, f"lines deleted: {made.deleted}"] if made.forgotten else lines
