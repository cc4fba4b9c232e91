"""Role x endpoint x object: every cell is decided in `matrix`, and no cell may be forgotten."""

import json
from itertools import product
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import update

from server import relations
from server.access import IN_EMERGENCY, TABLE, Action, Facts, Need, Role, may
from server.app import ROUTERS
from server.looks import looks_at
from server.tables import consents
from tests.asgi import Answer, ask
from tests.contract.matrix import ANYBODY, MATRIX, STRANGER
from tests.town import CLOSED, Town, call_of, restore
from wire.position import Fix
from wire.trip import Moved, TripEvent

FACTS = {
    Need.NOTHING: Facts(),
    Need.OWN: Facts(own=True),
    Need.SHARED: Facts(shared=True),
    Need.ENROLLED: Facts(enrolled=True),
    Need.RELATED: Facts(related=True),
    Need.REPORTED: Facts(reported=True),
    Need.PARTY: Facts(party=True),
    Need.TOLD: Facts(told=True),
    Need.ORGANISATION: Facts(organisation=True),
}


@pytest.mark.parametrize(("role", "action"), list(product(Role, Action)))
def test_a_cell_of_the_table_opens_with_its_fact_and_with_no_other(role: Role, action: Action) -> None:
    wanted = TABLE.get((role, action))
    for need in Need:
        opens = wanted is not None and wanted in (Need.NOTHING, need)
        assert may(role, action, FACTS[need]) is opens, need


def test_an_emergency_opens_the_live_view_and_nothing_else() -> None:
    opened = {cell for cell in TABLE if may(*cell, Facts(emergency=True)) and not may(*cell, Facts())}
    assert opened == IN_EMERGENCY


def test_only_the_wearer_and_their_device_own_anything() -> None:
    for (role, _), need in TABLE.items():
        if need is Need.OWN:
            assert role in (Role.WEARER, Role.DEVICE)


# What an administrator never gets, whatever the facts: where somebody is, was or is going.
WALKS = {
    Action.PLAN_ROUTE, Action.READ_ROUTE, Action.START_TRIP, Action.READ_EVENTS, Action.READ_OUTING,
    Action.WATCH_LIVE, Action.SHARE_TRIP, Action.READ_TRIP, Action.READ_MAP, Action.USE_PLACES,
    Action.FIND_PLACE, Action.REPORT_BLOCKAGE, Action.READ_BLOCKAGES,
}  # fmt: skip


def test_no_walk_is_open_to_an_administrator() -> None:
    assert {action for role, action in TABLE if role is Role.ADMINISTRATOR} & WALKS == set()


DENIED = {401, 403, 404}
_LOGINS = {"/login", "/login/second-factor", "/login/password", "/login/set-up"}


def _denied(answer: Answer, *, leaves: bool) -> bool:
    """Refused, or sent to log in. `leaves`: to log out leads there too, with word of it in a cookie."""
    if answer.status == 303 and answer.header("location") in _LOGINS:
        return not (leaves and answer.header("set-cookie"))
    return answer.status in DENIED


async def _ask(town: Town, method: str, path: str, who: str) -> Answer:
    call = await call_of(town, method, path, who)
    headers, body = call.sent(town.headers.get(who, {}))
    if path == "/login":
        # A copy: the town's own headers are everybody's.
        cookies = (*headers.get("Cookie", "").split("; "), "shirube-login=secret")
        headers = {**headers, "Cookie": "; ".join(cookies)}
    return await ask(town.app, method, call.address, headers, body)


async def test_everybody_gets_exactly_what_is_theirs(
    town: Town, populated: tuple[Path, Town], tmp_path: Path
) -> None:
    assert set(town.headers) | {STRANGER} == ANYBODY
    wrong = []
    for (method, path), allowed in MATRIX.items():
        for who in sorted(ANYBODY):
            answer = await _ask(town, method, path, who)
            denied = _denied(answer, leaves=path == "/logout")
            if denied is (who in allowed) or not (denied or answer.status in (200, 201, 202, 204, 303)):
                wrong.append(f"{who}: {method} {path} gave {answer.status}")
            if not denied and method != "GET":
                restore(tmp_path / "s.db", populated[0] / "s.db")
    assert wrong == []


def test_every_endpoint_stands_in_the_matrix() -> None:
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    said = {(method, route.path) for route in routes for method in route.methods or ()}
    assert said == {(method, path.partition("?")[0]) for method, path in MATRIX}


