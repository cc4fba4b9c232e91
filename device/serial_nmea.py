"""A receiver on a serial line, without gpsd: opened again when it is plugged in, its speed found out."""

import contextlib
import errno
import fcntl
import os
import select
import termios
from collections import deque
from pathlib import Path
from typing import Final

from device.errors import ConfigError
from device.fix_health import Freshness, SourceHealth
from device.nmea import NmeaParser, as_written
from device.ports import Clock
from wire.position import Fix

# The standard's 4800 (NMEA 0183) comes last: the receivers that are sold now start at 9600 or 115200.
BAUDS: Final = (9600, 115200, 38400, 4800)
_SPEEDS: Final = {
    4800: termios.B4800,
    9600: termios.B9600,
    19200: termios.B19200,
    38400: termios.B38400,
    57600: termios.B57600,
    115200: termios.B115200,
    230400: termios.B230400,
    460800: termios.B460800,
    921600: termios.B921600,
}
# Once a second a receiver speaks, for up to 0.9 s at 4800: within this a whole sentence must have come.
_LISTEN_S: Final = 1.4
_LONGEST_LISTEN_S: Final = 5.6  # a receiver that saves power speaks every few seconds
# A receiver that was set to another speed while it ran: bytes come, and no sentence for so long.
_LOST_S: Final = 4.0
_REOPEN_S: Final = 0.5
_READ: Final = 4096
# A sentence is 82 characters; more without a line's end is noise.
_LONGEST_LINE: Final = 1024


class Lines:
    """Bytes to lines, however they are cut; what never ends is thrown away. No I/O."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes."""
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest if len(rest) <= _LONGEST_LINE else b""
        return lines


class SpeedSearch:
    """Which speed to listen at. Seconds are monotonic; no I/O.

    `only`: the speed is known, and kept.
    """

    def __init__(self, only: int | None = None) -> None:
        self._bauds = BAUDS if only is None else (only,)
        self._at = 0
        self._listen_s = _LISTEN_S
        self._since_s: float | None = None
        self._found = False

    @property
    def baud(self) -> int:
        """The speed to listen at now."""
        return self._bauds[self._at]

    @property
    def found(self) -> bool:
        """Whether sentences came at this speed."""
        return self._found

    def heard(self, now_s: float, *, sentences: int, noise: bool) -> bool:
        """Whether the speed has to change, after `sentences` whole ones came. `noise`: bytes came as well."""
        if sentences > 0:
            self._since_s, self._found = now_s, True
            return False
        if self._since_s is None:
            self._since_s = now_s
        passed_s = now_s - self._since_s
        # A receiver that is silent is still there at its speed; one that makes noise is not.
        lost = noise and passed_s >= _LOST_S if self._found else passed_s >= self._listen_s
        return lost and self._next(now_s)

    def _next(self, now_s: float) -> bool:
        self._since_s, self._found = now_s, False
        if len(self._bauds) == 1:
            return False
        self._at = (self._at + 1) % len(self._bauds)
        if self._at == 0:
            self._listen_s = min(self._listen_s * 2.0, _LONGEST_LISTEN_S)
        return True


