"""Role x endpoint x object: every cell is decided here, and no cell may be forgotten."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from server import accounts, credentials
from server.access import TABLE, Action, Actor, Facts, Need, Role, may
from server.app import create_app
from server.fakes import FakeClock, FakePlanner
from server.parts import Parts
from server.settings import Settings
from wire.api import PlanRequest, TripRequest
from wire.position import Fix
from wire.trip import Moved, TripEvent

PASSWORD = "correct horse 12"
PLAN = {"map": "oita", "origin": "大分駅", "destination": "県立美術館"}
CLOSED = {"id": "report-1", "map": "oita", "lat": 33.2335, "lon": 131.6066}


@pytest.mark.parametrize(("role", "action", "need"), list(product(Role, Action, Need)))
def test_a_cell_of_the_table_opens_with_its_fact_and_with_no_other(
    role: Role, action: Action, need: Need
) -> None:
    facts = {
        Need.NOTHING: Facts(),
        Need.OWN: Facts(own=True),
        Need.SHARED: Facts(shared=True),
        Need.ENROLLED: Facts(enrolled=True),
        Need.RELATED: Facts(related=True),
        Need.REPORTED: Facts(reported=True),
    }[need]
    wanted = TABLE.get((role, action))
    assert may(role, action, facts) is (wanted is not None and wanted in (Need.NOTHING, need))


def test_only_the_wearer_and_their_device_own_anything() -> None:
    for (role, _), need in TABLE.items():
        if need in (Need.OWN, Need.NOTHING):
            assert role in (Role.WEARER, Role.DEVICE)


@dataclass
class Town:
    """Hanako walks; everybody else stands to her in another way."""

    app: FastAPI
    clock: FakeClock
    ids: dict[str, str] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    trip: str = ""
    route: str = ""
    device_id: str = ""

    @property
    def parts(self) -> Parts:
        parts = self.app.state.parts
        assert isinstance(parts, Parts)
        return parts

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://server")

    async def person(self, role: Role, login: str) -> None:
        made = await accounts.add_user(self.parts.db, self.clock, role, login, login, PASSWORD)
        self.ids[login] = made.user_id
        token = await self.parts.sessions.log_in(login, PASSWORD, "test")
        session = await self.parts.sessions.look_up(token)
        assert session is not None
        self.headers[login] = {"Cookie": f"shirube={token}", "X-CSRF-Token": session.csrf}

    async def device(self, name: str, wearer: str) -> str:
        made = await accounts.add_device(self.parts.db, self.clock, self.ids[wearer], name)
        self.headers[name] = {"Authorization": f"Bearer {made.key}"}
        return made.device_id

    async def ask(self, viewer: str, wearer: str = "hanako", *, agreed: bool = True) -> None:
        await accounts.ask_relation(
            self.parts.db, self.clock, self.ids[viewer], self.ids[wearer], wearer_agreed=agreed
        )

    def wearer(self, login: str = "hanako") -> Actor:
        return Actor(self.ids[login], Role.WEARER, login)

    async def end(self, viewer: str) -> None:
        found = await accounts.relations_of(self.parts.db, self.ids["hanako"])
        relation = next(row for row in found if row.name == viewer)
        await accounts.end_relation(self.parts.db, self.clock, self.wearer(), relation.id)


@pytest.fixture
async def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    # Honest hashing of twenty passwords takes seconds; here it is not what is tested.
    monkeypatch.setattr(credentials, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    clock = FakeClock()
    settings = Settings(database_url=f"sqlite:///{tmp_path}/s.db")
    made = Town(create_app(settings, clock, planner=FakePlanner()), clock)
    await _populate(made)
    yield made
    await made.parts.db.close()


async def _populate(town: Town) -> None:
    for login in ("hanako", "taro"):
        await town.person(Role.WEARER, login)
    for login in ("watching", "asked", "ended", "late", "unrelated", "of-taro"):
        await town.person(Role.CAREGIVER, login)
    for login in ("eva", "eva-asked", "eva-ended", "eva-late", "eva-unrelated"):
        await town.person(Role.EVALUATOR, login)
    town.device_id = device_id = await town.device("device", "hanako")
    await town.device("second device", "hanako")
    await town.device("device of taro", "taro")
    revoked = await town.device("revoked device", "hanako")
    await accounts.revoke_device(town.parts.db, town.clock, revoked)
    for viewer in ("watching", "ended", "eva", "eva-ended"):
        await town.ask(viewer)
    for viewer in ("asked", "eva-asked"):
        await town.ask(viewer, agreed=False)
    await town.ask("of-taro", "taro")
    device = Actor(town.ids["hanako"], Role.DEVICE, "hanako", device_id)
    route = await town.parts.routes.plan(device, PlanRequest(**PLAN))
    town.route = route.route_id
    town.trip = await town.parts.trips.start(device, TripRequest(route_id=town.route, started_utc_s=1.0))
    await town.parts.trips.share(town.wearer(), town.trip)
    town.clock.now_s += 60.0
    for viewer in ("late", "eva-late"):
        await town.ask(viewer)
    for viewer in ("ended", "eva-ended"):
        await town.end(viewer)


OWN = {"hanako", "device"}
SHARED = {"watching"}
WALKERS = {"hanako", "taro", "device", "second device", "device of taro"}
# Caregivers to whom a wearer agrees now, whether a trip is shared with them or not.
RELATED = {"watching", "late", "of-taro"}
# Who may, of everybody; all others must not. The second device may read the wearer's routes, but
# not the trip of the first one.
MATRIX: dict[tuple[str, str], set[str]] = {
    ("GET", "/api/v1/routes/{route_id}"): OWN | SHARED | {"second device"},
    ("GET", "/api/v1/trips/{trip_id}/events"): OWN | SHARED,
    ("GET", "/api/v1/trips/{trip_id}/outing"): OWN | SHARED | {"eva"},
    ("POST", "/api/v1/trips"): {"device", "second device"},
    ("POST", "/api/v1/routes"): WALKERS,
    ("POST", "/api/v1/routes/alternatives"): WALKERS,
    ("GET", "/api/v1/places?map=oita&q=大分"): WALKERS,
    ("POST", "/api/v1/blockages"): WALKERS | RELATED,
    ("GET", "/api/v1/blockages?map=oita"): WALKERS | RELATED,
    ("GET", "/wearer"): {"hanako", "taro"},
    ("GET", "/wearer/trips/{trip_id}"): {"hanako"},
    ("GET", "/caregiver"): {"watching", "asked", "ended", "late", "unrelated", "of-taro"},
    ("GET", "/caregiver/trips/{trip_id}"): SHARED,
    ("GET", "/evaluator"): {"eva", "eva-asked", "eva-ended", "eva-late", "eva-unrelated"},
    ("GET", "/evaluator/outings.csv"): {"eva", "eva-asked", "eva-ended", "eva-late", "eva-unrelated"},
}
# Streams: the first byte would be the leak, and the allowed ones never end; see test_server_live.
STREAM = ("GET", "/api/v1/trips/{trip_id}/live")
# Who may takes it away from the next one: a test of its own.
REMOVE = ("DELETE", "/api/v1/blockages/{blockage_id}")
DENIED = {303, 401, 403, 404}


async def _ask(town: Town, http: httpx.AsyncClient, method: str, path: str, who: str) -> httpx.Response:
    body = {
        "/api/v1/routes": PLAN,
        "/api/v1/routes/alternatives": PLAN,
        "/api/v1/blockages": CLOSED,
        "/api/v1/trips": {"route_id": town.route, "started_utc_s": 2.0},
    }.get(path)
    address = path.format(route_id=town.route, trip_id=town.trip)
    headers = town.headers.get(who, {})
    return await http.request(method, address, headers=headers, json=body if method == "POST" else None)


async def test_everybody_gets_exactly_what_is_theirs(town: Town) -> None:
    async with town.http() as http:
        for (method, path), allowed in MATRIX.items():
            for who in ("a stranger", *town.headers):
                status = (await _ask(town, http, method, path, who)).status_code
                expected = {200, 201} if who in allowed else DENIED
                assert status in expected, f"{who}: {method} {path} gave {status}"


async def test_the_stream_is_refused_to_all_but_the_wearer_and_who_they_share_with(town: Town) -> None:
    async with town.http() as http:
        for who in ("a stranger", *town.headers):
            if who in {"hanako", "watching"}:
                continue
            status = (await _ask(town, http, *STREAM, who)).status_code
            assert status in DENIED, f"{who} gave {status}"


async def test_every_endpoint_stands_in_the_matrix(town: Town) -> None:
    async with town.http() as http:
        spec = (await http.get("/api/v1/openapi.json")).json()
    said = {(method.upper(), path) for path, found in spec["paths"].items() for method in found}
    decided = {(method, path.partition("?")[0]) for method, path in MATRIX if path.startswith("/api/")}
    assert said == decided | {STREAM, REMOVE}


async def _report(town: Town, http: httpx.AsyncClient, who: str, **body: object) -> httpx.Response:
    return await http.post("/api/v1/blockages", headers=town.headers[who], json=CLOSED | body)


@pytest.mark.parametrize(
    ("reporter", "may_remove"),
    [
        ("hanako", {"hanako", "device", "second device"}),
        ("device", {"hanako", "device", "second device"}),
        ("watching", {"watching"}),
        ("of-taro", {"of-taro"}),
    ],
)
async def test_a_closed_path_is_taken_back_by_who_reported_it_only(
    town: Town, reporter: str, may_remove: set[str]
) -> None:
    async with town.http() as http:
        for number, who in enumerate(("a stranger", *town.headers)):
            made = (await _report(town, http, reporter, id=f"report-{number:04}")).json()
            answer = await http.delete(f"/api/v1/blockages/{made['id']}", headers=town.headers.get(who, {}))
            wanted = {204} if who in may_remove else DENIED
            assert answer.status_code in wanted, f"{who} gave {answer.status_code}"


async def test_nobody_learns_whether_a_report_exists(town: Town) -> None:
    async with town.http() as http:
        made = (await _report(town, http, "hanako")).json()
        real = await http.delete(f"/api/v1/blockages/{made['id']}", headers=town.headers["taro"])
        made_up = await http.delete(f"/api/v1/blockages/{'0' * 32}", headers=town.headers["taro"])
    assert (real.status_code, real.content) == (made_up.status_code, made_up.content)


async def test_a_closed_path_tells_neither_who_reported_it_nor_the_minute(town: Town) -> None:
    async with town.http() as http:
        mine = (await _report(town, http, "hanako")).json()
        text = (await http.get("/api/v1/blockages?map=oita", headers=town.headers["of-taro"])).text
        (seen,) = json.loads(text)["blockages"]
    assert seen == mine | {"mine": False, "reported_utc_s": seen["reported_utc_s"]}
    assert seen["reported_utc_s"] % 3600.0 == 0.0
    assert seen["expires_utc_s"] % 3600.0 == 0.0
    for secret in ("hanako", town.ids["hanako"], "report-1"):
        assert secret not in text


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("device", 201),
        ("hanako", 201),
        ("watching", 201),
        ("second device", 404),  # another device's trip
        ("late", 404),  # related, but this trip is not shared with them
        ("of-taro", 404),
        ("taro", 404),
        ("unrelated", 403),
        ("ended", 403),
        ("eva", 403),
    ],
)
async def test_here_is_open_to_those_who_may_see_the_position(town: Town, who: str, status: int) -> None:
    fix = Fix(utc_s=town.clock.now_s, lat=33.2341234, lon=131.6066, accuracy_m=5.0)
    event = TripEvent(boot="b", seq=1, trip_id=town.trip, utc_s=town.clock.now_s, what=Moved(fix=fix))
    await town.parts.ingest.store(town.device_id, "b", (event,))
    async with town.http() as http:
        answer = await _report(town, http, who, lat=None, lon=None, here=town.trip)
    assert answer.status_code == status
    assert ("33.23412" in answer.text) is (status == 201)


async def test_the_wearer_reads_that_somebody_used_their_position(town: Town) -> None:
    fix = Fix(utc_s=town.clock.now_s, lat=33.2341, lon=131.6066, accuracy_m=5.0)
    event = TripEvent(boot="b", seq=1, trip_id=town.trip, utc_s=town.clock.now_s, what=Moved(fix=fix))
    await town.parts.ingest.store(town.device_id, "b", (event,))
    async with town.http() as http:
        await _report(town, http, "watching", lat=None, lon=None, here=town.trip)
    looks = await town.parts.trips.looks_at(town.ids["hanako"])
    assert [(look.name, look.what) for look in looks] == [("watching", "events")]


async def test_withdrawing_consent_closes_everything_to_caregivers(town: Town) -> None:
    await town.parts.trips.stop_sharing(town.wearer(), town.trip)
    async with town.http() as http:
        for method, path in (*MATRIX, STREAM):
            if "{" in path:
                assert (await _ask(town, http, method, path, "watching")).status_code in DENIED, path


async def test_nobody_learns_whether_a_trip_exists(town: Town) -> None:
    async with town.http() as http:
        real = await http.get(f"/api/v1/trips/{town.trip}/events", headers=town.headers["unrelated"])
        made_up = await http.get(f"/api/v1/trips/{'0' * 32}/events", headers=town.headers["unrelated"])
    assert (real.status_code, real.content) == (made_up.status_code, made_up.content)


async def test_an_evaluator_sees_no_name_no_position_and_no_route(town: Town) -> None:
    async with town.http() as http:
        page = (await http.get("/evaluator", headers=town.headers["eva"])).text
        table = (await http.get("/evaluator/outings.csv", headers=town.headers["eva"])).text
        others = (await http.get("/evaluator/outings.csv", headers=town.headers["eva-late"])).text
    assert len(table.splitlines()) == 2
    assert len(others.splitlines()) == 1
    for text in (page, table):
        assert "P-" in text
        for secret in ("hanako", town.ids["hanako"], town.trip, town.route, "33.23", "131.6", "大分駅"):
            assert secret not in text


async def test_a_form_without_the_sessions_secret_changes_nothing(town: Town) -> None:
    cookie = {"Cookie": town.headers["hanako"]["Cookie"]}
    async with town.http() as http:
        for path in ("/wearer/unshare", "/wearer/share", "/wearer/relations/1/end", "/logout"):
            for csrf in ("", "wrong", town.headers["taro"]["X-CSRF-Token"]):
                answer = await http.post(path, headers=cookie, data={"csrf": csrf, "trip": town.trip})
                assert answer.status_code in (403, 422), path
    assert await town.parts.trips.is_shared(town.ids["hanako"], town.trip)


async def test_a_wearer_cannot_answer_for_another(town: Town) -> None:
    found = await accounts.relations_of(town.parts.db, town.ids["hanako"])
    headers = town.headers["taro"]
    async with town.http() as http:
        for row in found:
            for verb in ("agree", "end"):
                form = {"csrf": headers["X-CSRF-Token"]}
                answer = await http.post(f"/wearer/relations/{row.id}/{verb}", headers=headers, data=form)
                assert answer.status_code == 404
        form = {"csrf": headers["X-CSRF-Token"], "trip": town.trip}
        assert (await http.post("/wearer/share", headers=headers, data=form)).status_code == 404
    after = await accounts.relations_of(town.parts.db, town.ids["hanako"])
    assert [tuple(row) for row in after] == [tuple(row) for row in found]


async def test_the_wearer_reads_who_looked(town: Town) -> None:
    async with town.http() as http:
        for path in ("/caregiver/trips/{trip_id}", "/api/v1/trips/{trip_id}/events"):
            for _ in range(2):
                await _ask(town, http, "GET", path, "watching")
            await _ask(town, http, "GET", path, "unrelated")
    looks = await town.parts.trips.looks_at(town.ids["hanako"])
    assert sorted((look.name, look.what) for look in looks) == [("watching", "events"), ("watching", "live")]
