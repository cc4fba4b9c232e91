"""Consents: given and withdrawn with effect at once, by API and page, and what each of them opens."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert, select

from server import consent, consent_texts, relations
from server.access import Actor, Role
from server.consent import Purpose
from server.errors import NotFound
from server.kept_days import days_for
from server.tables import consents, days, links, shares
from tests.consent_site import Site, consent_site


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with consent_site(sqlite_url, tmp_path) as made:
        yield made


# Giving and withdrawing


async def test_a_consent_is_given_once_and_withdrawn(site: Site) -> None:
    version = consent_texts.current_text("trial_research", "ja").version
    body = {"purpose": "trial_research", "version": version, "lang": "en", "how": "audio"}
    async with site.http("hanako") as http:
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
    async with site.http("hanako") as http:
        answer = await http.post("/api/v1/consents", json=body)
    assert answer.status_code == 409
    assert "2026-12" in answer.json()["detail_ja"]
    link = re.match(r'<(/[^>]+)>; rel="latest-version"', answer.headers["link"])
    assert link is not None
    async with site.http("hanako") as http:
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
    async with site.http("hanako") as http:
        states = {one["purpose"]: one for one in (await http.get("/api/v1/consents")).json()["consents"]}
        assert states["live_sharing"]["asks_again"]
        assert "新しくなりました" in (await http.get("/wearer/consents")).text


async def test_withdrawing_ends_what_rests_on_it_at_once(site: Site) -> None:
    trip = await site.walk()
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
    async with site.http("hanako") as http:
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


async def test_a_recording_is_served_only_if_it_is_of_this_text(site: Site, tmp_path: Path) -> None:
    path = "/api/v1/consents/texts/live_sharing/2026-12/audio?lang=ja"
    folder = tmp_path / "audio"
    folder.mkdir()
    (folder / "live_sharing-2026-12-ja-0000000000000000.wav").write_bytes(b"RIFF of another text")
    async with site.http("hanako") as http:
        answer = await http.get(path)
        assert answer.status_code == 404
        assert "録音" in answer.json()["detail_ja"]
        assert "<audio" not in (await http.get("/wearer/consents/live_sharing")).text
        (folder / consent_texts.current_text("live_sharing", "ja").audio_name).write_bytes(b"RIFF of this")
        answer = await http.get(path)
        assert (answer.headers["content-type"], answer.content) == ("audio/wav", b"RIFF of this")
        assert f'src="{path}"' in (await http.get("/wearer/consents/live_sharing")).text


# The blurred map


async def test_a_map_needs_the_text_that_speaks_of_it(site: Site) -> None:
    trip = await site.walk()
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
    trip = await site.walk()
    async with site.http("hanako") as http:
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
