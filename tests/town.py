"""A town with one of everything: Hanako walks, everybody else stands to her in another way.

For tests that ask each endpoint as each of them. `call_of` gives a request that succeeds for who may make it.
"""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from fastapi import FastAPI
from sqlalchemy import Table, insert, select

from server import accounts, audit, devices, organisations, relations
from server.access import Actor, Role
from server.alerts.senders.fakes import RecordingSender
from server.alerts.setup import Telling
from server.app import create_app
from server.consent import Purpose
from server.consent_texts import current_text
from server.credentials import new_id, token_hash
from server.fakes import FakeClock, FakePlanner
from server.organisations import LOCAL
from server.parts import Parts
from server.sessions import Session
from server.settings import Settings
from server.tables import (
    alerts,
    blockages,
    channels,
    deliveries,
    erasures,
    links,
    map_jobs,
    saved_places,
    sessions,
    trips,
    users,
    zones,
)
from server.trial_publishing import publish
from server.walks import walks_of
from tests.people import code_of, consented, whole_session
from tests.trial_town import VERDICT, files_of, report_of
from wire.api import PlanRequest, TripRequest
from wire.position import Fix
from wire.trip import Moved, TripEvent
from wire.uplink import PROTOCOL

PASSWORD = "correct horse 12"
PLAN = {"map": "oita", "origin": "大分駅", "destination": "県立美術館"}
CLOSED = {"id": "report-1", "map": "oita", "lat": 33.2335, "lon": 131.6066}
ZONE = {"name": "駅前", "lat": 33.2334, "lon": 131.6066, "radius_m": 150.0}
_NEW_MAP = {
    "map": "city",
    "kind": "fetch",
    "area": "33,131,34,132",
    "state": "asks",
    "told": '{"ja": "", "en": ""}',
}
AUDIO = current_text("live_sharing", "ja")


@dataclass
class Town:
    """`headers`: what each of them sends; `things`: what stands in addresses and bodies."""

    app: FastAPI
    clock: FakeClock
    ids: dict[str, str] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)
    other_organisation: str = ""

    @property
    def parts(self) -> Parts:
        parts = self.app.state.parts
        assert isinstance(parts, Parts)
        return parts

    @property
    def trip(self) -> str:
        return self.things["trip_id"]

    @property
    def route(self) -> str:
        return self.things["route_id"]

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://server")

    async def person(
        self, role: Role, login: str, *, other: bool = False, half: bool = False, once: bool = False
    ) -> None:
        """`half`: logged in, with a second factor still to be set up; `once`: with a one-time password."""
        by = audit.By(self.other_organisation if other else LOCAL)
        made = await accounts.add_user(
            self.parts.db, self.clock, role, login, login, PASSWORD, by=by, one_time=once
        )
        self.ids[login] = made.user_id
        if half or once:
            token = await self.parts.sessions.log_in(login, PASSWORD, "test")
        else:
            token = await whole_session(self.parts, login, PASSWORD)
        await self.let_in(login, token, half=half or once)

    async def let_in(self, login: str, token: str, *, half: bool = False) -> None:
        session = await self.parts.sessions.look_up(token, half=True)
        assert session is not None
        assert (session.missing is not None) is half
        self.headers[login] = {"Cookie": f"shirube={token}", "X-CSRF-Token": session.csrf}

    async def session(self, login: str) -> Session:
        token = self.headers[login]["Cookie"].removeprefix("shirube=")
        session = await self.parts.sessions.look_up(token)
        assert session is not None
        return session

    async def device(self, name: str, wearer: str, kind: str = "glasses") -> str:
        made = await devices.add_device(self.parts.db, self.clock, self.ids[wearer], name, kind)  # type: ignore[arg-type]
        self.headers[name] = {"Authorization": f"Bearer {made.key}"}
        return made.device_id

    async def ask(self, viewer: str, wearer: str = "hanako", *, agreed: bool = True) -> None:
        await relations.ask_relation(
            self.parts.db, self.clock, self.ids[viewer], self.ids[wearer], wearer_agreed=agreed
        )

    def wearer(self, login: str = "hanako") -> Actor:
        return Actor(self.ids[login], Role.WEARER, login)

    async def relation(self, viewer: str) -> int:
        found = await relations.relations_of(self.parts.db, self.ids["hanako"])
        return int(next(row.id for row in found if row.name == viewer))

    async def end(self, viewer: str) -> None:
        await relations.end_relation(self.parts.db, self.clock, self.wearer(), await self.relation(viewer))

    async def disable(self, login: str) -> None:
        async with self.parts.db.write() as connection:
            await accounts.disable(connection, self.clock.utc_s(), audit.By(LOCAL), self.ids[login])

    async def row(self, table: Table, **values: object) -> str:
        made = new_id()
        async with self.parts.db.write() as connection:
            await connection.execute(insert(table).values(id=made, **values))
        return made


