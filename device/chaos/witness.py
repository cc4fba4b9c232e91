"""What the device did, read from its own notes: what was said and when, which part fell and came up."""

import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SAY: Final = re.compile(r"say (\w+)(?:/(\S+))? \((-?\d+)\) at (\d+\.\d+)")
_SETTLED: Final = re.compile(r"settled (\w+) (\w+) of (\d+\.\d+)")
_PART: Final = re.compile(r"supervisor: (\w+) (is up|ended|stalled|gave_up)")
_POLL_S: Final = 0.02
_SHARED: Final = frozenset({"several_lost", "part_unsteady"})


@dataclass(frozen=True, slots=True)
class Said:
    """An announcement that was begun, at this monotonic second."""

    kind: str
    at_s: float
    parts: frozenset[str] = frozenset()  # of which it tells


@dataclass(frozen=True, slots=True)
class Settled:
    """An announcement whose fate was logged."""

    kind: str
    outcome: str
    created_s: float  # UTC


@dataclass(frozen=True, slots=True)
class PartNote:
    """A part came up or fell, seen at this monotonic second."""

    part: str
    up: bool
    at_s: float


class Witness:
    """Follows the notes in `path`, which grows. Its lists only grow; read them from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.said: list[Said] = []
        self.settled: list[Settled] = []
        self.parts: list[PartNote] = []
        self.complaints: list[str] = []  # tracebacks and the like
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="witness", daemon=True)
        self._thread.start()

    def said_since(self, kinds: frozenset[str], from_s: float, part: str = "") -> Said | None:
        """The first of these kinds, or of what tells of `part` among others, begun from then on."""
        for one in list(self.said):
            among = one.kind in _SHARED and part in one.parts
            if one.at_s >= from_s and (one.kind in kinds or among):
                return one
        return None

    def up_since(self, part: str, from_s: float) -> float | None:
        """When the part came up for the last time, if that was after `from_s`."""
        ups = [
            note.at_s for note in list(self.parts) if note.part == part and note.up and note.at_s >= from_s
        ]
        return ups[-1] if ups else None

    def close(self) -> None:
        """End the thread; safe to call twice."""
        self._ending.set()
        self._thread.join()

    def _follow(self) -> None:
        rest = ""
        with self._path.open(encoding="utf-8", errors="replace") as notes:
            while True:
                ending = self._ending.is_set()
                rest += notes.read()
                *lines, rest = rest.split("\n")
                for line in lines:
                    self._take(line)
                if ending:
                    return
                time.sleep(_POLL_S)

    def _take(self, line: str) -> None:
        if match := _SAY.search(line):
            parts = frozenset((match[2] or "").split("+"))
            self.said.append(Said(match[1], float(match[4]), parts))
        elif match := _SETTLED.search(line):
            self.settled.append(Settled(match[1], match[2], float(match[3])))
        elif match := _PART.search(line):
            self.parts.append(PartNote(match[1], match[2] == "is up", time.monotonic()))
        elif "Error" in line or "Traceback" in line:
            self.complaints.append(line)
