"""Attacks with keys, cookies, secrets, codes and links: each is refused with the right status."""

import ast
import base64
import json
from pathlib import Path

import pytest
from sqlalchemy import select, update

import server
from server.access import Actor, Role
from server.errors import Forbidden
from server.tables import links, users
from tests.asgi import Answer, ask
from tests.people import code_of
from tests.town import PASSWORD, Town

READ = "/api/v1/saved-places"
JSON = {"Content-Type": "application/json"}


async def read(town: Town, headers: dict[str, str], path: str = READ) -> Answer:
    return await ask(town.app, "GET", path, headers)


async def post(town: Town, path: str, headers: dict[str, str], body: object) -> Answer:
    return await ask(town.app, "POST", path, headers | JSON, json.dumps(body).encode())


def key_of(town: Town) -> str:
    return town.headers["device"]["Authorization"].removeprefix("Bearer ")


def cookie_of(town: Town, who: str = "hanako") -> str:
    return town.headers[who]["Cookie"].removeprefix("shirube=")


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


NONE_ALG = f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part({'sub': 'hanako', 'role': 'administrator'})}."


@pytest.mark.parametrize(
    "token",
    [
        NONE_ALG,
        NONE_ALG + "x",
        "",
        " ",
        "null",
        "undefined",
        "' OR 1=1 --",
        "*",
        "%00",
        "\x00",
        "a" * 60_000,
        "é",
        "0" * 43,
    ],
)
async def test_a_made_up_token_opens_nothing(town: Town, token: str) -> None:
    for headers in ({"Authorization": f"Bearer {token}"}, {"Cookie": f"shirube={token}"}):
        answer = await read(town, headers)
        assert answer.status == 401, headers
        assert answer.header("content-type") == "application/problem+json"
        assert answer.header("www-authenticate") == "Bearer"


async def test_how_a_key_is_written_before_it(town: Town) -> None:
    key = key_of(town)
    for said in (f"Bearer {key}", f"bearer {key}", f"BEARER {key}", f"Bearer   {key} "):
        assert (await read(town, {"Authorization": said})).status == 200, said
    basic = base64.b64encode(f":{key}".encode()).decode()
    for said in (
        key, f"Bearer{key}", f"Bearer\t{key}", f"Token {key}", f"Basic {basic}", f"Bearer {key} {key}",
        f"Bearer {key},{key}", f'Bearer "{key}"', f"Bearer {key.upper()}",
        f"Bearer {key[:-1]}", f"Bearer {key}a",
    ):  # fmt: skip
        assert (await read(town, {"Authorization": said})).status == 401, said


async def test_a_wrong_key_is_not_made_good_by_a_cookie(town: Town) -> None:
    good = town.headers["hanako"]
    assert (await read(town, good | {"Authorization": "Bearer wrong"})).status == 401


async def test_keys_cookies_and_links_are_no_substitute_for_each_other(town: Town) -> None:
    key, cookie, link = key_of(town), cookie_of(town), town.things["token"]
    for token in (cookie, link, town.headers["hanako"]["X-CSRF-Token"], town.things["session_id"]):
        assert (await read(town, {"Authorization": f"Bearer {token}"})).status == 401
    for token in (key, link, town.headers["hanako"]["X-CSRF-Token"], town.things["session_id"]):
        assert (await read(town, {"Cookie": f"shirube={token}"})).status == 401
    for name in ("__Host-shirube", "SHIRUBE", "session", "shirube-login"):
        assert (await read(town, {"Cookie": f"{name}={cookie}"})).status == 401
    for token in (key, cookie):
        assert (await read(town, {}, f"/s/{token}")).status == 404


@pytest.mark.parametrize("past_s", [1_000_000.0, 1_000_000_000.0])
async def test_a_session_ends_with_time(town: Town, past_s: float) -> None:
    town.clock.now_s += past_s
    assert (await read(town, town.headers["hanako"])).status == 401


async def test_a_session_is_over_after_logging_out_and_after_a_new_password(town: Town) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    taro = town.headers["taro"]
    body = f"csrf={taro['X-CSRF-Token']}".encode()
    assert (await ask(town.app, "POST", "/logout", taro | form, body)).status == 303
    assert (await read(town, taro)).status == 401
    hanako = town.headers["hanako"]
    change = {"password": PASSWORD, "new_password": "another horse 34"}
    answer = await post(town, "/api/v1/account/password", hanako, change)
    assert answer.status == 204
    assert (await read(town, hanako)).status == 401
    renewed = {"Cookie": answer.header("set-cookie").partition(";")[0]}
    assert (await read(town, renewed)).status == 200
    # The secret of before is not the new session's.
    old = renewed | {"X-CSRF-Token": hanako["X-CSRF-Token"]}
    assert (await post(town, "/api/v1/consents/withdrawals", old, {"purpose": "live_sharing"})).status == 403


