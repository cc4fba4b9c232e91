"""How often one caller, and one address, may ask: token buckets, so that a burst is fine and a flood is not.

Each process counts for itself: N workers let through up to N times as much. What protects a secret
(passwords, codes, second factors) is counted in the store instead, where it is checked.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Scope

from server.buckets import Buckets, Rate
from server.clock import Clock
from server.errors import TooMany
from server.metrics import Metrics
from server.problems import problem

# Planning is the one request that costs a second of a core.
_DEAR: Final = ("/api/v1/routes",)
_LINKS: Final = "/s/"
# `__Host-` binds the cookie to this host and to https; browsers refuse it without.
SESSION_COOKIE_HTTPS: Final = "__Host-shirube"
SESSION_COOKIE: Final = "shirube"
# Each takes a tenth of a second of a core to hash a password, also for who has none.
_PASSWORDS: Final = ("/login", "/invitation/register", "/api/v1/invitations/register")


# An open page asks once a minute, a device once a day: people never meet these. An address is wider than a
# caller: mobile networks put thousands of devices behind one.
_CALLER: Final = Rate(10.0, 120.0)
_DEAR_CALLS: Final = Rate(0.5, 20.0)
_PASSWORD: Final = Rate(1.0, 60.0)  # an office that begins its day behind one address
_LINK: Final = Rate(1.0, 60.0)  # share links: whoever asks for more guesses, though none can be guessed
_ADDRESS: Final = Rate(50.0, 600.0)


@dataclass(frozen=True, slots=True)
class Rates:
    """How often one caller, and one address, may ask."""

    caller: Rate = _CALLER
    dear: Rate = _DEAR_CALLS
    password: Rate = _PASSWORD
    link: Rate = _LINK
    address: Rate = _ADDRESS


class RateLimit:
    """Too many requests get 429 and are told how long to wait."""

    def __init__(self, *, clock: Clock, metrics: Metrics | None = None, rates: Rates | None = None) -> None:
        self._clock = clock
        self._refused = (metrics or Metrics()).refused
        self._rates = rates or Rates()
        self._buckets = Buckets()

    def refusal(self, scope: Scope) -> ASGIApp | None:
        """What answers a request or a WebSocket that comes too often; None: it does not."""
        wait_s = self._wait_s(scope)
        if wait_s <= 0.0:
            return None
        self._refused.labels("rate").inc()
        seconds = str(int(wait_s) + 1)
        return problem(
            TooMany(
                f"要求が多すぎます。{seconds}秒待ってください。",
                f"Too many requests: wait {seconds} s.",
                {"Retry-After": seconds},
            )
        )

    def _wait_s(self, scope: Scope) -> float:
        now_s, path = self._clock.utc_s(), str(scope["path"])
        address = client_address(scope)
        # This machine itself: a proxy that hides whom it speaks for would else be shut out with everybody.
        if is_loopback(scope):
            return 0.0
        waits = [self._buckets.wait_s("address", address, self._rates.address, now_s)]
        caller = _credential(Headers(scope=scope))
        if caller is not None:
            waits.append(self._buckets.wait_s("caller", caller, self._rates.caller, now_s))
        if path.startswith(_DEAR) and scope.get("method") == "POST":
            waits.append(self._buckets.wait_s("dear", caller or address, self._rates.dear, now_s))
        if path in _PASSWORDS and scope.get("method") == "POST":
            waits.append(self._buckets.wait_s("password", address, self._rates.password, now_s))
        if path.startswith(_LINKS):
            waits.append(self._buckets.wait_s("link", address, self._rates.link, now_s))
        return max(waits)


def client_address(scope: Scope) -> str:
    """The caller's address; of IPv6 its /64, which is one customer. Empty where it is not known."""
    client = scope.get("client")
    return _customer(client[0])[0] if client else ""


def is_loopback(scope: Scope) -> bool:
    """Whether the request came from this machine."""
    client = scope.get("client")
    return _customer(client[0])[1] if client else False


@lru_cache(4096)
def _customer(host: str) -> tuple[str, bool]:
    """Whose address it is, and whether that is this machine."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host, False
    if isinstance(address, ipaddress.IPv6Address):
        whole = ipaddress.ip_network((address, 64), strict=False).network_address
        return str(whole), address.is_loopback
    return str(address), address.is_loopback


def _credential(headers: Headers) -> str | None:
    """The key or the session's token alone: what else stands in the headers is the caller's to vary."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    cookies = cookie_parser(headers.get("cookie", ""))
    token = cookies.get(SESSION_COOKIE_HTTPS) or cookies.get(SESSION_COOKIE)
    said = key.strip() if scheme else token
    return None if said is None else hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