def app_on(url: str, folder: Path, clock: FakeClock) -> FastAPI:
    """The server on that store, with a recorded text and every way of telling."""
    audio = folder / "audio"
    audio.mkdir(exist_ok=True)
    (audio / AUDIO.audio_name).write_bytes(b"RIFF")
    maps = folder / "maps"
    maps.mkdir(exist_ok=True)
    settings = Settings(
        database_url=url,
        key_file=folder / "key",
        maps={"city": maps / "city.shirube"},
        consent_audio=audio,
        telling=Telling(push_contact="https://example.jp"),
    )
    senders: Any = {kind: RecordingSender() for kind in ("email", "push", "webhook")}
    return create_app(settings, clock, planner=FakePlanner(), senders=senders)


async def populate(town: Town) -> None:
    town.other_organisation = await organisations.add_organisation(town.parts.db, town.clock, "別府 / Beppu")
    await _people(town)
    await _devices(town)
    for viewer in ("watching", "sister", "disabled", "ended", "eva", "eva-half", "eva-code", "eva-ended"):
        await town.ask(viewer)
    for viewer in ("asked", "eva-asked"):
        await town.ask(viewer, agreed=False)
    await town.ask("of-taro", "taro")
    device = Actor(town.ids["hanako"], Role.DEVICE, "hanako", town.things["device"])
    route = await town.parts.routes.plan(device, PlanRequest(**PLAN))  # type: ignore[arg-type]
    town.things["route_id"] = route.route_id
    wanted = TripRequest(route_id=route.route_id, started_utc_s=1.0)
    town.things["trip_id"] = await town.parts.trips.start(device, wanted)
    await town.parts.trips.share(town.wearer(), town.trip)
    town.clock.now_s += 60.0
    for viewer in ("late", "eva-late"):
        await town.ask(viewer)
    for viewer in ("ended", "eva-ended"):
        await town.end(viewer)
    await _things(town)
    for login in ("disabled", "gone"):
        await town.disable(login)


async def _people(town: Town) -> None:
    for login in ("hanako", "taro", "gone"):
        await town.person(Role.WEARER, login)
    await town.person(Role.WEARER, "far", other=True)
    await town.person(Role.WEARER, "new", once=True)
    for login in ("watching", "asked", "ended", "late", "unrelated", "of-taro", "disabled"):
        await town.person(Role.CAREGIVER, login)
    await town.person(Role.CAREGIVER, "sister", other=True)
    for login in ("eva", "eva-asked", "eva-ended", "eva-late", "eva-unrelated", "eva-code"):
        await town.person(Role.EVALUATOR, login)
    await town.person(Role.EVALUATOR, "eva-half", half=True)
    # Logged in once more, and the code not given yet.
    await town.let_in("eva-code", await town.parts.sessions.log_in("eva-code", PASSWORD, "test"), half=True)
    await town.person(Role.ADMINISTRATOR, "admin")
    await town.person(Role.ADMINISTRATOR, "admin-half", half=True)
    await town.person(Role.ADMINISTRATOR, "admin-far", other=True)
    for login in ("hanako", "taro"):
        await consented(town.parts.db, town.clock, town.ids[login])


async def _devices(town: Town) -> None:
    town.things["device"] = await town.device("device", "hanako")
    await town.device("second device", "hanako")
    await town.device("logger", "hanako", "logger")
    town.things["device of taro"] = await town.device("device of taro", "taro")
    await town.device("device of gone", "gone")
    revoked = await town.device("revoked device", "hanako")
    await devices.revoke_device(town.parts.db, town.clock, revoked)


