"""Copies of the store: sealed, checked, followed without a gap, restored into an empty place only."""

import hashlib
import io
import json
import random
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from server.backup import follow as following
from server.backup.errors import BackupError
from server.backup.follow import Follower
from server.backup.manifest import copies_in, read_manifest
from server.backup.restore import restore
from server.backup.seal import Key, key_from
from server.backup.take import Place, take
from server.bench.people import populate
from server.fakes import FakeClock

DAY_S = 86_400.0


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def content(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()


@pytest.mark.parametrize("length", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_what_is_sealed_opens_again(length: int) -> None:
    key, sealed, opened = Key(b"k" * 32), io.BytesIO(), io.BytesIO()
    key.seal(io.BytesIO(b"x" * length), sealed)
    key.open(io.BytesIO(sealed.getvalue()), opened)
    assert opened.getvalue() == b"x" * length


def test_a_seal_shows_every_change_and_a_cut_at_a_chunks_end() -> None:
    key, sealed = Key(b"k" * 32), io.BytesIO()
    key.seal(io.BytesIO(b"x" * (3 << 20)), sealed)
    good = sealed.getvalue()
    cut = good[: -((1 << 20) + 16)]
    for bad in (good[:-1], cut, good[:100] + b"?" + good[101:], b"", b"SQLite format 3\0"):
        with pytest.raises(BackupError):
            key.open(io.BytesIO(bad), io.BytesIO())
    with pytest.raises(BackupError, match="another key"):
        Key(b"o" * 32).open(io.BytesIO(good), io.BytesIO())


def test_a_key_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "key"
    with pytest.raises(BackupError):
        key_from(path)
    key_from(path, make=True)
    made = path.read_bytes()
    key_from(path, make=True)
    assert path.read_bytes() == made
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(b"short\n")
    with pytest.raises(BackupError, match="32 bytes"):
        key_from(path)


@pytest.mark.parametrize("sealed", [False, True])
def test_a_copy_comes_back_as_it_was(sqlite_url: str, tmp_path: Path, sealed: bool) -> None:
    populate(sqlite_url, 5)
    key = Key(b"k" * 32) if sealed else None
    folder, made = take(sqlite_url, Place(tmp_path / "copies", 30.0, key), FakeClock())
    assert made.rows["devices"] == 5
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / made.file).stat().st_mode & 0o777 == 0o600
    assert (b"SQLite format" in (folder / made.file).read_bytes()[:20]) != sealed
    target = tmp_path / "new.db"
    restored = restore(tmp_path / "copies", f"sqlite:///{target}", key)
    assert content(target) == content(path_of(sqlite_url))
    assert restored.rows == made.rows
    assert target.stat().st_mode & 0o777 == 0o600


def test_nothing_is_restored_over_a_store(sqlite_url: str, tmp_path: Path) -> None:
    take(sqlite_url, Place(tmp_path / "copies", 30.0, None), FakeClock())
    before = path_of(sqlite_url).read_bytes()
    with pytest.raises(BackupError, match="empty place"):
        restore(tmp_path / "copies", sqlite_url, None)
    assert path_of(sqlite_url).read_bytes() == before


def test_a_changed_copy_is_not_used(sqlite_url: str, tmp_path: Path) -> None:
    folder, made = take(sqlite_url, Place(tmp_path / "copies", 30.0, None), FakeClock())
    with (folder / made.file).open("r+b") as file:
        file.seek(5000)
        file.write(b"?")
    with pytest.raises(BackupError, match="checksum"):
        restore(tmp_path / "copies", f"sqlite:///{tmp_path / 'new.db'}", None)
    assert not (tmp_path / "new.db").exists()


def test_old_copies_go_and_the_newest_stays(sqlite_url: str, tmp_path: Path) -> None:
    clock, place = FakeClock(), Place(tmp_path / "copies", 30.0, None)
    made = []
    for _ in range(4):
        made.append(take(sqlite_url, place, clock)[0])
        clock.now_s += 20 * DAY_S
    # The first may hold what was written until the second was taken, 40 days before the fourth.
    assert [folder for folder, _ in copies_in(place.folder)] == made[1:]


def test_half_a_copy_does_not_count(sqlite_url: str, tmp_path: Path) -> None:
    place = Place(tmp_path / "copies", 30.0, None)
    folder, _ = take(sqlite_url, place, FakeClock())
    (folder / "manifest.json").unlink()
    with pytest.raises(BackupError, match="no copy"):
        restore(place.folder, f"sqlite:///{tmp_path / 'new.db'}", None)


def test_both_stores_are_copied_and_erased_again(
    store_url: str, bare_postgres_url: str, tmp_path: Path
) -> None:
    populate(store_url, 3)
    _, made = take(store_url, Place(tmp_path / "copies", 30.0, None), FakeClock())
    to = f"sqlite:///{tmp_path / 'new.db'}" if store_url.startswith("sqlite") else bare_postgres_url
    asked: list[str] = []
    restored = restore(tmp_path / "copies", to, None, erase_again=lambda url: asked.append(url) or 2)
    assert restored.rows == made.rows
    assert restored.rows["users"] >= 6
    assert (restored.erased_again, asked) == (2, [to])
    with pytest.raises(BackupError, match="empty"):
        restore(tmp_path / "copies", to, None)


class Writer(threading.Thread):
    """Changes rows in transactions of random size, and ends the log now and then, as servers do."""

    def __init__(self, path: Path, seed: int) -> None:
        super().__init__(daemon=True)
        self._path, self._random, self.stopped = path, random.Random(seed), threading.Event()  # noqa: S311

    def run(self) -> None:
        number, rng = 0, self._random
        with closing(sqlite3.connect(self._path, isolation_level=None, timeout=5.0)) as connection:
            while not self.stopped.wait(0.002):
                connection.execute("BEGIN IMMEDIATE")
                for _ in range(rng.randint(1, 20)):
                    number += 1
                    row = (f"m{number}", "x" * rng.randint(1, 3000))
                    connection.execute("INSERT INTO marks VALUES (?, ?)", row)
                connection.execute("DELETE FROM marks WHERE name = ?", (f"m{rng.randint(1, number)}",))
                connection.execute("COMMIT")
                if rng.random() < 0.05:
                    with suppress(sqlite3.OperationalError):
                        connection.execute(f"PRAGMA wal_checkpoint({rng.choice(['PASSIVE', 'TRUNCATE'])})")


@pytest.fixture
def writer(sqlite_url: str) -> Iterator[Writer]:
    made = Writer(path_of(sqlite_url), seed=3)
    made.start()
    yield made
    made.stopped.set()
    made.join()


def test_a_followed_store_comes_back_exactly(
    sqlite_url: str, tmp_path: Path, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_LONG_LOG", 200)  # the log begins again often
    place, clock, rng = Place(tmp_path / "copies", 30.0, Key(b"k" * 32)), FakeClock(), random.Random(5)  # noqa: S311
    with closing(Follower(path_of(sqlite_url), place, clock)) as follower:
        for _ in range(15):
            clock.now_s += 1.0
            writer.stopped.wait(rng.uniform(0.0, 0.1))
            follower.step()
        writer.stopped.set()
        writer.join()
        clock.now_s += 1.0
        follower.step()
        restored = restore(place.folder, f"sqlite:///{tmp_path / 'new.db'}", place.key)
        assert content(tmp_path / "new.db") == content(path_of(sqlite_url))
    assert (
        restored.until_utc_s <= clock.now_s
    )  # that of the last segment: where nothing is new, none is added
    assert json.loads((place.folder / "following.json").read_text())["utc_s"] == clock.now_s


def change(connection: sqlite3.Connection, name: str) -> None:
    with connection:
        connection.execute("INSERT INTO marks VALUES (?, 'x')", (name,))


def names(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [
            name for (name,) in connection.execute("SELECT name FROM marks WHERE value = 'x' ORDER BY name")
        ]


def test_any_moment_comes_back_and_a_missing_step_is_noticed(sqlite_url: str, tmp_path: Path) -> None:
    place, clock = Place(tmp_path / "copies", 30.0, None), FakeClock()
    with (
        closing(sqlite3.connect(path_of(sqlite_url))) as connection,
        closing(Follower(path_of(sqlite_url), place, clock)) as follower,
    ):
        moments = []
        for name in "abc":
            change(connection, name)
            clock.now_s += 10.0
            follower.step()
            moments.append(clock.now_s)
    for number, at_s in enumerate(moments):
        target = tmp_path / f"{number}.db"
        restore(place.folder, f"sqlite:///{target}", None, at_utc_s=at_s)
        assert names(target) == list("abc"[: number + 1])
    (folder, manifest) = copies_in(place.folder)[0]
    assert read_manifest(folder) == manifest
    steps = sorted((folder / "segments").iterdir())
    assert len(steps) == 3
    steps[1].unlink()
    with pytest.raises(BackupError, match="one is missing"):
        restore(place.folder, f"sqlite:///{tmp_path / 'gap.db'}", None)
    assert not (tmp_path / "gap.db").exists()


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="no store"):
        take(f"sqlite:///{tmp_path / 'none.db'}", Place(tmp_path / "copies", 30.0, None), FakeClock())
    assert not (tmp_path / "none.db").exists()
