"""Bringing a copy back: checked first, into an empty place only, and whoever was erased is erased again."""

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from server import database
from server.backup import postgres_copy, sqlite_copy
from server.backup.errors import BackupError
from server.backup.manifest import Manifest, copies_in, sha256_of, stamp, sync_folder
from server.backup.seal import Key
from server.backup.segments import apply, read_chain
from server.backup.sqlite_copy import Checked
from server.stores.address import Address


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back. `until`: all that was committed before (UTC); `took_s`: the whole restore."""

    copy: str
    until: str
    until_utc_s: float
    segments: int
    revision: str
    last_event_id: int
    rows: dict[str, int]
    erased_again: int
    took_s: float


# Erases again, in the restored store, whom the ledger beside the backups names; how many they were.
EraseAgain = Callable[[str], int]


def restore(
    source: Path,
    url: str,
    key: Key | None,
    at_utc_s: float | None = None,
    erase_again: EraseAgain | None = None,
) -> Restored:
    """Restore the newest copy in `source`, or the newest of `at_utc_s`, to `url`.

    Raises `BackupError` where there is none, where its checksums do not fit, or where the place is not empty.
    """
    began_s = time.monotonic()
    folder, manifest = _chosen(source, at_utc_s)
    file = _checked_file(folder, manifest)
    path = Address.of(url).path
    if (path is None) != (manifest.store == "postgresql"):
        raise BackupError(
            f"この控えは {manifest.store} のものです / this is a copy of {manifest.store}: restore it there"
        )
    if manifest.sealed and key is None:
        raise BackupError(
            "この控えには封があります。--key で鍵を / this copy is sealed: name its key with --key"
        )
    key = key if manifest.sealed else None
    if path is None:
        checked, until_s, steps = _into_postgres(file, url, key), manifest.utc_s, 0
    else:
        checked, until_s, steps = _into_sqlite(folder, manifest, path, key, at_utc_s)
    if not steps and dict(checked.rows) != manifest.rows:
        raise BackupError(f"{folder}: 行の数が合いません / the numbers of rows are not those of the manifest")
    database.migrate(url)
    erased = 0 if erase_again is None else erase_again(url)
    return Restored(
        copy=folder.name,
        until=stamp(until_s),
        until_utc_s=until_s,
        segments=steps,
        revision=checked.revision,
        last_event_id=checked.last_event_id,
        rows=dict(checked.rows),
        erased_again=erased,
        took_s=round(time.monotonic() - began_s, 2),
    )


def _chosen(source: Path, at_utc_s: float | None) -> tuple[Path, Manifest]:
    copies = [copy for copy in copies_in(source) if at_utc_s is None or copy[1].utc_s <= at_utc_s]
    if not copies:
        raise BackupError(f"{source}: その時の控えがありません / there is no copy of that time")
    return copies[-1]


def _checked_file(folder: Path, manifest: Manifest) -> Path:
    file = folder / manifest.file
    if not file.exists() or file.stat().st_size != manifest.bytes or sha256_of(file) != manifest.sha256:
        raise BackupError(
            f"{file}: チェックサムが違います / its checksum is not the manifest's: try an older copy (--at)"
        )
    return file


def _into_sqlite(
    folder: Path, manifest: Manifest, path: Path, key: Key | None, at_utc_s: float | None
) -> tuple[Checked, float, int]:
    if any(path.with_name(path.name + ending).exists() for ending in ("", "-wal")):
        raise BackupError(f"{path}: もうあります / is there already: restore into an empty place")
    part = path.with_name(path.name + ".restoring")
    part.unlink(missing_ok=True)
    until_s, steps = manifest.utc_s, 0
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as target:
            with (folder / manifest.file).open("rb") as file:
                if key is not None:
                    key.open(file, target)
                else:
                    while piece := file.read(1 << 20):
                        target.write(piece)
            for segment, changed in read_chain(folder, manifest.sha256, key, at_utc_s):
                apply(target, segment, changed)
                until_s, steps = segment.utc_s, steps + 1
            target.flush()
            os.fsync(target.fileno())
        checked = sqlite_copy.check(part)
        os.replace(part, path)
        sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)
    return checked, until_s, steps


def _into_postgres(file: Path, url: str, key: Key | None) -> Checked:
    with tempfile.TemporaryDirectory(prefix="shirube-restore-") as made:
        dump = file
        if key is not None:
            dump = Path(made) / "store.dump"
            with file.open("rb") as sealed, dump.open("xb") as target:
                dump.chmod(0o600)
                key.open(sealed, target)
        postgres_copy.restore(dump, url)
    return postgres_copy.check(url)
