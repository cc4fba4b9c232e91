"""The verb `server reseal`: another key for what lies sealed in the store."""

from typing import Annotated

import typer

from server.cli_shared import AsJson, Config, Database, settings_of, show


def add_sealing_verb(server_app: typer.Typer) -> None:
    """Put it where it is looked for."""
    server_app.command("reseal")(_reseal)


def _reseal(
    add_key: Annotated[
        bool, typer.Option("--add-key", help="1. 新しい鍵を足す。あとでサーバーを始め直す / add a new key")
    ] = False,
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="3. 要らなくなった古い鍵を消す / drop keys not needed")
    ] = False,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """鍵を替える。何も付けなければ 2. 封をし直す / rotate the sealing key; alone: 2. seal everything anew."""
    from server.commands_sealing import add_sealing_key, drop_old_keys, seal_anew
    from server.errors import SettingsError

    if add_key and drop_old:
        raise SettingsError("--add-key and --drop-old: one after the other, with a reseal between them")
    settings = settings_of(database, config)
    if add_key:
        answer: dict[str, object] = {"key_file": add_sealing_key(settings), "next": "restart, then reseal"}
    elif drop_old:
        answer = {"dropped": drop_old_keys(settings)}
    else:
        answer = {**seal_anew(settings)}
    show(answer, as_json)
