"""A store for the time of one command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from server import database
from server.clock import Clock, SystemClock
from server.database import Database
from server.settings import Settings
from server.stores.address import Address, in_one_line

T = TypeVar("T")


def with_store(settings: Settings, work: Callable[[Database, Clock], Awaitable[T]]) -> T:
    """Run `work` on the store, which is made or upgraded first."""

    async def run() -> T:
        db = Database(settings.store_url)
        try:
            return await work(db, SystemClock())
        finally:
            await db.close()

    database.migrate(settings.store_url)
    try:
        return asyncio.run(run())
    except SQLAlchemyError as error:
        raise in_one_line(Address.of(settings.store_url), error) from error
