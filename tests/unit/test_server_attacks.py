"""What somebody with bad intentions tries: each of these was tried on the server, and is held here."""

import io
import ipaddress
import re
import threading
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import insert, select

from server import devices
from server.access import Actor, Role
from server.alerts.live import MOST_OF_ONE as MOST_STREAMS
from server.alerts.senders.fakes import RecordingSender
from server.alerts.senders.targets import is_public
from server.app import ROUTERS
from server.consent import Purpose
from server.credentials import new_id
from server.errors import Malformed, NotFound, TooMany, Unavailable
from server.fakes import FakeClock
from server.front import Front
from server.guard import Guard
from server.metrics import Metrics
from server.names import is_name
from server.rates import RateLimit
from server.tables import alerts, channels, looks
from server.viewing import MOST_OF_A_LINK, MOST_OF_ONE
from server.views import Who
from tests.live_stand import Always
from tests.people import consented
from tests.served import PASSWORD, PLAN, Served, served
from wire.api import PairRequest, TripRequest
from wire.trip import TripEvent, TripStarted

PUSH_KEY = {
    "p256dh": "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM",
    "auth": "tBHItJI5svbpez7KI4CCXg",
}


class Site(Served):
    """A server with a wearer, who walks, and people who stand to her in different ways."""

    sent: dict[str, RecordingSender]
    trip: str = ""
    route: str = ""

    async def alert(self, kind: str, state: str, over_utc_s: float | None = None) -> str:
        made, now_s = new_id(), self.clock.now_s
        row = {"id": made, "wearer_id": self.ids["hanako"], "trip_id": self.trip, "kind": kind, "key": made}
        times = {"raised_utc_s": now_s, "changed_utc_s": now_s, "over_utc_s": over_utc_s}
        values = row | times | {"state": state, "step": 0, "detail": "{}", "lat": 33.2, "lon": 131.6}
        async with self.parts.db.write() as connection:
            await connection.execute(insert(alerts).values(**values))
        return made


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    sent = {kind: RecordingSender() for kind in ("email", "push", "webhook")}
    telling = {"public_url": "https://shirube.example.jp"}
    async with served(sqlite_url, tmp_path, Site, senders=sent, telling=telling) as made:
        made.sent = sent
        for role in (Role.WEARER, Role.CAREGIVER, Role.EVALUATOR, Role.ADMINISTRATOR):
            await made.person(role, {"wearer": "hanako"}.get(role, role))
        await consented(made.parts.db, made.clock, made.ids["hanako"], *Purpose)
        await made.relate("caregiver")
        await made.device("device")
        made.route = (await made.parts.routes.plan(made.worn("device"), PLAN)).route_id
        wanted = TripRequest(route_id=made.route, started_utc_s=1.0)
        made.trip = await made.parts.trips.start(made.worn("device"), wanted)
        yield made


# --- forms, headers, addresses


def _forms() -> list[str]:
    return sorted(
        route.path
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and "POST" in route.methods and not route.path.startswith("/api/")
    )


# Without a session to be misused: what opens is in the address, or typed into the form.
NO_SESSION = {"/s/{token}", "/invitation/register", "/login"}


async def test_no_form_does_anything_without_its_own_secret(site: Site) -> None:
    forms = [path for path in _forms() if path not in NO_SESSION]
    assert len(forms) > 40
    wrong = []
    for who in ("hanako", "caregiver", "evaluator", "administrator"):
        async with site.http(who) as http:
            for path in forms:
                address = re.sub(r"\{purpose\}", "live_sharing", path)
                address = re.sub(r"\{relation_id\}", "1", address)
                address = re.sub(r"\{[^}]+\}", "a" * 32, address)
                fields = dict.fromkeys(
                    ("name", "password", "new_password", "login", "label", "email", "code", "pending", "url"),
                    "x",
                )
                more = {"trip": site.trip, "report": "a" * 16, "order": "1", "hours": "2", "role": "wearer"}
                more |= {"relation": "1", "version": "1", "position": "33,131", "channel": "x"}
                for csrf in ({}, {"csrf": "another"}):
                    answer = await http.post(address, data=fields | more | csrf)
                    if answer.status_code not in (303, 403, 404, 422) or (
                        answer.status_code == 303 and not answer.headers["location"].startswith("/login")
                    ):
                        wrong.append(f"{who} {path} {answer.status_code}")
    assert wrong == []


async def test_another_site_logs_nobody_in(site: Site) -> None:
    async with site.http() as http:
        form = {"login": "hanako", "password": PASSWORD, "csrf": "guessed"}
        assert (await http.post("/login", data=form)).status_code == 403
        assert "shirube" not in http.cookies


PAGES = ("/", "/login", "/wearer", "/account", "/static/live.js", "/sw.js", "/none",
         "//x/y", "/api/v1/openapi.json", "/api/v1/none", "/healthz", "/s/a", "/wearer/trips/a")  # fmt: skip


