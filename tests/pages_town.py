"""A town for tests of pages: a real server, people with sessions, and outings in every state, made by events.

    with town_in(folder) as town, chromium() as browser:
        seat = Seat(browser, town, "ichiro")
        seat.open(town.outing("stale"))

People and devices are made before the browser: Playwright's own event loop lets no other run beside it.
"""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx
import pyotp
import pytest
from playwright.sync_api import Browser, sync_playwright

from server import commands_people, commands_trial
from server.attempts import QUARTER_S
from server.organisations import LOCAL
from tests.server_process import PASSWORD, ServerProcess, running
from tests.trial_town import report_of, write_report
from tests.waiting import until
from wire.codec import BATCH
from wire.position import Fix
from wire.trip import Happening, HealthChanged, Moved, Sos, TripEnded, TripEvent
from wire.uplink import Batch

CHROMIUM = Path("/usr/bin/chromium")
# As root a browser needs no-sandbox; the rest keeps it from calling its maker.
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
LOGINS: Final = {"hanako": "wearer", "ichiro": "caregiver", "eva": "evaluator", "madoguchi": "administrator"}
_TRIPS: Final = ("waiting", "walking", "sos", "ended")  # each of a device of its own
_LAT, _LON = 33.2334, 131.6066


class Device:
    """The wearer's, which may set out. Its clock is the server's."""

    def __init__(self, server: ServerProcess, label: str = "標 / Shirube") -> None:
        key = commands_people.add_device(server.settings, "hanako", label).key
        self._clock = server.clock
        self._http = httpx.Client(base_url=server.http, headers={"Authorization": f"Bearer {key}"})
        self._seq = 0
        self.trip_id = ""

    def begin(self) -> str:
        """The id of its outing, from the station to the museum."""
        plan = {"map": "oita", "origin": "大分駅", "destination": "県立美術館"}
        route = self._http.post("/api/v1/routes", json=plan).json()["route_id"]
        trip = {"route_id": route, "started_utc_s": self._clock.utc_s()}
        self.trip_id = str(self._http.post("/api/v1/trips", json=trip).json()["trip_id"])
        return self.trip_id

    def send(self, *whats: Happening) -> None:
        now_s, first = self._clock.utc_s(), self._seq + 1
        self._seq += len(whats)
        events = tuple(
            TripEvent(boot="b", seq=seq, trip_id=self.trip_id, utc_s=now_s, what=what)
            for seq, what in enumerate(whats, first)
        )
        batch = BATCH.encode(Batch(boot="b", events=events, sent_utc_s=now_s))
        assert self._http.post("/api/v1/uplink/events", content=batch).status_code == 200

    def moved(self, north_m: float = 66.0) -> None:
        """So far from the station, 14 m before the crossing unless told otherwise."""
        lat = _LAT + north_m / 110_900.0
        self.send(Moved(fix=Fix(utc_s=self._clock.utc_s(), lat=lat, lon=_LON, accuracy_m=5.0)))

    def calls(self) -> None:
        self.send(Sos(state="raised", lat=_LAT, lon=_LON, accuracy_m=5.0, fix_utc_s=self._clock.utc_s()))

    def close(self) -> None:
        self._http.close()


