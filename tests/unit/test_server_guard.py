"""Around every request: too long, too slow, too often; and what is counted and logged of it."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import generate_latest
from starlette.types import Message

from server.app import create_app
from server.background import Background
from server.buckets import Buckets, Rate
from server.fakes import FakeClock, FakePlanner
from server.guard import MAX_BODY_BYTES, Guard
from server.health import Health, disk_has_room, jobs_run, store_answers
from server.logs import JsonLines
from server.parts import Parts
from server.rates import client_address
from server.settings import Settings
from tests.waiting import becomes


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[FastAPI]:
    made = create_app(Settings(database_url=f"sqlite:///{tmp_path}/s.db"), FakeClock(), planner=FakePlanner())
    yield made
    await parts(made).db.close()


def parts(app: FastAPI) -> Parts:
    found = app.state.parts
    assert isinstance(found, Parts)
    return found


def from_outside(app: FastAPI, address: str = "203.0.113.9") -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, client=(address, 4)), base_url="http://server"
    )


async def test_a_body_that_lies_about_its_length_is_stopped(app: FastAPI) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1000 + 2):
            yield b"x" * 1000

    async with from_outside(app) as http:
        answer = await http.post(
            "/login", content=endless(), headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
    assert answer.status_code == 413


async def test_a_body_that_drips_is_given_up() -> None:
    async def receive() -> Message:
        await asyncio.sleep(0.03)
        return {"type": "http.request", "body": b"x", "more_body": True}

    counted = Guard(https=False, body_within_s=0.1).counted({"path": "/login"}, receive)

    async def read() -> None:
        while True:
            await counted()

    with pytest.raises(Exception, match="408"):
        await read()


def test_a_bucket_lets_a_burst_through_and_then_so_many_a_second() -> None:
    buckets, rate = Buckets(), Rate(per_s=2.0, burst=3.0)
    assert [buckets.wait_s("k", "a", rate, 0.0) for _ in range(3)] == [0.0] * 3
    assert buckets.wait_s("k", "a", rate, 0.0) == pytest.approx(0.5)
    assert buckets.wait_s("k", "b", rate, 0.0) == 0.0
    assert buckets.wait_s("k", "a", rate, 0.5) == 0.0
    assert buckets.wait_s("k", "a", rate, -1000.0) > 0.0
    assert buckets.wait_s("k", "a", rate, -999.0) == 0.0  # a clock that was set back locks nobody out


async def test_a_flood_from_one_address_is_refused_and_told_how_long_to_wait(app: FastAPI) -> None:
    async with from_outside(app) as http:
        statuses = [(await http.get("/healthz")).status_code for _ in range(620)]
        refused = await http.get("/healthz")
    assert statuses[:600] == [200] * 600
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["content-security-policy"]
    async with from_outside(app, "203.0.113.10") as other:
        assert (await other.get("/healthz")).status_code == 200


def test_the_addresses_of_one_ipv6_customer_are_one() -> None:
    first, second = ("2001:db8:1:2::1", 1), ("2001:db8:1:2:ffff::9", 1)
    assert client_address({"client": first}) == client_address({"client": second})
    assert client_address({"client": ("2001:db8:1:3::1", 1)}) != client_address({"client": first})
    assert client_address({}) == ""


async def test_no_other_site_may_call(app: FastAPI) -> None:
    async with from_outside(app) as http:
        asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
        answer = await http.options("/api/v1/trips", headers=asked)
        assert answer.status_code == 405
        assert "access-control-allow-origin" not in answer.headers


TRICKS = [
    "/static/../app.py",
    "/static/%2e%2e/app.py",
    "/static/..%2f..%2fapp.py",
    "/static/....//app.py",
    "/static//etc/passwd",
    "/api/v1/trips/..%2f..%2fusers/events",
    "/api/v1/trips/%00/events",
    "/api/v1/trips/" + "a" * 5000 + "/events",
    "/api/v1/routes/..;/x",
]


@pytest.mark.parametrize("path", TRICKS)
async def test_tricks_with_paths_open_nothing(app: FastAPI, path: str) -> None:
    async with from_outside(app) as http:
        answer = await http.get(path)
    assert answer.status_code in (401, 404, 405, 422)
    assert "import" not in answer.text


async def test_requests_are_counted_by_their_template_never_by_what_was_asked(app: FastAPI) -> None:
    async with from_outside(app) as http:
        await http.get("/api/v1/trips/0123456789abcdef/events")
        await http.get("/nothing/secret-word")
    told = generate_latest(parts(app).metrics.registry).decode()
    assert 'route="/api/v1/trips/{trip_id}/events",status="401"' in told
    assert "0123456789abcdef" not in told
    assert "secret-word" not in told


async def test_the_log_says_how_it_was_answered_and_nothing_of_whom(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "server"):
        async with from_outside(app) as http:
            answer = await http.get("/api/v1/trips/0123456789abcdef/events?after=3")
            await http.post("/login", data={"login": "hanako", "password": "x", "csrf": "y"})
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
    first = next(line for line in lines if line.get("route") == "/api/v1/trips/{trip_id}/events")
    assert (first["status"], first["method"], first["level"]) == (401, "GET", "info")
    assert first["request"] == answer.headers["x-request-id"]
    text = json.dumps(lines)
    for secret in ("0123456789abcdef", "hanako", "203.0.113.9", "after"):
        assert secret not in text


def test_a_trace_is_one_line_of_json_that_says_where_and_not_what() -> None:
    said = "\n".join(("a row", "with a name"))
    try:
        raise ValueError(said)
    except ValueError as error:
        fault = error
    record = logging.getLogger("server.x").makeRecord(
        "server.x",
        logging.ERROR,
        __file__,
        1,
        "failed: %s",
        ("標",),
        (ValueError, fault, fault.__traceback__),
    )
    text = JsonLines().format(record)
    assert "\n" not in text
    told = json.loads(text)
    assert told["message"] == "failed: 標"
    assert told["trace"].endswith("ValueError")
    assert "test_a_trace_is_one_line" in told["trace"]
    assert "with a name" not in text


class _Job:
    def __init__(self, name: str, faults: list[Exception]) -> None:
        self.name = name
        self.runs = 0
        self._faults = faults

    async def run(self) -> None:
        self.runs += 1
        if self._faults:
            raise self._faults.pop()
        await asyncio.Event().wait()


async def test_a_job_that_fails_is_begun_anew_and_a_mistake_of_ours_leaves_its_trace(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("server.background._FIRST_PAUSE_S", 0.01)
    weak, wrong = (
        _Job("weak", [OSError("disk"), OSError("disk")]),
        _Job("wrong", [ZeroDivisionError("where she lives")]),
    )
    well, clock = _Job("well", []), FakeClock()
    background = Background(clock, (weak, wrong, well))
    background.start()
    await becomes(lambda: weak.runs == 3 and wrong.runs == 2)
    traces = [record for record in caplog.records if record.exc_info]
    assert [record.args for record in traces] == [("wrong", "ZeroDivisionError")]
    assert "she lives" not in JsonLines().format(traces[0])
    told = await jobs_run(background, clock)()
    assert told == "not running: weak (OSError), wrong (ZeroDivisionError)"
    clock.now_s += 31.0  # both have gone well since
    assert await jobs_run(background, clock)() is None
    await background.stop()
    assert not background.states["weak"].running
    assert await jobs_run(background, clock)() is not None


async def test_readiness_says_which_part_is_not(
    app: FastAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never() -> str | None:
        await asyncio.sleep(60)
        return None

    async with from_outside(app) as http:
        idle = await http.get("/readyz")
    assert idle.status_code == 200  # it serves, though nothing of what goes on beside was begun here
    assert idle.json()["status"] == "degraded"
    checks = idle.json()["checks"]
    assert {name for name, said in checks.items() if said != "ok"} == {"jobs"}
    assert set(checks) == {"store", "schema", "disk", "key", "alerts", "messages", "jobs"}
    db = parts(app).db
    assert await store_answers(db)() is None
    assert await disk_has_room(tmp_path / "s.db")() is None
    monkeypatch.setattr("server.health._CHECK_WITHIN_S", 0.05)
    found = await Health({"gone": disk_has_room(tmp_path / "no" / "s.db")}, {"hangs": never}).look()
    assert found.checks == {"gone": "FileNotFoundError", "hangs": "no answer within 0 s"}
    assert found.status == "unready"
    assert (await Health({}, {"hangs": never}).look()).status == "degraded"
    (tmp_path / "s.db.key").unlink()
    assert (await parts(app).health.look()).checks["key"] == "FileNotFoundError"
