"""Consents: their texts, given and withdrawn with effect at once, by API and page; who looked; own places."""

import hashlib
import io
import re
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select

from server import accounts, commands_privacy, consent, consent_texts, devices, relations
from server.access import Actor, Role
from server.app import create_app
from server.consent import Purpose
from server.consent_texts import every_text
from server.errors import NotFound, SettingsError
from server.fakes import FakeClock, FakePlanner
from server.kept_days import days_for
from server.parts import Parts
from server.settings import Settings
from server.spreadsheets import table
from server.tables import consents, days, links, looks, shares
from wire.api import PlanRequest, TripRequest
from wire.position import Fix
from wire.trip import Moved, TripEvent

PASSWORD = "correct horse 12"
TEXTS = [text for text in every_text() if text.version != "2026-11"]  # the older ones came from a page
# What was ever shown stays as it was: a changed text needs a version, and a line here, of its own.
SHOWN = {
    ("live_sharing", "2026-11", "ja"): "cb9604c23d561e9a",
    ("live_sharing", "2026-11", "en"): "a605b2d429f982c5",
    ("live_sharing", "2026-12", "ja"): "d2ccbe5d44471b12",
    ("live_sharing", "2026-12", "en"): "cd6a1cc4696f8a91",
    ("trial_research", "2026-11", "ja"): "ffff3ac7a6f9f2e9",
    ("trial_research", "2026-11", "en"): "693b4b6e2f37ebfc",
    ("trial_research", "2026-12", "ja"): "91e1b3e26fc71e4e",
    ("trial_research", "2026-12", "en"): "0928023b5f558178",
    ("model_improvement", "2026-12", "ja"): "fa353f244ae9b1fc",
    ("model_improvement", "2026-12", "en"): "281f63d94bcc5c5f",
    ("emergency_sharing", "2026-12", "ja"): "0fe02751d019c28c",
    ("emergency_sharing", "2026-12", "en"): "692feca4e6c8c5a0",
}


@dataclass
class Site:
    app: FastAPI
    clock: FakeClock
    folder: Path
    ids: dict[str, str] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    trip: str = ""

    @property
    def parts(self) -> Parts:
        parts = self.app.state.parts
        assert isinstance(parts, Parts)
        return parts

    @property
    def hanako(self) -> Actor:
        return Actor(self.ids["hanako"], Role.WEARER, "花子")

    def http(self, who: str = "hanako") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://server", headers=self.headers[who])

    async def person(self, role: Role, login: str, name: str) -> None:
        made = await accounts.add_user(self.parts.db, self.clock, role, login, name, PASSWORD)
        self.ids[login] = made.user_id
        token = await self.parts.sessions.log_in(login, PASSWORD, "test")
        session = await self.parts.sessions.look_up(token, half=True)
        assert session is not None
        self.headers[login] = {"Cookie": f"shirube={token}", "X-CSRF-Token": session.csrf}

    async def say(self, purpose: Purpose, version: str | None = None) -> None:
        async with self.parts.db.write() as connection:
            await consent.give(
                connection, self.ids["hanako"], purpose, self.clock.now_s, how="page", version=version
            )

    async def press(self, path: str, **fields: str) -> httpx.Response:
        form = {"csrf": self.headers["hanako"]["X-CSRF-Token"], **fields}
        async with self.http() as http:
            return await http.post(path, data=form)


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    clock = FakeClock()
    settings = Settings(database_url=sqlite_url, consent_audio=tmp_path / "audio")
    made = Site(create_app(settings, clock, planner=FakePlanner()), clock, tmp_path)
    await made.person(Role.WEARER, "hanako", "花子")
    await made.person(Role.CAREGIVER, "ichiro", "一郎")
    await made.person(Role.EVALUATOR, "eva", "評価室")
    yield made
    await made.parts.db.close()


