"""Passwords, second factors and sessions: who gets in, and who is kept out."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from server import accounts, credentials
from server.access import Role
from server.credentials import plain
from server.errors import (
    Forbidden,
    Malformed,
    NotLoggedIn,
    TooMany,
)
from server.passwords import fault_of
from server.sessions import Missing, Session
from server.tables import users
from tests.house import House
from tests.people import HONEST, code_of
from tests.served import PASSWORD, served

ANOTHER = "another battery 34"


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with served(sqlite_url, tmp_path, House) as made:
        yield made


@pytest.fixture
async def either(store_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """On both stores, for what rests on how a store takes two things at once, or on its own rules."""
    async with served(store_url, tmp_path, House) as made:
        yield made


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
    return await house.opened("hanako")


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
        first, second, other = [await house.session(login) for login in ("hanako", "hanako", "taro")]
        listed = (await http.get("/api/v1/account/sessions", headers=first)).json()["sessions"]
        assert [one["this"] for one in listed].count(True) == 1
        target = next(one["id"] for one in listed if not one["this"])
        path = f"/api/v1/account/sessions/{target}"
        assert (await http.delete(path, headers=other)).status_code == 404
        assert (await http.delete(path, headers=first)).status_code == 204
        assert (await http.get("/api/v1/account", headers=second)).status_code == 401
        third = await house.session("hanako")
        assert (await http.delete("/api/v1/account/sessions", headers=first)).status_code == 204
        assert (await http.get("/api/v1/account", headers=third)).status_code == 401
        assert (await http.get("/api/v1/account", headers=first)).status_code == 200


async def test_a_stranger_who_guesses_shuts_nobody_out_of_their_own_browser(house: House) -> None:
    await house.add(Role.WEARER, "hanako")
    sessions = house.parts.sessions
    mark = sessions.mark_for(await house.opened("hanako"))
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
        mark = house.parts.sessions.mark_for(await house.opened("taro"))
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