@pytest.mark.parametrize("secret", [None, "", "wrong", "taro's", "the cookie"])
async def test_a_session_changes_nothing_without_its_own_secret(town: Town, secret: str | None) -> None:
    headers = {"Cookie": town.headers["hanako"]["Cookie"]}
    words = {"taro's": town.headers["taro"]["X-CSRF-Token"], "the cookie": cookie_of(town)}
    if secret is not None:
        headers["X-CSRF-Token"] = words.get(secret, secret)
    for path in ("/api/v1/consents/withdrawals", "/api/v1/routes", "/api/v1/erasure"):
        assert (await post(town, path, headers, {})).status == 403, path
    # Nor as a part of the address or of the body.
    secret_in = f"/api/v1/consents/withdrawals?X-CSRF-Token={town.headers['hanako']['X-CSRF-Token']}"
    assert (await post(town, secret_in, headers, {"purpose": "live_sharing"})).status == 403


async def test_a_used_code_opens_nothing_again(town: Town) -> None:
    pair = {"code": town.things["pairing"]}
    assert (await post(town, "/api/v1/pairings/redeem", {}, pair)).status == 201
    assert (await post(town, "/api/v1/pairings/redeem", {}, pair)).status == 404
    new = {"code": town.things["invited"], "login": "made-now", "name": "n", "password": PASSWORD}
    assert (await post(town, "/api/v1/invitations/register", {}, new)).status == 201
    again = new | {"login": "made-twice"}
    assert (await post(town, "/api/v1/invitations/register", {}, again)).status == 404
    accept = {"code": town.things["invited"]}
    assert (await post(town, "/api/v1/invitations/accept", town.headers["unrelated"], accept)).status == 404


async def test_a_step_of_the_second_factor_and_a_recovery_code_open_once(town: Town) -> None:
    factor, actor = town.parts.second_factor, Actor(town.ids["eva-code"], Role.EVALUATOR, "eva-code")
    async with town.parts.db.read() as connection:
        query = select(users.c.totp_sealed).where(users.c.id == actor.user_id)
        secret = town.parts.sealer.open((await connection.execute(query)).scalar_one())
    with pytest.raises(Forbidden):  # the code of the set-up, in the same step
        await factor.check(actor, code_of(secret, town.clock.now_s - 60.0))
    town.clock.now_s += 30.0
    code = code_of(secret, town.clock.now_s)
    await factor.check(actor, code)
    with pytest.raises(Forbidden):
        await factor.check(actor, code)
    (recovery, *_) = await factor.new_codes(actor)
    await factor.check(actor, recovery)
    with pytest.raises(Forbidden):
        await factor.check(actor, recovery)


async def test_a_key_that_was_replaced_opens_nothing_once_the_new_one_was_used(town: Town) -> None:
    old = town.headers["device"]
    made = json.loads((await post(town, "/api/v1/devices/self/key", old, None)).body)
    new = {"Authorization": f"Bearer {made['key']}"}
    assert (await read(town, old)).status == 200
    assert (await read(town, new)).status == 200
    assert (await read(town, old)).status == 401


async def test_a_link_opens_its_own_outing_only_and_only_while_it_holds(town: Town) -> None:
    token = town.things["token"]
    assert (await read(town, {}, f"/s/{token}")).status == 200
    for path in (
        f"/api/v1/trips/{town.trip}",
        f"/api/v1/trips/{town.trip}/live",
        f"/caregiver/trips/{town.trip}",
    ):
        for headers in ({"Authorization": f"Bearer {token}"}, {"Cookie": f"shirube={token}; opened={token}"}):
            assert (await read(town, headers, path)).status in (303, 401), path
    # That another link was opened opens nothing of this one.
    closed = await read(town, {"Cookie": "opened=another"}, f"/s/{token}")
    assert closed.body == (await read(town, {}, f"/s/{token}")).body
    async with town.parts.db.write() as connection:
        mine = update(links).where(links.c.id == town.things["link_id"])
        await connection.execute(mine.values(revoked_utc_s=town.clock.now_s))
    cookie = {"Cookie": f"opened={town.things['link_id']}"}
    for path in (f"/s/{token}", f"/s/{token}/live"):
        assert (await read(town, cookie, path)).status == 404


def test_every_table_is_written_where_formulas_are_made_text() -> None:
    writers = set()
    for path in Path(server.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import) and any(name.name == "csv" for name in node.names):
                writers.add(path.name)
    # A trial's export is for programs: codes, numbers and days, nobody's own words.
    assert writers == {"trial_export.py"}
