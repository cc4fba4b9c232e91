"""The operator's verbs: `server check`, `server new-key`."""

from dataclasses import asdict

import typer

from server.cli_shared import AsJson, Config, Database, settings_of, show_table


def add_operation_verbs(server_app: typer.Typer) -> None:
    """Put them where they are looked for."""
    server_app.command("check")(_check)
    server_app.command("new-key")(_new_key)


def _check(database: Database = None, config: Config = None, as_json: AsJson = False) -> None:
    """動かす前に、設定・保管庫・鍵・地図・メールを確かめる / look at all it needs; exit 2 on bad."""
    from server.checkup import check

    lines = check(settings_of(database, config))
    show_table([asdict(line) for line in lines], as_json)
    if any(line.state == "bad" for line in lines):
        raise typer.Exit(2)


def _new_key() -> None:
    """鍵のファイルの一行を作る / a line for a key file: the sealing key, the key of the copies."""
    from server.sealing import new_sealing_key

    typer.echo(new_sealing_key())
