"""The key by which push services know this server: made once, sealed in the store, one for all processes."""

import base64
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from server.database import Database
from server.sealing import Sealer
from server.tables import marks

if TYPE_CHECKING:
    from py_vapid import Vapid02

MARK: Final = "vapid_key"


class VapidKey:
    """This server's key pair. Browsers bind their subscriptions to it: a new one would end them all."""

    def __init__(self, db: Database, sealer: Sealer) -> None:
        self._db = db
        self._sealer = sealer
        self._key: Vapid02 | None = None

    async def get(self) -> "Vapid02":
        """The key, made where there is none."""
        if self._key is None:
            from py_vapid import Vapid02  # late: no start waits for what tells people

            self._key = Vapid02.from_raw((await self._read() or await self._make()).encode())
        return self._key

    async def public(self) -> str:
        """What a page gives to its browser: the point, uncompressed, as base64url."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        key = (await self.get()).public_key
        return _text(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    async def _read(self) -> str | None:
        query = select(marks.c.value).where(marks.c.name == MARK)
        async with self._db.read() as connection:
            sealed = (await connection.execute(query)).scalar_one_or_none()
        return None if sealed is None else self._sealer.open(sealed)

    async def _make(self) -> str:
        from cryptography.hazmat.primitives.asymmetric import ec

        number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
        made = _text(number.to_bytes(32))
        try:
            async with self._db.write() as connection:
                row = {"name": MARK, "value": self._sealer.seal(made)}
                await connection.execute(insert(marks).values(row))
        except IntegrityError:
            # Another process was quicker: its key is the one.
            return await self._read() or made
        return made


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