async def walk(site: Site) -> str:
    """A walk that is shared with Ichiro: his is agreed to, the consent is given."""
    db, hanako = site.parts.db, site.ids["hanako"]
    await relations.ask_relation(db, site.clock, site.ids["ichiro"], hanako, wearer_agreed=True)
    device = await devices.add_device(db, site.clock, hanako, "glasses")
    actor = Actor(hanako, Role.DEVICE, "d", device.device_id)
    route = await site.parts.routes.plan(
        actor, PlanRequest(map="oita", origin="大分駅", destination="県立美術館")
    )
    wanted = TripRequest(route_id=route.route_id, started_utc_s=site.clock.now_s)
    site.trip = await site.parts.trips.start(actor, wanted)
    await site.say(Purpose.LIVE_SHARING)
    await site.parts.trips.share(site.hanako, site.trip)
    events = tuple(
        TripEvent(boot="b", seq=seq, trip_id=site.trip, utc_s=site.clock.now_s, what=Moved(fix=fix))
        for seq, fix in enumerate(
            (
                Fix(utc_s=site.clock.now_s + s, lat=33.2334 + s * 2.7e-4, lon=131.6066, accuracy_m=3.0)
                for s in range(200)
            ),
            1,
        )
    )
    await site.parts.ingest.store(device.device_id, "b", events)
    return site.trip


# The texts


def test_no_text_was_ever_changed_under_its_version() -> None:
    assert {(text.purpose, text.version, text.lang): text.sha256[:16] for text in every_text()} == SHOWN


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{text.purpose}-{text.lang}")
def test_a_text_is_made_to_be_heard(text: consent_texts.Text) -> None:
    for line in text.spoken:
        assert not re.search(r"[()（）\[\]*_#/:;]", line), line
        for sentence in re.split(r"(?<=[。.?])\s*", line):
            assert len(sentence) <= (60 if text.lang == "ja" else 120), sentence


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{text.purpose}-{text.lang}")
def test_a_text_says_all_that_a_person_must_know(text: consent_texts.Text) -> None:
    whole = " ".join(text.spoken)
    needed = (
        ("だれが見ますか", "特に注意のいる個人情報", "先に同意したときだけ", "いつでもやめられます",
         "理由はいりません", "断っても、道案内と警告はこれまでどおり使えます", "不利益もありません")
        if text.lang == "ja"
        else ("Who sees", "needs special care", "only if you agree beforehand", "stop at any time",
              "without a reason", "Guidance and warnings work as before", "no other disadvantage")
    )  # fmt: skip
    for words in needed:
        assert words in whole, words
    if text.purpose != "model_improvement":
        assert ("長くても90日" if text.lang == "ja" else "90 days at the latest") in whole
        assert ("30日のうちに" if text.lang == "ja" else "within another 30 days") in whole


def test_both_languages_have_the_same_paragraphs() -> None:
    for text in TEXTS:
        other = consent_texts.text_of(text.purpose, text.version, "en" if text.lang == "ja" else "ja")
        assert len(text.paragraphs) == len(other.paragraphs), text.purpose


def test_every_purpose_has_a_text_and_no_other() -> None:
    assert tuple(purpose.value for purpose in Purpose) == consent_texts.purposes()
    with pytest.raises(NotFound):
        consent_texts.versions("advertising")
    with pytest.raises(NotFound):
        consent_texts.text_of("live_sharing", "1999-01", "ja")


def test_a_text_that_was_changed_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    one = consent_texts._Version("2026-12", (), {"ja": "0" * 64, "en": "0" * 64})
    monkeypatch.setattr(consent_texts, "_manifest", lambda: {"model_improvement": (one,)})
    consent_texts.text_of.cache_clear()
    with pytest.raises(SettingsError, match="version of its own"):
        consent_texts.text_of("model_improvement", "2026-12", "ja")
    consent_texts.text_of.cache_clear()