async def test_the_duty_reads_and_takes_a_call_that_came_to_it_and_never_where(town: Town) -> None:
    address = f"/api/v1/alerts/{town.things['duty_alert']}"
    async with town.http() as http:
        for who in sorted(ANYBODY - {"admin", "taro", "of-taro"}):
            for answer in (
                await http.get(address, headers=town.headers.get(who, {})),
                await http.post(f"{address}/acknowledge", headers=town.headers.get(who, {})),
            ):
                assert answer.status_code in DENIED, f"{who} gave {answer.status_code}"
        read = await http.get(address, headers=town.headers["admin"])
        assert (read.status_code, read.json()["place"], read.json()["state"]) == (200, None, "open")
        listed = (await http.get("/api/v1/alerts", headers=town.headers["admin"])).json()["alerts"]
        assert [one["id"] for one in listed] == [town.things["duty_alert"]]
        page = await http.get(
            f"/administrator/alerts/{town.things['duty_alert']}", headers=town.headers["admin"]
        )
        assert "わたしが対応します" in page.text
        assert "33.2" not in page.text
        taken = await http.post(f"{address}/acknowledge", headers=town.headers["admin"])
        assert (taken.status_code, taken.json()["taken_by"]) == (200, "admin")
    async with town.parts.db.read() as connection:
        looks = await looks_at(connection, town.ids["taro"], None, 10)
    assert [(look.name, look.what) for look in looks] == [("admin", "alert")]


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
        made = {"id": ""}
        for number, who in enumerate(sorted(ANYBODY)):
            if not made["id"]:
                made = (await _report(town, http, reporter, id=f"report-{number:04}")).json()
            answer = await http.delete(f"/api/v1/blockages/{made['id']}", headers=town.headers.get(who, {}))
            wanted = {204} if who in may_remove else DENIED
            assert answer.status_code in wanted, f"{who} gave {answer.status_code}"
            made = {"id": ""} if answer.status_code == 204 else made


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
        (seen,) = (one for one in json.loads(text)["blockages"] if one["id"] == mine["id"])
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
    await town.parts.ingest.store(town.things["device"], "b", (event,))
    async with town.http() as http:
        answer = await _report(town, http, who, lat=None, lon=None, here=town.trip)
    assert answer.status_code == status
    assert ("33.23412" in answer.text) is (status == 201)


async def test_the_wearer_reads_that_somebody_used_their_position(town: Town) -> None:
    fix = Fix(utc_s=town.clock.now_s, lat=33.2341, lon=131.6066, accuracy_m=5.0)
    event = TripEvent(boot="b", seq=1, trip_id=town.trip, utc_s=town.clock.now_s, what=Moved(fix=fix))
    await town.parts.ingest.store(town.things["device"], "b", (event,))
    async with town.http() as http:
        await _report(town, http, "watching", lat=None, lon=None, here=town.trip)
    async with town.parts.db.read() as connection:
        looks = await looks_at(connection, town.ids["hanako"], None, 20)
    assert [(look.name, look.what) for look in looks] == [("watching", "events")]


async def test_a_known_report_writes_no_look_at_anothers_outing(town: Town) -> None:
    async with town.http() as http:
        await _report(town, http, "taro")
        for here in (town.trip, "", "0" * 32):
            assert (await _report(town, http, "taro", lat=None, lon=None, here=here)).status_code == 404
    async with town.parts.db.read() as connection:
        assert await looks_at(connection, town.ids["hanako"], None, 20) == ()


@pytest.mark.parametrize("what", ["share", "consent"])
async def test_withdrawing_closes_everything_to_caregivers(town: Town, what: str) -> None:
    if what == "share":
        await town.parts.trips.stop_sharing(town.wearer(), town.trip)
    else:
        async with town.parts.db.write() as connection:
            mine = consents.c.wearer_id == town.ids["hanako"]
            await connection.execute(update(consents).where(mine).values(withdrawn_utc_s=town.clock.now_s))
    for method, path in MATRIX:
        if "{trip_id}" in path or "{route_id}" in path:
            for who in ("watching", "sister", *(("eva",) if what == "consent" else ())):
                assert (await _ask(town, method, path, who)).status in DENIED, path


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
    assert town.trip not in table  # the page has it in the address of the blurred map
    for text in (page, table):
        assert "P-" in text
        for secret in ("hanako", town.ids["hanako"], town.route, "33.23", "131.6", "大分駅"):
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
    found = await relations.relations_of(town.parts.db, town.ids["hanako"])
    headers = town.headers["taro"]
    async with town.http() as http:
        for row in found:
            for verb in ("agree", "end"):
                form = {"csrf": headers["X-CSRF-Token"]}
                answer = await http.post(f"/wearer/relations/{row.id}/{verb}", headers=headers, data=form)
                assert answer.status_code == 404
        form = {"csrf": headers["X-CSRF-Token"], "trip": town.trip}
        assert (await http.post("/wearer/share", headers=headers, data=form)).status_code == 404
    after = await relations.relations_of(town.parts.db, town.ids["hanako"])
    assert [tuple(row) for row in after] == [tuple(row) for row in found]


async def test_the_wearer_reads_who_looked(town: Town) -> None:
    for path in ("/caregiver/trips/{trip_id}", "/api/v1/trips/{trip_id}/events"):
        for _ in range(2):
            await _ask(town, "GET", path, "watching")
        await _ask(town, "GET", path, "unrelated")
    async with town.parts.db.read() as connection:
        looks = await looks_at(connection, town.ids["hanako"], None, 20)
    assert sorted((look.name, look.what) for look in looks) == [("watching", "events"), ("watching", "live")]
