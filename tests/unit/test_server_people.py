"""People and access: administrators, what is written down, invitations."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from server import accounts, audit, organisations, relations
from server.access import Role
from server.devices import add_device
from server.errors import (
    ApiError,
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    NotLoggedIn,
)
from server.organisations import LOCAL
from server.tables import audit as audit_table
from server.tables import users
from tests.house import House
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


async def test_disabling_ends_sessions_devices_and_logins_at_once(house: House) -> None:
    hanako = await house.add(Role.WEARER, "hanako")
    await house.add(Role.ADMINISTRATOR, "admin")
    key = (await add_device(house.parts.db, house.clock, hanako.user_id, "d")).key
    mine, theirs = await house.session("hanako"), await house.session("admin")
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
    headers = await house.session("admin")
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
        account = (await http.get("/api/v1/account", headers=await house.session("hanako"))).json()
        page = (await http.get("/account", headers=await house.session("hanako"))).text
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
    session = await house.opened("sister")
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
