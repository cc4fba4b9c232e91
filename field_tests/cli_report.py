"""The verb `shirube study report`: a trial's folder to its verdict, tables, and pages to read."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from field_tests.cli_shared import AsJson, languages

if TYPE_CHECKING:
    from field_tests.study.result import StudyResult

_STEPS = {
    "count": "数えています / counting",
    "recount": "別の定義で数えています / counting by other definitions",
}


def add_report_verb(app: typer.Typer) -> None:
    """Put it where it is looked for."""
    app.command("report")(_report)


def _report(
    folder: Annotated[Path, typer.Argument(help="実証実験のフォルダー / a trial's folder", metavar="DIR")],
    out: Annotated[Path, typer.Option(help="書き出すフォルダー / where to write")],
    lang: Annotated[str, typer.Option(help="ja | en | both")] = "both",
    seed: Annotated[
        int | None,
        typer.Option(
            help="ブートストラップの種、判定は計画の種で / of the bootstrap; what decides has the plan's"
        ),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="同時に数える人数 / persons counted beside each other")
    ] = None,
    with_pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="PDF も / PDF too")] = True,
    as_json: AsJson = False,
) -> None:
    """判定と報告を作る / the verdict and the report."""
    langs = languages(lang)
    if with_pdf:
        from field_tests.report.pdf import ready_for_pdf

        ready_for_pdf()
    result = _result(folder, out, seed, jobs or os.cpu_count() or 1)
    from field_tests.report.files import write_report
    from field_tests.study.verdict_file import VERDICT_FILE, verdict_file

    written: list[Path] = []
    write_report(result, out, langs, with_pdf=with_pdf, told=written.append)
    if as_json:
        told = json.loads(VERDICT_FILE.encode(verdict_file(result)))
        told["files"] = [str(path) for path in written if path.parent == out]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    for line in _words(result):
        typer.echo(line)
    for path in written:
        if path.suffix in (".html", ".pdf"):
            typer.echo(str(path))


def _result(path: Path, out: Path, seed: int | None, jobs: int) -> "StudyResult":
    from datetime import UTC, datetime
    from importlib.metadata import version

    from field_tests.study.assemble import study_result
    from field_tests.study.reading_folder import read

    given = "" if seed is None else f" --seed {seed}"
    return study_result(
        read(path, now_utc_s=datetime.now(UTC).timestamp()),
        command=f"shirube study report {path.name} --out {out.name}{given}",
        seed=seed,
        version=version("shirube"),
        jobs=jobs,
        progress=_tell,
    )


def _tell(step: str, done: int, of: int) -> None:
    typer.echo(f"[{done}/{of}] {_STEPS[step]}", err=True)


def _words(result: "StudyResult") -> list[str]:
    mark = "模擬 / simulated: no people behind it. " if result.simulated else ""
    verdicts = [("外出時間 / outing time", result.verdict)]
    if result.fees is not None:
        verdicts.append(("利用料 / fees", result.fees.verdict))
    return [f"{mark}{what}: {one.sentence_ja} / {one.sentence_en}" for what, one in verdicts]
