"""Whether those who are logged in may go on watching: many questions are one visit to the store."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action
from server.allow import refused_trips
from server.database import Database
from server.errors import ApiError, NotLoggedIn
from server.sessions import Sessions
from server.together import Together

_Asked = tuple[str, str]  # a session's id, a trip
_Answer = float | ApiError  # until when it holds by itself, or why it does not


class WatchRights:
    """By session and trip, as the store holds it at the moment of the question."""

    def __init__(self, db: Database, sessions: Sessions) -> None:
        self._db = db
        self._sessions = sessions
        self._together: Final[Together[_Asked, _Answer]] = Together(self._ask)

    async def ask(self, session_id: str, trip_id: str) -> float:
        """As `Right.ask`: while the session lasts, which watching alone does not keep alive."""
        answer = await self._together.one((session_id, trip_id))
        if answer is None:
            raise NotLoggedIn("ログインの期限が切れました。", "The login has expired.")
        if isinstance(answer, ApiError):
            raise answer
        return answer

    async def _ask(self, asked: frozenset[_Asked]) -> dict[_Asked, _Answer]:
        async def found(connection: AsyncConnection) -> dict[_Asked, _Answer]:
            opened = await self._sessions.opened(connection, {session_id for session_id, _ in asked})
            known = [each for each in asked if each[0] in opened]
            pairs = [(opened[session_id].actor, trip_id) for session_id, trip_id in known]
            refused = await refused_trips(connection, Action.WATCH_LIVE, pairs)
            return {each: no or opened[each[0]].until_s for each, no in zip(known, refused, strict=True)}

        return await self._db.look(found)


class SessionRight:
    """A person who is logged in and may watch the trip."""

    def __init__(self, rights: WatchRights, session_id: str, trip_id: str) -> None:
        self._rights = rights
        self._session_id = session_id
        self._trip_id = trip_id

    async def ask(self) -> float:
        """As `Right.ask`."""
        return await self._rights.ask(self._session_id, self._trip_id)
