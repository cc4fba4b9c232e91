"""The server's verbs of the command line. Light to import: the room itself is loaded by the verb used."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from server.settings import Settings

server_app = typer.Typer(help="サーバー / the server", no_args_is_help=True)
Database = Annotated[Path, typer.Option(help="SQLite のファイル / the SQLite file")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON で / as JSON")]
DEFAULT_DATABASE = Path("shirube.db")  # as in server.settings
user_app = typer.Typer(help="利用者・見守り者・評価者・装置 / people and devices", no_args_is_help=True)
server_app.add_typer(user_app, name="user")


def _settings(database: Path | None, config: Path | None = None, **given: object) -> "Settings":
    """What is given on the command line goes before the environment and the file."""
    from server.settings import load_settings

    if database is not None:
        given["database_url"] = f"sqlite:///{database.resolve()}"
    return load_settings(config, os.environ, **given)


def _show(answer: dict[str, object], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    for name, value in answer.items():
        typer.echo(f"{name}: {value}")


@server_app.command("run")
def server_run(
    database: Annotated[Path | None, typer.Option(help="SQLite のファイル / the SQLite file")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML の設定 / settings in TOML")] = None,
    host: Annotated[str | None, typer.Option(help="既定は 127.0.0.1 / default 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="既定は 8000、0 は空き / default 8000, 0: any")] = None,
    ready_file: Annotated[
        Path | None, typer.Option(help="準備ができたらポートを書く / the port, when ready")
    ] = None,
) -> None:
    """サーバーを動かす / run the server."""
    from server.run import serve

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    serve(_settings(database, config, **given), ready_file=ready_file)


@server_app.command("migrate")
def server_migrate(database: Database = DEFAULT_DATABASE) -> None:
    """保管庫をこの版に合わせる / bring the store to this version."""
    from server.commands import migrate

    migrate(_settings(database))


@user_app.command("add")
def user_add(
    role: Annotated[str, typer.Option(help="wearer | caregiver | evaluator")],
    login: Annotated[str, typer.Option(help="ログイン名 / login name")],
    name: Annotated[str | None, typer.Option(help="呼び名 / name shown")] = None,
    database: Database = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """人を登録する。合言葉は一度だけ表示 / add a person; the password is shown once."""
    from server.commands import add_user

    made = add_user(_settings(database), role, login, name)
    _show(
        {"role": made.role, "login": made.login, "password": made.password, "pseudonym": made.pseudonym},
        as_json,
    )


@user_app.command("device")
def user_device(
    wearer: str = typer.Option(), database: Database = DEFAULT_DATABASE, as_json: AsJson = False
) -> None:
    """装置の鍵を作る。一度だけ表示 / make a device key; shown once."""
    from server.commands import add_device

    made = add_device(_settings(database), wearer)
    _show({"device_id": made.device_id, "key": made.key}, as_json)


@user_app.command("link")
def user_link(
    viewer: Annotated[str, typer.Option(help="見守り者か評価者 / caregiver or evaluator")],
    wearer: Annotated[str, typer.Option(help="利用者 / wearer")],
    agreed: Annotated[bool, typer.Option(help="書面などで同意済み / the wearer agreed otherwise")] = False,
    database: Database = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """見てよいか、本人に尋ねる / ask the wearer that somebody may look."""
    from server.commands import link

    link(_settings(database), viewer, wearer, wearer_agreed=agreed)
    _show({"viewer": viewer, "wearer": wearer, "agreed": agreed}, as_json)


@user_app.command("enrol")
def user_enrol(
    wearer: Annotated[str, typer.Option(help="利用者のログイン名 / login of the wearer")],
    caregiver: Annotated[str | None, typer.Option(help="見守り者 / caregiver")] = None,
    evaluator: Annotated[str | None, typer.Option(help="評価者 / evaluator")] = None,
    agreed: Annotated[bool, typer.Option(help="書面などで同意済み / the wearer agreed otherwise")] = False,
    share: Annotated[bool, typer.Option(help="次の外出を共有する / share the next trip")] = False,
    database: Database = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """一度に: 利用者、装置、見守り者、評価者 / a wearer with a device and those who may look, at once."""
    from server.commands import add_device, add_user, link, share_next_trip

    settings = _settings(database)
    answer: dict[str, object] = {}
    for role, login in (("wearer", wearer), ("caregiver", caregiver), ("evaluator", evaluator)):
        if login is not None:
            made = add_user(settings, role, login)
            answer[role] = {"login": made.login, "password": made.password}
            if role != "wearer":
                link(settings, login, wearer, wearer_agreed=agreed)
    answer["device_key"] = add_device(settings, wearer).key
    if share:
        share_next_trip(settings, wearer)
    _show(answer, as_json)


@user_app.command("share")
def user_share(
    wearer: str = typer.Option(), database: Database = DEFAULT_DATABASE, as_json: AsJson = False
) -> None:
    """次の外出だけを共有する / record consent to share the next trip, and only that."""
    from server.commands import share_next_trip

    share_next_trip(_settings(database), wearer)
    _show({"wearer": wearer, "shared": "next trip"}, as_json)


@server_app.command("events")
def server_events(
    trip: str = typer.Option(), database: Database = DEFAULT_DATABASE, as_json: AsJson = False
) -> None:
    """外出の記録がいくつあるか / how many events of a trip are stored."""
    from server.commands import count_events, dump_events

    settings = _settings(database)
    stored = dump_events(settings, trip)
    different = {(event.boot, event.seq) for event in stored}
    kinds: dict[str, object] = dict(count_events(settings, trip))
    _show({"stored": len(stored), "duplicates": len(stored) - len(different), **kinds}, as_json)
