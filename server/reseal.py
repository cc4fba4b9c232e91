"""Rotating the sealing key: everything that lies sealed in the store is sealed anew with the newest key.

    add_key()      a new key before the old ones; the servers are then begun anew, so that all know it
    reseal()       every sealed value with the newest key
    drop_old()     the old keys leave the key file, once nothing needs them any more

Three steps, since a server that runs has read the file when it began: what another process seals with a key
that it does not know it could not open.
"""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Row, Select, select, update

from server.alerts.senders import vapid
from server.blurred_maps import MARK as BLUR_MARK
from server.database import Database
from server.errors import SettingsError
from server.sealing import Sealer, new_sealing_key, sealer_from
from server.tables import channels, marks, users

_SLICE: Final = 500  # rows in one transaction


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A column that holds sealed text, the key of its rows, and which of them."""

    what: str
    key: Column[Any]
    value: Column[Any]
    which: ColumnElement[bool]


SEALED: Final = (
    _Sealed("second_factors", users.c.id, users.c.totp_sealed, users.c.totp_sealed.is_not(None)),
    _Sealed("channels", channels.c.id, channels.c.address, channels.c.address.is_not(None)),
    _Sealed("marks", marks.c.name, marks.c.value, marks.c.name.in_((vapid.MARK, BLUR_MARK))),
)


def add_key(path: Path) -> None:
    """A new key as the first line of the key file, which is made where there is none."""
    sealer_from(path)
    _write(path, [new_sealing_key(), *_lines(path)])


async def reseal(db: Database, path: Path) -> dict[str, int]:
    """Seal everything with the first key of the file; how much of each kind. May be run again at any time.

    Raises `StoreError` where something was sealed with a key that is not in the file: that is left as it is.
    """
    sealer = sealer_from(path)
    return {kind.what: await _reseal(db, sealer, kind) for kind in SEALED}


async def drop_old(db: Database, path: Path) -> int:
    """Take all keys but the first out of the file; how many. `StoreError` where one is still needed."""
    first, *old = _lines(path)
    only = Sealer.of([first])
    for kind in SEALED:
        async for rows in _slices(db, kind):
            for row in rows:
                only.open(row.sealed)
    _write(path, [first])
    return len(old)


async def _reseal(db: Database, sealer: Sealer, kind: _Sealed) -> int:
    done = 0
    async for rows in _slices(db, kind):
        async with db.write() as connection:
            for row in rows:
                # Where the row has changed since, it was sealed by a server that knows the new key.
                same = update(kind.key.table).where(kind.key == row.key, kind.value == row.sealed)
                changed = await connection.execute(same.values({kind.value.name: sealer.rotate(row.sealed)}))
                done += changed.rowcount
    return done


async def _slices(db: Database, kind: _Sealed) -> AsyncIterator[list[Row[Any]]]:
    sealed = select(kind.key.label("key"), kind.value.label("sealed")).where(kind.which)
    query: Select[Any] = sealed.order_by(kind.key).limit(_SLICE)
    after: object = None
    while True:
        async with db.read() as connection:
            found = await connection.execute(query if after is None else query.where(kind.key > after))
            rows: list[Row[Any]] = list(found)
        if not rows:
            return
        yield rows
        after = rows[-1].key


def _lines(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text("ascii").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"key file {path}: {error}") from error


def _write(path: Path, lines: list[str]) -> None:
    """In place of the file at once, for its owner only: who loses power here has the old one or the new."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise SettingsError(f"key file {path}: {error}") from error
