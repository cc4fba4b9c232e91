"""The client's half of RFC 6455, as much as a load generator needs: no I/O, little work for each message.

A full client library takes longer for a message than the server does; it would be measured in its place.
"""

import base64
import os
import struct
from typing import Final

from wire.uplink import UPLINK_PATH

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
_FIN: Final = 0x80
# A mask of zeros is a mask by the letter of RFC 6455 5.3, and costs nothing. It protects proxies from
# scripts in browsers, of which there are none here.
_MASK: Final = b"\0\0\0\0"


class ClosedByServer(Exception):  # noqa: N818  (a name says what happened)
    """The server ended the conversation, or did not begin it."""


def handshake(host: str, key: str) -> bytes:
    """The request that opens the uplink with a device's key."""
    nonce = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET {UPLINK_PATH} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {nonce}\r\nAuthorization: Bearer {key}\r\n\r\n"
    ).encode()


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """One whole message of a client."""
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", _FIN | opcode, 0x80 | length)
    elif length < 65_536:
        head = struct.pack("!BBH", _FIN | opcode, 0x80 | 126, length)
    else:
        head = struct.pack("!BBQ", _FIN | opcode, 0x80 | 127, length)
    return head + _MASK + payload


class Frames:
    """What the server sent: the answer to the handshake, then messages; bytes come in any pieces."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.open = False

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The (opcode, payload) that are whole now. `ClosedByServer` where the handshake is refused."""
        self._buffer += data
        if not self.open and not self._opened():
            return []
        found: list[tuple[int, bytes]] = []
        while (one := self._next()) is not None:
            found.append(one)
        return found

    def _opened(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        status = bytes(self._buffer[:end]).split(b"\r\n", 1)[0]
        if b" 101 " not in status + b" ":
            raise ClosedByServer(status.decode("latin-1"))
        del self._buffer[: end + 4]
        self.open = True
        return True

    def _next(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        length, start = buffer[1] & 0x7F, 2
        if length == 126 and len(buffer) >= 4:
            length, start = int.from_bytes(buffer[2:4], "big"), 4
        elif length == 127 and len(buffer) >= 10:
            length, start = int.from_bytes(buffer[2:10], "big"), 10
        elif length >= 126:
            return None
        if len(buffer) < start + length:
            return None
        one = buffer[0] & 0x0F, bytes(buffer[start : start + length])
        del buffer[: start + length]
        return one
