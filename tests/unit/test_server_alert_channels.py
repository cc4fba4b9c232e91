"""Addresses that people add, confirm, try and remove: through the API and the pages."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from server.access import Role
from server.alerts.senders.fakes import RecordingSender
from server.errors import NotSent
from server.tables import channels
from tests.people import open_session
from tests.served import PASSWORD, Served, served

KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}


class Site(Served):
    """A server whose messages are kept, and people who are logged in."""

    senders: dict[str, RecordingSender]

    def code(self) -> str:
        _, letter = self.senders["email"].sent[-1]
        found = re.search(r"確認の番号: (\S+)", letter.body[0])
        assert found is not None
        return found[1]


@pytest.fixture
def senders() -> dict[str, RecordingSender]:
    return {kind: RecordingSender() for kind in ("email", "push", "webhook")}


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path, senders: dict[str, RecordingSender]) -> AsyncIterator[Site]:
    async with served(sqlite_url, tmp_path, Site, senders=senders) as made:
        made.senders = senders
        await made.person(Role.CAREGIVER, "ichiro")
        await made.person(Role.CAREGIVER, "jiro")
        await made.person(Role.WEARER, "hanako")
        yield made


async def test_an_address_counts_once_its_owner_has_answered(site: Site) -> None:
    async with site.http("ichiro") as me, site.http("jiro") as other:
        made = await me.post("/api/v1/channels/email", json={"email": "ichiro@example.jp"})
        assert made.status_code == 201
        (channel,) = (await me.get("/api/v1/channels")).json()["channels"]
        assert (channel["where"], channel["confirmed_utc_s"]) == ("ichiro@example.jp", None)
        assert site.senders["email"].sent[0][0] == {"email": "ichiro@example.jp"}
        path = f"/api/v1/channels/{channel['id']}"
        assert (await me.post(f"{path}/test")).status_code == 409
        assert (await me.post(f"{path}/confirm", json={"code": "AAAAA-AAAAA"})).status_code == 409
        code = site.code()
        assert (await other.post(f"{path}/confirm", json={"code": code})).status_code == 404
        confirmed = await me.post(f"{path}/confirm", json={"code": f" {code.lower()} "})
        assert confirmed.json()["confirmed_utc_s"] == site.clock.now_s
        assert (await me.post(f"{path}/confirm", json={"code": code})).status_code == 409
        assert (await me.post(f"{path}/test")).json() == {"sent": True, "fault": None}
        assert "何も起きていません" in site.senders["email"].sent[-1][1].body[0]
        site.senders["email"].faults = [NotSent("smtp 451")]
        assert (await me.post(f"{path}/test")).json() == {"sent": False, "fault": "smtp 451"}
        for method, end in (("POST", "/test"), ("DELETE", "")):
            assert (await other.request(method, path + end)).status_code == 404
        assert (await me.delete(path)).status_code == 204
        assert (await me.get("/api/v1/channels")).json()["channels"] == []


async def test_a_code_expires_and_cannot_be_asked_for_again_and_again(site: Site) -> None:
    async with site.http("ichiro") as me:
        made = (await me.post("/api/v1/channels/email", json={"email": "a@example.jp"})).json()
        again = await me.post("/api/v1/channels/email", json={"email": "b@example.jp"})
        assert (again.status_code, again.headers["Retry-After"]) == (429, "30")
        site.clock.now_s += 86_400.0
        site.headers["ichiro"] |= await _fresh(site, "ichiro")
    async with site.http("ichiro") as me:
        late = await me.post(f"/api/v1/channels/{made['id']}/confirm", json={"code": site.code()})
        assert late.status_code == 409


async def _fresh(site: Site, login: str) -> dict[str, str]:
    token = await site.parts.sessions.log_in(login, PASSWORD, "test")
    session = await site.parts.sessions.look_up(token)
    assert session is not None
    return {"Cookie": f"shirube={token}", "X-CSRF-Token": session.csrf}


async def test_a_mail_that_cannot_be_sent_leaves_nothing_behind(site: Site) -> None:
    site.senders["email"].faults = [NotSent("ConnectionRefusedError")]
    async with site.http("ichiro") as me:
        answer = await me.post("/api/v1/channels/email", json={"email": "a@example.jp"})
        assert answer.status_code == 503
        assert (await me.get("/api/v1/channels")).json()["channels"] == []


async def test_addresses_lie_sealed_and_are_forgotten_when_removed(site: Site) -> None:
    async with site.http("ichiro") as me:
        made = await me.post("/api/v1/channels/webhook", json={"url": "https://hooks.example.jp/secret-path"})
        body = made.json()
        assert body["channel"]["where"] == "hooks.example.jp"
        assert len(body["secret"]) > 40
        assert "secret" not in (await me.get("/api/v1/channels")).text
        row = await _only_row(site)
        for word in ("hooks", "secret-path", body["secret"]):
            assert word not in row
        assert "secret-path" in site.parts.sealer.open(row)
        await me.delete(f"/api/v1/channels/{body['channel']['id']}")
        assert site.parts.sealer.open(await _only_row(site)) == "{}"


async def _only_row(site: Site) -> str:
    async with site.parts.db.read() as connection:
        return str((await connection.execute(select(channels.c.address))).scalar_one())


async def test_a_browser_subscribes_with_our_key_and_comes_once(site: Site) -> None:
    async with site.http("ichiro") as me:
        key = (await me.get("/api/v1/channels/push-key")).json()["public_key"]
        assert re.fullmatch(r"[A-Za-z0-9_-]{87}", key)
        wanted = {"endpoint": "https://push.example.net/send/abc", "keys": KEYS}
        for _ in range(2):
            made = await me.post("/api/v1/channels/push", json=wanted)
            assert (made.status_code, made.json()["where"]) == (201, "push.example.net")
        assert len((await me.get("/api/v1/channels")).json()["channels"]) == 1
        bad = [
            wanted | {"endpoint": "http://push.example.net/"},
            wanted | {"endpoint": "https://169.254.169.254/latest"},
            wanted | {"keys": KEYS | {"auth": "AAAA"}},
            wanted | {"keys": KEYS | {"p256dh": "AAAA"}},
            wanted | {"more": 1},
        ]
        for body in bad:
            assert (await me.post("/api/v1/channels/push", json=body)).status_code == 422, body


async def test_what_is_no_address(site: Site) -> None:
    wrong = ("", "a", "a@b", "a b@example.jp", "a@example.jp\r\nBcc: x@y.jp", "x@y.jp,z@y.jp", "<a@b.jp>")
    async with site.http("ichiro") as me:
        for email in wrong:
            answer = await me.post("/api/v1/channels/email", json={"email": email})
            assert answer.status_code == 422, email
    assert site.senders["email"].sent == []


async def test_ten_addresses_and_each_once(site: Site) -> None:
    async with site.http("ichiro") as me:
        for number in range(10):
            url = f"https://hooks.example.jp/{number}"
            assert (await me.post("/api/v1/channels/webhook", json={"url": url})).status_code == 201
        for url in ("https://hooks.example.jp/3", "https://hooks.example.jp/11"):
            assert (await me.post("/api/v1/channels/webhook", json={"url": url})).status_code == 409


async def test_wearers_and_strangers_have_none(site: Site) -> None:
    async with site.http("hanako") as wearer, site.http("nobody") as stranger:
        assert (await wearer.get("/api/v1/channels")).status_code == 403
        assert (await wearer.get("/channels")).status_code == 403
        assert (await stranger.get("/api/v1/channels")).status_code == 401
        assert (await stranger.get("/channels")).status_code == 303


async def test_a_server_that_sends_no_mail_says_so(sqlite_url: str, tmp_path: Path) -> None:
    async with served(sqlite_url, tmp_path, senders={"webhook": RecordingSender()}) as site:
        await site.person(Role.CAREGIVER, "ichiro")
        async with site.http("ichiro") as me:
            assert (await me.get("/api/v1/channels")).json()["offered"] == ["webhook"]
            told = await me.post("/api/v1/channels/email", json={"email": "a@example.jp"})
            assert told.status_code == 503
            assert (await me.get("/api/v1/channels/push-key")).status_code == 503
            page = (await me.get("/channels")).text
    assert 'name="email"' not in page
    assert 'id="push"' not in page


async def test_the_page_works_without_scripts(site: Site) -> None:
    session = await open_session(site.parts, "ichiro", PASSWORD)
    csrf = {"csrf": site.headers["ichiro"]["X-CSRF-Token"]}
    assert session.actor.role is Role.CAREGIVER
    async with site.http("ichiro") as me:
        added = await me.post("/channels/email", data=csrf | {"email": "ichiro@example.jp"})
        assert added.status_code == 303
        page = (await me.get("/channels")).text
        (channel,) = re.findall(r"/channels/([0-9a-f]{32})/confirm", page)
        await me.post(f"/channels/{channel}/confirm", data=csrf | {"code": site.code()})
        tried = (await me.post(f"/channels/{channel}/test", data=csrf)).text
        assert "試しの知らせを送りました" in tried
        hook = (await me.post("/channels/webhook", data=csrf | {"url": "https://hooks.example.jp/"})).text
        assert "今だけ表示します" in hook
        english = (await me.get("/channels?lang=en")).text
        assert "How alerts reach you" in english
        for path in ("/channels/email", f"/channels/{channel}/remove"):
            refused = await me.post(path, data={"csrf": "wrong", "email": "x@example.jp"})
            assert refused.status_code == 403
        await me.post(f"/channels/{channel}/remove", data=csrf)
        assert "ichiro@example.jp" not in (await me.get("/channels")).text
