"""`server user …` and `server organisation …`: what an operator does to people and devices."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server import commands_people
from server.cli import server_app
from server.commands_store import with_store
from server.errors import AccountError
from server.settings import Settings
from server.tables import audit


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "s.db"


def run(database: Path, *words: str) -> object:
    done = CliRunner().invoke(server_app, [*words, "--database", str(database), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_people_belong_to_an_organisation(database: Path) -> None:
    made = run(database, "organisation", "add", "--name", "別府市")
    run(database, "user", "add", "--role", "administrator", "--login", "admin", "--organisation", "別府市")
    run(database, "user", "add", "--role", "wearer", "--login", "hanako")
    listed = run(database, "user", "list", "--organisation", "別府市")
    assert isinstance(listed, list)
    assert listed[0].pop("pseudonym").startswith("P-")  # by which a trial knows them
    assert listed == [
        {
            "role": "administrator",
            "login": "admin",
            "name": "admin",
            "organisation": "別府市",
            "state": "one-time password",
        }
    ]
    organisations = run(database, "organisation", "list")
    assert isinstance(organisations, list)
    assert {**made, "people": 1} in organisations  # type: ignore[dict-item]


def test_a_lost_device_is_revoked(database: Path) -> None:
    run(database, "user", "add", "--role", "wearer", "--login", "hanako")
    made = run(database, "user", "device", "--wearer", "hanako")
    assert isinstance(made, dict)
    run(database, "user", "revoke-device", "--device", made["device_id"])
    (listed,) = run(database, "user", "devices", "--wearer", "hanako")  # type: ignore[misc]
    assert listed["revoked_utc_s"] is not None
    with pytest.raises(AccountError):
        commands_people.revoke_device(Settings(database_url=f"sqlite:///{database}"), made["device_id"])


def test_accounts_are_disabled_enabled_and_reset_and_it_is_written_down(database: Path) -> None:
    run(database, "user", "add", "--role", "caregiver", "--login", "ichiro")
    for verb, state in (("disable", "disabled"), ("enable", "one-time password")):
        run(database, "user", verb, "--login", "ichiro")
        (listed,) = run(database, "user", "list")  # type: ignore[misc]
        assert listed["state"] == state
    reset = run(database, "user", "reset-password", "--login", "ichiro")
    assert isinstance(reset, dict)
    run(database, "user", "reset-second-factor", "--login", "ichiro")

    async def read(db: object, _clock: object) -> list[tuple[str, str | None, str]]:
        async with db.read() as connection:  # type: ignore[attr-defined]
            rows = await connection.execute(audit.select().order_by(audit.c.id))
            return [(row.what, row.actor_id, row.organisation_id) for row in rows]

    done = with_store(Settings(database_url=f"sqlite:///{database}"), read)
    whats = ["person_added", "person_disabled", "person_enabled", "password_reset", "second_factor_reset"]
    assert done == [(what, None, "local") for what in whats]


def test_an_evaluator_is_of_the_wearers_own_organisation(database: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{database}")
    commands_people.add_organisation(settings, "別府市")
    commands_people.add_user(settings, "wearer", "hanako")
    for role in ("evaluator", "caregiver"):
        commands_people.add_user(settings, role, role, organisation="別府市")
    with pytest.raises(AccountError, match="another organisation"):
        commands_people.link(settings, "evaluator", "hanako", wearer_agreed=True)
    commands_people.link(settings, "caregiver", "hanako", wearer_agreed=True)


def test_what_cannot_be_is_told_in_one_line(database: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{database}")
    commands_people.add_organisation(settings, "別府市")
    for wrong in (
        lambda: commands_people.add_organisation(settings, "別府市"),
        lambda: commands_people.add_organisation(settings, " "),
        lambda: commands_people.add_user(settings, "wearer", "x", organisation="nowhere"),
        lambda: commands_people.disable(settings, "nobody"),
        lambda: commands_people.list_devices(settings, "nobody"),
    ):
        with pytest.raises(AccountError) as told:
            wrong()
        assert "\n" not in str(told.value)
