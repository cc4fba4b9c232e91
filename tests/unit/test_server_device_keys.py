"""Devices of a wearer: paired by a code, their keys, their last contact."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from server.access import Actor, Role
from server.contacts import version_in
from server.devices import add_device
from server.errors import (
    Conflict,
    NotFound,
    TooMany,
    Unavailable,
)
from server.tables import devices
from tests.house import House
from tests.served import PASSWORD, served
from wire.api import PairRequest


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with served(sqlite_url, tmp_path, House) as made:
        yield made


@pytest.fixture
async def either(store_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """On both stores, for what rests on how a store takes two things at once, or on its own rules."""
    async with served(store_url, tmp_path, House) as made:
        yield made


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
        listed = (await http.get("/api/v1/devices", headers=await house.session("hanako"))).json()["devices"]
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
    headers = await house.session("hanako")
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
