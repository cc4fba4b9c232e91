"""How callers stand to trips: the statements say what a plain reading of the rows says."""

from collections.abc import AsyncIterator, Mapping
from functools import partial
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server import trip_facts
from server.access import Actor, Facts, Role
from server.consent import Purpose
from server.consent_texts import versions_in_force
from server.database import Database
from server.tables import alerts, consents, devices, relations, shares, trips
from tests.live_stand import Stand

_ROLES = (Role.CAREGIVER, Role.CAREGIVER, Role.EVALUATOR, Role.ADMINISTRATOR)
VIEWERS = tuple(Actor(f"v{number}".ljust(32, "0"), role, f"v{number}") for number, role in enumerate(_ROLES))
WEARERS = tuple(Actor(f"w{number}".ljust(32, "0"), Role.WEARER, f"w{number}") for number in range(3))
TRIPS = tuple(f"{number}" * 32 for number in range(6))
_ALONE = 12  # of each town's questions are asked one by one too
_KINDS, _STATES = ("sos", "fell", "off_route"), ("asking", "open", "acknowledged", "over")
Rows = list[dict[str, Any]]


@pytest.fixture
async def stand(store_url: str) -> AsyncIterator[Stand]:
    made = Stand(Database(store_url))
    for actor in (*VIEWERS, *WEARERS):
        await made.person(actor)
    async with made.db.write() as connection:
        for wearer in WEARERS:
            device = {"id": f"d{wearer.name}", "wearer_id": wearer.user_id, "label": "", "created_utc_s": 0.0}
            await connection.execute(insert(devices).values(device | {"key_hash": wearer.name}))
    yield made
    await made.db.close()


def maybe(rng: Random, value: Any) -> Any:
    return value if rng.random() < 0.4 else None


def town(rng: Random) -> dict[str, Rows]:
    """Anything, each about as likely to open a trip as not."""
    wearer = {trip_id: rng.choice(WEARERS) for trip_id in TRIPS}
    ours = versions_in_force(Purpose.LIVE_SHARING.value)[0]
    return {
        "trips": [
            {
                "id": trip_id,
                "wearer_id": wearer[trip_id].user_id,
                "device_id": f"d{wearer[trip_id].name}",
                "practice": False,
                "started_utc_s": 0.0,
                "accepted_utc_s": float(rng.randrange(10)),
            }
            for trip_id in TRIPS
        ],
        "relations": [
            {
                "viewer_id": rng.choice(VIEWERS).user_id,
                "wearer_id": rng.choice(WEARERS).user_id,
                "asked_utc_s": 0.0,
                "agreed_utc_s": None if rng.random() < 0.2 else float(rng.randrange(10)),
                "ended_utc_s": maybe(rng, 9.0),
            }
            for _ in range(rng.randrange(12))
        ],
        "shares": [
            {
                "wearer_id": wearer[trip_id].user_id,
                "trip_id": trip_id,
                "text_version": "1",
                "given_utc_s": float(rng.randrange(10)),
                "withdrawn_utc_s": maybe(rng, 9.0),
            }
            for trip_id in rng.choices(TRIPS, k=rng.randrange(8))
        ],
        "consents": [
            {
                "wearer_id": rng.choice(WEARERS).user_id,
                "purpose": rng.choice(list(Purpose)).value,
                "version": rng.choice((ours, ours, "0")),
                "lang": "ja",
                "how": "page",
                "given_utc_s": 0.0,
                "withdrawn_utc_s": maybe(rng, 9.0),
            }
            for _ in range(rng.randrange(14))
        ],
        "alerts": [
            {
                "id": f"a{number}".ljust(32, "0"),
                "wearer_id": wearer[trip_id].user_id,
                "trip_id": trip_id,
                "kind": rng.choice(_KINDS),
                "key": str(number),
                "state": rng.choice(_STATES),
                "raised_utc_s": 0.0,
                "changed_utc_s": 0.0,
                "step": 0,
                "detail": "{}",
            }
            for number, trip_id in enumerate(rng.choices(TRIPS, k=rng.randrange(5)))
        ],
    }


