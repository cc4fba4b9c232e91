"""The verbs `shirube device replay …`."""

from pathlib import Path
from typing import Annotated

import typer

replay_app = typer.Typer(help="記録した歩行の再生 / replay a recorded run", no_args_is_help=True)

Run = Annotated[Path, typer.Argument(help="記録のフォルダー / the run's folder")]
Runs = Annotated[
    list[Path],
    typer.Argument(help="記録のフォルダー、またはそれを入れたフォルダー / runs, or folders of runs"),
]


@replay_app.command("check")
def replay_check(runs: Runs) -> None:
    """同じ入力から同じ言葉が出るか(違えば 1) / whether the same inputs give the same words (else 1)."""
    from device.errors import RecordError
    from device.replay import check, runs_in

    codes = {0}
    for run in runs_in(runs):
        try:
            difference = check(run)
        except RecordError as error:  # one that cannot be read does not hide what the others say
            typer.echo(f"shirube: {error}", err=True)
            codes.add(2)
            continue
        codes.add(0 if difference is None else 1)
        typer.echo(difference or f"{run}: 同じです / the same", err=difference is not None)
    raise SystemExit(max(codes))


@replay_app.command("update")
def replay_update(runs: Runs) -> None:
    """いま出る言葉を新しい期待とする / make what comes out now the expectation."""
    from device.replay import runs_in, update

    for run in runs_in(runs):
        typer.echo(f"{run}: {update(run)}")


@replay_app.command("view")
def replay_view(run: Run) -> None:
    """記録された言葉を読む / read what was said."""
    from device.replay import view

    for line in view(run):
        typer.echo(line)


@replay_app.command("migrate")
def replay_migrate(runs: Runs) -> None:
    """古い形式の記録を今の形式に直す / write runs of an older format in today's."""
    from device.replay import migrate, runs_in

    for run in runs_in(runs):
        done = "直しました / migrated" if migrate(run) else "今の形式です / is of today's format"
        typer.echo(f"{run}: {done}")