async def test_every_answer_is_closed_to_frames_scripts_and_caches(site: Site) -> None:
    async with site.http("hanako") as http:
        for path in PAGES:
            _closed(await http.get(path), path)


def _closed(answer: httpx.Response, path: str) -> None:
    policy = answer.headers["content-security-policy"]
    assert {"default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"} <= set(
        policy.split("; ")
    )
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["cache-control"] == (
        "public, max-age=3600" if path.startswith("/static/") else "no-store"
    )


ELSEWHERE = ("//evil.example/a", "/%5Cevil.example", "/\\evil.example", "///evil.example")


async def test_no_link_of_a_page_leads_to_another_server(site: Site) -> None:
    for path in ELSEWHERE:
        text = await _page_at(site, path)
        for address in re.findall(r'(?:href|action|src)="([^"]*)"', text):
            assert re.match(r"[/#](?![/\\])", address + " "), address


async def _page_at(site: Site, path: str) -> str:
    async with site.http() as http:
        request = http.build_request("GET", "http://server/")
        request.url = request.url.copy_with(raw_path=path.encode())
        return (await http.send(request)).text


async def test_a_wearer_hands_over_the_operators_address_whatever_the_host_header_says(site: Site) -> None:
    async with site.http("hanako") as http:
        answer = await http.post(
            f"/api/v1/trips/{site.trip}/links", json={"name": "兄"}, headers={"Host": "evil.example"}
        )
    assert answer.json()["address"].startswith("https://shirube.example.jp/s/")


# --- logins


async def test_a_login_ends_the_one_that_the_browser_had(site: Site) -> None:
    await site.person(Role.WEARER, "taro")
    async with site.http() as http:
        tokens = []
        for login in ("hanako", "taro"):
            page = await http.get("/login")
            csrf = re.findall(r'name="csrf" value="([^"]+)"', page.text)[0]
            answer = await http.post("/login", data={"login": login, "password": PASSWORD, "csrf": csrf})
            assert answer.status_code == 303
            tokens.append(http.cookies["shirube"])
    first, second = [await site.parts.sessions.look_up(token) for token in tokens]
    assert first is None
    assert second is not None
    assert second.login == "taro"


async def test_notifications_of_a_browser_end_with_its_logout_and_with_no_other(site: Site) -> None:
    async def subscribed(endpoint: str) -> httpx.AsyncClient:
        http = site.http()
        page = await http.get("/login")
        csrf = re.findall(r'name="csrf" value="([^"]+)"', page.text)[0]
        await http.post("/login", data={"login": "caregiver", "password": PASSWORD, "csrf": csrf})
        session = await site.parts.sessions.look_up(http.cookies["shirube"])
        assert session is not None
        http.headers["X-CSRF-Token"] = session.csrf
        wanted = {"endpoint": f"https://push.example/{endpoint}", "keys": PUSH_KEY}
        assert (await http.post("/api/v1/channels/push", json=wanted)).status_code == 201
        return http

    one, other = await subscribed("one"), await subscribed("other")
    answer = await one.post("/logout", data={"csrf": one.headers["X-CSRF-Token"]})
    assert "storage" in answer.headers["clear-site-data"]
    left = (await other.get("/api/v1/channels")).json()["channels"]
    assert len(left) == 1
    ended = select(channels.c.ended_utc_s).order_by(channels.c.created_utc_s, channels.c.id)
    assert sum(row.ended_utc_s is not None for row in await site.rows(ended)) == 1
    for http in (one, other):
        await http.aclose()


async def test_right_passwords_are_counted_too(site: Site) -> None:
    for _ in range(30):
        await site.parts.sessions.confirm(site.wearer(), PASSWORD)
    with pytest.raises(TooMany):
        await site.parts.sessions.confirm(site.wearer(), PASSWORD)
    site.clock.now_s += 60.0
    await site.parts.sessions.confirm(site.wearer(), PASSWORD)


