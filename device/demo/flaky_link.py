"""A TCP proxy on loopback whose link can be cut: loses the network for the demo and the tests."""

import contextlib
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Final, Self

# Closing with linger 0 sends a reset instead of a farewell: what a lost network looks like.
_RESET: Final = struct.pack("ii", 1, 0)
_CHUNK_BYTES: Final = 65_536


class FlakyLink:
    """Forwards `127.0.0.1:port` to a target, until it is cut, and again once it is restored."""

    def __init__(self, target_host: str, target_port: int) -> None:
        self._target = (target_host, target_port)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._flowing = threading.Event()
        self._flowing.set()
        self._delay_s = 0.0
        self._listener = _reserved(0)
        self._port: int = self._listener.getsockname()[1]
        self._listen()

    @property
    def port(self) -> int:
        """Where to connect instead of the target; the same for the life of the link."""
        return self._port

    def cut(self) -> None:
        """Reset every connection and refuse new ones."""
        with self._lock:
            # A listening socket cannot stop listening: a new one keeps the port, and refuses.
            _end(self._listener)
            self._listener = _reserved(self._port)
            self._reset_all()
        self._flowing.set()

    def restore(self) -> None:
        """Take new connections again, and let a stalled link flow."""
        self._flowing.set()
        with self._lock:
            if not _is_listening(self._listener):
                self._listen()

    def stall(self) -> None:
        """Connections stay, nothing passes: half open, until `restore` or `cut`."""
        self._flowing.clear()

    def delay(self, seconds: float) -> None:
        """What passes from now on takes so much longer, each way."""
        self._delay_s = seconds

    def close(self) -> None:
        """End everything; safe to call twice."""
        with self._lock:
            _end(self._listener)
            self._reset_all()
        self._flowing.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _reset_all(self) -> None:
        ends, self._open = self._open, set()
        for end in ends:
            _end(end)

    def _listen(self) -> None:
        self._listener.listen()
        threading.Thread(target=self._accept, args=(self._listener,), name="flaky-link", daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return  # cut or closed
            try:
                far = socket.create_connection(self._target, timeout=5.0)
            except OSError:
                _end(near)
                continue
            far.settimeout(None)
            if self._adopt(listener, near, far):
                threading.Thread(target=self._carry, args=(near, far), name="flaky-pair", daemon=True).start()

    def _adopt(self, listener: socket.socket, near: socket.socket, far: socket.socket) -> bool:
        with self._lock:
            if listener is not self._listener:  # cut while connecting
                _end(near)
                _end(far)
                return False
            self._open |= {near, far}
            return True

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        """Both directions of one connection, until both have ended."""
        back = threading.Thread(target=self._pump, args=(far, near), name="flaky-back", daemon=True)
        back.start()
        self._pump(near, far)
        back.join()
        with self._lock:
            self._open -= {near, far}
        near.close()
        far.close()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK_BYTES):
                self._flowing.wait()
                if self._delay_s:
                    time.sleep(self._delay_s)
                sink.sendall(data)
        with self._lock, contextlib.suppress(OSError):
            if sink in self._open:  # after a cut a farewell would give it away
                sink.shutdown(socket.SHUT_WR)


def _reserved(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


def _is_listening(bound: socket.socket) -> bool:
    return bool(bound.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _end(end: socket.socket) -> None:
    """Reset, and wake the thread that waits on it: `close` alone would leave it waiting."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RD)
    end.close()