def test_recordings_are_named_by_their_text(tmp_path: Path) -> None:
    said: list[tuple[tuple[str, ...], str]] = []

    def speak(sentences: tuple[str, ...], lang: str, path: Path) -> None:
        said.append((sentences, lang))
        path.write_bytes(b"RIFF" + hashlib.sha256("".join(sentences).encode()).digest())

    made = commands_privacy.record_consents(speak, tmp_path)
    assert len(made) == len(every_text()) == len(said)
    assert {path.name for path in tmp_path.iterdir()} == {text.audio_name for text in every_text()}
    made[0].unlink()
    assert commands_privacy.record_consents(speak, tmp_path) == (made[0],)


# Giving and withdrawing


async def test_a_consent_is_given_once_and_withdrawn(site: Site) -> None:
    version = consent_texts.current_text("trial_research", "ja").version
    body = {"purpose": "trial_research", "version": version, "lang": "en", "how": "audio"}
    async with site.http() as http:
        for _ in range(2):
            assert (await http.post("/api/v1/consents", json=body)).status_code == 204
        states = {one["purpose"]: one for one in (await http.get("/api/v1/consents")).json()["consents"]}
        assert [one["purpose"] for one in (await http.get("/api/v1/consents")).json()["consents"]] == [
            *Purpose
        ]
        mine = states["trial_research"]
        assert (mine["in_force"], mine["asks_again"], len(mine["history"])) == (True, False, 1)
        assert mine["history"][0] == {
            "version": version, "lang": "en", "how": "audio",
            "given_utc_s": site.clock.now_s, "withdrawn_utc_s": None,
        }  # fmt: skip
        assert not states["live_sharing"]["in_force"]
        site.clock.now_s += 5.0
        end = {"purpose": "trial_research"}
        for _ in range(2):
            assert (await http.post("/api/v1/consents/withdrawals", json=end)).status_code == 204
        states = {one["purpose"]: one for one in (await http.get("/api/v1/consents")).json()["consents"]}
    assert not states["trial_research"]["in_force"]
    assert states["trial_research"]["history"][0]["withdrawn_utc_s"] == site.clock.now_s


async def test_an_older_text_is_refused_and_the_newer_one_shown(site: Site) -> None:
    body = {"purpose": "live_sharing", "version": "2026-11", "lang": "ja"}
    async with site.http() as http:
        answer = await http.post("/api/v1/consents", json=body)
    assert answer.status_code == 409
    assert "2026-12" in answer.json()["detail_ja"]
    link = re.match(r'<(/[^>]+)>; rel="latest-version"', answer.headers["link"])
    assert link is not None
    async with site.http() as http:
        assert (await http.get(link[1])).json()["version"] == "2026-12"
    page = await site.press("/wearer/consents/live_sharing/give", version="2026-11")
    assert page.status_code == 409
    assert 'name="version" value="2026-12"' in page.text
    assert "説明の文が新しくなりました" in page.text


async def test_an_older_consent_goes_on_for_what_it_said_and_asks_again(site: Site) -> None:
    row = {"wearer_id": site.ids["hanako"], "lang": "ja", "how": "page", "given_utc_s": 1.0}
    async with site.parts.db.write() as connection:
        for purpose in ("live_sharing", "trial_research"):
            await connection.execute(
                insert(consents).values(row | {"purpose": purpose, "version": "2026-11"})
            )
        await connection.execute(
            insert(consents).values(row | {"purpose": "emergency_sharing", "version": "2020-01"})
        )
        hanako = site.ids["hanako"]
        assert await consent.in_force(connection, hanako, Purpose.LIVE_SHARING)
        assert not await consent.agreed_to_current(connection, hanako, Purpose.LIVE_SHARING)
        # A version that nothing carries: the purpose rests.
        assert not await consent.in_force(connection, hanako, Purpose.EMERGENCY_SHARING)
    async with site.http() as http:
        states = {one["purpose"]: one for one in (await http.get("/api/v1/consents")).json()["consents"]}
        assert states["live_sharing"]["asks_again"]
        assert "新しくなりました" in (await http.get("/wearer/consents")).text


