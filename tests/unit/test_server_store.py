"""The store's schema, the settings and the commands: what an operator can get wrong."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from argon2 import PasswordHasher
from sqlalchemy import create_engine

from server import commands, credentials, database
from server.database import Database, migrate
from server.errors import AccountError, ServerError, SettingsError, StoreError, StoreTooNew
from server.settings import Settings, load_settings
from server.tables import metadata


def test_the_migrations_make_exactly_the_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/s.db"
    migrate(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/s.db"
    migrate(url)
    with closing(sqlite3.connect(tmp_path / "s.db")) as connection:
        before = list(connection.iterdump())
        migrate(url)
        assert list(connection.iterdump()) == before


def test_a_store_of_a_newer_server_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/s.db"
    migrate(url)
    with closing(sqlite3.connect(tmp_path / "s.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(StoreTooNew, match="9999 was written by a newer server"):
        migrate(url)


def _text(folder: Path) -> Path:
    path = folder / "s.db"
    path.write_text("no database at all, but longer than a header has to be" * 40)
    return path


def _directory(folder: Path) -> Path:
    path = folder / "d"
    path.mkdir()
    return path


@pytest.mark.parametrize("make", [_text, _directory, lambda folder: folder / "missing" / "s.db"])
def test_what_is_no_store_is_told_in_one_line(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    with pytest.raises(StoreError) as told:
        migrate(f"sqlite:///{path}")
    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)


async def test_the_store_is_durable_and_private(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/s.db"
    migrate(url)
    assert os.stat(tmp_path / "s.db").st_mode & 0o077 == 0
    db = Database(url)
    async with db.write() as connection:
        modes = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert modes == ["wal", 2, 1]  # 2 is FULL
    await db.close()


def test_settings_come_from_file_then_environment_then_caller(tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    path.write_text('port = 1\nhost = "127.0.0.2"\nsession_idle_s = 60.0\n[maps]\ncity = "city.osm"\n')
    env = {"SHIRUBE_SERVER_PORT": "2", "SHIRUBE_SERVER_HOST": "127.0.0.3", "HOME": "/nowhere"}
    settings = load_settings(path, env, port=3)
    assert (settings.port, settings.host, settings.session_idle_s) == (3, "127.0.0.3", 60.0)
    assert settings.maps == {"city": Path("city.osm")}


@pytest.mark.parametrize(
    ("toml", "env", "told"),
    [
        ("prot = 1", {}, "prot"),
        ("port = 70000", {}, "port"),
        ("port = ", {}, "server.toml"),
        ("", {"SHIRUBE_SERVER_PROT": "1"}, "prot"),
        ('database_url = "mysql://x"', {}, "sqlite"),
        ('host = "0.0.0.0"', {}, "in the clear"),
        ('host = "example.org"', {}, "in the clear"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, toml: str, env: dict[str, str], told: str) -> None:
    path = tmp_path / "server.toml"
    path.write_text(toml)
    with pytest.raises(SettingsError, match=told):
        load_settings(path, env)


def test_behind_tls_any_address_will_do() -> None:
    assert load_settings(host="0.0.0.0", https=True).https  # noqa: S104  (that is what is tested)


def test_the_database_address_can_come_from_a_secret_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("sqlite:///elsewhere.db\n")
    assert Settings(database_url_file=tmp_path / "secret").store_url == "sqlite:///elsewhere.db"
    with pytest.raises(SettingsError, match="database_url_file"):
        _ = Settings(database_url_file=tmp_path / "none").store_url


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(credentials, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return Settings(database_url=f"sqlite:///{tmp_path}/s.db")


def test_commands_make_people_and_keys(settings: Settings) -> None:
    wearer = commands.add_user(settings, "wearer", "Hanako")
    assert wearer.login == "hanako"
    assert len(wearer.password) >= 20
    assert commands.add_user(settings, "caregiver", "ichiro", "一郎").password != wearer.password
    first, second = (commands.add_device(settings, "hanako") for _ in range(2))
    assert first.key != second.key
    commands.link(settings, "ichiro", "hanako")
    commands.share_next_trip(settings, "hanako")
    commands.revoke_device(settings, first.device_id)
    assert commands.count_events(settings, "none") == {}
    assert commands.dump_events(settings, "none") == ()


def test_commands_refuse_in_one_line(settings: Settings) -> None:
    commands.add_user(settings, "wearer", "hanako")
    commands.add_user(settings, "caregiver", "ichiro")
    wrong: list[Callable[[], object]] = [
        lambda: commands.add_user(settings, "wearer", "HANAKO"),
        lambda: commands.add_user(settings, "king", "x"),
        lambda: commands.add_user(settings, "device", "x"),
        lambda: commands.add_user(settings, "wearer", "  "),
        lambda: commands.add_user(settings, "wearer", "x" * 65),
        lambda: commands.add_user(settings, "wearer", "x", password="short"),
        lambda: commands.add_device(settings, "nobody"),
        lambda: commands.add_device(settings, "ichiro"),
        lambda: commands.link(settings, "hanako", "hanako"),
        lambda: commands.link(settings, "ichiro", "ichiro"),
        lambda: commands.revoke_device(settings, "none"),
    ]
    for command in wrong:
        with pytest.raises(AccountError) as told:
            command()
        assert "\n" not in str(told.value)
        assert isinstance(told.value, ServerError)


def test_linking_twice_is_once_and_a_later_yes_counts(settings: Settings) -> None:
    commands.add_user(settings, "wearer", "hanako")
    commands.add_user(settings, "caregiver", "ichiro")
    commands.link(settings, "ichiro", "hanako")
    commands.link(settings, "ichiro", "hanako", wearer_agreed=True)
    commands.link(settings, "ichiro", "hanako")

    async def relations() -> list[object]:
        db = Database(settings.store_url)
        async with db.read() as connection:
            rows = (await connection.exec_driver_sql("SELECT agreed_utc_s FROM relations")).scalars().all()
        await db.close()
        return list(rows)

    (agreed,) = asyncio.run(relations())
    assert agreed is not None


def test_what_an_older_server_stored_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, path = f"sqlite:///{tmp_path}/s.db", tmp_path / "s.db"
    upgrade = database.command.upgrade
    monkeypatch.setattr(database.command, "upgrade", lambda config, _to: upgrade(config, "0002"))
    migrate(url)
    with closing(sqlite3.connect(path)) as store:
        store.execute("INSERT INTO users VALUES ('w', 'w', 'w', 'wearer', '', 'P', 0)")
        store.execute("INSERT INTO devices VALUES ('d', 'w', '', 'h', 0, NULL)")
        store.execute("INSERT INTO routes VALUES ('r', '{}', 0)")
        store.execute("INSERT INTO trips VALUES ('t', 'w', 'd', 'r', 1, 0, 0, NULL, NULL, 'r')")
        store.execute("INSERT INTO shares VALUES (1, 'w', 't', 'v', 0, NULL)")
        rows = [(n, "d", boot, seq, "t", "moved", 0.0, 0.0, "{}") for n, boot, seq in _TWO_LOGS]
        store.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        store.commit()
    monkeypatch.setattr(database.command, "upgrade", upgrade)
    migrate(url)
    with closing(sqlite3.connect(path)) as store:
        logs = store.execute("SELECT id, boot, acked, beyond FROM logs ORDER BY id").fetchall()
        assert logs == [(1, "second", 2, "[]"), (2, "first", 3, "[]")]
        events = store.execute("SELECT id, boot, seq, log_id FROM events ORDER BY id").fetchall()
        assert events == [(n, boot, seq, 1 if boot == "second" else 2) for n, boot, seq in _TWO_LOGS]
        assert store.execute("SELECT route_id, followed_route_id FROM trips").fetchall() == [("r", "r")]
        assert store.execute("SELECT trip_id FROM shares").fetchall() == [("t",)]
        store.execute("INSERT INTO trips VALUES ('u', 'w', 'd', NULL, 1, 0, 0, NULL, NULL, NULL)")


_TWO_LOGS = [(4, "second", 1), (5, "first", 1), (6, "first", 2), (8, "second", 2), (9, "first", 3)]