async def settle(stand: Stand, rows: Mapping[str, Rows]) -> None:
    tables = {table.name: table for table in (alerts, consents, shares, relations, trips)}
    async with stand.db.write() as connection:
        for table in tables.values():
            await connection.execute(delete(table))
        for name, some in rows.items():
            if some:
                await connection.execute(insert(tables[name]), some)


def read(rows: Mapping[str, Rows], actor: Actor, trip_id: str) -> Facts | None:
    """What `Facts` says of itself, row by row."""
    trip = next((row for row in rows["trips"] if row["id"] == trip_id), None)
    if trip is None:
        return None
    wearer = trip["wearer_id"]
    if actor.role in (Role.DEVICE, Role.WEARER):
        return Facts(own=wearer == actor.user_id and actor.device_id in (None, trip["device_id"]))
    agreed = [
        row["agreed_utc_s"]
        for row in rows["relations"]
        if (row["viewer_id"], row["wearer_id"]) == (actor.user_id, wearer)
        and row["agreed_utc_s"] is not None
        and row["ended_utc_s"] is None
    ]

    def consents_to(purpose: Purpose) -> bool:
        return any(
            (row["wearer_id"], row["purpose"]) == (wearer, purpose.value)
            and row["version"] in versions_in_force(purpose.value)
            and row["withdrawn_utc_s"] is None
            for row in rows["consents"]
        )

    shared = any(
        row["trip_id"] == trip_id and row["withdrawn_utc_s"] is None and agreed_s <= row["given_utc_s"]
        for row in rows["shares"]
        for agreed_s in agreed
    )
    calls = any(
        (row["trip_id"], row["kind"] in ("sos", "fell"), row["state"] in ("open", "acknowledged"))
        == (trip_id, True, True)
        for row in rows["alerts"]
    )
    early = any(agreed_s <= trip["accepted_utc_s"] for agreed_s in agreed)
    cares, evaluates = actor.role is Role.CAREGIVER, actor.role is Role.EVALUATOR
    return Facts(
        shared=cares and shared and consents_to(Purpose.LIVE_SHARING),
        emergency=cares and bool(agreed) and calls and consents_to(Purpose.EMERGENCY_SHARING),
        enrolled=evaluates and early and consents_to(Purpose.TRIAL_RESEARCH),
    )


async def of_one(actor: Actor, trip_id: str, there: AsyncConnection) -> Facts | None:
    found = await trip_facts.of_trip(there, actor, trip_id)
    assert found is None or found[0].id == trip_id
    return None if found is None else found[1]


async def test_statements_say_what_the_rows_say(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trip_facts, "_PAIRS", 7)
    rng, seen = Random(7), set[Facts | None]()  # noqa: S311
    devices_of = [Actor(one.user_id, Role.DEVICE, "", f"d{one.name}") for one in WEARERS]
    everybody = [*VIEWERS, *WEARERS, *devices_of, Actor(WEARERS[0].user_id, Role.DEVICE, "", "another")]
    asked = [(actor, trip_id) for actor in everybody for trip_id in (*TRIPS, "nothing")]
    for _ in range(40):
        rows = town(rng)
        await settle(stand, rows)
        rng.shuffle(asked)
        wanted = [read(rows, actor, trip_id) for actor, trip_id in asked]
        assert await stand.db.look(lambda there: trip_facts.of_trips(there, asked)) == wanted
        alone = [await stand.db.look(partial(of_one, *pair)) for pair in asked[:_ALONE]]
        assert alone == wanted[:_ALONE]
        seen |= set(wanted)
    assert seen >= {None, Facts(), Facts(own=True), Facts(shared=True), Facts(emergency=True)}
    assert Facts(enrolled=True) in seen


async def test_nothing_stored_opens_nothing(stand: Stand) -> None:
    assert await stand.db.look(lambda there: trip_facts.of_trips(there, [])) == []
    async with stand.db.read() as connection:
        assert (await connection.execute(select(trips.c.id))).all() == []
