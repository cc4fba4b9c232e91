"""What the first page after a start would wait for, made ready beside all else."""

import asyncio
from typing import Final

from fastapi.routing import APIRoute

_AFTER_S: Final = 2.0  # devices that come back after the start are served first
# What people open first, and what that is made of; with all others each start would work for two seconds.
FIRST: Final = (
    *("base.html", "parts.html", "login.html", "caregiver.html", "live.html", "map_facts.html"),
    *("alerts_banner.html", "closed_words.html", "wearer.html", "walk.html", "walk_plan.html"),
)


class Readied:
    """Loads what makes pages, and reads or compiles the first of them. A job."""

    name: Final = "pages"

    def __init__(self, after_s: float = _AFTER_S) -> None:
        self._after_s = after_s

    async def run(self) -> None:
        """Go on until cancelled, also when all is done."""
        await asyncio.sleep(self._after_s)
        await asyncio.to_thread(_what_an_endpoint_needs)
        for name in FIRST:
            await asyncio.to_thread(_read, name)
        await asyncio.Event().wait()


def _what_an_endpoint_needs() -> None:
    """FastAPI loads the models of pydantic's first version when it first looks at a parameter."""
    APIRoute("/", _taking_one)


def _taking_one(_one: str) -> None: ...


def _read(name: str) -> None:
    from server.pages.compiled import templates  # late: a start needs no Jinja

    templates().get_template(name)
