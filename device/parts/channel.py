"""Messages between the parts: length-prefixed JSON over Unix sockets that never block.

A `Door` listens, a `Line` connects to it and comes back by itself. What was sent is in the system's buffer at
once, as long as the receiver reads, and survives the death of the sender; where the buffer is full it waits
here, and is handed over by the next `poll`. Who must be sure of more asks for an answer.
"""

import contextlib
import os
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from device.errors import ChannelError

I = TypeVar("I")  # noqa: E741  # what comes in
O = TypeVar("O")  # noqa: E741  # what goes out

_HEAD: Final = struct.Struct(">I")
# The largest honest message is a picture; a sender that means more than this is broken.
MAX_BYTES: Final = 8_000_000
# What may wait for a receiver that does not read: more, and the connection is ended, as if it had died.
MAX_WAITING: Final = 16_000_000
_READ: Final = 1 << 18


@dataclass(slots=True, eq=False)
class _Pipe:
    """One connection: bytes that wait on either side."""

    socket: socket.socket
    inward: bytearray = field(default_factory=bytearray)
    outward: bytearray = field(default_factory=bytearray)

    def read(self) -> tuple[list[bytes], bool]:
        """Whole messages that came, and whether the other side is still there."""
        alive = True
        with contextlib.suppress(BlockingIOError):
            while True:
                try:
                    data = self.socket.recv(_READ)
                except ConnectionError:
                    data = b""
                if not data:
                    alive = False
                    break
                self.inward += data
                if len(data) < _READ:
                    break
        bodies: list[bytes] = []
        while len(self.inward) >= _HEAD.size:
            (length,) = _HEAD.unpack_from(self.inward)
            if length > MAX_BYTES:
                return bodies, False
            if len(self.inward) < _HEAD.size + length:
                break
            bodies.append(bytes(self.inward[_HEAD.size : _HEAD.size + length]))
            del self.inward[: _HEAD.size + length]
        return bodies, alive

    def write(self, body: bytes) -> bool:
        """Hand it over, or keep it until the other side reads; False where it is gone or does not read."""
        self.outward += _HEAD.pack(len(body)) + body
        return self.flush()

    def flush(self) -> bool:
        """Hand over what waits."""
        while self.outward:
            try:
                sent = self.socket.send(self.outward)
            except BlockingIOError:
                return len(self.outward) <= MAX_WAITING
            except OSError:
                return False
            del self.outward[:sent]
        return True

    def close(self) -> None:
        self.socket.close()


class Door(Generic[I, O]):
    """Listens at `path` for any number of clients. Not thread-safe. `ChannelError` where it cannot."""

    def __init__(self, path: Path, inward: TypeAdapter[I], outward: TypeAdapter[O]) -> None:
        self._path = path
        self._inward, self._outward = inward, outward
        self._pipes: dict[int, _Pipe] = {}
        self._next = 1
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            self._listener.bind(str(path))
            os.chmod(path, 0o600)
            self._listener.listen(8)
        except OSError as error:
            self._listener.close()
            raise ChannelError(f"{path}: cannot listen ({error.strerror or error})") from None
        self._listener.setblocking(False)

    @property
    def clients(self) -> frozenset[int]:
        """The numbers of those who are connected, as of the last `poll`."""
        return frozenset(self._pipes)

    def poll(self) -> tuple[tuple[int, I], ...]:
        """(client, message) since the last call, each client's in order; never blocks."""
        self._accept()
        came: list[tuple[int, I]] = []
        for number, pipe in list(self._pipes.items()):
            bodies, alive = pipe.read()
            messages, sound = _decoded(bodies, self._inward)
            came += [(number, message) for message in messages]
            if not (alive and sound and pipe.flush()):
                self._drop(number)
        return tuple(came)

    def send(self, message: O, to: int | None = None) -> None:
        """To one client, or to all; one that is gone or does not read is dropped."""
        body = self._outward.dump_json(message)
        for number in [to] if to is not None else list(self._pipes):
            pipe = self._pipes.get(number)
            if pipe is not None and not pipe.write(body):
                self._drop(number)

    def drop(self, client: int) -> None:
        """End one connection; who comes back begins anew."""
        self._drop(client)

    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`."""
        return (self._listener.fileno(), *(pipe.socket.fileno() for pipe in self._pipes.values()))

    def close(self) -> None:
        """End all connections; safe to call twice."""
        for number in list(self._pipes):
            self._drop(number)
        self._listener.close()

    def _accept(self) -> None:
        # OSError: nobody waits, who waited is gone, or no more files can be opened just now.
        with contextlib.suppress(OSError):
            while True:
                made, _ = self._listener.accept()
                made.setblocking(False)
                self._pipes[self._next] = _Pipe(made)
                self._next += 1

    def _drop(self, number: int) -> None:
        pipe = self._pipes.pop(number, None)
        if pipe is not None:
            pipe.close()


class Line(Generic[I, O]):
    """Connects to the `Door` at `path`, whenever it is there. Not thread-safe; never blocks.

    `on_open`: called after each time it connected, before anything else is sent.
    """

    def __init__(
        self,
        path: Path,
        inward: TypeAdapter[I],
        outward: TypeAdapter[O],
        on_open: Callable[[], None] = lambda: None,
    ) -> None:
        self._path = path
        self._inward, self._outward = inward, outward
        self._on_open = on_open
        self._pipe: _Pipe | None = None

    @property
    def connected(self) -> bool:
        """Whether the other side was there at the last call."""
        return self._pipe is not None

    def poll(self) -> tuple[I, ...]:
        """What came since the last call, in order."""
        pipe = self._connect()
        if pipe is None:
            return ()
        bodies, alive = pipe.read()
        messages, sound = _decoded(bodies, self._inward)
        if not (alive and sound and pipe.flush()):
            self._drop()
        return tuple(messages)

    def send(self, message: O) -> bool:
        """Whether the other side has it, or will as soon as it reads. False: nobody is there or reads."""
        pipe = self._connect()
        if pipe is None:
            return False
        if not pipe.write(self._outward.dump_json(message)):
            self._drop()
            return False
        return True

    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`; nothing while not connected."""
        return () if self._pipe is None else (self._pipe.socket.fileno(),)

    def close(self) -> None:
        """End the connection; safe to call twice."""
        self._drop()

    def _connect(self) -> _Pipe | None:
        if self._pipe is not None:
            return self._pipe
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.setblocking(False)
        try:
            made.connect(str(self._path))
        except OSError:
            made.close()
            return None
        self._pipe = _Pipe(made)
        self._on_open()
        return self._pipe

    def _drop(self) -> None:
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            pipe.close()


def _decoded(bodies: list[bytes], adapter: TypeAdapter[I]) -> tuple[list[I], bool]:
    """The messages, and whether all could be read: who speaks nonsense is treated as dead."""
    messages: list[I] = []
    for body in bodies:
        try:
            messages.append(adapter.validate_json(body))
        except ValidationError:
            return messages, False
    return messages, True
