"""The store's schema, the settings and the commands: what an operator can get wrong."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, insert, inspect, select, text
from sqlalchemy.exc import OperationalError

from server import commands, commands_people, database
from server.database import Database, migrate
from server.errors import AccountError, ServerError, SettingsError, StoreError, StoreTooNew, Unavailable
from server.settings import Settings, load_settings
from server.stores import current, migrating
from server.stores.address import Address
from server.tables import metadata, organisations


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/s.db"
    return str(request.getfixturevalue("bare_postgres_url"))


def test_the_migrations_make_exactly_the_tables(bare_url: str) -> None:
    migrate(bare_url)
    engine = create_engine(Address.of(bare_url).blocking)
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


def test_servers_that_start_together_migrate_once(bare_url: str) -> None:
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(migrate, [bare_url] * 3))
    migrate(bare_url)


def test_a_migration_that_fails_leaves_nothing(bare_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_connection: Connection) -> None:
        raise OperationalError("install", {}, Exception("the disk is full"))

    monkeypatch.setattr(migrating.rights, "install", fail)
    with pytest.raises(StoreError, match="the disk is full"):
        migrate(bare_url)
    engine = create_engine(Address.of(bare_url).blocking)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    engine.dispose()


def test_a_store_of_a_newer_server_is_left_alone(store_url: str) -> None:
    engine = create_engine(Address.of(store_url).blocking)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreTooNew, match="9999 was written by a newer server"):
        migrate(store_url)
    engine.dispose()


def test_the_newest_schema_is_that_of_the_newest_migration(store_url: str) -> None:
    assert current.is_current(Address.of(store_url))
    scripts = ScriptDirectory(str(Path(migrating.__file__).parents[1] / "migrations"))
    assert current.newest() == scripts.get_current_head()


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


async def test_a_reader_sees_one_moment_and_changes_nothing(store_url: str) -> None:
    db = Database(store_url)
    count = text("SELECT count(*) FROM organisations")
    async with db.read() as reader:
        before = (await reader.execute(count)).scalar_one()
        async with db.write() as writer:
            await writer.execute(insert(organisations).values(id="o", name="o", created_utc_s=0.0))
        assert (await reader.execute(count)).scalar_one() == before
    async with db.read() as reader:
        assert (await reader.execute(count)).scalar_one() == before + 1
    await db.close()


async def test_a_change_that_raises_is_undone(store_url: str) -> None:
    db = Database(store_url)

    async def change() -> None:
        async with db.write() as writer:
            await writer.execute(insert(organisations).values(id="o", name="o", created_utc_s=0.0))
            raise KeyError

    with pytest.raises(KeyError):
        await change()
    async with db.read() as reader:
        found = await reader.execute(text("SELECT count(*) FROM organisations WHERE id = 'o'"))
        assert found.scalar_one() == 0
    await db.close()


async def test_what_was_looked_up_before_a_change_still_holds_when_it_is_made(store_url: str) -> None:
    """Ten callers in two processes, each: is it there? else make it."""
    sides = [Database(store_url), Database(store_url)]

    async def once(db: Database, n: int) -> None:
        async with db.write() as connection:
            if (
                await connection.execute(select(organisations.c.id).where(organisations.c.name == "x"))
            ).first():
                return
            await asyncio.sleep(0.005)
            await connection.execute(insert(organisations).values(id=f"o{n}", name="x", created_utc_s=0.0))

    await asyncio.gather(*(once(sides[n % 2], n) for n in range(10)))
    for db in sides:
        await db.close()


async def test_a_store_that_is_away_is_told_and_is_used_again_when_it_is_back(postgres_url: str) -> None:
    db = Database(postgres_url)
    query = text("SELECT count(*) FROM users")

    async def read() -> None:
        async with db.read() as reader:
            await reader.execute(query)
            _end_connections(postgres_url)
            await reader.execute(query)

    with pytest.raises(Unavailable, match="does not answer"):
        await read()
    with pytest.raises(Unavailable, match="does not answer"):
        await db.write_events(lambda connection: _cut(connection, postgres_url), alone=False)
    async with db.read() as reader, db.write() as writer:
        assert (await reader.execute(query)).scalar_one() == (await writer.execute(query)).scalar_one()
    assert await db.write_events(lambda connection: connection.execute(query).scalar_one(), alone=True) == 0
    await db.close()


async def test_a_writer_that_does_not_end_stops_the_others_for_a_while_only(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_TURN_WITHIN_S", 0.05)
    db = Database(sqlite_url)
    async with db.write():
        with pytest.raises(Unavailable):
            await db.write_events(lambda _connection: None, alone=True)
    await db.write_events(lambda _connection: None, alone=True)
    await db.close()
    with pytest.raises(Unavailable):
        await db.write_events(lambda _connection: None, alone=True)


def _cut(connection: Connection, url: str) -> None:
    connection.execute(text("SELECT 1"))
    _end_connections(url)
    connection.execute(text("SELECT 1"))


def _end_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_an_address_shows_no_password() -> None:
    url = "postgresql://shirube:s3cret@db.example/shirube"
    assert "s3cret" not in Address.of(url).shown
    with pytest.raises(StoreError) as told:
        migrate("postgresql://shirube:s3cret@127.0.0.1:1/shirube")
    assert "s3cret" not in str(told.value)
    assert "\n" not in str(told.value)


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
        ('database_url = "postgresql://u:p@h:port/d"', {}, "no address of PostgreSQL"),
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
def settings(store_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=store_url, key_file=tmp_path / "key")


def test_commands_make_people_and_keys(settings: Settings) -> None:
    wearer = commands_people.add_user(settings, "wearer", "Hanako")
    assert wearer.login == "hanako"
    assert len(wearer.password) >= 20
    assert commands_people.add_user(settings, "caregiver", "ichiro", "一郎").password != wearer.password
    first, second = (commands_people.add_device(settings, "hanako") for _ in range(2))
    assert first.key != second.key
    commands_people.link(settings, "ichiro", "hanako")
    commands_people.share_next_trip(settings, "hanako")
    commands_people.revoke_device(settings, first.device_id)
    assert commands.count_events(settings, "none") == {}
    assert commands.dump_events(settings, "none") == ()


def test_commands_refuse_in_one_line(settings: Settings) -> None:
    commands_people.add_user(settings, "wearer", "hanako")
    commands_people.add_user(settings, "caregiver", "ichiro")
    wrong: list[Callable[[], object]] = [
        lambda: commands_people.add_user(settings, "wearer", "HANAKO"),
        lambda: commands_people.add_user(settings, "king", "x"),
        lambda: commands_people.add_user(settings, "device", "x"),
        lambda: commands_people.add_user(settings, "wearer", "  "),
        lambda: commands_people.add_user(settings, "wearer", "x" * 65),
        lambda: commands_people.add_user(settings, "wearer", "x", password="short"),
        lambda: commands_people.add_device(settings, "nobody"),
        lambda: commands_people.add_device(settings, "ichiro"),
        lambda: commands_people.link(settings, "hanako", "hanako"),
        lambda: commands_people.link(settings, "ichiro", "ichiro"),
        lambda: commands_people.revoke_device(settings, "none"),
    ]
    for command in wrong:
        with pytest.raises(AccountError) as told:
            command()
        assert "\n" not in str(told.value)
        assert isinstance(told.value, ServerError)


def test_linking_twice_is_once_and_a_later_yes_counts(settings: Settings) -> None:
    commands_people.add_user(settings, "wearer", "hanako")
    commands_people.add_user(settings, "caregiver", "ichiro")
    commands_people.link(settings, "ichiro", "hanako")
    commands_people.link(settings, "ichiro", "hanako", wearer_agreed=True)
    commands_people.link(settings, "ichiro", "hanako")

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
    upgrade = migrating.command.upgrade
    monkeypatch.setattr(migrating.rights, "install", lambda _connection: None)
    monkeypatch.setattr(migrating.command, "upgrade", lambda config, _to: upgrade(config, "0002"))
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
    monkeypatch.undo()
    migrate(url)
    with closing(sqlite3.connect(path)) as store:
        logs = store.execute("SELECT id, boot, acked, beyond FROM logs ORDER BY id").fetchall()
        assert logs == [(1, "second", 2, "[]"), (2, "first", 3, "[]")]
        events = store.execute("SELECT id, boot, seq, log_id FROM events ORDER BY id").fetchall()
        assert events == [(n, boot, seq, 1 if boot == "second" else 2) for n, boot, seq in _TWO_LOGS]
        assert store.execute("SELECT route_id, followed_route_id FROM trips").fetchall() == [("r", "r")]
        assert store.execute("SELECT trip_id FROM shares").fetchall() == [("t",)]
        assert store.execute("SELECT purpose, version FROM consents").fetchall() == [("live_sharing", "v")]
        assert store.execute("SELECT organisation_id FROM users").fetchall() == [("local",)]
        store.execute(
            "INSERT INTO trips (id, wearer_id, device_id, practice, started_utc_s, accepted_utc_s) "
            "VALUES ('u', 'w', 'd', 1, 0, 0)"
        )


_TWO_LOGS = [(4, "second", 1), (5, "first", 1), (6, "first", 2), (8, "second", 2), (9, "first", 3)]
