"""The device's key: read, accepted, and changed for a new one by the device itself, once in 90 days.

A person puts the first key into `server.key_file`, which the service may only read. A newer one lies in the
data folder beside the name of the key that it follows: put another key into `server.key_file`, and that
counts. In each change the new key is on the disk before it is used, and the old one is kept until the server
has accepted the new one: whatever dies in between, one of the two opens the server.
"""

import contextlib
import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from device.config import ServerConfig
from device.errors import UplinkError
from device.kept_files import write_whole
from wire.base import message

_log = logging.getLogger(__name__)

CHANGE_AFTER_S: Final = 90 * 86_400.0
RETRY_S: Final = 86_400.0  # a server that does not change keys is asked once a day
_FILE_NAME: Final = "device-key.json"


@message
class _Kept:
    """`first`: SHA-256 of the key in `server.key_file`. `before`: still valid until `key` was used."""

    first: str
    key: Annotated[str, Field(min_length=1)]
    since_utc_s: float
    before: str = ""


_KEPT: Final = TypeAdapter(_Kept)
# What asks the server for a new key: given the present one; `UplinkError`.
Renew = Callable[[str], str]


class DeviceKey:
    """`read` is the key to use now. Called by the uplink's thread and its helpers, one at a time."""

    def __init__(
        self, server: ServerConfig, data: Path, utc_s: Callable[[], float], renew: Renew | None = None
    ) -> None:
        self._server = server
        self._path = data / _FILE_NAME
        self._utc_s = utc_s
        self._renew = renew or self._ask_server
        self._asked_s: float | None = None
        self._set_back = False
        self._lock = threading.Lock()

    def read(self) -> str:
        """The key; `UplinkError` where there is none. Of two in turn, until one was accepted."""
        with self._lock:
            first = self._first()
            kept = self._kept(first)
            if kept is None:
                return first
            if not kept.before:
                return kept.key
            # In the middle of a change the new one opens the server; where that was set back to a backup, the
            # old one does.
            return kept.before if self._set_back else kept.key

    def refused(self, key: str) -> None:
        """The server does not take this key: of two, the other one is next."""
        with self._lock, contextlib.suppress(UplinkError):
            kept = self._kept(self._first())
            if kept is not None and kept.before:
                self._set_back = key == kept.key

    def accepted(self, key: str) -> None:
        """The server has taken this key: the one before it is forgotten; one that is old is changed."""
        with self._lock:
            try:
                first = self._first()
                kept = self._kept(first)
                if kept is not None and kept.before:
                    self._settle(kept, key)
                elif self._is_due(kept):
                    self._change(first, key)
            except (OSError, UplinkError) as error:
                # The key that is used goes on being good.
                _log.warning("the device key was not changed (%s)", error)

    def _settle(self, kept: _Kept, key: str) -> None:
        if key == kept.key:
            self._write(replace(kept, before=""))
        elif key == kept.before:
            # The server does not know the new one (any more).
            self._write(_Kept(first=kept.first, key=key, since_utc_s=self._utc_s()))

    def _is_due(self, kept: _Kept | None) -> bool:
        now_s = self._utc_s()
        if self._asked_s is not None and abs(now_s - self._asked_s) < RETRY_S:
            return False
        if kept is not None:
            return now_s - kept.since_utc_s >= CHANGE_AFTER_S
        path = self._server.key_file
        return path is not None and now_s - path.stat().st_mtime >= CHANGE_AFTER_S

    def _change(self, first: str, key: str) -> None:
        self._asked_s = self._utc_s()
        # Nothing may be asked for that cannot be kept.
        self._path.parent.mkdir(parents=True, exist_ok=True)
        probe = self._path.with_name(f"{_FILE_NAME}.probe")
        write_whole(probe, "\n")
        probe.unlink()
        new = self._renew(key)
        kept = _Kept(first=_name(first), key=new, since_utc_s=self._utc_s(), before=key)
        self._write(kept)
        self._set_back = False
        _log.info("a new device key is kept; it is used from the next connection on")

    def _ask_server(self, key: str) -> str:
        from device.server_client import ServerClient  # once in 90 days

        if self._server.url is None:
            raise UplinkError("no server is configured")
        with ServerClient(self._server.url, key) as client:
            return client.new_key().key

    def _first(self) -> str:
        path = self._server.key_file
        if path is None:
            raise UplinkError("server.key_file is not set: the server takes nothing without a device key")
        try:
            key = path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UplinkError(f"{path}: the device key cannot be read ({error})") from None
        if not key:
            raise UplinkError(f"{path}: is empty; put the device key there")
        if not (key.isascii() and key.isprintable() and " " not in key):
            raise UplinkError(f"{path}: is no device key; put one line there, the key alone")
        return key

    def _kept(self, first: str) -> _Kept | None:
        """The newer key, where it follows the one that a person put there."""
        try:
            kept = _KEPT.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            _log.error("%s: cannot be read (%s)", self._path, type(error).__name__)
            return None
        return kept if kept.first == _name(first) else None

    def _write(self, kept: _Kept) -> None:
        write_whole(self._path, _KEPT.dump_json(kept).decode() + "\n")


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