class Town:
    """`ids`: what stands in addresses, by a name: outings by their state, an alert, a person …"""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.clock = server.clock
        self.ids: dict[str, str] = {}
        self.devices = {name: Device(server, f"眼鏡 {name}") for name in _TRIPS}
        self._people: dict[str, httpx.Client] = {}

    def person(self, login: str) -> httpx.Client:
        """Logged in, with the second factor that the role needs, set up on the way."""
        if login not in self._people:
            http = httpx.Client(base_url=self.server.http, follow_redirects=True)
            told = {"csrf": _field(http.get("/login").text, "csrf"), "login": login, "password": PASSWORD}
            answer = http.post("/login", data=told)
            if answer.url.path == "/login/set-up":
                _set_up(http, answer.text, self.clock.utc_s())
            self._people[login] = http
        return self._people[login]

    def cookies(self, login: str) -> list[dict[str, str]]:
        """For a browser: the session of that person."""
        jar = self.person(login).cookies.jar
        return [{"name": one.name, "value": one.value or "", "url": self.server.http} for one in jar]

    def press(self, login: str, path: str, **fields: str) -> str:
        """The page that answers to a button of theirs."""
        http = self.person(login)
        csrf = _field(http.get("/account").text, "csrf")
        answer = http.post(path, data={"csrf": csrf, **fields})
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def agree(self, purpose: str) -> None:
        """The wearer gives this consent, if it is not given, to the text as it is."""
        text = self.person("hanako").get(f"/wearer/consents/{purpose}").text
        self.ids |= {"purpose": purpose, "version": _value(text, r"文の版: ([^<]+)<")}
        if f"/wearer/consents/{purpose}/give" in text:
            self.press("hanako", f"/wearer/consents/{purpose}/give", version=self.ids["version"])

    def furnish(self) -> None:
        """Something on every list: a place, a zone, an invitation, an alert, an outing that is over …"""
        if "ended" in self.ids:
            return
        self.clock.forward(QUARTER_S)  # wrong passwords that somebody typed for a test count no more
        place = {"name": "家", "position": "33.2382,131.6126", "kind": "home"}
        self.press("hanako", "/wearer/places", **place)
        self.press("hanako", "/wearer/zones", **place | {"radius_m": "200", "on_enter": "true"})
        self.press("hanako", "/wearer/people/invitations", name="妹", password=PASSWORD)
        STATES["ended"](self)
        self.link()
        self.alert()
        self.publish()

    def publish(self) -> None:
        """Results of two trials: one of Hanako and of somebody who is not shown, one of nobody."""
        if "trial" in self.ids:
            return
        table = self.person("eva").get("/evaluator/outings.csv").text
        self.ids["participant"] = _value(table, r"(P-[0-9A-Z]{5})")
        # In a thread: where there is a browser, no other loop runs in this one.
        with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as aside:
            for name, persons, simulated in (
                ("trial", (self.ids["participant"], "P-22222"), False),
                ("made_up", ("P01", "P02", "P03"), True),
            ):
                report = write_report(Path(folder) / name, report_of(persons, simulated=simulated))
                made = aside.submit(commands_trial.publish, self.server.settings, LOCAL, report)
                self.ids[name] = made.result().trial_id

    def begin(self, name: str, *, shared: bool = True) -> Device:
        """That device sets out; the outing's id is `ids[name]`."""
        device = self.devices[name]
        self.ids[name] = device.begin()
        if shared:
            self.press("hanako", "/wearer/share", trip=self.ids[name])
        return device

    def outing(self, state: str) -> str:
        """The caregiver's page of an outing that is in this state now; see `STATES`."""
        return f"/caregiver/trips/{STATES[state](self)}"

    def alert(self) -> str:
        """The id of an open call for help."""
        if "alert" not in self.ids:
            STATES["sos"](self)
            ichiro = self.person("ichiro")
            found = until(
                lambda: re.search(r'data-alert="([^"]+)"', ichiro.get("/caregiver").text), "an alert"
            )
            self.ids["alert"] = found[1] if found else ""
        return self.ids["alert"]

    def link(self) -> str:
        """A share link's address, to the outing that goes on."""
        STATES["live"](self)
        page = self.press("hanako", "/wearer/links", trip=self.ids["walking"], name="妹", hours="2.0")
        return httpx.URL(_value(page, r'id="address"[^>]* value="([^"]+)"')).path

    def close(self) -> None:
        for one in (*self.devices.values(), *self._people.values()):
            one.close()


def _waiting(town: Town) -> str:
    return town.ids.get("waiting") or town.begin("waiting").trip_id


def _live(town: Town) -> str:
    device = town.devices["walking"] if "walking" in town.ids else town.begin("walking")
    device.moved()
    return device.trip_id


def _stale(town: Town) -> str:
    trip_id = _live(town)
    town.clock.forward(40.0)
    return trip_id


def _no_position(town: Town) -> str:
    trip_id = _live(town)
    town.clock.forward(130.0)
    town.devices["walking"].send(HealthChanged(part="position", health="stale"))
    return trip_id


def _no_contact(town: Town) -> str:
    trip_id = _live(town)
    town.clock.forward(130.0)
    return trip_id


def _sos(town: Town) -> str:
    fresh = "sos" not in town.ids
    device = town.begin("sos") if fresh else town.devices["sos"]
    device.moved()
    if fresh:
        device.calls()
    return device.trip_id


def _ended(town: Town) -> str:
    if "ended" not in town.ids:
        device = town.begin("ended")
        for north_m in (0.0, 40.0, 79.0):
            device.moved(north_m)
        device.send(TripEnded(arrived=True, reason="arrived"))
    return town.ids["ended"]


# Each answers with the outing's id. What is old is old because the server's clock went on.
STATES: Final[dict[str, Callable[[Town], str]]] = {
    "waiting": _waiting,
    "live": _live,
    "stale": _stale,
    "no_position": _no_position,
    "no_contact": _no_contact,
    "sos": _sos,
    "ended": _ended,
}


@contextmanager
def town_in(folder: Path) -> Iterator[Town]:
    """A town in which nobody has set out yet. Skips the test where there is no Chromium."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with running(folder) as server:
        for login, role in LOGINS.items():
            commands_people.add_user(server.settings, role, login, password=PASSWORD)
        for viewer in ("ichiro", "eva"):
            commands_people.link(server.settings, viewer, "hanako", wearer_agreed=True)
        with closing(Town(server)) as made:
            for purpose in ("live_sharing", "trial_research", "emergency_sharing"):
                made.agree(purpose)
            listed = made.person("madoguchi").get("/api/v1/people").json()
            made.ids["person"] = next(one["id"] for one in listed["people"] if one["login"] == "eva")
            yield made


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's, without a window."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*FLAGS])
        yield made
        made.close()


def _field(page: str, name: str) -> str:
    return _value(page, rf'name="{name}" value="([^"]+)"')


def _value(page: str, pattern: str) -> str:
    found = re.search(pattern, page)
    assert found is not None, f"{pattern} is not on the page"
    return found[1]


def _set_up(http: httpx.Client, page: str, now_s: float) -> None:
    secret = _value(page, r"secret=([A-Z2-7]+)")
    code = pyotp.TOTP(secret).at(datetime.fromtimestamp(now_s, UTC))
    told = {"csrf": _field(page, "csrf"), "pending": _field(page, "pending"), "code": code}
    assert http.post("/login/set-up", data=told).status_code == 200
