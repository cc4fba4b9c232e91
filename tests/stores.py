"""Both stores for tests: `store_url` runs a test twice, on SQLite and on a real PostgreSQL.

A test takes the fixture and gives the address on; the store is fresh, migrated and its own:

    async def test_something(store_url: str) -> None:
        db = Database(store_url)
        ...
        await db.close()

    def test_a_page(store_url: str) -> None:
        app = create_app(Settings(database_url=store_url, key_file=tmp_path / "key"), clock)

`postgres_url` is the second alone, `bare_postgres_url` an empty database without tables, `sqlite_url` the
first alone. `key_file` must be named on PostgreSQL: there is no file to keep it beside.

One server runs for each process of tests, as an unprivileged user, without syncing to the disk; each test
gets a copy of one migrated database. Where PostgreSQL is not installed (Debian: postgresql) those tests are
skipped.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest

from server.database import migrate

_NUMBERS = count(1)
_STARTS_WITHIN_S = 30.0
_TEMPLATE = "migrated"
_FAST = {
    "fsync": "off",  # nothing outlives the tests
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "autovacuum": "off",
}


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL, reached by a socket in `folder`."""

    folder: Path
    process: "subprocess.Popen[bytes]"

    def url(self, database: str) -> str:
        return f"postgresql://shirube@/{database}?host={self.folder}"

    def run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def fresh(self, template: str) -> str:
        name = f"test{next(_NUMBERS)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        self.run(f"DROP DATABASE {name} WITH (FORCE)")


def _binary(name: str) -> str | None:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: path.parts[4])
    return str(installed[-1]) if installed else shutil.which(name)


def _user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return pytest.skip("PostgreSQL does not run as root, and there is no user for it")


def _end_with_us() -> None:
    """Also when the tests are killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    initdb, server = _binary("initdb"), _binary("postgres")
    if initdb is None or server is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="shirube-pg-"))  # short: a socket's path has 107 characters
    if user is not None:
        shutil.chown(folder, user, pwd.getpwnam(user).pw_gid)
    as_user = {"user": user, "group": user and pwd.getpwnam(user).pw_gid, "extra_groups": user and []}
    data = folder / "data"
    try:
        subprocess.run(
            [initdb, "-D", data, "-U", "shirube", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True, capture_output=True, cwd=folder, **as_user,
        )  # fmt: skip
        options = [part for name, value in _FAST.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [server, "-D", data, "-k", folder, *options],
                stdout=log, stderr=log, cwd=folder, preexec_fn=_end_with_us, **as_user,
            )  # fmt: skip
        made = Cluster(folder, process)
        try:
            _wait_for(made)
            made.run(f"CREATE DATABASE {_TEMPLATE}")
            migrate(made.url(_TEMPLATE))
            yield made
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(_STARTS_WITHIN_S)
    finally:
        shutil.rmtree(folder)


def _wait_for(cluster: Cluster) -> None:
    until_s = time.monotonic() + _STARTS_WITHIN_S
    while True:
        try:
            return cluster.run("SELECT 1")
        except psycopg.OperationalError:
            if cluster.process.poll() is not None or time.monotonic() > until_s:
                raise RuntimeError((cluster.folder / "log").read_text()) from None
            time.sleep(0.02)


@pytest.fixture
def postgres_url(cluster: Cluster) -> Iterator[str]:
    name = cluster.fresh(_TEMPLATE)
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def bare_postgres_url(cluster: Cluster) -> Iterator[str]:
    name = cluster.fresh("template1")
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "s.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, _migrated_file: Path) -> str:
    path = tmp_path / "s.db"
    shutil.copyfile(_migrated_file, path)
    path.chmod(0o600)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))
