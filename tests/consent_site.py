"""A server with a wearer, a caregiver and an evaluator, for tests of consents and of what is one's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from server import consent
from server.access import Role
from server.consent import Purpose
from tests.served import Served, moved, served


class Site(Served):
    """花子, 一郎 who looks after her, and an evaluator."""

    trip: str = ""

    async def say(self, purpose: Purpose, version: str | None = None) -> None:
        async with self.parts.db.write() as connection:
            await consent.give(
                connection, self.ids["hanako"], purpose, self.clock.now_s, how="page", version=version
            )

    async def press(self, path: str, **fields: str) -> httpx.Response:
        """花子 presses a button of a page."""
        form = {"csrf": self.headers["hanako"]["X-CSRF-Token"], **fields}
        async with self.http("hanako") as http:
            return await http.post(path, data=form)

    async def walk(self) -> str:
        """A walk that is shared with 一郎: his is agreed to, the consent is given."""
        await self.relate("ichiro")
        await self.device()
        self.trip = await self.start()
        await self.say(Purpose.LIVE_SHARING)
        await self.parts.trips.share(self.wearer(), self.trip)
        now_s = self.clock.now_s
        await self.tell(self.trip, *(moved(now_s + s, s * 2.7e-4, accuracy_m=3.0) for s in range(200)))
        return self.trip


@asynccontextmanager
async def consent_site(url: str, folder: Path) -> AsyncIterator[Site]:
    async with served(url, folder, Site, consent_audio=folder / "audio") as made:
        await made.person(Role.WEARER, "hanako", "花子")
        await made.person(Role.CAREGIVER, "ichiro", "一郎")
        await made.person(Role.EVALUATOR, "eva", "評価室")
        yield made
