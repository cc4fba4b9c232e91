"""The verbs of a trial: `server trial export`, `publish`, `list`, `remove`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from server.cli_shared import AsJson, Config, Database, settings_of, show, show_table

trial_app = typer.Typer(
    help="実証実験: 位置の書き出しと、評価者への結果 / trials: positions out, results to evaluators",
    no_args_is_help=True,
)
Organisation = Annotated[str, typer.Option(help="組織の名前 / name of the organisation")]
TrialId = Annotated[str, typer.Argument(help="結果の id / id of the result")]


@trial_app.command("export")
def trial_export(
    organisation: Organisation,
    out: Annotated[Path, typer.Option(help="実験のフォルダー / the trial's folder (docs/trial-folder.md)")],
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="この日から / from this day on, in Japan")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="この日まで / up to this day, it counts too")
    ] = None,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """同意した人の位置と自宅を、仮名で書き出す / positions and homes of who agreed, by pseudonym."""
    from dataclasses import asdict

    from server.commands_trial import export

    days = [None if moment is None else moment.date() for moment in (since, until)]
    made = export(settings_of(database, config), organisation, out, *days)
    show({"folder": str(out), **asdict(made)}, as_json)


@trial_app.command("publish")
def trial_publish(
    folder: Annotated[Path, typer.Argument(help="`shirube study report --out` のフォルダー / its folder")],
    organisation: Organisation,
    replace: Annotated[
        str | None, typer.Option(help="この結果と入れ替える / id of the result that it replaces")
    ] = None,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """結果を、組織の評価者に見せる / show a result to the evaluators of an organisation."""
    from server.commands_trial import publish

    made = publish(settings_of(database, config), organisation, folder, replace)
    told: dict[str, object] = {"trial": made.trial_id, "participants": made.persons, "files": made.files}
    show(told | {"kept_out": list(made.unknown)}, as_json)
    if made.unknown and not as_json:
        typer.echo(
            "kept_out: 今この組織で研究に同意している人ではないため、その人自身の記録は載せません / "
            "no wearers of the organisation who agree to the trial now: their own figures are not kept",
            err=True,
        )


@trial_app.command("list")
def trial_list(
    organisation: Organisation, database: Database = None, config: Config = None, as_json: AsJson = False
) -> None:
    """載せた結果の一覧 / the published results."""
    from dataclasses import asdict

    from server.commands_trial import listed

    show_table([asdict(line) for line in listed(settings_of(database, config), organisation)], as_json)


@trial_app.command("remove")
def trial_remove(
    trial: TrialId,
    organisation: Organisation,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """結果を下げて消す / take a result back, and delete it."""
    from server.commands_trial import remove

    remove(settings_of(database, config), organisation, trial)
    show({"trial": trial, "removed": True}, as_json)
