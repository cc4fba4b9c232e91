"""Exactly one of several processes does the work, and another takes over when it dies."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process

import psycopg
import pytest

from server.database import Database
from server.errors import StoreError
from server.only_one import OnlyOne
from tests.waiting import PATIENCE_S

_HOLD = """
import asyncio, sys
from server.database import Database
from server.only_one import OnlyOne
async def hold():
    async with OnlyOne(Database(sys.argv[1]), "work").held():
        print("held", flush=True)
        await asyncio.sleep(60)
asyncio.run(hold())
"""


async def _holder(url: str) -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", _HOLD, url, stdout=PIPE)


async def test_the_next_process_takes_over_when_the_holder_is_killed(store_url: str) -> None:
    first, second = await _holder(store_url), await _holder(store_url)
    try:
        said = {asyncio.create_task(one.stdout.readline()): one for one in (first, second) if one.stdout}
        async with asyncio.timeout(PATIENCE_S):
            done, waiting = await asyncio.wait(said, return_when=asyncio.FIRST_COMPLETED)
        assert [task.result() for task in done] == [b"held\n"]
        await asyncio.sleep(1.2)
        assert not any(task.done() for task in waiting), "two hold it"
        os.kill(said[done.pop()].pid, signal.SIGKILL)
        async with asyncio.timeout(PATIENCE_S):
            assert await waiting.pop() == b"held\n"
    finally:
        for one in (first, second):
            if one.returncode is None:
                one.kill()
            await one.wait()


async def test_who_ends_gives_it_on_in_this_process_too(store_url: str) -> None:
    db, order = Database(store_url), []

    async def work(name: str) -> None:
        async with OnlyOne(db, "work").held():
            order.append(f"{name} begins")
            await asyncio.sleep(0.05)
            order.append(f"{name} ends")

    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(work("a"), work("b"), work("c"))
    assert all(order[n].split()[0] == order[n + 1].split()[0] for n in (0, 2, 4)), order
    async with OnlyOne(db, "work").held(), OnlyOne(db, "other work").held():
        pass
    await db.close()


async def test_who_has_lost_the_connection_must_stop(postgres_url: str) -> None:
    db = Database(postgres_url)
    stopped = asyncio.Event()

    async def work() -> None:
        async with OnlyOne(db, "work").held(), asyncio.timeout(PATIENCE_S):
            _end_connections(postgres_url)
            try:
                await asyncio.Event().wait()
            finally:
                stopped.set()

    with pytest.raises(StoreError, match="another process may do it now"):
        await work()
    assert stopped.is_set()
    async with asyncio.timeout(PATIENCE_S), OnlyOne(db, "work").held():
        pass  # and may begin again
    await db.close()


async def test_a_job_that_is_cancelled_is_cancelled(store_url: str) -> None:
    db = Database(store_url)
    began = asyncio.Event()

    async def work() -> None:
        async with OnlyOne(db, "work").held():
            began.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await db.close()


async def test_two_jobs_of_one_name_would_wait_for_each_other(sqlite_url: str) -> None:
    one = OnlyOne(Database(sqlite_url), "work")
    async with one.held():
        with pytest.raises(ValueError, match="another job"):
            async with one.held():
                pass


def _end_connections(url: str) -> None:
    """As when the database is started anew."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