async def _things(town: Town) -> None:
    """One of everything that is Hanako's, or of who watches over her."""
    parts, now_s, hanako = town.parts, town.clock.now_s, town.ids["hanako"]
    made = {"created_utc_s": now_s}
    invited = await parts.invitations.invite(town.wearer(), "somebody")
    link = {"token_hash": token_hash("link-token"), "expires_utc_s": now_s + 3600.0}
    alert = {"kind": "no_contact", "key": "k", "state": "open", "step": 0, "detail": "{}"}
    times = {"raised_utc_s": now_s, "changed_utc_s": now_s}
    closed = {"map": "oita", "lat": 33.0, "lon": 131.0, "kind": "other", "reported_utc_s": now_s}
    closed |= {"client_id": "c", "expires_utc_s": now_s + 3600.0}
    place = {"lat": 33.2, "lon": 131.6, **made}
    await parts.sessions.log_in("hanako", PASSWORD, "test")
    mine = token_hash(town.headers["hanako"]["Cookie"].removeprefix("shirube="))
    others = select(sessions.c.token_hash).where(sessions.c.user_id == hanako, sessions.c.token_hash != mine)
    async with parts.db.write() as connection:
        town.things["session_id"] = (await connection.execute(others)).scalars().first() or ""
        await connection.execute(insert(erasures).values(user_id=town.ids["taro"], asked_utc_s=now_s))
    watching = {"user_id": town.ids["watching"], "created_utc_s": now_s - 60.0}
    email = parts.sealer.seal('{"email":"a@example.jp"}')
    hook = parts.sealer.seal('{"url":"https://example.jp/","secret":"s"}')
    confirmed = await town.row(channels, kind="webhook", address=hook, confirmed_utc_s=now_s, **watching)
    unconfirmed = new_id()
    code = token_hash(unconfirmed + "CODE")
    async with parts.db.write() as connection:
        values = {"id": unconfirmed, "kind": "email", "address": email, "confirm_hash": code, **watching}
        await connection.execute(insert(channels).values(values))
    town.things |= {
        "person_id": town.ids["new"],
        "user_id": town.ids["new"],
        "browser": await walks_of(parts).browser_or_new(town.wearer(), ""),
        "device_id": (await devices.add_device(parts.db, town.clock, hanako, "one more")).device_id,
        "asked": str(await town.relation("asked")),
        "relation_id": str(await town.relation("watching")),
        "invitation_id": invited.invitation_id,
        "invited": (await parts.invitations.invite(town.wearer("taro"), "n")).code,
        "pairing": (await parts.pairing.code(town.wearer("taro"), "l", "glasses")).code,
        "token": "link-token",
        "link_id": await town.row(links, wearer_id=hanako, trip_id=town.trip, name="n", **link, **made),
        "alert_id": await town.row(alerts, wearer_id=hanako, trip_id=town.trip, **alert, **times),
        "zone_id": await town.row(
            zones, wearer_id=hanako, name="z", radius_m=100.0, on_enter=True, on_leave=False, **place
        ),
        "place_id": await town.row(saved_places, wearer_id=hanako, name="p", kind="other", **place),
        "blockage_id": await town.row(blockages, reporter_id=hanako, **closed),
        "of-watching": await town.row(blockages, reporter_id=town.ids["watching"], **closed),
        "channel_id": unconfirmed,
        "confirmed": confirmed,
        "name": "city",
        "job_id": await town.row(map_jobs, **_NEW_MAP, asked_utc_s=now_s, told_utc_s=now_s),
        "purpose": "live_sharing",
        "version": AUDIO.version,
    }
    await _call_for_help(town)
    await _publish(town)
    fix = Fix(utc_s=now_s, lat=33.2341, lon=131.6066, accuracy_m=5.0)
    event = TripEvent(boot="town", seq=1, trip_id=town.trip, utc_s=now_s, what=Moved(fix=fix))
    await parts.ingest.store(town.things["device"], "town", (event,))


