"""A disk that forgets what was not synced when the power goes: the journal of `unsynced.c`, played. Pure.

What a disk promises: what was synced is there. What was written since may be there, or not, or in part,
sector by sector and in any order (a drive's cache, a card's controller, the kernel's write-back).
"""

import random
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

SECTOR: Final = 512  # bytes that a disk writes whole
_HEAD: Final = struct.Struct("<BBHIQ")
# Of what was not synced: so much is there wholly, so much not at all; the rest is torn.
_WHOLE: Final = 0.45
_GONE: Final = 0.85


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done to a file: w(rite) t(runcate) s(ync) u(nlink) r(ename) d(irectory synced)."""

    kind: str
    name: str
    offset: int
    data: bytes


def deeds(journal: bytes) -> Iterator[Deed]:
    """What a journal holds; a last record that is not whole was not done."""
    at = 0
    while at + _HEAD.size <= len(journal):
        kind, name_length, _, length, offset = _HEAD.unpack_from(journal, at)
        begin = at + _HEAD.size
        end = begin + name_length + length
        if end > len(journal):
            return
        name = journal[begin : begin + name_length].decode()
        yield Deed(chr(kind), name, offset, journal[begin + name_length : end])
        at = end


class Disk:
    """The files of one folder: as they are for sure, and what was done since. `lying`: syncs do nothing."""

    def __init__(self, files: Mapping[str, bytes], *, lying: bool = False) -> None:
        self._sure = {name: bytearray(content) for name, content in files.items()}
        self._open: list[Deed] = []
        self._lying = lying

    def play(self, journal: bytes) -> None:
        """Do what the journal says, in its order."""
        for deed in deeds(journal):
            if deed.kind == "s":
                self._settle(lambda one, name=deed.name: one.name == name)  # type: ignore[misc]
            elif deed.kind == "d":
                self._settle(lambda one: one.kind in "ur")
            else:
                self._open.append(deed)

    def everything(self) -> dict[str, bytes]:
        """The files if nothing were ever lost: what a killed process leaves."""
        files = {name: bytearray(content) for name, content in self._sure.items()}
        for deed in self._open:
            _do(files, deed)
        return _frozen(files)

    def after_power_cut(self, rng: random.Random) -> dict[str, bytes]:
        """The files as they may be found: what is sure, and by chance some of the rest."""
        files = {name: bytearray(content) for name, content in self._sure.items()}
        for deed in self._open:
            fate = rng.random()
            if fate < _WHOLE:
                _do(files, deed)
            elif fate >= _GONE and deed.kind == "w":
                for part in _sectors(deed):
                    if rng.random() < 0.5:
                        _do(files, part)
        return _frozen(files)

    @property
    def unsynced_bytes(self) -> int:
        """How much may be lost now."""
        return sum(len(deed.data) for deed in self._open)

    def _settle(self, which: Callable[[Deed], bool]) -> None:
        if self._lying:
            return
        for deed in self._open:
            if which(deed):
                _do(self._sure, deed)
        self._open = [deed for deed in self._open if not which(deed)]


def _do(files: dict[str, bytearray], deed: Deed) -> None:
    if deed.kind == "u":
        files.pop(deed.name, None)
    elif deed.kind == "r":
        if deed.name in files:
            files[deed.data.decode()] = files.pop(deed.name)
    else:
        content = files.setdefault(deed.name, bytearray())
        end = deed.offset + len(deed.data)
        if len(content) < end:
            content.extend(bytes(end - len(content)))
        if deed.kind == "t":
            del content[deed.offset :]
        else:
            content[deed.offset : end] = deed.data


def _sectors(deed: Deed) -> Iterator[Deed]:
    at = 0
    while at < len(deed.data):
        room = SECTOR - (deed.offset + at) % SECTOR
        yield Deed(deed.kind, deed.name, deed.offset + at, deed.data[at : at + room])
        at += room


def _frozen(files: Mapping[str, bytearray]) -> dict[str, bytes]:
    return {name: bytes(content) for name, content in files.items()}
