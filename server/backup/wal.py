"""SQLite's write-ahead log, read from outside (https://www.sqlite.org/walformat.html). Pure but for reads.

The index (`-shm`) says how far the log is committed: only so far it is read, so that nothing is shipped that
its writer has not made durable.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_HEADER: Final = 48  # of the index: twice, one after the other
_INDEX: Final = struct.Struct("=IIIBBHII8s8s8s")
_VERSION: Final = 3007000
_LOG_HEADER: Final = 32
_FRAME: Final = struct.Struct(">II8s8s")


@dataclass(frozen=True, slots=True)
class Committed:
    """How far the log goes. `pages`: the size of the database then; `salts`: of this round of the log."""

    page_size: int
    max_frame: int
    pages: int
    salts: bytes
    checksum: bytes

    @property
    def round(self) -> int:
        """Grows by one whenever the log begins again from its start (modulo 2^32)."""
        return int.from_bytes(self.salts[:4], "big")


def committed(index: bytes) -> Committed | None:
    """From the first 96 bytes of the index; None while it is being changed: read it again."""
    if len(index) < 2 * _HEADER or index[:_HEADER] != index[_HEADER : 2 * _HEADER]:
        return None
    version, _, _, ready, _, size, frame, pages, checksum, salts, _ = _INDEX.unpack_from(index)
    if version != _VERSION or not ready:
        return None
    # 65536 does not fit into 16 bits and is written as 1. Checksums are the machine's own numbers here.
    first, second = struct.unpack("=II", checksum)
    return Committed(65_536 if size == 1 else size, frame, pages, salts, struct.pack(">II", first, second))


@dataclass(frozen=True, slots=True)
class Frame:
    """One page as it was written."""

    page: int
    salts: bytes
    checksum: bytes
    content: bytes


def frames(log: int, first: int, last: int, page_size: int) -> Iterator[Frame]:
    """Frames `first` to `last` (from 1) of the log behind the descriptor; fewer where it ends before."""
    step = _FRAME.size + page_size
    for number in range(first, last + 1):
        data = os.pread(log, step, _LOG_HEADER + (number - 1) * step)
        if len(data) < step:
            return
        page, _, salts, checksum = _FRAME.unpack_from(data)
        yield Frame(page, salts, checksum, data[_FRAME.size :])
