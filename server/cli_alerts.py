"""Verbs about alerts."""

import json
from pathlib import Path
from typing import Annotated

import typer

from server.cli_shared import AsJson


def add_alert_verbs(server_app: typer.Typer) -> None:
    """`shirube server alerts-bench`."""
    server_app.command("alerts-bench")(_alerts_bench)


def _alerts_bench(
    walks: Annotated[int, typer.Option(help="場面と誤差ごとの数 / for each scene and noise")] = 10,
    seed: Annotated[int, typer.Option(help="乱数の種 / seed")] = 2,
    logs: Annotated[
        Path | None, typer.Option(help="GPX と gpsd の記録のフォルダ / folder of GPX and gpsd logs")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """知らせの誤報と見落としを測る / how many alerts are false, and what is missed."""
    from server.alerts.bench.table import measure, table

    figures = measure(walks, seed, logs)
    typer.echo(json.dumps(figures) if as_json else table(figures))
