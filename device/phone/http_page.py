"""The page's files and the headers that keep it closed to others. No socket."""

import ipaddress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

FOLDER: Final = Path(__file__).parent / "page"
CA_PATH: Final = "/shirube-ca.crt"

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Names that only a home network can have: a page of the internet cannot be made to look like one of them
# (DNS rebinding).
_HOME: Final = (".local", ".lan", ".home", ".internal", ".home.arpa", ".localhost")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over HTTP."""

    status: HTTPStatus
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Page:
    """The files of the page, read once. `ca`: the root (DER) that a phone is to trust, for download."""

    def __init__(self, folder: Path = FOLDER, ca: bytes | None = None) -> None:
        self._files = {
            f"/{path.name}": (_TYPES[path.suffix], path.read_bytes())
            for path in sorted(folder.iterdir())
            if path.suffix in _TYPES
        }
        self._files["/"] = self._files.pop("/index.html")
        if ca is not None:
            self._files[CA_PATH] = ("application/x-x509-ca-cert", ca)

    def get(self, method: str, path: str, host: str) -> Answer:
        """The answer to one request that is no WebSocket. `host` has passed `home_host`."""
        if method not in ("GET", "HEAD"):
            return plain(HTTPStatus.METHOD_NOT_ALLOWED, "GET only\n")
        found = self._files.get(urlsplit(path).path)
        if found is None:
            return plain(HTTPStatus.NOT_FOUND, "ありません / not here\n")
        kind, body = found
        headers = (*_closed(host), ("Content-Type", kind), ("Content-Length", str(len(body))))
        return Answer(HTTPStatus.OK, headers, b"" if method == "HEAD" else body)


def plain(status: HTTPStatus, text: str) -> Answer:
    """A line of text."""
    body = text.encode()
    kind = ("Content-Type", "text/plain; charset=utf-8")
    return Answer(status, (kind, ("Content-Length", str(len(body))), ("Cache-Control", "no-store")), body)


def home_host(host: str) -> bool:
    """Whether a Host header names this device as people at home do: by address, or a home network's name."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        if urlsplit(f"//{host}").port == 0 or any(sign in host for sign in "/?#@;, '\"\\"):
            return False
    except ValueError:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return bool(name) and ("." not in name or name.endswith(_HOME))
    return True


def same_origin(origin: str | None, host: str, *, tls: bool) -> bool:
    """Whether a WebSocket is opened by our own page, or by a program, which tells no origin."""
    return origin is None or origin.lower() == f"{'https' if tls else 'http'}://{host}".lower()


def _closed(host: str) -> tuple[tuple[str, str], ...]:
    # Older Safaris do not count a WebSocket of the same host as 'self'.
    connect = f"'self' ws://{host} wss://{host}"
    return (
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
            f"connect-src {connect}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            "require-trusted-types-for 'script'",
        ),
        (
            "Permissions-Policy",
            "camera=(self), geolocation=(self), accelerometer=(self), gyroscope=(self), magnetometer=(self), "
            "screen-wake-lock=(self), microphone=()",
        ),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        # A device that was updated must not be spoken to by yesterday's page.
        ("Cache-Control", "no-store"),
    )
