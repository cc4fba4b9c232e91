"""The verb `shirube study outings`: days and outings of a trial's folder, or of one file of positions."""

import csv
import io
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from field_tests.cli_shared import AsJson, Lang, language

if TYPE_CHECKING:
    from field_tests.study.counted import Counted

_DAY_COLUMNS = (
    "day", "minutes", "minutes_min", "minutes_max", "coverage", "waking_coverage", "outings", "out",
)  # fmt: skip


def add_outings_verb(app: typer.Typer) -> None:
    """Put it where it is looked for."""
    app.command("outings")(_outings)


def _outings(
    path: Annotated[
        Path, typer.Argument(help="実証実験のフォルダー、または位置の CSV / a trial's folder, or positions")
    ],
    home: Annotated[
        list[str] | None, typer.Option(help="自宅 緯度,経度[,半径m] / home LAT,LON[,RADIUS in m]")
    ] = None,
    person: Annotated[
        list[str] | None, typer.Option(help="この人だけ、くわしく / this person, in full")
    ] = None,
    definitions: Annotated[
        Path | None, typer.Option(help="数え方のファイル / definitions.toml to count by")
    ] = None,
    with_device: Annotated[
        bool,
        typer.Option(
            "--with-device", help="装置の位置も使う、報告は使わない / the device's too; reports do not"
        ),
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="どの証拠と規則によるか / which evidence and rule")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="日ごとの表を CSV に / the days as CSV")] = None,
    lang: Lang = "ja",
    as_json: AsJson = False,
) -> None:
    """外出を数える / count outings, with their bounds."""
    from field_tests.study.telling import person_lines, summary_lines

    told_in = language(lang)
    counted = _counted(path, home or [], person or [], definitions, with_device)
    if out is not None:
        _write_days(out, counted)
    if as_json:
        typer.echo(json.dumps([_plain(one, explain) for one in counted], ensure_ascii=False))
        return
    whole = explain or bool(person) or len(counted) == 1
    for one in counted:
        lines = person_lines(one, told_in, explain=explain) if whole else summary_lines(one, told_in)
        for line in lines:
            typer.echo(line)


def _counted(
    path: Path, homes: list[str], persons: list[str], definitions: Path | None, with_device: bool
) -> "tuple[Counted, ...]":
    from field_tests.errors import StudyError
    from field_tests.outings.definitions import read as read_definitions
    from field_tests.outings.definitions import shipped
    from field_tests.study.counted import home_of, of_file, of_folder
    from field_tests.study.reading_folder import read

    now_s = datetime.now(UTC).timestamp()
    given = read_definitions(definitions) if definitions is not None else None
    if (path / "protocol.toml").is_file() or (path / "participants.csv").is_file():
        if homes:
            raise StudyError(
                "--home: フォルダーの homes.csv を使います / a folder has its homes.csv: leave it out"
            )
        folder = read(path, now_utc_s=now_s)
        return of_folder(folder, persons, given or folder.definitions, with_device=with_device)
    rules = given or shipped()
    listed = [home_of(text, number, rules.home_radius_m) for number, text in enumerate(homes)]
    return (of_file(path, listed, rules, now_utc_s=now_s),)


def _plain(one: "Counted", explain: bool) -> dict[str, object]:
    """One person as JSON has it; times are UTC seconds."""
    days = [
        {**asdict(day), "day": day.day.isoformat(), "phase": one.phases.get(day.day)} for day in one.seen.days
    ]
    told: dict[str, object] = {
        "person": one.person,
        "days": days,
        "outings": [asdict(outing) for outing in one.seen.outings],
        "counts": dict(one.seen.counts),
        "issues": [asdict(issue) for issue in one.issues],
    }
    if explain:
        told["intervals"] = [asdict(interval) for interval in one.seen.intervals]
    return told


def _write_days(out: Path, counted: "tuple[Counted, ...]") -> None:
    """The days, for their owner alone: they tell when somebody is out."""
    from field_tests import private_files

    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(["person", "phase", *_DAY_COLUMNS])
    for one in counted:
        for day in one.seen.days:
            cells = [getattr(day, column) for column in _DAY_COLUMNS]
            rounded = [f"{cell:.3f}" if isinstance(cell, float) else cell for cell in cells]
            table.writerow([one.person, one.phases.get(day.day, ""), *rounded])
    private_files.write(out, text.getvalue().encode())
