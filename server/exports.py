"""Everything that the store holds about one person, as a ZIP that is made while it is sent."""

from collections.abc import AsyncIterator
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from server.access import Action, Actor, role_may
from server.attempts import Attempts, Limit
from server.clock import Clock, in_japan
from server.database import Database
from server.errors import TooMany
from server.export_files import ExportFiles
from server.outings import Outings
from server.sealing import Sealer

_MOST: Final = 3  # copies in an hour
_HOUR_S: Final = 3600.0


class Exports:
    """Copies of one's own data."""

    def __init__(
        self, db: Database, clock: Clock, outings: Outings, sealer: Sealer, attempts: Attempts
    ) -> None:
        self._files = ExportFiles(db, outings, sealer)
        self._clock = clock
        self._attempts = attempts

    async def begin(self, actor: Actor) -> AsyncIterator[bytes]:
        """The ZIP in pieces, for the person themselves, who has just given their password.

        Raises `TooMany` after some within an hour: making one reads everything.
        """
        role_may(actor, Action.MANAGE_SELF)
        try:
            await self._attempts.begin(Limit(f"export\n{actor.user_id}", _MOST, _HOUR_S))
        except TooMany as error:
            raise TooMany(
                "写しを何度も作りました。1時間ほど待ってください。",
                "Several copies were made already: wait about an hour.",
                error.headers,
            ) from None
        return self.pieces(actor.user_id)

    async def pieces(self, user_id: str) -> AsyncIterator[bytes]:
        """The ZIP in pieces. The caller sees to it that they go to `user_id` and to nobody else."""
        pipe = _Pipe()
        moment = in_japan(self._clock.utc_s()).timetuple()[:6]
        with ZipFile(pipe, "w", ZIP_DEFLATED) as archive:
            async for name, parts in self._files.of(user_id):
                info = ZipInfo(name, moment)
                info.compress_type = ZIP_DEFLATED
                with archive.open(info, "w") as inside:
                    async for part in parts:
                        inside.write(part.encode())
                        yield pipe.taken()
        yield pipe.taken()


class _Pipe:
    """What ZipFile writes to: it cannot be wound back, and is emptied as it fills."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is left open."""

    def taken(self) -> bytes:
        data, self._parts = b"".join(self._parts), []
        return data
