"""The server's verbs of the command line. Light to import: the room itself is loaded by the verb used."""

import gc
from pathlib import Path
from typing import Annotated

import typer

from server.cli_alerts import add_alert_verbs
from server.cli_operation import add_operation_verbs
from server.cli_people import organisation_app, user_app
from server.cli_privacy import add_privacy_verbs
from server.cli_proof import add_proof_verbs
from server.cli_sealing import add_sealing_verb
from server.cli_shared import AsJson, Config, Database, settings_of, show
from server.cli_trial import trial_app

server_app = typer.Typer(help="サーバー / the server", no_args_is_help=True)
server_app.add_typer(user_app, name="user")
server_app.add_typer(organisation_app, name="organisation")
server_app.add_typer(trial_app, name="trial")
add_privacy_verbs(server_app, user_app)
add_alert_verbs(server_app)
add_proof_verbs(server_app)
add_operation_verbs(server_app)
add_sealing_verb(server_app)


@server_app.command("run")
def server_run(
    database: Database = None,
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="既定は 127.0.0.1 / default 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="既定は 8000、0 は空き / default 8000, 0: any")] = None,
    ready_file: Annotated[
        Path | None, typer.Option(help="準備ができたらポートを書く / the port, when ready")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="PostgreSQL でのプロセスの数 / processes, on PostgreSQL")
    ] = 1,
) -> None:
    """サーバーを動かす / run the server."""
    # What is imported stays for good: looked through time and again, it would take a tenth of the start.
    gc.disable()
    from server.run import serve

    gc.freeze()
    gc.enable()
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    serve(settings_of(database, config, **given), ready_file=ready_file, workers=workers)


@server_app.command("migrate")
def server_migrate(database: Database = None, config: Config = None) -> None:
    """保管庫をこの版に合わせる / bring the store to this version."""
    from server.commands import migrate

    migrate(settings_of(database, config))


@server_app.command("events")
def server_events(
    trip: Annotated[str, typer.Option(help="外出の id / id of the trip")],
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """外出の記録がいくつあるか / how many events of a trip are stored."""
    from server.commands import count_events, dump_events

    settings = settings_of(database, config)
    stored = dump_events(settings, trip)
    different = {(event.boot, event.seq) for event in stored}
    kinds: dict[str, object] = dict(count_events(settings, trip))
    show({"stored": len(stored), "duplicates": len(stored) - len(different), **kinds}, as_json)