async def test_withdrawing_ends_what_rests_on_it_at_once(site: Site) -> None:
    trip = await walk(site)
    async with site.parts.db.write() as connection:
        row = {"id": "l", "trip_id": trip, "wearer_id": site.ids["hanako"], "token_hash": "t", "name": "姉"}
        more = {"created_utc_s": 1.0, "expires_utc_s": 9e9}
        await connection.execute(insert(links).values(row | more))
    async with site.http("ichiro") as http:
        assert (await http.get(f"/api/v1/trips/{trip}/events")).status_code == 200
        rights = site.parts.hub.rights
        assert (await site.press("/wearer/consents/live_sharing/withdraw")).status_code == 303
        assert site.parts.hub.rights > rights  # open views ask again
        assert (await http.get(f"/api/v1/trips/{trip}/events")).status_code == 404
        # Given again, it opens nothing that was closed.
        await site.say(Purpose.LIVE_SHARING)
        assert (await http.get(f"/api/v1/trips/{trip}/events")).status_code == 404
    async with site.parts.db.read() as connection:
        ended = (await connection.execute(select(shares.c.withdrawn_utc_s))).scalars().all()
        revoked = (await connection.execute(select(links.c.revoked_utc_s))).scalars().all()
    assert [*ended, *revoked] == [site.clock.now_s] * 2


async def test_sharing_from_the_page_records_the_consent_that_it_shows(site: Site) -> None:
    async with site.http() as http:
        page = (await http.get("/wearer")).text
    assert "外出を見守りの人に見せること" in page
    assert "共有すると、この説明に同意したことになります。" in page
    assert page.count('name="version" value="2026-12"') == 1
    without = await site.press("/wearer/share", trip="")
    assert without.headers["location"] == "/wearer/consents/live_sharing"
    assert (await site.press("/wearer/share", trip="", version="2026-11")).status_code == 409
    assert not await site.parts.trips.is_shared(site.ids["hanako"], None)
    assert (await site.press("/wearer/share", trip="", version="2026-12")).headers["location"] == "/wearer"
    async with site.parts.db.read() as connection:
        rows = [(row.purpose, row.version, row.how) for row in await connection.execute(select(consents))]
        share = (await connection.execute(select(shares.c.text_version))).scalar_one()
    assert rows == [("live_sharing", "2026-12", "page")]
    assert share == "2026-12"


async def test_agreeing_to_an_evaluator_leads_to_the_text_of_the_trial(site: Site) -> None:
    db, hanako = site.parts.db, site.ids["hanako"]
    await relations.ask_relation(db, site.clock, site.ids["eva"], hanako, wearer_agreed=False)
    (relation,) = await relations.relations_of(db, hanako)
    answer = await site.press(f"/wearer/relations/{relation.id}/agree")
    assert answer.headers["location"] == "/wearer/consents/trial_research"