async def _statuses(app: Any, paths: list[tuple[str, dict[str, str]]]) -> list[int]:
    limit = RateLimit(clock=FakeClock())
    limited = Front(app, guard=Guard(https=False), limit=limit, metrics=Metrics())
    transport = httpx.ASGITransport(limited, client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as http:
        return [(await http.post(path, headers=headers)).status_code for path, headers in paths]


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(
    "junk",
    [
        lambda number: {"Cookie": f"junk={number}; shirube=token"},
        lambda number: {"Authorization": "Bearer" + " " * (1 + number) + "key"},
        lambda number: {"Authorization": f"Bearer key{' ' * number}", "Cookie": f"a={number}"},
    ],
)
async def test_a_caller_is_the_same_whatever_else_stands_in_the_headers(junk: Any) -> None:
    asked = [("/api/v1/routes", junk(number)) for number in range(40)]
    assert (await _statuses(_nothing, asked)).count(429) == 20


async def test_passwords_are_hashed_for_strangers_at_a_bounded_rate() -> None:
    assert (await _statuses(_nothing, [("/login", {})] * 100)).count(429) == 40


async def test_an_administrator_erases_nobody_without_their_password(site: Site) -> None:
    path = f"/api/v1/people/{site.ids['hanako']}/erasure"
    async with site.http("administrator") as http:
        assert (await http.post(path, json={"password": "wrong"})).status_code == 403
        assert (await http.post(path)).status_code == 422
        assert (await http.get(f"/api/v1/people/{site.ids['hanako']}")).status_code == 200


# --- who learns what


async def test_whoever_is_agreed_to_today_reads_no_emergency_of_before(site: Site) -> None:
    old = await site.alert("sos", "over", site.clock.now_s)
    site.clock.now_s += 3600.0
    going_on = await site.alert("sos", "open")
    await site.person(Role.CAREGIVER, "new")
    await site.relate("new")
    async with site.http("new") as new, site.http("caregiver") as known:
        assert [one["id"] for one in (await new.get("/api/v1/alerts")).json()["alerts"]] == [going_on]
        assert (await new.get(f"/api/v1/alerts/{old}")).status_code == 404
        assert (await known.get(f"/api/v1/alerts/{old}")).json()["place"] is None


async def test_reading_a_route_is_a_look(site: Site) -> None:
    await site.parts.trips.share(site.wearer(), site.trip)
    async with site.http("caregiver") as http:
        assert (await http.get(f"/api/v1/routes/{site.route}")).status_code == 200
    assert [row.what for row in await site.rows(select(looks.c.what))] == ["route"]


async def test_the_key_of_a_phone_that_logs_opens_nothing_of_the_wearers(site: Site) -> None:
    made = await devices.add_device(site.parts.db, site.clock, site.ids["hanako"], "phone", kind="logger")
    site.headers["logger"] = {"Authorization": f"Bearer {made.key}"}
    reads = ("/saved-places", "/trips", "/places?map=oita&q=a", f"/routes/{site.route}")
    asked = [("GET", path) for path in reads]
    asked += [("POST", path) for path in ("/routes", "/saved-places", "/devices/self/key")]
    async with site.http("logger") as http:
        refused = {(await http.request(verb, f"/api/v1{path}")).status_code for verb, path in asked}
    assert refused == {403}


async def test_an_evaluators_copy_leads_from_no_pseudonym_to_an_account(site: Site) -> None:
    await site.relate("evaluator")
    actor = Actor(site.ids["evaluator"], Role.EVALUATOR, "evaluator")
    await site.parts.trips.look(actor, site.trip, "outing")
    async with site.http("evaluator") as http:
        copy = await http.post("/api/v1/export", json={"password": PASSWORD})
    whole = zipfile.ZipFile(io.BytesIO(copy.content))
    texts = {name: whole.read(name).decode() for name in whole.namelist()}
    assert site.trip in texts["data/looks.json"]
    assert not [name for name, text in texts.items() if site.ids["hanako"] in text]


# --- names


EVIL = (
    "\x1b[2Jhanako",
    "a\nb",
    "a\r\nBcc: x@example.jp",
    "hana\u202eoka",
    "\u200b",
    "a\x00b",
    "\u3000",
    "ha\u00adnako",
)


async def test_no_name_drives_a_terminal_or_hides_what_it_is(site: Site) -> None:
    for name in EVIL:
        assert not is_name(name)
        await _nowhere(site, name)


async def _nowhere(site: Site, name: str) -> None:
    wearer, parts = site.wearer(), site.parts
    admin = Actor(site.ids["administrator"], Role.ADMINISTRATOR, "administrator")
    with pytest.raises(Malformed):
        await parts.people.rename(admin, site.ids["hanako"], name)
    with pytest.raises(Malformed):
        await parts.invitations.invite(wearer, name)
    with pytest.raises(Malformed):
        await parts.links.make(wearer, site.trip, name, 1.0)
    with pytest.raises(Malformed):
        await parts.devices.rename(wearer, site.ids["device"], name)
    with pytest.raises(Malformed):
        await parts.pairing.code(wearer, name, "glasses")
    code = (await parts.pairing.code(wearer, "glasses", "glasses")).code
    with pytest.raises(Malformed):
        await parts.pairing.redeem(PairRequest(code=code, kind="glasses", label=name), "test")
    invited = (await parts.invitations.invite(wearer, "sister")).code
    with pytest.raises(Malformed):
        await parts.invitations.register(invited, "sister", name, "another horse 34", "test")


@pytest.mark.parametrize("name", ["山田　花子", "はなこ", "Hanako O'Neil", "東 🦮"])
def test_honest_names_are_names(name: str) -> None:
    assert is_name(name)


# --- addresses that the server would call


@pytest.mark.parametrize(
    "address",
    ["::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::a00:1", "fec0::1", "5f00::1", "::ffff:169.254.169.254",
     "::", "100.64.0.1", "fe80::1", "0.1.2.3", "2002:a00:1::", "224.0.0.1", "ff0e::1", "100::1"],
)  # fmt: skip
def test_no_address_of_an_inner_network_is_called(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


async def test_nobody_fills_a_strangers_mailbox_or_server(site: Site) -> None:
    async with site.http("caregiver") as http:
        statuses = []
        for number in range(12):
            site.clock.now_s += 60.0
            made = await http.post("/api/v1/channels/email", json={"email": f"a{number}@example.jp"})
            statuses.append(made.status_code)
            if made.status_code == 201:
                await http.delete(f"/api/v1/channels/{made.json()['id']}")
        assert statuses == [201] * 10 + [429] * 2
        hook = await http.post("/api/v1/channels/webhook", json={"url": "https://example.jp/hook"})
        path = f"/api/v1/channels/{hook.json()['channel']['id']}/test"
        assert [(await http.post(path)).status_code for _ in range(7)] == [200] * 5 + [429] * 2


# --- one account that wants everything


async def test_a_person_and_a_link_have_so_many_live_views_open(site: Site) -> None:
    viewing = site.parts.viewing
    for who, most in ((Who(user_id="a"), MOST_OF_ONE), (Who(link_id="b"), MOST_OF_A_LINK)):
        opened = [viewing.open(site.trip, Always(), who, None) for _ in range(most)]
        for one in opened:
            await one.__aenter__()
        with pytest.raises(TooMany):
            await viewing.open(site.trip, Always(), who, None).__aenter__()
        await viewing.open(site.trip, Always(), Who(user_id="c"), None).__aenter__()
        await opened[0].__aexit__(None, None, None)
        await viewing.open(site.trip, Always(), who, None).__aenter__()


async def test_a_person_has_so_many_streams_of_alerts_open(site: Site) -> None:
    actor = Actor(site.ids["caregiver"], Role.CAREGIVER, "caregiver")

    async def who() -> Actor:
        return actor

    stream = site.parts.alerts.stream
    opened = [stream.follow(who, None) for _ in range(MOST_STREAMS)]
    for one in opened:
        for _ in range(2):
            await anext(one)
    async with site.http("caregiver") as http:
        assert (await http.get("/api/v1/alerts/live")).status_code == 429
    for one in opened:
        await one.aclose()  # type: ignore[attr-defined]
    stream.has_room(actor.user_id)


async def test_plans_are_counted_for_the_wearer_and_not_for_the_key(site: Site) -> None:
    actors = [Actor(site.ids["hanako"], Role.DEVICE, "hanako", f"device {number}") for number in range(40)]
    for actor in actors[:39]:  # and the one that the fixture made
        await site.parts.routes.plan(actor, PLAN)
    with pytest.raises(TooMany):
        await site.parts.routes.plan(actors[39], PLAN)


async def test_a_device_that_was_taken_over_does_not_fill_the_disk(site: Site) -> None:
    event = TripEvent(
        boot="b", seq=1, trip_id="a" * 32, utc_s=1.0, what=TripStarted(route_id=None, practice=False)
    )
    batch = (event,) * 150_000
    for _ in range(4):
        await site.parts.ingest.store(site.ids["device"], "b", batch)
    with pytest.raises(Unavailable):
        await site.parts.ingest.store(site.ids["device"], "b", batch)
    other = await devices.add_device(site.parts.db, site.clock, site.ids["hanako"], "second")
    await site.parts.ingest.store(other.device_id, "b", (replace(event, trip_id="b" * 32),))


async def test_passwords_are_judged_and_hashed_beside_the_loop_and_for_no_stranger(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    where: set[bool] = set()

    def noted(*_args: object) -> None:
        where.add(threading.current_thread() is threading.main_thread())

    monkeypatch.setattr("server.invitations.fault_of", noted)
    monkeypatch.setattr("server.sessions.fault_of", noted)
    invitations = site.parts.invitations
    with pytest.raises(NotFound):
        await invitations.register("7k3q9-abcde-fghjk", "sister", "sister", "another horse 34", "test")
    assert where == set()
    invited = await invitations.invite(site.wearer(), "sister")
    await invitations.register(invited.code, "sister", "sister", "another horse 34", "test")
    async with site.http("hanako") as http:
        change = {"password": PASSWORD, "new_password": "another horse 34"}
        assert (await http.post("/api/v1/account/password", json=change)).status_code == 204
    assert where == {False}
