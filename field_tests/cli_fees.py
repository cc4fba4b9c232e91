"""The verb `shirube study fees`: what mobility services cost before and with the device."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from field_tests.cli_shared import AsJson, Lang, language

if TYPE_CHECKING:
    from field_tests.issues import Issue
    from field_tests.study.result import Fees


def add_fees_verb(app: typer.Typer) -> None:
    """Put it where it is looked for."""
    app.command("fees")(_fees)


def _fees(
    path: Annotated[Path, typer.Argument(help="実証実験のフォルダー / a trial's folder")],
    lang: Lang = "ja",
    as_json: AsJson = False,
) -> None:
    """利用料を装置の前と後で比べる / fees before and with the device."""
    from field_tests.fees.telling import lines

    told_in = language(lang)
    fees, issues = _compared(path)
    if as_json:
        told = {"fees": asdict(fees), "issues": [asdict(issue) for issue in issues]}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for line in lines(fees, issues, told_in):
        typer.echo(line)


def _compared(path: Path) -> "tuple[Fees, tuple[Issue, ...]]":
    from field_tests.errors import FolderError
    from field_tests.fees.compare import fees_of
    from field_tests.study.reading_folder import read
    from field_tests.study.tables import TrialTables

    folder = read(path)
    # Outings are not counted here: hours alone stay unknown, and whether the trial was run as planned is not
    # looked at, so that there is no verdict but "cannot tell". `study report` has all of it.
    tables = TrialTables(
        protocol=folder.protocol,
        participants=folder.participants,
        phases=folder.phases,
        days=(),
        weather=folder.weather,
        adverse=folder.adverse,
        issues=folder.issues,
        definitions_sha256=folder.definitions.sha256,
    )
    fees, issues = fees_of(folder.fees, tables)
    if fees is None:
        raise FolderError(
            f"{path}: fees/ledger.csv がありません（形式は docs/fees.md）。 / "
            f"{path} has no fees/ledger.csv: docs/fees.md shows its form."
        )
    return fees, issues
