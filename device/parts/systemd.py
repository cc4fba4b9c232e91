"""systemd's notifications: that the device is ready, that it lives. Nothing without systemd."""

import contextlib
import os
import socket


class Systemd:
    """Speaks to NOTIFY_SOCKET (sd_notify(3)). Call `look` in each round of the loop that must not stand."""

    def __init__(self) -> None:
        address = os.environ.get("NOTIFY_SOCKET")
        self._address = "\0" + address[1:] if address and address.startswith("@") else address
        self._ready = False
        self._status = ""

    def look(self, ready: bool, status: str) -> None:
        """The watchdog's sign of life, and what changed."""
        lines = ["WATCHDOG=1"]
        if ready and not self._ready:
            self._ready = True
            lines.append("READY=1")
        if status != self._status:
            self._status = status
            lines.append(f"STATUS={status}")
        self._send("\n".join(lines))

    def _send(self, text: str) -> None:
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.setblocking(False)
            out.sendto(text.encode(), self._address)
