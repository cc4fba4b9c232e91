"""PostgreSQL's own dump and restore, and what is checked of them. Continuous copies are its WAL archive."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, create_engine, func, inspect, make_url, select, text

from server.backup.errors import BackupError
from server.backup.sqlite_copy import Checked
from server.bench.cluster import NoPostgres, program
from server.stores.address import Address
from server.tables import events, metadata

_WITHIN_S: Final = 4 * 3600.0


def copy(url: str, target: Path) -> Checked:
    """A dump of one snapshot, and what that snapshot holds."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with _connected(url) as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        _run(url, "pg_dump", "-Fc", "--no-owner", f"--snapshot={snapshot}", "-f", str(target))
        return _checked(connection)


def check(url: str) -> Checked:
    """What the database at `url` holds."""
    with _connected(url) as connection:
        return _checked(connection)


def restore(dump: Path, url: str) -> None:
    """Bring the dump into an empty database, all or nothing."""
    with _connected(url) as connection:
        if inspect(connection).get_table_names():
            raise BackupError(
                f"{Address.of(url).shown}: 空ではありません。新しいデータベースを作ってください / "
                "is not empty: make a new database (createdb) and restore into that"
            )
    _run(
        url, "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", "-d", _dsn(url), str(dump)
    )


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(Address.of(url).blocking)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _checked(connection: Connection) -> Checked:
    there = set(inspect(connection).get_table_names())
    if "alembic_version" not in there:
        raise BackupError("標の保管庫ではありません / this is not a store of Shirube")
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    rows = {
        name: int(connection.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one())
        for name in sorted(there & metadata.tables.keys())
    }
    last = connection.execute(select(func.coalesce(func.max(events.c.id), 0))).scalar_one()
    return Checked(str(revision), int(last), rows)


def _dsn(url: str) -> str:
    """The address for PostgreSQL's programs, without the password: command lines are read by everybody."""
    return make_url(Address.of(url).blocking).set(drivername="postgresql", password=None).render_as_string()


def _run(url: str, name: str, *arguments: str) -> None:
    password = make_url(Address.of(url).blocking).password
    env = {**os.environ, **({} if password is None else {"PGPASSWORD": str(password)})}
    try:
        command = [str(program(name)), *arguments]
    except NoPostgres as error:
        raise BackupError(f"{error} (postgresql-client)") from error
    if name == "pg_dump":
        command.append(_dsn(url))
    done = subprocess.run(  # noqa: S603  (PostgreSQL's own program)
        command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_WITHIN_S
    )
    if done.returncode != 0:
        told = done.stderr.strip().splitlines()
        raise BackupError(f"{name}: {told[-1] if told else f'exit code {done.returncode}'}")
