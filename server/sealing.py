"""Secrets that the server must be able to read again (second factors, webhook keys), sealed.

The key lies in a file of its own, not in the store: a copy of the database alone opens none of them.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from server.errors import SettingsError, StoreError


class Sealer:
    """Seals with the first key, opens with any: keys are rotated by putting a new one before the old."""

    def __init__(self, keys: MultiFernet) -> None:
        self._keys = keys

    @staticmethod
    def of(lines: Sequence[str]) -> "Sealer":
        """Of keys as they stand in the file, the newest first; `ValueError` where one is none."""
        return Sealer(MultiFernet([Fernet(line) for line in lines]))

    def seal(self, secret: str) -> str:
        """What may be stored."""
        return self._keys.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """The secret; `StoreError` where it was sealed with a key that is not there any more."""
        try:
            return self._keys.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise StoreError(
                "a secret in the database was sealed with another key: put the old key back into the key file"
            ) from None

    def rotate(self, sealed: str) -> str:
        """The same secret, sealed with the first key."""
        try:
            return self._keys.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise StoreError("a secret was sealed with a key that is not in the key file") from None


def sealer_from(path: Path) -> Sealer:
    """The keys in `path`, one a line, the newest first; made there (mode 0600) where there is no file."""
    try:
        if not path.exists():
            _make(path)
        lines = [line.strip() for line in path.read_text("ascii").splitlines() if line.strip()]
        return Sealer.of(lines)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"key file {path}: {error}") from error
    except ValueError as error:
        raise SettingsError(f"key file {path}: each line is a Fernet key ({error})") from None


def new_sealing_key() -> str:
    """A line for the key file."""
    return Fernet.generate_key().decode()


def _make(path: Path) -> None:
    # Two workers that start at the same moment must end with one key: who comes second reads the first one's.
    part = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(new_sealing_key() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()
