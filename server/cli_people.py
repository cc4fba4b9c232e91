"""The verbs `server user …` and `server organisation …`: people, their devices, who may look at whom."""

from typing import Annotated

import typer

from server.cli_shared import AsJson, Config, Database, settings_of, show, show_table

user_app = typer.Typer(
    help="利用者・見守り者・評価者・管理者・装置 / people and devices", no_args_is_help=True
)
organisation_app = typer.Typer(help="組織(自治体など)/ organisations", no_args_is_help=True)
Login = Annotated[str, typer.Option(help="ログイン名 / login name")]
Organisation = Annotated[str | None, typer.Option(help="組織の名前 / name of the organisation")]


@user_app.command("add")
def user_add(
    role: Annotated[str, typer.Option(help="wearer | caregiver | evaluator | administrator")],
    login: Login,
    name: Annotated[str | None, typer.Option(help="呼び名 / name shown")] = None,
    organisation: Organisation = None,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """人を登録する。一度だけのパスワードを表示 / add a person; the one-time password is shown once."""
    from server.commands_people import add_user

    made = add_user(settings_of(database, config), role, login, name, organisation=organisation)
    show(
        {"role": made.role, "login": made.login, "password": made.password, "pseudonym": made.pseudonym},
        as_json,
    )


@user_app.command("list")
def user_list(
    organisation: Organisation = None,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """登録の一覧 / the accounts: role, login, name, pseudonym, organisation, state."""
    from server.commands_people import list_people

    show_table(list_people(settings_of(database, config), organisation), as_json)


@user_app.command("disable")
def user_disable(
    login: Login, database: Database = None, config: Config = None, as_json: AsJson = False
) -> None:
    """登録を止める。ログインも装置もすぐに使えない / disable an account: logins and devices, at once."""
    from server.commands_people import disable

    disable(settings_of(database, config), login)
    show({"login": login, "disabled": True}, as_json)


@user_app.command("enable")
def user_enable(
    login: Login, database: Database = None, config: Config = None, as_json: AsJson = False
) -> None:
    """登録を戻す / enable an account again."""
    from server.commands_people import enable

    enable(settings_of(database, config), login)
    show({"login": login, "disabled": False}, as_json)


@user_app.command("reset-password")
def user_reset_password(
    login: Login, database: Database = None, config: Config = None, as_json: AsJson = False
) -> None:
    """一度だけのパスワードを作る / a one-time password, which is changed at the next login."""
    from server.commands_people import reset_password

    show({"login": login, "password": reset_password(settings_of(database, config), login)}, as_json)


@user_app.command("reset-second-factor")
def user_reset_second_factor(
    login: Login, database: Database = None, config: Config = None, as_json: AsJson = False
) -> None:
    """なくした二段階認証を戻す / forget a second factor that was lost."""
    from server.commands_people import reset_second_factor

    reset_second_factor(settings_of(database, config), login)
    show({"login": login, "second_factor": None}, as_json)


@user_app.command("device")
def user_device(
    wearer: Annotated[str, typer.Option(help="利用者 / wearer")],
    kind: Annotated[str, typer.Option(help="glasses | logger")] = "glasses",
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """装置の鍵を作る。一度だけ表示 / make a device key; shown once."""
    from server.commands_people import add_device

    made = add_device(settings_of(database, config), wearer, kind=kind)
    show({"device_id": made.device_id, "key": made.key}, as_json)


@user_app.command("devices")
def user_devices(
    wearer: Annotated[str, typer.Option(help="利用者 / wearer")],
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """装置の一覧 / a wearer's devices: id, name, version, last contact, since when revoked (UTC seconds)."""
    from server.commands_people import list_devices

    show_table(list_devices(settings_of(database, config), wearer), as_json)


@user_app.command("revoke-device")
def user_revoke_device(
    device: Annotated[str, typer.Option(help="装置の id(devices で分かる)/ its id, see `devices`")],
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """なくした装置の鍵を取り消す / revoke the key of a device that was lost."""
    from server.commands_people import revoke_device

    revoke_device(settings_of(database, config), device)
    show({"device_id": device, "revoked": True}, as_json)


@user_app.command("link")
def user_link(
    viewer: Annotated[str, typer.Option(help="見守り者か評価者 / caregiver or evaluator")],
    wearer: Annotated[str, typer.Option(help="利用者 / wearer")],
    agreed: Annotated[bool, typer.Option(help="書面などで同意済み / the wearer agreed otherwise")] = False,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """見てよいか、本人に尋ねる / ask the wearer that somebody may look."""
    from server.commands_people import link

    link(settings_of(database, config), viewer, wearer, wearer_agreed=agreed)
    show({"viewer": viewer, "wearer": wearer, "agreed": agreed}, as_json)


@user_app.command("enrol")
def user_enrol(
    wearer: Annotated[str, typer.Option(help="利用者のログイン名 / login of the wearer")],
    caregiver: Annotated[str | None, typer.Option(help="見守り者 / caregiver")] = None,
    evaluator: Annotated[str | None, typer.Option(help="評価者 / evaluator")] = None,
    agreed: Annotated[bool, typer.Option(help="書面などで同意済み / the wearer agreed otherwise")] = False,
    share: Annotated[bool, typer.Option(help="次の外出を共有する / share the next trip")] = False,
    lasting: Annotated[
        bool, typer.Option(help="パスワードを変えさせない(実演用)/ keep these passwords (demonstrations)")
    ] = False,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """一度に: 利用者、装置、見守り者、評価者 / a wearer with a device and those who may look, at once."""
    from server.commands_people import add_device, add_user, link, share_next_trip

    settings = settings_of(database, config)
    answer: dict[str, object] = {}
    for role, login in (("wearer", wearer), ("caregiver", caregiver), ("evaluator", evaluator)):
        if login is not None:
            made = add_user(settings, role, login, lasting=lasting)
            answer[role] = {"login": made.login, "password": made.password}
            if role != "wearer":
                link(settings, login, wearer, wearer_agreed=agreed)
    answer["device_key"] = add_device(settings, wearer).key
    if share:
        share_next_trip(settings, wearer)
    show(answer, as_json)


@user_app.command("share")
def user_share(
    wearer: Annotated[str, typer.Option(help="利用者 / wearer")],
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """次の外出だけを共有する / record consent to share the next trip, and only that."""
    from server.commands_people import share_next_trip

    share_next_trip(settings_of(database, config), wearer)
    show({"wearer": wearer, "shared": "next trip"}, as_json)


@organisation_app.command("add")
def organisation_add(
    name: Annotated[str, typer.Option(help="組織の名前 / its name")],
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """組織を作る。管理者は user add で / make an organisation; its first administrator by `user add`."""
    from server.commands_people import add_organisation

    show({"id": add_organisation(settings_of(database, config), name), "name": name}, as_json)


@organisation_app.command("list")
def organisation_list(database: Database = None, config: Config = None, as_json: AsJson = False) -> None:
    """組織の一覧 / the organisations: id, name, number of people."""
    from server.commands_people import list_organisations

    show_table(list_organisations(settings_of(database, config)), as_json)
