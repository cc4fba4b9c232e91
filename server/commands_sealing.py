"""What the command line does with the sealing key. Plain functions; all raise `ServerError`."""

from server import reseal
from server.clock import Clock
from server.commands_store import with_store
from server.database import Database
from server.settings import Settings


def add_sealing_key(settings: Settings) -> str:
    """A new key before the old ones; the key file."""
    path = settings.sealing_key_file
    reseal.add_key(path)
    return str(path)


def seal_anew(settings: Settings) -> dict[str, int]:
    """Everything with the newest key; how much of each kind."""

    async def work(db: Database, _clock: Clock) -> dict[str, int]:
        return await reseal.reseal(db, settings.sealing_key_file)

    return with_store(settings, work)


def drop_old_keys(settings: Settings) -> int:
    """Take the old keys out of the file; how many."""

    async def work(db: Database, _clock: Clock) -> int:
        return await reseal.drop_old(db, settings.sealing_key_file)

    return with_store(settings, work)
