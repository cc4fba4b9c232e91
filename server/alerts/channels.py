"""Where people want to be told beside their page: e-mail, a browser's push service, a webhook.

Addresses lie sealed in the store. An e-mail address counts once its owner has typed the code that was sent to
it.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, Role, role_may
from server.alerts.bounds import check_mails, check_tests
from server.alerts.letters import code_letter, test_letter
from server.alerts.senders.base import ChannelKind, Letter, Sender
from server.alerts.setup import Telling
from server.buckets import Buckets
from server.clock import Clock
from server.credentials import new_id, new_token, token_hash
from server.database import Database
from server.errors import Conflict, NotFound, NotSent, Unavailable
from server.sealing import Sealer
from server.tables import channels, deliveries

MOST: Final = 10  # of one person
_CODE_S: Final = 86_400.0
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel, as its owner sees it. `where`: the address, or the push service's host."""

    id: str
    kind: ChannelKind
    where: str
    duty: bool
    created_utc_s: float
    confirmed_utc_s: float | None
    failed_utc_s: float | None


class Channels:
    """Everybody's channels."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        sealer: Sealer,
        settings: Telling,
        senders: Mapping[ChannelKind, Sender],
    ) -> None:
        self._db = db
        self._clock = clock
        self._sealer = sealer
        self._settings = settings
        self._senders = senders
        self._tests = Buckets()

    @property
    def kinds(self) -> tuple[ChannelKind, ...]:
        """What this server can send by."""
        return tuple(self._senders)

    def link(self, path: str) -> str | None:
        """A page's whole address, where the server knows its own."""
        return None if self._settings.public_url is None else self._settings.public_url + path

    async def of(self, actor: Actor) -> list[Channel]:
        """The actor's own, oldest first."""
        role_may(actor, Action.KEEP_CHANNELS)
        async with self._db.read() as connection:
            return [self._channel(row) for row in await connection.execute(_mine(actor))]

    async def add_email(self, actor: Actor, address: str) -> Channel:
        """An address that does not count yet; a code is on its way to it. `Unavailable` where it is not."""
        code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(2))
        made = await self._add(actor, "email", {"email": address}, code)
        await self._send_now(made, {"email": address}, code_letter(f"code.{made}", code, self._clock.utc_s()))
        return await self._one(actor, made)

    async def add_push(
        self, actor: Actor, endpoint: str, p256dh: str, auth: str, browser: str | None = None
    ) -> Channel:
        """A browser's subscription; the same browser comes once. `browser`: which one, for `leave`."""
        address = {"endpoint": endpoint, "p256dh": p256dh, "auth": auth}
        if browser is not None:
            address["browser"] = token_hash(browser)
        return await self._one(actor, await self._add(actor, "push", address))

    async def add_webhook(self, actor: Actor, url: str) -> tuple[Channel, str]:
        """A webhook, and the secret that its messages are signed with: shown once."""
        secret = new_token()
        made = await self._add(actor, "webhook", {"url": url, "secret": secret})
        return await self._one(actor, made), secret

    async def confirm(self, actor: Actor, channel_id: str, code: str) -> Channel:
        """The owner has typed the code: the address counts from now on."""
        role_may(actor, Action.KEEP_CHANNELS)
        now_s = self._clock.utc_s()
        given = token_hash(channel_id + "".join(code.split()).upper())
        confirmed = update(channels).where(
            channels.c.id == channel_id,
            channels.c.user_id == actor.user_id,
            channels.c.confirm_hash == given,
            channels.c.created_utc_s > now_s - _CODE_S,
            channels.c.confirmed_utc_s.is_(None),
            channels.c.ended_utc_s.is_(None),
        )
        async with self._db.write() as connection:
            await _owned(connection, actor, channel_id)
            if (await connection.execute(confirmed.values(confirmed_utc_s=now_s))).rowcount == 0:
                raise Conflict(
                    "番号が違うか、期限が切れています。消して、もう一度登録してください。",
                    "The code is wrong or has expired: remove the address and add it again.",
                )
        return await self._one(actor, channel_id)

    async def remove(self, actor: Actor, channel_id: str) -> None:
        """Nothing is sent there any more, and the address is forgotten."""
        role_may(actor, Action.KEEP_CHANNELS)
        async with self._db.write() as connection:
            await _owned(connection, actor, channel_id)
            await self._end(connection, channel_id)

    async def leave(self, actor: Actor, browser: str) -> None:
        """The person has logged out of this browser: nothing is sent there any more."""
        gone = token_hash(browser)
        async with self._db.write() as connection:
            for row in list(await connection.execute(_mine(actor).where(channels.c.kind == "push"))):
                if self._open(row).get("browser") == gone:
                    await self._end(connection, row.id)

    async def test(self, actor: Actor, channel_id: str) -> str | None:
        """Send a test there now; None where it was handed over, else what kind of fault there was."""
        role_may(actor, Action.KEEP_CHANNELS)
        async with self._db.read() as connection:
            await _owned(connection, actor, channel_id)
            row = await self._row_in_force(connection, channel_id)
        if row is None:
            raise Conflict("まだ確認されていない宛先です。", "This address is not confirmed yet.")
        check_tests(self._tests, actor.user_id, self._clock.utc_s())
        letter = test_letter(f"test.{new_id()}", self._clock.utc_s(), self.link("/channels"))
        try:
            await self._senders[row.kind].send(self._open(row), letter)
        except NotSent as error:
            return str(error)
        return None

    async def in_force(self, connection: AsyncConnection, channel_id: str) -> dict[str, str] | None:
        """The address, where the channel still counts."""
        row = await self._row_in_force(connection, channel_id)
        return None if row is None else self._open(row)

    async def _row_in_force(self, connection: AsyncConnection, channel_id: str) -> Row[Any] | None:
        query = select(channels).where(
            channels.c.id == channel_id,
            channels.c.confirmed_utc_s.is_not(None),
            channels.c.failed_utc_s.is_(None),
            channels.c.ended_utc_s.is_(None),
        )
        return (await connection.execute(query)).one_or_none()

    async def _add(
        self, actor: Actor, kind: ChannelKind, address: dict[str, str], code: str | None = None
    ) -> str:
        role_may(actor, Action.KEEP_CHANNELS)
        if kind not in self._senders:
            raise Unavailable(
                "このサーバーでは、この方法で知らせられません。", "This server does not send in this way."
            )
        now_s, made = self._clock.utc_s(), new_id()
        row = {
            "id": made,
            "user_id": actor.user_id,
            "kind": kind,
            "address": self._sealer.seal(json.dumps(address)),
            "duty": actor.role is Role.ADMINISTRATOR,
            "created_utc_s": now_s,
            "confirmed_utc_s": None if code else now_s,
            "confirm_hash": token_hash(made + code) if code else None,
        }
        async with self._db.write() as connection:
            known = list(await connection.execute(_mine(actor)))
            same = [one for one in known if one.kind == kind and self._same(self._open(one), address)]
            if same and kind == "push":
                await self._renew(connection, same[0].id, made)  # the browser has made new keys
            elif same:
                raise Conflict("その宛先はもう登録されています。", "This address is there already.")
            elif len(known) >= MOST:
                raise Conflict(f"宛先は{MOST}までです。", f"At most {MOST} addresses.")
            if kind == "email":
                await check_mails(connection, actor.user_id, now_s)
            await connection.execute(insert(channels).values(row))
        return made

    async def _send_now(self, channel_id: str, address: dict[str, str], letter: Letter) -> None:
        try:
            await self._senders["email"].send(address, letter)
        except NotSent:
            async with self._db.write() as connection:
                await self._end(connection, channel_id)
            raise Unavailable(
                "確認のメールを送れませんでした。宛先を見直すか、あとでもう一度登録してください。",
                "The message with the code could not be sent: check the address, or try again later.",
            ) from None

    async def _one(self, actor: Actor, channel_id: str) -> Channel:
        async with self._db.read() as connection:
            return self._channel(await _owned(connection, actor, channel_id))

    async def _end(self, connection: AsyncConnection, channel_id: str) -> None:
        values = {"ended_utc_s": self._clock.utc_s(), "address": self._sealer.seal("{}")}
        await connection.execute(update(channels).where(channels.c.id == channel_id).values(**values))

    async def _renew(self, connection: AsyncConnection, old: str, new: str) -> None:
        """The channel has another address: what waits for the old one, a call for help, goes to the new."""
        waiting = update(deliveries).where(
            deliveries.c.channel_id == old, deliveries.c.state.in_(("pending", "failed"))
        )
        await connection.execute(waiting.values(channel_id=new, next_utc_s=self._clock.utc_s()))
        await self._end(connection, old)

    def _same(self, one: dict[str, str], other: dict[str, str]) -> bool:
        return any(key in other and one.get(key) == other[key] for key in ("email", "endpoint", "url"))

    def _open(self, row: Row[Any]) -> dict[str, str]:
        opened = json.loads(self._sealer.open(row.address))
        return {str(key): str(value) for key, value in opened.items()}

    def _channel(self, row: Row[Any]) -> Channel:
        return Channel(
            row.id,
            row.kind,
            _where(self._open(row)),
            bool(row.duty),
            row.created_utc_s,
            row.confirmed_utc_s,
            row.failed_utc_s,
        )


def _where(address: dict[str, str]) -> str:
    if "email" in address:
        return address["email"]
    # Who knows the whole address of a subscription or a webhook can use it.
    return (address.get("endpoint") or address.get("url") or "").split("/", 3)[2]


def _mine(actor: Actor) -> Select[Any]:
    return (
        select(channels)
        .where(channels.c.user_id == actor.user_id, channels.c.ended_utc_s.is_(None))
        .order_by(channels.c.created_utc_s, channels.c.id)
    )


async def _owned(connection: AsyncConnection, actor: Actor, channel_id: str) -> Row[Any]:
    row: Row[Any] | None = (
        await connection.execute(_mine(actor).where(channels.c.id == channel_id))
    ).one_or_none()
    if row is None:
        raise NotFound(
            "その宛先はないか、あなたの宛先ではありません。", "There is no such address, or it is not yours."
        )
    return row
