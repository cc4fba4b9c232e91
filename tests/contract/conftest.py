"""The town of the contract tests."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from server.fakes import FakeClock
from tests.town import Town, app_on, copied, populate, whole


@pytest.fixture(scope="session")
def populated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Town]:
    """The town, made once; each test gets a copy of its store."""
    folder = tmp_path_factory.mktemp("town")

    async def make() -> Town:
        clock = FakeClock()
        made = Town(app_on(f"sqlite:///{folder}/s.db", folder, clock), clock)
        await populate(made)
        await made.parts.db.close()
        return made

    made = asyncio.run(make())
    whole(folder / "s.db")
    return folder, made


@pytest.fixture
async def town(populated: tuple[Path, Town], tmp_path: Path) -> AsyncIterator[Town]:
    folder, first = populated
    copied(folder, tmp_path)
    clock = FakeClock(first.clock.now_s)
    made = replace(first, app=app_on(f"sqlite:///{tmp_path}/s.db", tmp_path, clock), clock=clock)
    yield made
    await made.parts.db.close()
