"""People and access: second factors, passwords, sessions, invitations, pairing, keys, audit."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from server import accounts, audit, credentials, organisations, relations
from server.access import Actor, Role
from server.app import create_app
from server.contacts import version_in
from server.credentials import plain
from server.devices import add_device
from server.errors import (
    ApiError,
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    NotLoggedIn,
    TooMany,
    Unavailable,
)
from server.fakes import FakeClock, FakePlanner
from server.organisations import LOCAL
from server.parts import Parts
from server.passwords import fault_of
from server.sessions import Missing, Session
from server.settings import Settings
from server.tables import audit as audit_table
from server.tables import devices, users
from tests.people import HONEST, code_of, open_session, whole_session
from wire.api import PairRequest

PASSWORD = "correct horse 12"
ANOTHER = "another battery 34"


@dataclass
class House:
    """A server with nobody in it yet."""

    app: FastAPI
    clock: FakeClock
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def parts(self) -> Parts:
        parts = self.app.state.parts
        assert isinstance(parts, Parts)
        return parts

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://server")

    async def add(self, role: Role, login: str, organisation: str = LOCAL) -> Actor:
        by = audit.By(organisation)
        made = await accounts.add_user(self.parts.db, self.clock, role, login, login, PASSWORD, by=by)
        self.ids[login] = made.user_id
        return Actor(made.user_id, role, login)

    async def enter(self, login: str) -> Session:
        return await open_session(self.parts, login, PASSWORD)

    async def headers(self, login: str) -> dict[str, str]:
        token = await whole_session(self.parts, login, PASSWORD)
        session = await self.parts.sessions.look_up(token)
        assert session is not None
        return {"Cookie": f"shirube={token}", "X-CSRF-Token": session.csrf}

    async def half(self, login: str) -> tuple[str, Session]:
        token = await self.parts.sessions.log_in(login, PASSWORD, "test")
        session = await self.parts.sessions.look_up(token, half=True)
        assert session is not None
        return token, session

    async def factor(self, session: Session) -> tuple[str, tuple[str, ...]]:
        """The secret and the recovery codes."""
        begun = self.parts.second_factor.begin(session.actor, session.login)
        code = code_of(begun.secret, self.clock.now_s)
        return begun.secret, await self.parts.second_factor.confirm(session.actor, begun.pending, code)


def _house(url: str, folder: Path) -> House:
    clock = FakeClock()
    return House(
        create_app(Settings(database_url=url, key_file=folder / "key"), clock, planner=FakePlanner()), clock
    )


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    made = _house(sqlite_url, tmp_path)
    yield made
    await made.parts.db.close()


@pytest.fixture
async def either(store_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """On both stores, for what rests on how a store takes two things at once, or on its own rules."""
    made = _house(store_url, tmp_path)
    yield made
    await made.parts.db.close()


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("short", "12"),
        ("x" * 201, "200"),
        ("password1234", "easily guessed"),
        ("123456789012", "easily guessed"),
        ("qwertyuiop12", "easily guessed"),
        ("hanako-walks-far", "login name"),
        ("the walk of はなこさん", "login name"),
        ("shirubeshirube", "easily guessed"),
    ],
)
def test_what_others_would_try_first_is_no_password(password: str, word: str) -> None:
    fault = fault_of(password, "hanako", "はなこさん")
    assert fault is not None
    assert word in fault[1]


def test_a_stolen_store_gives_passwords_away_slowly() -> None:
    kept = HONEST.hash(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # RFC 9106, for where memory is short
    assert HONEST.verify(kept, PASSWORD)
    assert HONEST.hash(PASSWORD) != kept  # salted


@pytest.mark.parametrize("password", [PASSWORD, "とても長い合言葉です大分"])
def test_long_and_unrelated_words_are_a_password(password: str) -> None:
    assert fault_of(password, "hanako", "花子") is None


def test_a_password_that_is_made_is_a_password() -> None:
    assert fault_of(credentials.new_password(), "hanako", "花子") is None


@pytest.mark.parametrize("typed", ["7K3Q9-abcde-fghjk", " 7k3q9 abcde fghjk ", "7k3q9ａｂｃｄｅfghjk"])
def test_a_code_is_the_same_however_it_is_typed(typed: str) -> None:
    assert plain(typed) == "7k3q9abcdefghjk"


async def test_an_evaluator_gives_a_second_factor_at_each_login(house: House) -> None:
    await house.add(Role.EVALUATOR, "eva")
    token, session = await house.half("eva")
    assert session.missing is Missing.SET_UP
    assert await house.parts.sessions.look_up(token) is None
    secret, _ = await house.factor(session)
    renewed = await house.parts.sessions.renew(session, second_factor=True)
    assert await house.parts.sessions.look_up(token, half=True) is None
    assert await house.parts.sessions.look_up(renewed) is not None
    _, again = await house.half("eva")
    assert again.missing is Missing.SECOND_FACTOR
    with pytest.raises(Forbidden):
        await house.parts.second_factor.check(again.actor, "000000")
    house.clock.now_s += 30.0
    await house.parts.second_factor.check(again.actor, code_of(secret, house.clock.now_s))


@pytest.mark.parametrize(("off_s", "fits"), [(-61.0, False), (-30.0, True), (30.0, True), (61.0, False)])
async def test_a_code_may_be_half_a_minute_off(house: House, off_s: float, fits: bool) -> None:
    session = await _with_factor(house)
    secret, _ = await house.factor(session)
    house.clock.now_s = (house.clock.now_s // 30 + 10) * 30.0 + 1.0
    code = code_of(secret, house.clock.now_s + off_s)
    if fits:
        await house.parts.second_factor.check(session.actor, code)
    else:
        with pytest.raises(Forbidden):
            await house.parts.second_factor.check(session.actor, code)


async def _with_factor(house: House) -> Session:
    await house.add(Role.WEARER, "hanako")
    return await house.enter("hanako")


async def test_a_code_opens_once_also_when_it_comes_twice_at_once(either: House) -> None:
    house = either
    session = await _with_factor(house)
    secret, _ = await house.factor(session)
    check = house.parts.second_factor.check
    with pytest.raises(Forbidden):  # the one that the set-up used
        await check(session.actor, code_of(secret, house.clock.now_s))
    house.clock.now_s += 60.0
    code = code_of(secret, house.clock.now_s)
    tried = await asyncio.gather(*(check(session.actor, code) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in tried].count(type(None)) == 1
    with pytest.raises(Forbidden):  # nor one of before
        await check(session.actor, code_of(secret, house.clock.now_s - 30.0))


async def test_guessing_a_second_factor_is_stopped_for_the_account(house: House) -> None:
    session = await _with_factor(house)
    secret, codes = await house.factor(session)
    for _ in range(5):
        with pytest.raises(Forbidden):
            await house.parts.second_factor.check(session.actor, "123456")
    with pytest.raises(TooMany) as told:
        await house.parts.second_factor.check(session.actor, codes[0])
    assert int(told.value.headers["Retry-After"]) > 800
    house.clock.now_s += 901.0
    await house.parts.second_factor.check(session.actor, code_of(secret, house.clock.now_s))


async def test_recovery_codes_open_once_each(either: House) -> None:
    house = either
    session = await _with_factor(house)
    _, codes = await house.factor(session)
    assert len(set(codes)) == 10
    await house.parts.second_factor.check(session.actor, codes[3].upper().replace("-", " "))
    with pytest.raises(Forbidden):
        await house.parts.second_factor.check(session.actor, codes[3])
    assert await house.parts.second_factor.codes_left(session.actor) == 9
    newer = await house.parts.second_factor.new_codes(session.actor)
    with pytest.raises(Forbidden):
        await house.parts.second_factor.check(session.actor, codes[4])
    await house.parts.second_factor.check(session.actor, newer[0])


async def test_somebody_elses_secret_or_none_is_not_taken(house: House) -> None:
    session = await _with_factor(house)
    other = await house.add(Role.WEARER, "taro")
    begun = house.parts.second_factor.begin(other, "taro")
    code = code_of(begun.secret, house.clock.now_s)
    for pending in (begun.pending, "", "nonsense", house.parts.sealer.seal("second factor\nx")):
        with pytest.raises(Malformed):
            await house.parts.second_factor.confirm(session.actor, pending, code)
    with pytest.raises(Forbidden):
        await house.parts.second_factor.check(session.actor, code)


async def test_the_secret_is_sealed_in_the_store(house: House) -> None:
    session = await _with_factor(house)
    secret, codes = await house.factor(session)
    async with house.parts.db.read() as connection:
        row = (await connection.execute(select(users))).one()
    assert secret not in str(tuple(row))
    assert house.parts.sealer.open(row.totp_sealed) == secret
    assert codes[0] not in str(tuple(row))


async def test_a_one_time_password_opens_only_the_page_to_change_it(house: House) -> None:
    made = await accounts.add_user(
        house.parts.db, house.clock, Role.CAREGIVER, "ichiro", "一郎", one_time=True
    )
    token = await house.parts.sessions.log_in("ichiro", made.password, "test")
    session = await house.parts.sessions.look_up(token, half=True)
    assert session is not None
    assert session.missing is Missing.PASSWORD
    async with house.http() as http:
        cookie = {"Cookie": f"shirube={token}"}
        assert (await http.get("/caregiver", headers=cookie)).headers["location"] == "/login/password"
        refused = await http.get("/api/v1/account", headers=cookie)
        assert refused.status_code == 403
        assert "新しいパスワード" in refused.json()["detail_ja"]
    with pytest.raises(Malformed):
        await house.parts.sessions.change_password(session, made.password, made.password)
    await house.parts.sessions.change_password(session, made.password, ANOTHER)
    assert await house.parts.sessions.look_up(token) is not None


async def test_a_new_password_ends_every_other_session(house: House) -> None:
    await house.add(Role.WEARER, "hanako")
    tokens = [await house.parts.sessions.log_in("hanako", PASSWORD, "test") for _ in range(3)]
    session = await house.parts.sessions.look_up(tokens[0])
    assert session is not None
    with pytest.raises(Forbidden):
        await house.parts.sessions.change_password(session, "wrong", ANOTHER)
    await house.parts.sessions.change_password(session, PASSWORD, ANOTHER)
    alive = [await house.parts.sessions.look_up(token) is not None for token in tokens]
    assert alive == [True, False, False]
    with pytest.raises(NotLoggedIn):
        await house.parts.sessions.log_in("hanako", PASSWORD, "test")


async def test_sessions_are_seen_and_ended_by_their_owner_only(house: House) -> None:
    await house.add(Role.WEARER, "hanako")
    await house.add(Role.WEARER, "taro")
    async with house.http() as http:
        first, second, other = [await house.headers(login) for login in ("hanako", "hanako", "taro")]
        listed = (await http.get("/api/v1/account/sessions", headers=first)).json()["sessions"]
        assert [one["this"] for one in listed].count(True) == 1
        target = next(one["id"] for one in listed if not one["this"])
        path = f"/api/v1/account/sessions/{target}"
        assert (await http.delete(path, headers=other)).status_code == 404
        assert (await http.delete(path, headers=first)).status_code == 204
        assert (await http.get("/api/v1/account", headers=second)).status_code == 401
        third = await house.headers("hanako")
        assert (await http.delete("/api/v1/account/sessions", headers=first)).status_code == 204
        assert (await http.get("/api/v1/account", headers=third)).status_code == 401
        assert (await http.get("/api/v1/account", headers=first)).status_code == 200


async def test_a_stranger_who_guesses_shuts_nobody_out_of_their_own_browser(house: House) -> None:
    await house.add(Role.WEARER, "hanako")
    sessions = house.parts.sessions
    mark = sessions.mark_for(await house.enter("hanako"))
    for number in range(100):
        with pytest.raises(NotLoggedIn):
            await sessions.log_in("hanako", "guess", f"address {number}")
    with pytest.raises(TooMany):
        await sessions.log_in("hanako", PASSWORD, "one more address")
    assert await sessions.log_in("hanako", PASSWORD, "one more address", mark)
    for _ in range(5):
        with pytest.raises(NotLoggedIn):
            await sessions.log_in("hanako", "guess", "x", mark)
    with pytest.raises(TooMany):  # whoever has stolen the browser's mark has five guesses
        await sessions.log_in("hanako", PASSWORD, "x", mark)


@pytest.mark.parametrize("mark", ["", "nonsense", "other"])
async def test_a_mark_of_another_name_or_none_helps_nobody(house: House, mark: str) -> None:
    await house.add(Role.WEARER, "hanako")
    await house.add(Role.WEARER, "taro")
    if mark == "other":
        mark = house.parts.sessions.mark_for(await house.enter("taro"))
    for _ in range(5):
        with pytest.raises(NotLoggedIn):
            await house.parts.sessions.log_in("hanako", "guess", "x", mark)
    with pytest.raises(TooMany):
        await house.parts.sessions.log_in("hanako", PASSWORD, "x", mark)


async def test_guesses_that_come_together_are_all_counted(either: House) -> None:
    house = either
    await house.add(Role.WEARER, "hanako")
    tried = await asyncio.gather(
        *(house.parts.sessions.log_in("hanako", "guess", "x") for _ in range(12)), return_exceptions=True
    )
    assert sum(isinstance(one, NotLoggedIn) for one in tried) <= 5


async def test_disabling_ends_sessions_devices_and_logins_at_once(house: House) -> None:
    hanako = await house.add(Role.WEARER, "hanako")
    await house.add(Role.ADMINISTRATOR, "admin")
    key = (await add_device(house.parts.db, house.clock, hanako.user_id, "d")).key
    mine, theirs = await house.headers("hanako"), await house.headers("admin")
    rights = house.parts.hub.rights
    async with house.http() as http:
        person = f"/api/v1/people/{hanako.user_id}"
        assert (await http.post(f"{person}/disable", headers=theirs)).status_code == 204
        assert house.parts.hub.rights > rights
        assert (await http.get("/api/v1/account", headers=mine)).status_code == 401
        bearer = {"Authorization": f"Bearer {key}"}
        assert (await http.get("/api/v1/trips", headers=bearer)).status_code == 401
        with pytest.raises(NotLoggedIn):
            await house.parts.sessions.log_in("hanako", PASSWORD, "test")
        assert (await http.post(f"{person}/enable", headers=theirs)).status_code == 204
        assert (await http.get("/api/v1/trips", headers=bearer)).status_code == 200
        own = f"/api/v1/people/{house.ids['admin']}/disable"
        assert (await http.post(own, headers=theirs)).status_code == 409


async def test_an_administrator_sees_their_own_organisation_and_is_written_down(either: House) -> None:
    house = either
    beppu = await organisations.add_organisation(house.parts.db, house.clock, "別府市")
    await house.add(Role.ADMINISTRATOR, "admin", beppu)
    hanako = await house.add(Role.WEARER, "hanako", beppu)
    await house.add(Role.WEARER, "elsewhere")
    headers = await house.headers("admin")
    async with house.http() as http:
        listed = (await http.get("/api/v1/people", headers=headers)).json()["people"]
        assert sorted(one["login"] for one in listed) == ["admin", "hanako"]
        paged, query = [], "limit=1"
        while query:
            page = (await http.get(f"/api/v1/people?{query}", headers=headers)).json()
            paged += page["people"]
            query = page["next"] and f"limit=1&after={page['next']}"
        assert paged == listed
        reset = await http.post(f"/api/v1/people/{hanako.user_id}/password", headers=headers)
        with pytest.raises(NotLoggedIn):
            await house.parts.sessions.log_in("hanako", PASSWORD, "test")
        token = await house.parts.sessions.log_in("hanako", reset.json()["password"], "test")
        new = {"role": "caregiver", "login": "ichiro", "name": "一郎"}
        assert (await http.post("/api/v1/people", headers=headers, json=new)).status_code == 201
        assert (await http.post("/api/v1/people", headers=headers, json=new)).status_code == 409
        acts = (await http.get("/api/v1/audit", headers=headers)).json()["acts"]
        page = (await http.get("/login/password", headers={"Cookie": f"shirube={token}"})).text
    assert "渡されたパスワード" in page
    assert [one["what"] for one in acts][-2:] == ["password_reset", "person_added"]
    assert acts[-1]["actor_id"] == house.ids["admin"]
    for secret in ("hanako", "ichiro", "一郎", reset.json()["password"]):
        assert secret not in str(acts)


async def test_the_owner_reads_what_an_administrator_did_to_the_account(house: House) -> None:
    hanako, admin = await house.add(Role.WEARER, "hanako"), await house.add(Role.ADMINISTRATOR, "admin")
    await house.parts.people.reset_second_factor(admin, hanako.user_id)
    async with house.http() as http:
        account = (await http.get("/api/v1/account", headers=await house.headers("hanako"))).json()
        page = (await http.get("/account", headers=await house.headers("hanako"))).text
    assert account["done_to_it"][0]["what"] == "second_factor_reset"
    assert "二段階認証を戻しました" in page


async def test_a_caregiver_is_invited_accepts_and_leaves(either: House) -> None:
    house = either
    hanako = await house.add(Role.WEARER, "hanako")
    beppu = await organisations.add_organisation(house.parts.db, house.clock, "別府市")
    sister = await house.add(Role.CAREGIVER, "sister", beppu)
    made = await house.parts.invitations.invite(hanako, "妹")
    assert await house.parts.invitations.accept(sister, made.code.upper(), "x") == "hanako"
    with pytest.raises(NotFound):  # good once
        await house.parts.invitations.accept(sister, made.code, "x")
    (row,) = await relations.relations_of(house.parts.db, hanako.user_id)
    assert (row.name, row.agreed_utc_s, row.alert_order) == ("sister", house.clock.now_s, 1)
    await relations.set_alert_order(house.parts.db, hanako, row.id, 3)
    (row,) = await relations.listed(house.parts.db, sister)
    assert (row.name, row.alert_order) == ("hanako", 3)
    with pytest.raises(ApiError):
        await relations.set_alert_order(house.parts.db, sister, row.id, 1)
    await relations.end_relation(house.parts.db, house.clock, sister, row.id)
    assert await relations.relations_of(house.parts.db, hanako.user_id) == []


async def test_an_invitation_ends_by_time_by_withdrawal_and_with_its_wearer(house: House) -> None:
    hanako, carer = await house.add(Role.WEARER, "hanako"), await house.add(Role.CAREGIVER, "ichiro")
    invitations = house.parts.invitations
    old, taken_back = await invitations.invite(hanako, "a"), await invitations.invite(hanako, "b")
    await invitations.withdraw(hanako, taken_back.invitation_id)
    with pytest.raises(NotFound):
        await invitations.accept(carer, taken_back.code, "x")
    house.clock.now_s += 7 * 86_400.0
    with pytest.raises(NotFound):
        await invitations.accept(carer, old.code, "x")
    last = await invitations.invite(hanako, "c")
    async with house.parts.db.write() as connection:
        await accounts.disable(connection, house.clock.now_s, audit.By(LOCAL), hanako.user_id)
    with pytest.raises(NotFound):
        await invitations.accept(carer, last.code, "x")
    with pytest.raises(Forbidden):
        await invitations.invite(carer, "somebody")


async def test_who_has_no_account_makes_one_with_the_code_and_only_with_it(house: House) -> None:
    hanako = await house.add(Role.WEARER, "hanako")
    made = await house.parts.invitations.invite(hanako, "妹")
    register = house.parts.invitations.register
    with pytest.raises(NotFound):
        await register(
            "aaaaa-aaaaa-aaaaa", "hanako", "n", PASSWORD, "x"
        )  # whether "hanako" is taken: not told
    with pytest.raises(Conflict):
        await register(made.code, "hanako", "n", PASSWORD, "x")
    with pytest.raises(Malformed):
        await register(made.code, "sister", "妹", "password1234", "x")
    assert await register(made.code, "sister", "妹", PASSWORD, "x") == "hanako"
    session = await house.enter("sister")
    assert session.actor.role is Role.CAREGIVER
    assert [row.name for row in await relations.listed(house.parts.db, session.actor)] == ["hanako"]


async def test_two_who_use_one_code_at_once_make_one_caregiver(either: House) -> None:
    house = either
    hanako = await house.add(Role.WEARER, "hanako")
    made = await house.parts.invitations.invite(hanako, "妹")
    tried = await asyncio.gather(
        *(house.parts.invitations.register(made.code, f"p{n}", "n", PASSWORD, "x") for n in range(3)),
        return_exceptions=True,
    )
    assert tried.count("hanako") == 1
    assert len(await relations.relations_of(house.parts.db, hanako.user_id)) == 1
    async with house.parts.db.read() as connection:
        assert len((await connection.execute(select(users.c.id))).all()) == 2


async def test_a_device_is_paired_by_its_code_once(house: House) -> None:
    hanako = await house.add(Role.WEARER, "hanako")
    void = await house.parts.pairing.code(hanako, "old", "glasses")
    made = await house.parts.pairing.code(hanako, "眼鏡", "glasses")
    async with house.http() as http:
        body = {"code": f"{made.code[:4]} {made.code[4:]}", "version": "1.2.3"}
        told = await http.post("/api/v1/pairings/redeem", json=body)
        assert told.status_code == 201
        for code in (made.code, void.code):
            again = await http.post("/api/v1/pairings/redeem", json={"code": code})
            assert again.status_code == 404, code
        bearer = {"Authorization": f"Bearer {told.json()['key']}"}
        assert (await http.get("/api/v1/trips", headers=bearer)).status_code == 200
        listed = (await http.get("/api/v1/devices", headers=await house.headers("hanako"))).json()["devices"]
    assert [(one["label"], one["version"]) for one in listed] == [("眼鏡", "1.2.3")]


async def test_a_pairing_code_ends_after_ten_minutes(house: House) -> None:
    hanako = await house.add(Role.WEARER, "hanako")
    made = await house.parts.pairing.code(hanako, "d", "glasses")
    house.clock.now_s += 600.0
    with pytest.raises(NotFound):
        await house.parts.pairing.redeem(PairRequest(code=made.code), "x")


async def test_wrong_pairing_codes_are_counted_over_all_addresses(house: House) -> None:
    hanako = await house.add(Role.WEARER, "hanako")
    made = await house.parts.pairing.code(hanako, "d", "glasses")
    wrong = "00000000" if made.code != "00000000" else "00000001"
    for number in range(30):
        with pytest.raises(NotFound):
            await house.parts.pairing.redeem(PairRequest(code=wrong), f"address {number % 3}")
    with pytest.raises(TooMany):
        await house.parts.pairing.redeem(PairRequest(code=made.code), "another address")


async def test_a_code_for_one_kind_pairs_no_other_and_stays_good(house: House) -> None:
    hanako = await house.add(Role.WEARER, "hanako")
    code = (await house.parts.pairing.code(hanako, "d", "glasses")).code
    with pytest.raises(Conflict):
        await house.parts.pairing.redeem(PairRequest(code=code, kind="logger"), "x")
    await house.parts.pairing.redeem(PairRequest(code=code), "x")


async def test_a_phone_that_logs_gets_its_key_on_the_page(house: House) -> None:
    await house.add(Role.WEARER, "hanako")
    headers = await house.headers("hanako")
    form = {"csrf": headers["X-CSRF-Token"], "label": "電話", "password": PASSWORD, "kind": "logger"}
    async with house.http() as http:
        text = (await http.post("/wearer/people/pairings", headers=headers, data=form)).text
        key = text.partition('id="code">')[2].partition("<")[0]
        basic = httpx.BasicAuth("hanako", key)
        sent = await http.post("/api/v1/loggers/owntracks", json={"_type": "lwt"}, auth=basic)
    assert sent.status_code == 200


async def test_two_devices_with_one_code_get_one_key(either: House) -> None:
    house = either
    hanako = await house.add(Role.WEARER, "hanako")
    code = (await house.parts.pairing.code(hanako, "d", "glasses")).code
    tried = await asyncio.gather(
        *(house.parts.pairing.redeem(PairRequest(code=code), "x") for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(one, NotFound) for one in tried) == 2


async def test_a_new_key_ends_the_old_one_with_its_first_use(either: House) -> None:
    house = either
    hanako = await house.add(Role.WEARER, "hanako")
    old = (await add_device(house.parts.db, house.clock, hanako.user_id, "d")).key
    async with house.http() as http:

        async def opens(key: str) -> bool:
            answer = await http.get("/api/v1/trips", headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code in (200, 401)
            return answer.status_code == 200

        async def renew(key: str) -> str:
            path = "/api/v1/devices/self/key"
            return str((await http.post(path, headers={"Authorization": f"Bearer {key}"})).json()["key"])

        lost, new = await renew(old), await renew(old)
        assert not await opens(lost)
        assert await opens(old)
        assert await opens(new)
        assert not await opens(old)
        late = await renew(new)
        house.clock.now_s += 24 * 3600.0
        assert not await opens(late)
        assert await opens(new)


async def test_a_revoked_device_opens_nothing_with_either_key(house: House) -> None:
    hanako = await house.add(Role.WEARER, "hanako")
    made = await add_device(house.parts.db, house.clock, hanako.user_id, "d")
    device = Actor(hanako.user_id, Role.DEVICE, "d", made.device_id)
    key, _ = await house.parts.devices.new_key(device)
    await house.parts.devices.revoke(hanako, made.device_id)
    for one in (made.key, key):
        assert await house.parts.devices.with_key(one) is None
    with pytest.raises(Conflict):
        await house.parts.devices.new_key(device)


async def test_the_last_contact_and_the_version_are_kept(either: House) -> None:
    house = either
    hanako = await house.add(Role.WEARER, "hanako")
    made = await add_device(house.parts.db, house.clock, hanako.user_id, "d")
    headers = {"Authorization": f"Bearer {made.key}", "User-Agent": "shirube/2.0.1 (pi)"}
    async with house.http() as http:
        await http.get("/api/v1/trips", headers=headers)
    await house.parts.contacts.write()
    async with house.parts.db.read() as connection:
        row = (await connection.execute(select(devices))).one()
    assert (row.seen_utc_s, row.version) == (house.clock.now_s, "2.0.1")


async def test_a_contact_that_the_store_did_not_take_is_kept_and_none_goes_backwards(
    either: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, contacts = either, either.parts.contacts
    hanako = await house.add(Role.WEARER, "hanako")
    made = await add_device(house.parts.db, house.clock, hanako.user_id, "d")

    async def away(*_: object) -> None:
        raise Unavailable("今は書けません。", "Cannot write now.")

    async def told() -> tuple[float | None, str | None]:
        async with house.parts.db.read() as connection:
            row = (await connection.execute(select(devices))).one()
        return row.seen_utc_s, row.version

    first_s = house.clock.now_s
    contacts.note(made.device_id, "2.0.1")
    with monkeypatch.context() as patch:
        patch.setattr(contacts, "_store", away)
        with pytest.raises(Unavailable):
            await contacts.write()
    assert await told() == (None, None)
    await contacts.write()
    assert await told() == (first_s, "2.0.1")
    house.clock.now_s = first_s - 40.0
    contacts.note(made.device_id)
    await contacts.write()
    assert await told() == (first_s, "2.0.1")


@pytest.mark.parametrize(
    ("agent", "version"), [("shirube/1.0", "1.0"), ("curl/8", None), ("", None), ("shirube/<b>", None)]
)
def test_a_version_is_taken_from_our_own_program_only(agent: str, version: str | None) -> None:
    assert version_in(agent) == version


async def test_no_act_without_its_record(either: House) -> None:
    house = either
    hanako, admin = await house.add(Role.WEARER, "hanako"), await house.add(Role.ADMINISTRATOR, "admin")
    made = await add_device(house.parts.db, house.clock, hanako.user_id, "d")
    people = house.parts.people
    await people.disable(admin, hanako.user_id)
    await people.enable(admin, hanako.user_id)
    await people.reset_password(admin, hanako.user_id)
    await people.reset_second_factor(admin, hanako.user_id)
    await people.rename(admin, hanako.user_id, "花子")
    await house.parts.devices.revoke(admin, made.device_id)
    async with house.parts.db.read() as connection:
        rows = await connection.execute(select(audit_table.c.what, audit_table.c.actor_id))
        done = [row.what for row in rows if row.actor_id == admin.user_id]
    assert done == [
        "person_disabled", "person_enabled", "password_reset", "second_factor_reset", "person_renamed",
        "device_revoked",
    ]  # fmt: skip
