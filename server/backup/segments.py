"""What was added to a whole copy since: pages changed in half a second, a file each, chained by digest."""

import hashlib
import io
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Final

from server.backup.errors import BackupError
from server.backup.manifest import write_whole
from server.backup.seal import Key

FOLDER: Final = "segments"
_PAGE: Final = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Segment:
    """One step. `utc_s`: all that was committed before is in it. `before`: the digest of the one before."""

    number: int
    utc_s: float
    page_size: int
    pages: int  # the size of the database after it
    count: int
    before: str


class Chain:
    """Writes segments one after the other into a copy's folder."""

    def __init__(self, copy: Path, base_sha256: str, key: Key | None) -> None:
        self._folder = copy / FOLDER
        self._folder.mkdir(mode=0o700)
        self._before = base_sha256
        self._key = key
        self.number = 0
        self.bytes = 0

    def add(self, utc_s: float, page_size: int, pages: int, changed: Mapping[int, bytes]) -> None:
        """The changed pages by number, durably."""
        self.number += 1
        head = Segment(self.number, utc_s, page_size, pages, len(changed), self._before)
        body = b"".join(_PAGE.pack(page) + content for page, content in sorted(changed.items()))
        plain = json.dumps(asdict(head)).encode() + b"\n" + zlib.compress(body, 1)
        sealed = plain if self._key is None else _sealed(plain, self._key)
        write_whole(self._folder / f"{self.number:010d}.seg", sealed)
        self._before = hashlib.sha256(sealed).hexdigest()
        self.bytes += len(sealed)


def read_chain(
    copy: Path, base_sha256: str, key: Key | None, until_utc_s: float | None
) -> Iterator[tuple[Segment, dict[int, bytes]]]:
    """The segments in their order, up to a time. `BackupError` where one is damaged or does not follow."""
    before = base_sha256
    for number, path in enumerate(sorted((copy / FOLDER).glob("*.seg")), 1):
        raw = path.read_bytes()
        segment, changed = _read(path, raw, key)
        if segment.number != number or segment.before != before:
            raise BackupError(
                f"{path}: 前に続いていません / does not follow the one before: one is missing, or was changed"
            )
        if until_utc_s is not None and segment.utc_s > until_utc_s:
            return
        yield segment, changed
        before = hashlib.sha256(raw).hexdigest()


def apply(file: BinaryIO, segment: Segment, changed: Mapping[int, bytes]) -> None:
    """Bring the copy's pages to what they were after the segment."""
    for page, content in changed.items():
        file.seek((page - 1) * segment.page_size)
        file.write(content)
    file.truncate(segment.pages * segment.page_size)


def _read(path: Path, raw: bytes, key: Key | None) -> tuple[Segment, dict[int, bytes]]:
    plain = raw if key is None else _opened(raw, key)
    head, _, packed = plain.partition(b"\n")
    try:
        segment = Segment(**json.loads(head))
        body = zlib.decompress(packed)
    except (ValueError, TypeError, zlib.error):
        raise BackupError(f"{path}: 壊れています / is damaged") from None
    step = _PAGE.size + segment.page_size
    if len(body) != segment.count * step:
        raise BackupError(f"{path}: 壊れています / is damaged")
    pages = {}
    for at in range(0, len(body), step):
        pages[_PAGE.unpack_from(body, at)[0]] = body[at + _PAGE.size : at + step]
    return segment, pages


def _sealed(plain: bytes, key: Key) -> bytes:
    target = io.BytesIO()
    key.seal(io.BytesIO(plain), target)
    return target.getvalue()


def _opened(raw: bytes, key: Key) -> bytes:
    target = io.BytesIO()
    key.open(io.BytesIO(raw), target)
    return target.getvalue()