async def test_only_wearers_consent_and_only_the_known_read_texts(site: Site) -> None:
    body = {"purpose": "live_sharing", "version": "2026-12", "lang": "ja"}
    async with site.http("ichiro") as http:
        assert (await http.post("/api/v1/consents", json=body)).status_code == 403
        end = {"purpose": "live_sharing"}
        assert (await http.post("/api/v1/consents/withdrawals", json=end)).status_code == 403
        text = (await http.get("/api/v1/consents/texts/live_sharing?lang=en")).json()
        assert (text["version"], text["has_audio"]) == ("2026-12", False)
        older = (await http.get("/api/v1/consents/texts/live_sharing/2026-11")).json()
        assert older["title"] == "見守りの共有"
        assert (await http.get("/api/v1/consents/texts/live_sharing/..%2f..")).status_code == 404
        assert (await http.get("/api/v1/consents/texts/advertising")).status_code == 422
    transport = httpx.ASGITransport(site.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as http:
        for path in ("live_sharing", "live_sharing/2026-12", "live_sharing/2026-12/audio"):
            assert (await http.get(f"/api/v1/consents/texts/{path}")).status_code == 401


async def test_a_recording_is_served_only_if_it_is_of_this_text(site: Site) -> None:
    path = "/api/v1/consents/texts/live_sharing/2026-12/audio?lang=ja"
    folder = site.folder / "audio"
    folder.mkdir()
    (folder / "live_sharing-2026-12-ja-0000000000000000.wav").write_bytes(b"RIFF of another text")
    async with site.http() as http:
        answer = await http.get(path)
        assert answer.status_code == 404
        assert "録音" in answer.json()["detail_ja"]
        assert "<audio" not in (await http.get("/wearer/consents/live_sharing")).text
        (folder / consent_texts.current_text("live_sharing", "ja").audio_name).write_bytes(b"RIFF of this")
        answer = await http.get(path)
        assert (answer.headers["content-type"], answer.content) == ("audio/wav", b"RIFF of this")
        assert f'src="{path}"' in (await http.get("/wearer/consents/live_sharing")).text


# Who looked


async def test_looks_are_paged_newest_first_with_links_and_the_office(site: Site) -> None:
    trip = await walk(site)
    async with site.parts.db.write() as connection:
        row = {"id": "l", "trip_id": trip, "wearer_id": site.ids["hanako"], "token_hash": "t", "name": "姉"}
        await connection.execute(insert(links).values(row | {"created_utc_s": 1.0, "expires_utc_s": 9e9}))
        base = {"wearer_id": site.ids["hanako"], "utc_s": site.clock.now_s}
        await connection.execute(
            insert(looks).values(base | {"what": "link", "link_id": "l", "trip_id": trip})
        )
        await connection.execute(insert(looks).values(base | {"what": "export"}))
    async with site.http("ichiro") as http:
        await http.get(f"/api/v1/trips/{trip}/events")
    async with site.http() as http:
        first = (await http.get("/api/v1/looks?limit=2")).json()
        rest = (await http.get(f"/api/v1/looks?limit=2&after={first['next']}")).json()
        page = (await http.get("/wearer/looks")).text
        home = (await http.get("/wearer")).text
    seen = [(one["role"], one["name"], one["what"]) for one in (*first["looks"], *rest["looks"])]
    assert seen == [("caregiver", "一郎", "events"), ("office", "", "export"), ("link", "姉", "link")]
    assert (first["next"] is not None, rest["next"]) == (True, None)
    for text in (page, home):
        assert "リンク「姉」を持つ人" in text
        assert "サーバーの窓口" in text


# Places


async def test_places_are_ones_own_and_plans_find_them(site: Site) -> None:
    async with site.http() as http:
        body = {"name": "家", "lat": 33.2334, "lon": 131.6066, "kind": "home"}
        made = await http.post("/api/v1/saved-places", json=body)
        assert made.status_code == 201
        moved = await http.post("/api/v1/saved-places", json=body | {"lat": 33.24})
        assert moved.json()["id"] == made.json()["id"]
        assert (await http.get("/api/v1/saved-places")).json()["places"] == [moved.json()]
        plan = {"map": "oita", "origin": "saved:家", "destination": "県立美術館"}
        assert (await http.post("/api/v1/routes", json=plan)).status_code == 200
        assert (await http.post("/api/v1/routes", json=plan | {"origin": "saved:駅"})).status_code == 404
    planner = site.parts.routes._planner
    assert isinstance(planner, FakePlanner)
    assert planner.asked[-1].origin == "33.240000,131.606600"
    async with site.http("ichiro") as http:
        assert (await http.get("/api/v1/saved-places")).status_code == 403
    async with site.http() as http:
        assert (await http.delete(f"/api/v1/saved-places/{made.json()['id']}")).status_code == 204
        assert (await http.delete(f"/api/v1/saved-places/{made.json()['id']}")).status_code == 404


WRONG_PLACES: tuple[dict[str, object], ...] = (
    {"lat": 48.85, "lon": 2.35},
    {"name": " "},
    {"name": "a\nb"},
    {"map": "no map"},
    {"lat": 1e9},
    {"kind": "x"},
)


async def test_a_place_that_cannot_be_is_refused(site: Site) -> None:
    body = {"name": "家", "lat": 33.2334, "lon": 131.6066}
    async with site.http() as http:
        for wrong in WRONG_PLACES:
            answer = await http.post("/api/v1/saved-places", json=body | wrong)
            assert answer.status_code in (404, 422), wrong
        assert (await http.get("/api/v1/saved-places")).json()["places"] == []


async def test_the_page_of_places_keeps_and_forgets(site: Site) -> None:
    told = await site.press("/wearer/places", name="家", position="33.2334, 131.6066", kind="home")
    assert told.status_code == 303
    for wrong in ("here", "1,2,3", "nan,nan", "48.8,2.3"):
        answer = await site.press("/wearer/places", name="x", position=wrong)
        assert answer.status_code == 422, wrong
        assert 'role="alert"' in answer.text
    async with site.http() as http:
        page = (await http.get("/wearer/places")).text
        action = re.search(r'action="(/wearer/places/\w+/remove)"', page)
        assert action is not None
        await site.press(action[1])
        assert "まだありません" in (await http.get("/wearer/places")).text


# The blurred map


async def test_a_map_needs_the_text_that_speaks_of_it(site: Site) -> None:
    trip = await walk(site)
    db, hanako = site.parts.db, site.ids["hanako"]
    eva = Actor(site.ids["eva"], Role.EVALUATOR, "評価室")
    async with db.write() as connection:
        row = {
            "wearer_id": hanako,
            "purpose": "trial_research",
            "version": "2026-11",
            "lang": "ja",
            "how": "page",
        }
        await connection.execute(insert(consents).values(row | {"given_utc_s": 1.0}))
    await relations.ask_relation(db, site.clock, eva.user_id, hanako, wearer_agreed=True)
    assert (await site.parts.outings.of(eva, trip)).trip_id == trip  # figures, as the older text said
    with pytest.raises(NotFound):
        await site.parts.privacy.maps.of(eva, trip)
    await site.say(Purpose.TRIAL_RESEARCH)
    found = await site.parts.privacy.maps.of(eva, trip)
    assert found.lines
    assert len(found.hidden) >= 1  # no home is saved: both ends are taken out
    async with db.write() as connection:
        await consent.withdraw(connection, hanako, Purpose.TRIAL_RESEARCH, site.clock.now_s)
    with pytest.raises(NotFound):
        await site.parts.privacy.maps.of(eva, trip)


async def test_the_map_is_the_same_each_time_and_the_wearer_may_see_it(site: Site) -> None:
    trip = await walk(site)
    async with site.http() as http:
        first = (await http.get(f"/api/v1/trips/{trip}/map")).json()
        home = {"name": "家", "lat": 33.2334, "lon": 131.6066, "kind": "home"}
        assert (await http.get(f"/api/v1/trips/{trip}/map")).json() == first
        await http.post("/api/v1/saved-places", json=home)
        assert len((await http.get(f"/api/v1/trips/{trip}/map")).json()["hidden"]) == 1


async def test_days_are_told_to_evaluators_whom_the_wearer_agreed_to_before(site: Site) -> None:
    db, hanako = site.parts.db, site.ids["hanako"]
    eva = Actor(site.ids["eva"], Role.EVALUATOR, "評価室")
    await relations.ask_relation(db, site.clock, eva.user_id, hanako, wearer_agreed=True)  # on 2026-11-22
    row = {"wearer_id": hanako, "device_kind": "glasses", "trips": 1, "minutes": 30.0, "made_utc_s": 1.0}
    async with db.write() as connection:
        for day in ("2026-11-21", "2026-11-22", "2026-11-23"):
            await connection.execute(insert(days).values(row | {"day": day}))
        assert await days_for(connection, eva) == []  # no consent yet
    await site.say(Purpose.TRIAL_RESEARCH)
    async with db.read() as connection:
        assert [told.day for told in await days_for(connection, eva)] == ["2026-11-23"]
        assert await days_for(connection, Actor("somebody", Role.EVALUATOR, "x")) == []


# A copy, and erasure


async def test_a_copy_needs_the_password_again(site: Site) -> None:
    await walk(site)
    async with site.http() as http:
        assert (await http.post("/api/v1/export", json={"password": "wrong"})).status_code == 403
        answer = await http.post("/api/v1/export", json={"password": PASSWORD})
    assert answer.headers["content-type"] == "application/zip"
    assert "data/trips.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    page = await site.press("/account/data/copy", password="wrong")
    assert (page.status_code, 'role="alert"' in page.text) == (403, True)
    page = await site.press("/account/data/copy", password=PASSWORD)
    assert page.content.startswith(b"PK")
    for _ in range(4):
        page = await site.press("/account/data/copy", password=PASSWORD)
    assert page.status_code == 429


async def test_a_device_takes_no_copy_and_erases_nobody(site: Site) -> None:
    made = await devices.add_device(site.parts.db, site.clock, site.ids["hanako"], "glasses")
    transport = httpx.ASGITransport(site.app)
    key = {"Authorization": f"Bearer {made.key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://server", headers=key) as http:
        for path in ("/api/v1/export", "/api/v1/erasure"):
            assert (await http.post(path, json={"password": PASSWORD})).status_code == 403
        assert (await http.delete("/api/v1/erasure")).status_code == 403
        for method in ("POST", "DELETE"):
            assert (await http.request(method, "/api/v1/erasure")).status_code in (403, 422)


async def test_a_wish_to_be_erased_is_told_and_taken_back(site: Site) -> None:
    async with site.http() as http:
        assert (await http.post("/api/v1/erasure", json={"password": "wrong"})).status_code == 403
        assert (await http.get("/api/v1/erasure")).json() == {"due_utc_s": None}
        asked = await http.post("/api/v1/erasure", json={"password": PASSWORD})
        assert asked.status_code == 202
        assert asked.json() == {"due_utc_s": site.clock.now_s + 7 * 86_400.0}
        assert "消去を申し込んでいます" in (await http.get("/account/data")).text
        assert (await http.delete("/api/v1/erasure")).status_code == 204
        assert (await http.delete("/api/v1/erasure")).status_code == 404
        assert (await site.press("/account/data/erase", password=PASSWORD)).status_code == 303
        assert (await site.press("/account/data/stay")).status_code == 303
        assert (await http.get("/api/v1/erasure")).json() == {"due_utc_s": None}


async def test_who_was_erased_is_logged_in_nowhere(site: Site) -> None:
    await site.parts.privacy.erasures.order(site.ids["hanako"])
    async with site.http() as http:
        assert (await http.get("/api/v1/consents")).status_code == 401
        assert (await http.get("/wearer")).status_code == 303


# Spreadsheets


@pytest.mark.parametrize(
    "evil",
    ["=HYPERLINK(1)", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\u3000=1", "|calc", "%0a"],
)
def test_no_text_in_a_table_becomes_a_formula(evil: str) -> None:
    text = table(("a", "b"), [(evil, -1.5)])
    assert "'" + evil in text.replace('"', "")
    assert ",-1.5" in text


PAGES = (
    "/wearer/consents",
    "/wearer/consents/trial_research",
    "/wearer/consents/live_sharing/2026-11",
    "/wearer/looks",
    "/wearer/places",
    "/account/data",
)


async def test_pages_are_there_in_both_languages_for_wearers_only(site: Site) -> None:
    async with site.http() as http, site.http("ichiro") as other:
        for path in PAGES:
            for lang in ("ja", "en"):
                page = await http.get(f"{path}?lang={lang}")
                assert page.status_code == 200, path
                assert page.text.count("<h1>") == 1, path
            wanted = 200 if path == "/account/data" else 403
            assert (await other.get(path)).status_code == wanted, path