async def _publish(town: Town) -> None:
    """The result of a trial in which Hanako takes part."""
    async with town.parts.db.write() as connection:
        query = select(users.c.pseudonym).where(users.c.id == town.ids["hanako"])
        person = str((await connection.execute(query)).scalar_one())
        result = report_of([person])
        made = await publish(connection, LOCAL, result, files_of(result), town.clock.now_s)
    town.things |= {"trial_id": made.trial_id, "person": person, "file_name": VERDICT}


async def _call_for_help(town: Town) -> None:
    """Taro has called for help, and it has come to the duty of his organisation."""
    parts, now_s, taro, admin = town.parts, town.clock.now_s, town.ids["taro"], town.ids["admin"]
    await consented(parts.db, town.clock, taro, Purpose.EMERGENCY_SHARING)
    walk = {"started_utc_s": now_s, "accepted_utc_s": now_s, "practice": False}
    trip = await town.row(trips, wearer_id=taro, device_id=town.things["device of taro"], **walk)
    times = {"raised_utc_s": now_s, "changed_utc_s": now_s}
    call = {"kind": "sos", "key": "k", "state": "open", "step": 1, "detail": "{}", "lat": 33.2, "lon": 131.6}
    alert = await town.row(alerts, wearer_id=taro, trip_id=trip, **call, **times)
    town.things["duty_alert"] = alert
    address = parts.sealer.seal('{"url":"https://duty.example.jp/","secret":"s"}')
    on_duty = {"address": address, "duty": True, "created_utc_s": now_s, "confirmed_utc_s": now_s}
    channel = await town.row(channels, user_id=admin, kind="webhook", **on_duty)
    told = {"what": "raised", "step": 1, "state": "sent", "tries": 1, "created_utc_s": now_s}
    async with parts.db.write() as connection:
        message = {"alert_id": alert, "user_id": admin, "channel_id": channel, "kind": "webhook", **told}
        await connection.execute(insert(deliveries).values(message))


@dataclass(frozen=True)
class Call:
    """A request that would succeed for who may make it."""

    method: str
    address: str
    json: dict[str, Any] | None = None
    form: dict[str, str] | None = None
    cookie: str = ""

    def sent(self, headers: dict[str, str]) -> tuple[dict[str, str], bytes]:
        """Headers and body, with the secret that a form carries, and one more cookie."""
        if self.cookie:
            headers = headers | {"Cookie": "; ".join(filter(None, (headers.get("Cookie"), self.cookie)))}
        if self.form is not None:
            form = self.form | {"csrf": self.form.get("csrf", headers.get("X-CSRF-Token", "none"))}
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            return headers | kind, urlencode(form).encode()
        if self.json is not None:
            return headers | {"Content-Type": "application/json"}, httpx.Request(
                "POST", "/", json=self.json
            ).content
        return headers, b""


# Where the object in the address is not the one that bears its name.
_OTHERS = {
    "/relations/{relation_id}/agree": "asked",
    "/caregiver/blockages/{blockage_id}/remove": "of-watching",
    "/channels/{channel_id}/test": "confirmed",
    "/administrator/alerts/{alert_id}": "duty_alert",
    "/administrator/alerts/{alert_id}/acknowledge": "duty_alert",
}


def address_of(town: Town, path: str) -> str:
    """The path with the town's things in it."""
    other = next((thing for end, thing in _OTHERS.items() if path.endswith(end)), None)
    address, _, query = path.partition("?")
    while "{" in address:
        before, _, rest = address.partition("{")
        name, _, after = rest.partition("}")
        address = before + town.things[other or name] + after
    return f"{address}?{query}" if query else address


async def call_of(town: Town, method: str, path: str, who: str) -> Call:
    """The request to this endpoint by `who`."""
    address = address_of(town, path)
    # Whoever asks says that their browser is the one in which Hanako walks.
    cookie = f"shirube-walk={town.things['browser']}" if "/walk" in path else ""
    if method == "GET":
        return Call(method, address, cookie=cookie)
    bare = path.partition("?")[0]
    if bare.startswith("/api/"):
        body = await _body(town, method, bare.removeprefix("/api/v1"), who)
        return Call(method, address, json=body, cookie=cookie)
    return Call(method, address, form=await _form(town, bare, who), cookie=cookie)


