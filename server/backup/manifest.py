"""What a copy is: written beside it, and compared with it before it is used."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from server.backup.errors import BackupError
from wire.base import message

NAME: Final = "manifest.json"
_STAMP: Final = "%Y%m%dT%H%M%S.%fZ"
_PIECE: Final = 1 << 20


@message
class Manifest:
    """One whole copy. `sha256`: of the file as it lies there; `follows`: segments were added to it."""

    format: Literal[1] = 1
    store: Literal["sqlite", "postgresql"]
    file: str
    bytes: int
    sha256: str
    sealed: bool
    utc_s: float  # everything that was committed before is in it
    made: str  # the same in UTC, for people
    revision: str
    last_event_id: int
    rows: dict[str, int]
    follows: bool = False


_CODEC: Final = TypeAdapter(Manifest)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put it beside the copy: from then on the copy counts."""
    write_whole(folder / NAME, _CODEC.dump_json(manifest, indent=1))


def read_manifest(folder: Path) -> Manifest:
    """The copy's own words about itself."""
    path = folder / NAME
    try:
        return _CODEC.validate_json(path.read_bytes())
    except OSError as error:
        raise BackupError(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        raise BackupError(f"{path}: {error.errors(include_url=False)[0]['msg']}") from None


def stamp(utc_s: float) -> str:
    """A folder's name: `20261130T001500.250000Z`; names in order are times in order."""
    return datetime.fromtimestamp(utc_s, UTC).strftime(_STAMP)


def copies_in(place: Path) -> list[tuple[Path, Manifest]]:
    """The whole copies in a place, oldest first; what was not finished has no manifest and does not count."""
    found = [path for path in place.iterdir() if (path / NAME).exists()] if place.is_dir() else []
    return sorted(((path, read_manifest(path)) for path in found), key=lambda copy: copy[1].utc_s)


def sha256_of(path: Path) -> str:
    """The file's digest."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """On the disk whole, or not there; for the owner's eyes only."""
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """The folder's own entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