class SerialNmeaSource:
    """A `PositionSource` on a serial line. `baud` None: found out. Never blocks; no thread.

    The kernel holds 4096 bytes, 0.36 s of a busy line at 115200: who polls ten times a second loses nothing,
    who was away for longer may lose an epoch. The checksums keep torn ones out.
    """

    def __init__(self, path: Path, clock: Clock, baud: int | None = None) -> None:
        if baud is not None and baud not in _SPEEDS:
            known = ", ".join(map(str, _SPEEDS))
            raise ConfigError(
                f"serial speed {baud} is not known; write one of {known}, or none to find it out"
            )
        self._path, self._clock = path, clock
        self._search = SpeedSearch(baud)
        self._fd: int | None = None
        self._due_s = float("-inf")
        self._fault = "opening the receiver"
        self._fresh = Freshness()
        self._heard_bytes_s = 0.0  # or opened, whichever was later
        self._begin()

    def poll(self) -> tuple[Fix, ...]:
        """The fixes that came since the last call, oldest first; each once."""
        now_s = self._clock.now_s()
        if self._fd is None and now_s >= self._due_s:
            self._open(now_s)
        if self._fd is None:
            return ()
        data = self._read(self._fd, now_s)
        if data is None:
            return ()
        believed = self._parser.believed
        fixes = [fix for line in self._lines.feed(data) if (fix := self._parser.feed(line)) is not None]
        if data:
            self._heard_bytes_s = now_s
        if self._search.heard(now_s, sentences=self._parser.believed - believed, noise=bool(data)):
            self._tune(now_s)
        if fixes:
            self._fresh.arrived(now_s)
        return tuple(as_written(fix, "serial") for fix in fixes)

    def health(self) -> SourceHealth:
        """How the source is now; never blocks."""
        now_s = self._clock.now_s()
        if self._fault:
            return self._fresh.broken(now_s, self._fault)
        return self._fresh.judge(now_s, self._trouble(now_s))

    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`; nothing while it is unplugged."""
        return () if self._fd is None else (self._fd,)

    def close(self) -> None:
        """Close the line; safe to call twice."""
        if self._fd is not None:
            with contextlib.suppress(OSError):
                os.close(self._fd)
            self._fd = None

    def _begin(self) -> None:
        """Forget what was half read: two halves with a gap between them are not one line."""
        self._lines, self._parser = Lines(), NmeaParser("serial")

    def _trouble(self, now_s: float) -> str:
        if now_s - self._heard_bytes_s > _LOST_S:
            return f"{self._path}: the receiver is silent; is it powered?"
        if not self._search.found:
            return f"{self._path}: no NMEA sentences at {self._search.baud} baud yet"
        return "the receiver has no position; does it see the sky?" if self._parser.blind else ""

    def _open(self, now_s: float) -> None:
        self._due_s = now_s + _REOPEN_S
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            self._fault = _why(self._path, error)
            return
        try:
            _configure(fd, self._search.baud)
        except (OSError, termios.error):
            os.close(fd)
            self._fault = f"{self._path} is no serial line; write serial:DEVICE"
            return
        self._fd, self._fault, self._heard_bytes_s = fd, "", now_s
        self._begin()

    def _tune(self, now_s: float) -> None:
        if self._fd is None:
            return
        try:
            _configure(self._fd, self._search.baud)
        except (OSError, termios.error):
            self._unplugged(now_s)
        self._begin()

    def _read(self, fd: int, now_s: float) -> bytes | None:
        """What waits; None: it was unplugged."""
        pieces: deque[bytes] = deque()
        try:
            while select.select([fd], [], [], 0.0)[0] and len(pieces) < 16:
                piece = os.read(fd, _READ)
                if not piece:  # readable, and empty: hung up
                    self._unplugged(now_s)
                    return None
                pieces.append(piece)
        except BlockingIOError:
            pass
        except OSError:
            self._unplugged(now_s)
            return None
        return b"".join(pieces)

    def _unplugged(self, now_s: float) -> None:
        self.close()
        self._due_s = now_s + _REOPEN_S
        self._fault = f"{self._path}: the receiver was unplugged; plug it in again"


def _configure(fd: int, baud: int) -> None:
    """Raw bytes, eight bits, no echo, no flow control, at `baud`; what waits in the kernel is thrown away."""
    speed = _SPEEDS[baud]
    characters = termios.tcgetattr(fd)[6]
    characters[termios.VMIN], characters[termios.VTIME] = 1, 0
    fcntl.ioctl(fd, termios.TIOCEXCL)  # two readers of one line would each get half of every sentence
    flags = termios.CS8 | termios.CREAD | termios.CLOCAL
    termios.tcsetattr(fd, termios.TCSANOW, [0, 0, flags, 0, speed, speed, characters])
    termios.tcflush(fd, termios.TCIFLUSH)


def _why(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
        return f"{path}: no receiver is there; plug it in, or name it by /dev/serial/by-id"
    if error.errno == errno.EACCES:
        return f"{path} may not be read; add the device's user to the group dialout"
    return f"{path} cannot be opened ({error.strerror}); does another program use it?"