async def _walking(town: Town) -> dict[str, str]:
    """Hanako walks in her browser."""
    await walks_of(town.parts).begin(town.wearer(), town.things["browser"], None)
    return {}


async def _made_map(town: Town) -> dict[str, str]:
    """A new map lies beside the one in use."""
    town.parts.maps.files("city").new.write_bytes(b"new")
    return {}


async def _left(town: Town) -> dict[str, str]:
    """She walked in another browser, which was revoked on the way."""
    walks, hanako = walks_of(town.parts), town.wearer()
    other = await walks.browser_or_new(hanako, "")
    town.clock.now_s += 1.0
    await walks.begin(hanako, other, None)
    await devices.revoke_device(town.parts.db, town.clock, other)
    return {}


async def _begun(town: Town, who: str) -> dict[str, str]:
    """The first code of a new second factor of theirs."""
    if who not in town.ids:
        return {"password": PASSWORD, "pending": "x", "code": "123456"}
    actor = Actor(town.ids[who], Role.WEARER, who)
    begun = town.parts.second_factor.begin(actor, who)
    return {"password": PASSWORD, "pending": begun.pending, "code": code_of(begun.secret, town.clock.now_s)}


async def _body(town: Town, method: str, path: str, who: str) -> dict[str, Any] | None:
    match method, path:
        case "POST", "/routes" | "/routes/alternatives":
            return PLAN
        case "POST", "/trips":
            return {"route_id": town.route, "started_utc_s": 2.0}
        case "POST", "/blockages":
            return CLOSED
        case "POST", "/zones":
            return ZONE
        case "POST", "/saved-places":
            return {"name": "駅前", "lat": 33.2334, "lon": 131.6066, "kind": "other"}
        case "POST", "/trips/{trip_id}/links":
            return {"name": "兄"}
        case "POST", "/uplink/events" | "/walk/events":
            return {"protocol": PROTOCOL, "boot": "b" * 32, "events": []}
        case "POST", "/loggers/owntracks":
            return {"_type": "lwt"}
        case "POST", "/consents":
            version = current_text("model_improvement", "ja").version
            return {"purpose": "model_improvement", "version": version, "lang": "ja"}
        case "POST", "/consents/withdrawals":
            return {"purpose": "live_sharing"}
        case "POST", "/channels/email":
            return {"email": "b@example.jp"}
        case "POST", "/channels/push":
            keys = {"p256dh": _P256, "auth": "AAAAAAAAAAAAAAAAAAAAAA"}
            return {"endpoint": "https://push.example.jp/1", "keys": keys}
        case "POST", "/channels/webhook":
            return {"url": "https://hook.example.jp/2"}
        case "POST", "/channels/{channel_id}/confirm":
            return {"code": "CODE"}
        case "POST", "/people":
            return {"role": "caregiver", "login": "made-now", "name": "n"}
        case "PATCH", "/people/{person_id}":
            return {"name": "another name"}
        case "PATCH", "/devices/{device_id}":
            return {"label": "another name"}
        case "PUT", "/relations/{relation_id}/alert-order":
            return {"alert_order": 2}
        case "POST", "/account/password":
            return {"password": PASSWORD, "new_password": "another horse 34"}
        case "PUT", "/account/second-factor":
            return await _begun(town, who)
        case "POST", "/pairings":
            return {"password": PASSWORD, "label": "new glasses"}
        case "POST", "/invitations":
            return {"password": PASSWORD, "name": "sister"}
        case "POST", "/pairings/redeem":
            return {"code": town.things["pairing"]}
        case "POST", "/invitations/accept":
            return {"code": town.things["invited"]}
        case "POST", "/invitations/register":
            return {"code": town.things["invited"], "login": "made-now", "name": "n", "password": PASSWORD}
        case "DELETE", "/account/second-factor":
            return {"password": PASSWORD}
        case "POST", (
            "/account/second-factor"
            | "/account/second-factor/codes"
            | "/export"
            | "/erasure"
            | "/people/{user_id}/erasure"
        ):
            return {"password": PASSWORD}
        case _:
            return None


