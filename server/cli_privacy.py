"""The verbs of one's own data: `server consent-audio`, `server user export`, `server user erase`."""

from pathlib import Path
from typing import Annotated

import typer

from server.cli_shared import AsJson, Config, Database, settings_of, show

Login = Annotated[str, typer.Option(help="ログイン名 / login name")]


def add_privacy_verbs(server_app: typer.Typer, user_app: typer.Typer) -> None:
    """Put them where they are looked for."""
    server_app.command("consent-audio")(_consent_audio)
    user_app.command("export")(_export)
    user_app.command("erase")(_erase)


def _consent_audio(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="書き出すフォルダー / where to write; `consent_audio` names it")],
) -> None:
    """同意の説明を音声にする / the consent texts as sound, by the product's own voice."""
    from server.commands_privacy import record_consents

    made = record_consents(context.obj.speak, out)
    typer.echo(f"{out}: {len(made)} 個を作りました / made")


def _export(
    login: Login,
    out: Annotated[Path, typer.Option(help="新しい ZIP / a new ZIP")],
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """本人の求めで、その人の情報の写しを作る / a copy of somebody's data, at their own request."""
    from server.commands_privacy import copy_data

    size = copy_data(settings_of(database, config), login, out)
    show({"login": login, "file": str(out), "bytes": size}, as_json)


def _erase(
    login: Login,
    yes: Annotated[
        bool, typer.Option("--yes", help="元に戻せないことを確かめた / known that it cannot be undone")
    ] = False,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """本人の求めで、その人の情報をすべて消す / erase everything of somebody, at their own request."""
    from server.commands_privacy import erase
    from server.errors import AccountError

    if not yes:
        raise AccountError(f"erasing {login!r} cannot be undone: say --yes if that is meant")
    show({"login": login, "erased": erase(settings_of(database, config), login)}, as_json)
