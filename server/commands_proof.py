"""What the command line does about copies of the store. All raise `ServerError`."""

import asyncio
import signal
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from server.backup.errors import BackupError
from server.backup.follow import follow as follow_store
from server.backup.manifest import Manifest
from server.backup.restore import Restored
from server.backup.restore import restore as restore_copy
from server.backup.seal import Key, key_from
from server.backup.take import Place, take
from server.clock import SystemClock
from server.database import Database
from server.erasure import apply_again, read_ledger
from server.settings import Settings
from server.stores.address import Address


def backup(settings: Settings, to: Path, keep_days: float | None, key: Path | None) -> tuple[Path, Manifest]:
    """One whole copy; its folder and what it is."""
    return take(settings.store_url, _place(settings, to, keep_days, key), SystemClock())


def follow(settings: Settings, to: Path, keep_days: float | None, key: Path | None) -> None:
    """A whole copy and all that changes after it, until SIGTERM or SIGINT."""
    path = Address.of(settings.store_url).path
    if path is None:
        raise BackupError(
            "PostgreSQL の連続の控えは WAL アーカイブで / PostgreSQL is followed by its own WAL archive: "
            "docs/operations.md"
        )
    follow_store(path, _place(settings, to, keep_days, key), SystemClock(), _told_to_stop())


def restore(settings: Settings, source: Path, key: Path | None, at: str | None) -> Restored:
    """Bring a copy back to the store that the settings name, which must not be there yet."""
    ledger = read_ledger(settings.ledger_file)

    def erase_again(url: str) -> int:
        async def run() -> int:
            db = Database(url)
            try:
                async with db.write() as connection:
                    return await apply_again(connection, ledger)
            finally:
                await db.close()

        return asyncio.run(run())

    return restore_copy(source, settings.store_url, _key(key), _moment(at), erase_again)


def _place(settings: Settings, to: Path, keep_days: float | None, key: Path | None) -> Place:
    """Never longer than `backup_days`: that is what the consent texts promise."""
    days = settings.backup_days if keep_days is None else keep_days
    if days > settings.backup_days:
        raise BackupError(
            f"--keep-days: {settings.backup_days:g} 日まで / days at most (backup_days): "
            "people who are erased were promised that"
        )
    return Place(to, days, _key(key, make=True))


def _key(path: Path | None, *, make: bool = False) -> Key | None:
    return None if path is None else key_from(path, make=make)


def _moment(at: str | None) -> float | None:
    if at is None:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BackupError(f"--at {at}: 2026-11-30T14:02:00+09:00 の形で / is the form")
    return moment.timestamp()


def _told_to_stop() -> Callable[[float], bool]:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: stopped.set())
    return stopped.wait
