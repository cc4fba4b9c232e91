"""What the command line does for a person's own data: spoken consent texts, a copy, erasure, the clocks.

Plain functions; each opens the store, does one thing, closes it. All raise `ServerError`.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from server import audit
from server.accounts import user_by_login
from server.attempts import Attempts
from server.clock import Clock
from server.commands_store import with_store
from server.consent_sound import fault_of
from server.consent_texts import every_text
from server.database import Database
from server.erasure import Erasures
from server.errors import SettingsError
from server.exports import Exports
from server.hub import Hub
from server.looks import EXPORT, write_office_look
from server.only_one import OnlyOne
from server.outings import Outings
from server.sealing import sealer_from
from server.settings import Settings

# Says sentences into a file; the command line brings the device's voice, which no server knows.
Speak = Callable[[tuple[str, ...], Literal["ja", "en"], Path], None]


def record_consents(speak: Speak, out: Path) -> tuple[Path, ...]:
    """Make a WAV of each consent text that is not in `out` yet; the new files.

    A file is named by its text's hash, and only whole ones that can be its sound have the name; else raises
    `SettingsError`.
    """
    out.mkdir(parents=True, exist_ok=True)
    made = []
    for text in every_text():
        path = out / text.audio_name
        if path.exists():
            continue
        part = path.with_suffix(".part.wav")
        speak(text.spoken, text.lang, part)
        if (fault := fault_of(part, text)) is not None:
            part.unlink(missing_ok=True)
            raise SettingsError(f"the voice did not say {text.purpose} {text.version} {text.lang}: {fault}")
        part.rename(path)
        made.append(path)
    return tuple(made)


def copy_data(settings: Settings, login: str, out: Path) -> int:
    """Write a copy of all that is held about somebody, who asked the office for it; bytes.

    Only the owner of the file may read it. The wearer finds it in the log of who looked.
    """

    async def copy(db: Database, clock: Clock) -> int:
        user = await user_by_login(db, login)
        exports = Exports(db, clock, Outings(db), sealer_from(settings.sealing_key_file), Attempts(db, clock))
        by, now_s = audit.By(_text(user.organisation_id)), clock.utc_s()
        async with db.write() as connection:
            await audit.record(connection, now_s, by, "data_copied", str(user.id))
            if user.role == "wearer":
                await write_office_look(connection, str(user.id), EXPORT, now_s)
        size = 0
        with os.fdopen(os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            async for piece in exports.pieces(str(user.id)):
                size += file.write(piece)
        return size

    return with_store(settings, copy)


def erase(settings: Settings, login: str) -> str:
    """Erase somebody who asked the office for it, at once and for good; the id that the ledger has."""

    async def done(db: Database, clock: Clock) -> str:
        user = await user_by_login(db, login)
        by = audit.By(_text(user.organisation_id))
        async with db.write() as connection:
            await audit.record(connection, clock.utc_s(), by, "person_erased", str(user.id))
        await Erasures(db, clock, Hub(), settings, OnlyOne(db, "erasure")).erase(str(user.id))
        return str(user.id)

    return with_store(settings, done)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
