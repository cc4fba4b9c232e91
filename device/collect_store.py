"""A folder of collected pictures that is whole at every moment, whatever happens to the disk.

FOLDER/pictures/*.jpg, labels.jsonl (the model's proposals), pictures.jsonl (times), manifest.json.
A picture appears under its name when all of it is written; then its lines. A line that does not fit is
taken back, with its picture.
"""

import errno
import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from device.errors import RecordError

FORMAT: Final = 1
# The rest of the device writes to the same disk: its log of events must not stand still for pictures.
LEAST_FREE_BYTES: Final = 500_000_000
LABELS, PICTURES, MANIFEST = "labels.jsonl", "pictures.jsonl", "manifest.json"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the wearer was, by the newest fix."""

    lat: float
    lon: float
    accuracy_m: float


@dataclass(frozen=True, slots=True)
class Taken:
    """One stored picture. `t_s`: the camera's own seconds; `utc` ISO 8601, None for a file played back."""

    file: str
    sha256: str
    t_s: float
    utc: str | None
    blurred: int  # regions
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was collected with what. `ended` None: it was cut off; what is listed is whole all the same."""

    camera: str
    model: str
    model_sha256: str
    every_s: float
    blur: bool
    positions: bool
    consent: int  # version of the text that was agreed to
    started: str
    size: tuple[int, int] | None = None
    ended: str | None = None
    why: str | None = None
    stored: int = 0
    dropped: dict[str, int] | None = None
    format: int = FORMAT


class FolderFullError(RecordError):
    """No room for another picture; what is stored is whole."""


class Store:
    """Writes one collection. Raises `RecordError` where the folder is in use or cannot be written."""

    def __init__(self, folder: Path, least_free: int = LEAST_FREE_BYTES) -> None:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise RecordError(
                f"{folder}: 空ではありません。新しいフォルダーを / is not an empty folder: name a new one"
            )
        self.folder = folder
        self._least_free = least_free
        try:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)  # faces may be in it
            (folder / "pictures").mkdir()
        except OSError as error:
            raise _cannot(folder, error) from None

    def room(self) -> None:
        """Raise `FolderFullError` where the disk is nearly full."""
        free = shutil.disk_usage(self.folder).free
        if free < self._least_free:
            raise FolderFullError(f"{self.folder}: {_FULL}")

    def picture(self, name: str, jpeg: bytes) -> tuple[str, str]:
        """Store the bytes; (file below the folder, sha256)."""
        self.room()
        path = self.folder / "pictures" / name
        _write_whole(path, jpeg)
        return f"pictures/{name}", hashlib.sha256(jpeg).hexdigest()

    def lines(self, taken: Taken, label: str) -> None:
        """List a stored picture; where that fails, the picture goes too."""
        entry = json.dumps(asdict(taken), ensure_ascii=False)
        done: list[tuple[Path, int]] = []
        try:
            for name, line in ((LABELS, label), (PICTURES, entry)):
                path = self.folder / name
                done.append((path, path.stat().st_size if path.exists() else 0))
                _append(path, line)
        except (OSError, KeyboardInterrupt) as error:
            for path, size in done:
                _cut(path, size)
            (self.folder / taken.file).unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise _cannot(self.folder, error) from None
            raise

    def manifest(self, manifest: Manifest) -> None:
        """Write or replace the manifest."""
        text = json.dumps(asdict(manifest), ensure_ascii=False, indent=2) + "\n"
        _write_whole(self.folder / MANIFEST, text.encode())


_FULL: Final = "ディスクがいっぱいです。保存した分は無事です / the disk is full; what is stored is whole"


def _cannot(path: Path, error: OSError) -> RecordError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FolderFullError(f"{path}: {_FULL}")
    return RecordError(f"{path}: 書けません / cannot be written ({error.strerror})")


def _write_whole(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _cannot(path, error) from None


def _append(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def _cut(path: Path, size: int) -> None:
    if size:
        os.truncate(path, size)
    else:
        path.unlink(missing_ok=True)
