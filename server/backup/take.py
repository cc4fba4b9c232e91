"""Taking a whole copy: made, checked, sealed, told about in a manifest; old ones go by their day."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

from server.backup import postgres_copy, sqlite_copy
from server.backup.errors import BackupError
from server.backup.manifest import (
    NAME,
    Manifest,
    copies_in,
    sha256_of,
    stamp,
    sync_folder,
    write_manifest,
)
from server.backup.seal import Key
from server.backup.sqlite_copy import Checked
from server.clock import Clock
from server.stores.address import Address

_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where copies go, for how many days, and what seals them (None: nothing does)."""

    folder: Path
    keep_days: float
    key: Key | None


def take(url: str, place: Place, clock: Clock) -> tuple[Path, Manifest]:
    """A whole copy of the store at `url`, which may be serving. Older ones than `keep_days` go."""
    now_s = clock.utc_s()
    folder = new_folder(place, now_s)
    path = Address.of(url).path
    if path is None:
        checked = postgres_copy.copy(url, folder / "store.dump")
        made = finish(folder, folder / "store.dump", "postgresql", checked, now_s, place.key)
    else:
        with closing(open_store(path)) as source:
            made = finish_sqlite(folder, source, now_s, place.key)
    forget_old(place, now_s)
    return folder, made


def open_store(path: Path) -> sqlite3.Connection:
    """The serving store. A file that is not there is not made."""
    if not path.exists():
        raise BackupError(f"{path}: 保管庫がありません / there is no store")
    return sqlite3.connect(path, isolation_level=None, timeout=5.0)


def new_folder(place: Place, now_s: float) -> Path:
    """An empty folder for one copy; the owner's only."""
    folder = place.folder / stamp(now_s)
    try:
        place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise BackupError(f"{folder}: {error.strerror}") from error
    return folder


def finish_sqlite(
    folder: Path, source: sqlite3.Connection, now_s: float, key: Key | None, *, follows: bool = False
) -> Manifest:
    """Copy what `source` sees into `folder`, check it, and write its manifest."""
    target = folder / "store.db"
    sqlite_copy.copy(source, target)
    return finish(folder, target, "sqlite", sqlite_copy.check(target), now_s, key, follows=follows)


def finish(
    folder: Path,
    file: Path,
    store: Literal["sqlite", "postgresql"],
    checked: Checked,
    now_s: float,
    key: Key | None,
    *,
    follows: bool = False,
) -> Manifest:
    """Seal the copied file where there is a key, and write down what it is."""
    if key is not None:
        file = _sealed(file, key)
    manifest = Manifest(
        store=store,
        file=file.name,
        bytes=file.stat().st_size,
        sha256=sha256_of(file),
        sealed=key is not None,
        utc_s=now_s,
        made=stamp(now_s),
        revision=checked.revision,
        last_event_id=checked.last_event_id,
        rows=dict(checked.rows),
        follows=follows,
    )
    write_manifest(folder, manifest)
    sync_folder(folder.parent)
    return manifest


def _sealed(file: Path, key: Key) -> Path:
    target = file.with_name(file.name + ".sealed")
    with file.open("rb") as source, target.open("xb") as sealed:
        target.chmod(0o600)
        key.seal(source, sealed)
    file.unlink()
    return target


def forget_old(place: Place, now_s: float) -> list[Path]:
    """Delete copies of which every second is older than `keep_days`; the newest stays, whatever its age.

    A copy that is followed holds what was written until the next one began: it goes by that one's time.
    """
    copies = copies_in(place.folder)
    gone = []
    for (folder, _), (_, after) in pairwise(copies):
        if after.utc_s < now_s - place.keep_days * _DAY_S:
            (folder / NAME).unlink()  # first: half a copy must not count as one
            shutil.rmtree(folder)
            gone.append(folder)
    return gone
