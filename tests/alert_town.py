"""A wearer on a trip, caregivers and an administrator around her, and alerts to tell them of. For tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import insert, select, update

from server.access import Actor, Role
from server.alerts.escalation import Escalation
from server.alerts.senders.base import ChannelKind
from server.alerts.senders.fakes import RecordingSender
from server.alerts.setup import Telling
from server.alerts.telling import TellingParts, telling_parts
from server.consent_texts import current_text
from server.credentials import new_id
from server.database import Database
from server.fakes import FakeClock
from server.hub import Hub
from server.sealing import Sealer, new_sealing_key
from server.tables import alerts, channels, consents, deliveries, devices, notices, relations, shares, trips
from server.tables import users as people


class Alone:
    """There is no other process."""

    def held(self) -> "Alone":
        return self

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, *_: object) -> None:
        return None


@asynccontextmanager
async def alert_town(url: str, *purposes: str) -> AsyncIterator["AlertTown"]:
    """The town on this store, where 花子 agrees to these."""
    made = AlertTown(Database(url))
    await made.populate()
    for purpose in purposes:
        await made.agree(purpose)
    yield made
    await made.db.close()


@dataclass
class AlertTown:
    """Everything on one store. Nobody looks but who is asked to: the jobs run when a test says so."""

    db: Database
    clock: FakeClock = field(default_factory=FakeClock)
    hub: Hub = field(default_factory=Hub)
    settings: Telling = field(default_factory=lambda: Telling(public_url="https://shirube.example"))
    senders: dict[ChannelKind, RecordingSender] = field(
        default_factory=lambda: {kind: RecordingSender() for kind in ("email", "push", "webhook")}
    )
    sealer: Sealer = field(default_factory=lambda: Sealer(MultiFernet([Fernet(new_sealing_key())])))
    wearer: str = ""
    trip: str = ""

    def __post_init__(self) -> None:
        self.telling: TellingParts = telling_parts(
            self.db, self.clock, self.hub, self.sealer, self.settings, Alone(), self.senders
        )

    @property
    def escalation(self) -> Escalation:
        return self.telling.escalation

    async def populate(self) -> None:
        """花子 walks; nothing is shared, and nobody is agreed to."""
        self.wearer = await self.person(Role.WEARER, "花子")
        self.trip = new_id()
        device = new_id()
        async with self.db.write() as connection:
            await connection.execute(
                insert(devices).values(
                    id=device, wearer_id=self.wearer, label="d", key_hash=new_id(), created_utc_s=0.0
                )
            )
            row = {
                "id": self.trip,
                "wearer_id": self.wearer,
                "device_id": device,
                "practice": False,
                "started_utc_s": self.clock.now_s,
                "accepted_utc_s": self.clock.now_s,
            }
            await connection.execute(insert(trips).values(row))

    async def person(self, role: Role, name: str, lang: str | None = None) -> str:
        made = new_id()
        row = {
            "id": made,
            "login": made,
            "name": name,
            "role": role,
            "password_hash": "x",
            "pseudonym": made[:16],
            "created_utc_s": 0.0,
            "organisation_id": "local",
            "lang": lang,
        }
        async with self.db.write() as connection:
            await connection.execute(insert(people).values(row))
        return made

    async def caregiver(self, name: str, order: int | None = 1, *, agreed: bool = True) -> Actor:
        made = await self.person(Role.CAREGIVER, name)
        row = {
            "viewer_id": made,
            "wearer_id": self.wearer,
            "asked_utc_s": 1.0,
            "agreed_utc_s": 1.0 if agreed else None,
            "alert_order": order,
        }
        async with self.db.write() as connection:
            await connection.execute(insert(relations).values(row))
        return Actor(made, Role.CAREGIVER, name)

    async def end_relation(self, caregiver: Actor) -> None:
        async with self.db.write() as connection:
            ended = update(relations).where(relations.c.viewer_id == caregiver.user_id)
            await connection.execute(ended.values(ended_utc_s=self.clock.now_s))

    async def agree(self, purpose: str) -> None:
        row = {
            "wearer_id": self.wearer,
            "purpose": purpose,
            "version": current_text(purpose, "ja").version,
            "lang": "ja",
            "how": "page",
            "given_utc_s": self.clock.now_s,
        }
        async with self.db.write() as connection:
            await connection.execute(insert(consents).values(row))

    async def withdraw(self, purpose: str) -> None:
        async with self.db.write() as connection:
            end = update(consents).where(consents.c.purpose == purpose)
            await connection.execute(end.values(withdrawn_utc_s=self.clock.now_s))

    async def share(self) -> None:
        """The trip, with the consent that this needs."""
        await self.agree("live_sharing")
        row = {
            "wearer_id": self.wearer,
            "trip_id": self.trip,
            "text_version": "1",
            "given_utc_s": self.clock.now_s,
        }
        async with self.db.write() as connection:
            await connection.execute(insert(shares).values(row))

    async def channel(self, person: Actor, kind: ChannelKind, *, duty: bool = False) -> str:
        made = new_id()
        address = {"email": '{"email": "%s@example.jp"}', "push": '{"endpoint": "https://push/%s"}'}
        text = address.get(kind, '{"url": "https://hook/%s", "secret": "s"}') % made
        row = {
            "id": made,
            "user_id": person.user_id,
            "kind": kind,
            "address": self.sealer.seal(text),
            "duty": duty,
            "created_utc_s": self.clock.now_s,
            "confirmed_utc_s": self.clock.now_s,
        }
        async with self.db.write() as connection:
            await connection.execute(insert(channels).values(row))
        return made

    async def alert(self, kind: str = "sos", state: str = "open") -> str:
        """As the watcher writes it."""
        made = new_id()
        row = {
            "id": made,
            "wearer_id": self.wearer,
            "trip_id": self.trip,
            "kind": kind,
            "key": made,
            "state": state,
            "raised_utc_s": self.clock.now_s,
            "changed_utc_s": self.clock.now_s,
            "step": 0,
            "next_utc_s": self.clock.now_s if state == "open" else None,
            "lat": 33.23341,
            "lon": 131.60661,
            "accuracy_m": 8.0,
            "fix_utc_s": self.clock.now_s - 2.0,
            "detail": "{}",
        }
        async with self.db.write() as connection:
            await connection.execute(insert(alerts).values(row))
        return made

    async def over(self, alert_id: str, why: str = "taken_back") -> None:
        """As the watcher ends it."""
        now_s = self.clock.now_s
        values = {"state": "over", "over_utc_s": now_s, "over_why": why, "changed_utc_s": now_s}
        async with self.db.write() as connection:
            end = update(alerts).where(alerts.c.id == alert_id)
            await connection.execute(end.values(next_utc_s=now_s, **values))

    async def escalate(self) -> None:
        while await self.escalation.work():
            pass

    async def deliver(self) -> None:
        """All that is due now, and its next tries that are due now."""
        while await self.telling.delivery.work():
            await self.telling.delivery.idle()

    async def pass_s(self, seconds: float) -> None:
        """Time goes by, and both jobs look."""
        self.clock.now_s += seconds
        await self.escalate()
        await self.deliver()

    async def rows(self, table: Any = deliveries) -> list[Any]:
        async with self.db.read() as connection:
            return list(await connection.execute(select(table).order_by(table.c.id)))

    async def row_of(self, alert_id: str) -> Any:
        async with self.db.read() as connection:
            return (await connection.execute(select(alerts).where(alerts.c.id == alert_id))).one()

    async def told_names(self, what: str = "raised", step: int | None = None) -> list[str]:
        """Who was told by their page, in order."""
        query = (
            select(people.c.name)
            .join(deliveries, deliveries.c.user_id == people.c.id)
            .where(deliveries.c.kind == "page", deliveries.c.what == what)
            .order_by(deliveries.c.id)
        )
        if step is not None:
            query = query.where(deliveries.c.step == step)
        async with self.db.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def notices(self) -> list[tuple[str, int, str]]:
        async with self.db.read() as connection:
            found = await connection.execute(select(notices).order_by(notices.c.created_utc_s))
            return [(row.kind, row.count, row.name) for row in found]
