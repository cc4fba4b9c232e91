"""A wearer walks with a browser: which device it is, what the server takes from it, what it says."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select, update

from server.access import Role
from server.consent import Purpose
from server.credentials import new_id
from server.places_saved import PlaceToSave
from server.tables import alerts, deliveries, devices, events, trips
from server.walk_state import place_key
from server.walks import walks_of
from tests.people import consented
from tests.served import PLAN, Served, moved, served
from wire.api import PlanRequest
from wire.codec import BATCH
from wire.trip import Happening, Sos, TripEvent
from wire.uplink import Batch

COOKIE = "shirube-walk"
NORTH = 40.0 / 110_900.0  # forty metres, in degrees


class Walk(Served):
    """Hanako with a browser; Ichiro watches over her."""

    async def populate(self) -> None:
        for login in ("hanako", "taro"):
            await self.person(Role.WEARER, login)
        await self.person(Role.CAREGIVER, "ichiro")
        await self.relate("ichiro")
        await consented(self.parts.db, self.clock, self.ids["hanako"], Purpose.EMERGENCY_SHARING)

    def browser(self, who: str = "hanako") -> httpx.AsyncClient:
        """Theirs, which keeps its cookies."""
        headers = dict(self.headers[who])
        name, _, token = headers.pop("Cookie").partition("=")
        made = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://server", headers=headers
        )
        made.cookies.set(name, token)
        return made

    def form(self, who: str = "hanako", **fields: str) -> dict[str, str]:
        return {"csrf": self.headers[who]["X-CSRF-Token"], **fields}

    async def set_out(self, http: httpx.AsyncClient, route: str = "") -> str:
        """The trip that begins in this browser."""
        answer = await http.post("/wearer/walk/start", data=self.form(route=route))
        assert (answer.status_code, answer.headers["location"]) == (303, "/wearer/walk")
        (row, *_) = await self.rows(select(trips.c.id).order_by(trips.c.accepted_utc_s.desc()))
        return str(row.id)

    def batch(self, trip_id: str, *whats: Happening, first: int = 1) -> str:
        now_s = self.clock.now_s
        found = tuple(
            TripEvent(boot="page", seq=seq, trip_id=trip_id, utc_s=now_s, what=what)
            for seq, what in enumerate(whats, first)
        )
        return BATCH.encode(Batch(boot="page", events=found, sent_utc_s=now_s))

    async def kinds(self) -> list[str]:
        return [row.type for row in await self.rows(select(events.c.type).order_by(events.c.id))]

    async def now(self, http: httpx.AsyncClient, trip_id: str) -> dict[str, Any]:
        answer = await http.get(f"/api/v1/walk/{trip_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
async def site(store_url: str, tmp_path: Path) -> AsyncIterator[Walk]:
    async with served(store_url, tmp_path, Walk) as made:
        await made.populate()
        yield made


async def test_a_browser_is_one_device_of_its_wearer_that_has_no_key(site: Walk) -> None:
    async with site.browser() as http, site.browser() as another:
        first = await site.set_out(http)
        assert await site.set_out(http) == first  # pressed twice
        await http.post("/wearer/walk/stop", data=site.form())
        site.clock.now_s += 1.0
        assert await site.set_out(http) != first
        rows = await site.rows(select(devices))
        assert [(row.kind, row.wearer_id, row.id) for row in rows] == [
            ("page", site.ids["hanako"], http.cookies[COOKIE])
        ]
        await site.set_out(another)
        assert len(await site.rows(select(devices))) == 2
        # What names the browser is no key, and opens nothing by itself.
        key = {"Authorization": f"Bearer {http.cookies[COOKIE]}"}
        async with site.http() as stranger:
            assert (await stranger.get(f"/api/v1/trips/{first}", headers=key)).status_code == 401
        people = await http.get("/wearer/people")
        assert "このブラウザ / this browser" in people.text


async def test_events_of_a_page_are_stored_once_and_only_by_its_wearer(site: Walk) -> None:
    async with site.browser() as http:
        trip_id = await site.set_out(http)
        body = site.batch(trip_id, moved(site.clock.now_s), moved(site.clock.now_s, NORTH))
        for _ in range(2):
            answer = await http.post("/api/v1/walk/events", content=body)
            assert (answer.status_code, answer.json()["acked"]) == (200, 2)
        assert await site.kinds() == ["trip_started", "moved", "moved"]
        more = site.batch(trip_id, Sos(state="raised"), first=3)
        for refused in (
            await http.post("/api/v1/walk/events", content=more, headers={"X-CSRF-Token": "wrong"}),
            await http.post(
                "/api/v1/walk/events", content=site.batch("f" * 40, Sos(state="raised"), first=3)
            ),
        ):
            assert refused.status_code == 403
        cookie = http.cookies[COOKIE]
    for who in ("taro", "ichiro"):
        async with site.browser(who) as http:
            http.cookies.set(COOKIE, cookie)
            assert (await http.post("/api/v1/walk/events", content=more)).status_code == 403
            assert (await http.get(f"/api/v1/walk/{trip_id}")).status_code in (403, 404)
    assert await site.kinds() == ["trip_started", "moved", "moved"]


async def test_a_revoked_browser_is_told_so_and_its_outing_can_be_ended(site: Walk) -> None:
    async with site.browser() as http:
        trip_id = await site.set_out(http)
        first = http.cookies[COOKIE]
        assert (await http.post("/wearer/walk/left", data=site.form())).status_code == 404
        assert (await http.delete(f"/api/v1/devices/{first}")).status_code == 204
        body = site.batch(trip_id, moved(site.clock.now_s))
        answer = await http.post("/api/v1/walk/events", content=body)
        assert answer.status_code == 403
        assert "取り消されました" in answer.json()["detail_ja"]
        page = (await http.get("/wearer/walk")).text
        assert "取り消されました" in page
        assert "/wearer/walk/left" in page
        assert (await http.post("/wearer/walk/left", data=site.form())).status_code == 303
        assert http.cookies[COOKIE] != first  # another device from now on
        assert "/wearer/walk/left" not in (await http.get("/wearer/walk")).text
        # What waited in the browser is not lost: a device that was given up hands its trip on.
        assert (await http.post("/api/v1/walk/events", content=body)).status_code == 200
    assert await site.kinds() == ["trip_started", "trip_ended", "moved"]


async def test_the_wearer_reads_where_they_are_in_words_with_an_age(site: Walk) -> None:
    route = await site.parts.routes.plan(site.wearer(), PLAN)
    async with site.browser() as http:
        trip_id = await site.set_out(http, route.route_id)
        before = await site.now(http, trip_id)
        assert (before["age_s"], before["remaining_m"], before["call"]) == (None, None, "none")
        assert "まだ位置が届いていません" in before["where_ja"]
        body = site.batch(trip_id, moved(site.clock.now_s, NORTH))
        await http.post("/api/v1/walk/events", content=body)
        site.clock.now_s += 7.0
        now = await site.now(http, trip_id)
        assert (now["age_s"], now["remaining_m"], now["accuracy_m"]) == (7.0, 160.0, 5.0)
        assert now["where_ja"].startswith("昭和通りの横断歩道の手前 約40m。目的地まで約160m。誤差は約5m。")
        assert now["where_en"].startswith("About 40 m before the crossing of Showa-dori. About 160 m to")
        page = await http.get("/wearer/walk")
        assert now["where_ja"] in page.text
        assert "カメラがありません" in page.text
        assert "安全です" not in page.text
        assert page.headers["permissions-policy"] == "camera=(), microphone=(), geolocation=(self)"
        other = await http.get("/wearer")
        assert "geolocation=()" in other.headers["permissions-policy"]  # nowhere else


async def _alert(site: Walk, trip_id: str, **values: object) -> str:
    (sos,) = await site.rows(select(events).where(events.c.type == "sos"))
    now_s = site.clock.now_s
    row: dict[str, object] = {
        "id": new_id(), "wearer_id": site.ids["hanako"], "trip_id": trip_id, "kind": "sos", "state": "open",
        "key": place_key((sos.log_id, sos.seq)), "step": 0, "detail": "{}", "raised_utc_s": now_s,
        "changed_utc_s": now_s,
    }  # fmt: skip
    async with site.parts.db.write() as connection:
        await connection.execute(insert(alerts).values(row | values))
    return str(row["id"])


async def _change(site: Walk, alert_id: str, **values: object) -> None:
    async with site.parts.db.write() as connection:
        await connection.execute(update(alerts).where(alerts.c.id == alert_id).values(**values))


async def test_a_call_says_who_was_told_and_who_has_taken_it(site: Walk) -> None:
    now_s = site.clock.now_s
    async with site.browser() as http:
        answer = await http.post("/wearer/walk/sos", data=site.form())  # an outing begins with it
        assert answer.status_code == 303
        (trip,) = await site.rows(select(trips.c.id))
        trip_id = str(trip.id)
        raised = await site.now(http, trip_id)
        assert raised["call"] == "raised"
        assert "まだ誰にも知らせていません" in raised["call_ja"]
        alert_id = await _alert(site, trip_id)
        assert "知らせた人はまだいません" in (await site.now(http, trip_id))["call_ja"]
        message = {
            "alert_id": alert_id,
            "user_id": site.ids["ichiro"],
            "what": "raised",
            "step": 1,
            "channel_id": "",
        }
        told = {"state": "sent", "tries": 1, "created_utc_s": now_s, "sent_utc_s": now_s, "kind": "page"}
        async with site.parts.db.write() as connection:
            await connection.execute(insert(deliveries).values(message | told))
        waiting = await site.now(http, trip_id)
        assert waiting["call"] == "open"
        assert "ichiroさんに知らせました。まだ誰も応えていません" in waiting["call_ja"]
        assert waiting["call_ja"] in (await http.get("/wearer/walk")).text
        taken = {"acknowledged_by": site.ids["ichiro"], "acknowledged_utc_s": now_s}
        await _change(site, alert_id, state="acknowledged", **taken)
        assert "ichiroさんが対応" in (await site.now(http, trip_id))["call_ja"]
        await _change(site, alert_id, state="over", over_utc_s=now_s, over_why="answered_ok")
        assert (await site.now(http, trip_id))["call"] == "none"


async def test_a_call_by_a_form_has_the_last_position_if_there_is_one(site: Walk) -> None:
    async with site.browser() as http:
        trip_id = await site.set_out(http)
        await http.post("/wearer/walk/sos", data=site.form())
        await http.post("/api/v1/walk/events", content=site.batch(trip_id, moved(site.clock.now_s, NORTH)))
        await http.post("/wearer/walk/sos/cancel", data=site.form())
        await http.post("/wearer/walk/sos", data=site.form())
        found = await site.parts.trips.events_after(site.wearer(), trip_id, 0)
    said = [stored.event.what for stored in found if isinstance(stored.event.what, Sos)]
    assert [(one.state, one.lat is not None, one.fix_utc_s is not None) for one in said] == [
        ("raised", False, False),
        ("cancelled", False, False),
        ("raised", True, True),
    ]


async def test_destinations_are_saved_recent_or_found_and_faults_stand_at_their_field(site: Walk) -> None:
    home = PlaceToSave(name="祖母の家", lat=33.2352, lon=131.6066)
    await site.parts.privacy.places.save(site.wearer(), home)
    for name in ("県立美術館", "大分県庁", "県立美術館"):
        wanted = PlanRequest(map="beppu", origin="大分駅", destination=name)
        await site.parts.routes.plan(site.wearer(), wanted)
        site.clock.now_s += 1.0
    recent = await walks_of(site.parts).recent(site.wearer())
    assert [(one.place.name.ja, one.map) for one in recent] == [("県立美術館", "beppu")]  # one spot, once
    async with site.browser() as http:
        page = (await http.get("/wearer/walk")).text
        assert 'value="saved:祖母の家"' in page
        assert '<option value="beppu" selected>' in page  # where she planned last
        # One place of that name: it is walked to by its name.
        page = (await http.post("/wearer/walk/find", data=site.form(find="大分", map="oita"))).text
        assert '<option value="大分駅">大分駅(33.23340,131.60660)</option>' in page
        for fields, field in (({"start": "大分駅"}, "to"), ({"to": "県立美術館"}, "start")):
            answer = await http.post("/wearer/walk/plan", data=site.form(map="oita", **fields))
            assert answer.status_code == 422
            assert f'id="{field}-fault"' in answer.text
            assert next(iter(fields.values())) in answer.text  # what was typed is there again
        answer = await http.post(
            "/wearer/walk/plan",
            data=site.form(map="oita", origin="here", here="33.2334,131.6066", to="nowhere"),
        )
        assert answer.status_code == 404
        answer = await http.post(
            "/wearer/walk/plan", data=site.form(map="oita", start="大分駅", destination="saved:祖母の家")
        )
        assert answer.status_code == 200
        assert "約200 m、約3分、横断する所1か所。" in answer.text


async def test_another_wearers_route_begins_no_walk(site: Walk) -> None:
    route = await site.parts.routes.plan(site.wearer("taro"), PLAN)
    async with site.browser() as http:
        answer = await http.post("/wearer/walk/start", data=site.form(route=route.route_id))
    assert answer.status_code == 404
    assert await site.rows(select(trips)) == []


async def test_an_outing_with_another_device_is_told(site: Walk) -> None:
    await site.device("glasses")
    await site.start()
    async with site.browser() as http:
        page = (await http.get("/wearer/walk")).text
        assert "「glasses」" in page
        assert "/wearer/walk/left" not in page  # it goes on, and ends by itself
        await http.post("/logout", data=site.form())
        answer = await http.post("/api/v1/walk/events", content=site.batch("f" * 32))
        assert answer.status_code == 401
