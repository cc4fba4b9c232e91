"""What a start of the server leaves for later: what no first answer needs, endpoints that nobody called."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi import Path as InPath
from fastapi.routing import APIRoute

from server import late_routes
from server.app import ROUTERS
from server.late_routes import LateRoute, WorkedOut
from server.stores.address import Address
from server.stores.migrating import migrate

# Loaded when somebody asks for a map, is told of an alert, looks at a page, chooses a password; or never.
NOT_AT_START = {
    *("torch", "cv2", "onnxruntime", "scipy", "matplotlib", "device", "vision"),
    *("numpy", "numba", "osmium", "osmnx", "networkx", "shapely", "pyproj"),
    *("httpx", "aiosmtplib", "http_ece", "py_vapid", "rich", "pygments"),
    *("jinja2", "zxcvbn", "alembic", "mako", "psycopg", "pydantic.v1"),
}
NOT_AT_HELP = {"fastapi", "sqlalchemy", "pydantic", "numpy", "cv2", "torch", "httpx", "uvicorn", "server.run"}
_MADE = """
import sys
from server.app import create_app
from server.clock import SystemClock
from server.run import serve
from server.settings import load_settings
create_app(load_settings(None, {}, database_url=sys.argv[1], key_file=sys.argv[2]), SystemClock())
print(*sys.modules)
"""
_HELPED = """
import atexit, sys, shirube
atexit.register(lambda: print(*sys.modules))
sys.argv = ["shirube", "--help"]
shirube.main()
"""


def _loaded(program: str, *arguments: str) -> set[str]:
    command = [sys.executable, "-c", program, *arguments]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def test_a_start_loads_nothing_that_no_first_answer_needs(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 's.db'}"
    migrate(Address.of(url))  # who starts again after a crash finds the store as it was
    loaded = _loaded(_MADE, url, str(tmp_path / "key"))
    assert "server.uplink" in loaded
    assert loaded & NOT_AT_START == set()


def test_the_command_line_tells_of_itself_without_any_room() -> None:
    loaded = _loaded(_HELPED)
    assert "server.cli" in loaded
    assert loaded & NOT_AT_HELP == set()


# --- endpoints


def test_every_endpoint_can_be_worked_out() -> None:
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    assert len(routes) > 150
    assert {type(route) for route in routes} == {LateRoute}
    assert all(callable(route.app) and route.dependant.call is route.endpoint for route in routes)


def _app(route_class: type[APIRoute]) -> FastAPI:
    router = APIRouter(prefix="/things", route_class=route_class)

    @router.get("")
    async def every() -> list[str]:
        return ["a", "b"]

    @router.post("/{number}/parts", status_code=201)
    async def add(number: Annotated[int, InPath(ge=1)]) -> dict[str, int]:
        return {"number": number}

    @router.get("/{name}")
    async def one(name: str) -> dict[str, str]:
        return {"name": name}

    @router.delete("/{name}", status_code=204)
    async def remove(name: str) -> None:
        assert name

    return FastAPI(routes=router.routes)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", path) for path in ("/things", "/things/", "/things/x", "/things/1/parts", "/thing", "/")),
        *(("GET", path) for path in ("/things/x%0A", "/things/%E6%A8%99", "/things/a/b/c")),
        *(("POST", path) for path in ("/things/7/parts", "/things/0/parts", "/things/x/parts", "/things")),
        *((method, "/things/x") for method in ("HEAD", "PUT", "DELETE", "OPTIONS")),
    ],
)
async def test_it_answers_as_an_endpoint_of_the_framework(method: str, path: str) -> None:
    answers = []
    for kind in (APIRoute, LateRoute):
        transport = httpx.ASGITransport(_app(kind))
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            answer = await client.request(method, path)
            answers.append((answer.status_code, dict(answer.headers), answer.content))
    assert answers[0] == answers[1]


def test_until_it_is_called_an_endpoint_knows_only_how_it_is_found() -> None:
    app = _app(LateRoute)
    every, add, *_ = (route for route in app.router.routes if isinstance(route, LateRoute))
    scope = {"type": "http", "method": "POST", "path": "/things/7/parts", "headers": []}
    assert [every.matches(scope)[0].name, add.matches(scope)[0].name] == ["NONE", "FULL"]
    assert "dependant" not in vars(every) | vars(add)
    assert [every.path, every.methods, every.name] == ["/things", {"GET"}, "every"]
    assert [add.status_code, add.dependant.path_params[0].name] == [201, "number"]
    assert "dependant" in vars(add)
    with pytest.raises(AttributeError, match="has no colour"):
        _ = add.colour


async def test_what_nobody_has_called_is_worked_out_beside_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late_routes, "_APART_S", 0.0)
    routes = [route for route in _app(LateRoute).router.routes if isinstance(route, LateRoute)]
    job = asyncio.create_task(WorkedOut(routes, after_s=0.0).run())
    async with asyncio.timeout(5.0):
        while any("dependant" not in vars(route) for route in routes):
            await asyncio.sleep(0)
    assert not job.done(), "a job that ends is begun anew"
    job.cancel()
