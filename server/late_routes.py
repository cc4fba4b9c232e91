"""Endpoints that are worked out when they are first called, or when nobody waits for anything else.

For every endpoint FastAPI builds validators of what it takes and answers, some milliseconds each. There are
180, and a device that waits for the server after a crash needs a handful of them.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

from fastapi.routing import APIRoute
from starlette._utils import get_route_path
from starlette.routing import BaseRoute, Match, compile_path, get_name
from starlette.types import Scope

_AFTER_S: Final = 60.0  # who came back after the start has been served by then
_APART_S: Final = 0.2  # each is some milliseconds in which nobody else is answered
_BY_PATH: Final = ("path_regex", "path_format", "param_convertors")


class LateRoute(APIRoute):
    """As FastAPI's own. Until it is called or asked for more it knows its address and methods only.

    A declaration that FastAPI refuses is noticed then, and not at the start: a test asks every route.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **told: Any) -> None:  # noqa: ANN401  (passed on)
        self.path = path
        self.endpoint = endpoint
        self.name = told.get("name") or get_name(endpoint)
        self.methods = {method.upper() for method in told.get("methods") or ("GET",)}
        self.include_in_schema = told.get("include_in_schema", True)
        self._told: dict[str, Any] | None = told
        self._fixed, parameter, _ = path.partition("{")
        self._exact = not parameter

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As FastAPI's; most addresses are told apart by how they begin."""
        if scope["type"] != "http":
            return Match.NONE, {}
        path = get_route_path(scope)
        if path != self.path if self._exact else not path.startswith(self._fixed):
            return Match.NONE, {}
        return super().matches(scope)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (whatever a route has)
        # Asked only for what is not there yet.
        told = self.__dict__.get("_told")
        if told is None or name.startswith("__"):
            raise AttributeError(f"{type(self).__name__} has no {name}")
        if name in _BY_PATH:
            self.path_regex, self.path_format, self.param_convertors = compile_path(self.path)
        else:
            self.work_out()
        return getattr(self, name)

    def work_out(self) -> None:
        """As a call would, once."""
        if self._told is not None:
            super().__init__(self.path, self.endpoint, **self._told)
            self._told = None


class WorkedOut:
    """Works out what nobody has called yet, one after the other. A job.

    Else whoever first asks for the document of all endpoints holds up everybody for a second.
    """

    name: Final = "endpoints"

    def __init__(self, routes: Iterable[BaseRoute], after_s: float = _AFTER_S) -> None:
        self._routes = tuple(route for route in routes if isinstance(route, LateRoute))
        self._after_s = after_s

    async def run(self) -> None:
        """Go on until cancelled, also when all is done."""
        await asyncio.sleep(self._after_s)
        for route in self._routes:
            route.work_out()
            await asyncio.sleep(_APART_S)
        await asyncio.Event().wait()
