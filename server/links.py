"""Share links: one trip, read-only, for whoever has the address, until it expires or is taken back.

Opening is what a person does: the button of its page, or the stream that the page's script opens. To ask for
the page alone is not: messengers do that by themselves, for a preview, before anybody has read the message.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, bindparam, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, role_may
from server.allow import allow_trip
from server.clock import Clock
from server.consent import Purpose, in_force_clause, require
from server.credentials import new_id, new_token, token_hash
from server.database import Database
from server.errors import Conflict, NotFound
from server.hub import Hub, notices_for
from server.looks import LOOK_AGAIN_S
from server.names import check_name
from server.notices import tell
from server.tables import links, looks
from server.together import Together

MOST_HOURS: Final = 24
MOST_OPEN: Final = 20  # of one wearer: more is a mistake
_TOKENS: Final = 500  # in one query
# Those that open something. Made once: they take longer to put together than to ask.
_OPEN: Final = select(links).where(
    links.c.revoked_utc_s.is_(None),
    links.c.expires_utc_s > bindparam("now"),
    in_force_clause(Purpose.LIVE_SHARING, links.c.wearer_id),
)
_WITH_HASHES: Final = _OPEN.where(links.c.token_hash.in_(bindparam("hashes", expanding=True)))
_OF_WEARER: Final = (
    _OPEN.where(links.c.wearer_id == bindparam("wearer"))
    .order_by(links.c.created_utc_s.desc(), links.c.id)
    .limit(MOST_OPEN)
)


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was just made. The token is shown once."""

    id: str
    token: str
    expires_utc_s: float


class Links:
    """The share links of all wearers."""

    def __init__(self, db: Database, clock: Clock, hub: Hub) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub
        self._rows: Together[str, Row[Any]] = Together(self._with_hashes)

    async def make(self, wearer: Actor, trip_id: str, name: str, hours: float) -> NewLink:
        """A link to one of the wearer's own trips. `Conflict` without consent to live sharing."""
        check_name(name)
        now_s, token = self._clock.utc_s(), new_token()
        made = NewLink(new_id(), token, now_s + min(hours, MOST_HOURS) * 3600.0)
        row = {
            "id": made.id,
            "trip_id": trip_id,
            "wearer_id": wearer.user_id,
            "token_hash": token_hash(token),
            "name": name,
            "created_utc_s": now_s,
            "expires_utc_s": made.expires_utc_s,
        }
        async with self._db.write() as connection:
            trip = await allow_trip(connection, wearer, Action.SHARE_TRIP, trip_id)
            await self._may_be_made(connection, trip)
            await connection.execute(insert(links).values(row))
        return made

    async def _may_be_made(self, connection: AsyncConnection, trip: Row[Any]) -> None:
        await require(connection, trip.wearer_id, Purpose.LIVE_SHARING)
        if trip.ended_utc_s is not None:
            raise Conflict("その外出は終わっています。", "That outing is over.")
        opened = {"now": self._clock.utc_s(), "wearer": trip.wearer_id}
        if len((await connection.execute(_OF_WEARER, opened)).all()) >= MOST_OPEN:
            raise Conflict(
                f"有効なリンクは{MOST_OPEN}個までです。使わないものを取り消してください。",
                f"There may be {MOST_OPEN} open links: take back those that are not needed.",
            )

    async def of(self, wearer: Actor) -> list[Row[Any]]:
        """The wearer's links that still open something, newest first."""
        role_may(wearer, Action.SHARE_TRIP)
        mine = {"now": self._clock.utc_s(), "wearer": wearer.user_id}
        async with self._db.read() as connection:
            return list(await connection.execute(_OF_WEARER, mine))

    async def revoke(self, wearer: Actor, link_id: str) -> None:
        """Open views of it close at once. Twice is once; `NotFound` where it is not the wearer's."""
        role_may(wearer, Action.SHARE_TRIP)
        mine = (links.c.id == link_id, links.c.wearer_id == wearer.user_id)
        async with self._db.write() as connection:
            if not (await connection.execute(select(exists(select(links.c.id).where(*mine))))).scalar_one():
                raise NotFound("そのリンクはありません。", "There is no such link.")
            end = update(links).where(*mine, links.c.revoked_utc_s.is_(None))
            await connection.execute(end.values(revoked_utc_s=self._clock.utc_s()))
        self._hub.rights_changed()

    async def look_up(self, token: str) -> Row[Any]:
        """The link of a token, where it opens something; else `NotFound`, in the same words always."""
        row = await self._rows.one(token_hash(token))
        if row is None:
            raise NotFound(
                "このリンクは使えません。期限が切れたか、取り消されました。",
                "This link opens nothing: it has expired or was taken back.",
            )
        return row

    async def _with_hashes(self, hashes: frozenset[str]) -> dict[str, Row[Any]]:
        now_s, wanted = self._clock.utc_s(), sorted(hashes)

        async def found(connection: AsyncConnection) -> dict[str, Row[Any]]:
            rows: dict[str, Row[Any]] = {}
            for first in range(0, len(wanted), _TOKENS):
                some = {"now": now_s, "hashes": wanted[first : first + _TOKENS]}
                rows |= {str(row.token_hash): row for row in await connection.execute(_WITH_HASHES, some)}
            return rows

        return await self._db.look(found)

    async def opened(self, link: Row[Any]) -> None:
        """Somebody looks by the link: for the access log; the first time the wearer is told at once."""
        now_s = self._clock.utc_s()
        row = {
            "wearer_id": link.wearer_id,
            "trip_id": link.trip_id,
            "link_id": link.id,
            "what": "live",
            "utc_s": now_s,
        }
        lately = select(looks.c.id).where(looks.c.link_id == link.id, looks.c.utc_s > now_s - LOOK_AGAIN_S)
        first = update(links).where(links.c.id == link.id, links.c.opened_utc_s.is_(None))
        async with self._db.write() as connection:
            if not (await connection.execute(select(exists(lately)))).scalar_one():
                await connection.execute(insert(looks).values(row))
            is_first = (await connection.execute(first.values(opened_utc_s=now_s))).rowcount == 1
            if is_first:
                wearer, trip, name = link.wearer_id, link.trip_id, link.name
                await tell(connection, wearer, trip, "link_opened", now_s, name=name)
        if is_first:
            self._hub.wake({notices_for(link.wearer_id)})


class LinkRight:
    """Whoever has the address, while the link is open."""

    def __init__(self, links_: Links, token: str) -> None:
        self._links = links_
        self._token = token

    async def ask(self) -> float:
        """As `Right.ask`: until the link expires."""
        link = await self._links.look_up(self._token)
        return float(link.expires_utc_s)
