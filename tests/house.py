"""A server whose people log in step by step, for tests of access."""

from server.sessions import Session
from tests.people import code_of, open_session
from tests.served import PASSWORD, Served


class House(Served):
    """A server with nobody in it yet, and logins step by step."""

    async def opened(self, login: str) -> Session:
        return await open_session(self.parts, login, PASSWORD)

    async def half(self, login: str) -> tuple[str, Session]:
        """A login whose second factor is still to come."""
        token = await self.parts.sessions.log_in(login, PASSWORD, "test")
        session = await self.parts.sessions.look_up(token, half=True)
        assert session is not None
        return token, session

    async def factor(self, session: Session) -> tuple[str, tuple[str, ...]]:
        """The secret and the recovery codes."""
        begun = self.parts.second_factor.begin(session.actor, session.login)
        code = code_of(begun.secret, self.clock.now_s)
        return begun.secret, await self.parts.second_factor.confirm(session.actor, begun.pending, code)