async def _form(town: Town, path: str, who: str) -> dict[str, str]:
    match path:
        case "/login":
            return {"login": "hanako", "password": PASSWORD, "csrf": "secret"}
        case "/login/second-factor":
            return {"code": "123456"}
        case "/login/password" | "/account/password":
            return {"password": PASSWORD, "new_password": "another horse 34"}
        case "/login/set-up" | "/account/second-factor/confirm":
            return await _begun(town, who)
        case "/account/sessions/end":
            return {}
        case "/account/leave":
            return {"relation": town.things["relation_id"]}
        case "/invitation/accept":
            return {"code": town.things["invited"]}
        case "/invitation/register":
            return {"code": town.things["invited"], "login": "made-now", "name": "n", "password": PASSWORD}
        case "/wearer/people/invitations":
            return {"password": PASSWORD, "name": "sister"}
        case "/wearer/people/relations/{relation_id}/order":
            return {"order": "2"}
        case "/wearer/people/pairings":
            return {"password": PASSWORD, "label": "new glasses"}
        case "/wearer/people/devices/{device_id}/rename":
            return {"label": "another name"}
        case "/administrator/people":
            return {"role": "caregiver", "login": "made-now", "name": "n"}
        case "/wearer/share" | "/wearer/unshare":
            return {"trip": town.trip}
        case "/wearer/blockages":
            return {"trip": town.trip, "report": "report-12345"}
        case "/caregiver/trips/{trip_id}/blockages":
            return {"report": "report-12345"}
        case "/channels/email":
            return {"email": "b@example.jp"}
        case "/channels/webhook":
            return {"url": "https://hook.example.jp/2"}
        case "/channels/{channel_id}/confirm":
            return {"code": "CODE"}
        case "/wearer/links":
            return {"trip": town.trip, "name": "兄"}
        case "/wearer/consents/{purpose}/give":
            return {"version": AUDIO.version}
        case "/wearer/places":
            return {"name": "駅前", "position": "33.2334,131.6066"}
        case "/wearer/zones":
            return {"name": "駅前", "position": "33.2334,131.6066", "radius_m": "150", "on_enter": "true"}
        case "/wearer/places/find" | "/wearer/zones/find":
            return {"find": "大分", "map": "oita"}
        case "/wearer/walk/find":
            return {"find": "大分", "map": "oita"}
        case "/wearer/walk/plan":
            return {"map": "oita", "start": "大分駅", "to": "県立美術館"}
        case "/wearer/walk/start":
            return {"route": town.route}
        case "/wearer/walk/sos/cancel" | "/wearer/walk/stop":
            return await _walking(town)
        case "/wearer/walk/left":
            return await _left(town)
        case "/channels/language":
            return {"language": "en"}
        case "/administrator/maps/{name}/new":
            return {"kind": "fetch", "area": "33.2324,131.5997,33.2407,131.6135"}
        case "/administrator/map-jobs/{job_id}/use" | "/administrator/map-jobs/{job_id}/drop":
            return await _made_map(town)
        case "/administrator/blockages/{blockage_id}/confirm":
            return {"hours": "24"}
        case "/administrator/blockages/{blockage_id}/end":
            return {"reason": "open_again"}
        case "/settings":
            return {"lang": "en", "theme": "dark"}
        case _:
            return {"password": PASSWORD}


# A point of the curve P-256 (RFC 8291, appendix A), as a browser gives its key.
_P256 = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"


def copied(folder: Path, to: Path) -> None:
    """The store of one town for another."""
    for name in ("s.db", "key"):
        if (folder / name).exists():
            shutil.copyfile(folder / name, to / name)


def whole(path: Path) -> None:
    """Everything that was written in the one file."""
    with closing(sqlite3.connect(path)) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def restore(path: Path, saved: Path) -> None:
    """The store at `path` as it was when it was saved, under the feet of the server that uses it."""
    with closing(sqlite3.connect(saved)) as source, closing(sqlite3.connect(path, timeout=10)) as target:
        target.execute("PRAGMA synchronous = OFF")  # nothing outlives the test
        source.backup(target)
