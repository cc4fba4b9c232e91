"""Addresses that people give, and that the server must then call: never into its own network.

A webhook or a push service is somebody's URL. The host's address is looked up once, checked, and called by
that very address, so that a name which answers otherwise a moment later leads nowhere else.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from server.errors import NotSent

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_IPV6: Final = ipaddress.ip_network("2000::/3")  # all that is given out to hosts (IANA)
MAX_URL: Final = 2000


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect, and under which name. `url` holds the address in place of the host's name."""

    url: str
    host: str  # for the Host header, with the port where it is not the usual one
    name: str  # for TLS


class BadTarget(ValueError):  # noqa: N818  (a name says what went wrong)
    """An URL that this server does not call; the text says why."""


def checked(url: str, *, private: bool) -> SplitResult:
    """The URL's parts; `BadTarget` where its form alone forbids it."""
    if (
        len(url) > MAX_URL
        or not url.isascii()
        or any(mark.isspace() or not mark.isprintable() for mark in url)
    ):
        raise BadTarget("not a URL")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadTarget("not a URL") from None
    if not parts.hostname or parts.username is not None or parts.fragment or port == 0:
        raise BadTarget("a host, and neither a login nor a fragment")
    plain = parts.scheme == "http" and private and _is_loopback(parts.hostname)
    if parts.scheme != "https" and not plain:
        raise BadTarget("https only")
    literal = _literal(parts.hostname)
    if literal is not None and not private and not is_public(literal):
        raise BadTarget("an address inside a private network")
    return parts


async def target_of(url: str, resolve: Resolve, *, private: bool) -> Target:
    """Where to connect; `NotSent` where the name leads nowhere, or into a private network."""
    try:
        parts = checked(url, private=private)
    except BadTarget as error:
        raise NotSent(str(error)) from None
    name = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = [ipaddress.ip_address(text.partition("%")[0]) for text in await resolve(name, port)]
    except OSError:
        raise NotSent("no such host") from None
    # All of them: one public address among private ones is how such checks are tricked.
    if not found or (not private and not all(is_public(address) for address in found)):
        raise NotSent("an address inside a private network" if found else "no such host")
    if parts.scheme == "http" and not all(address.is_loopback for address in found):
        raise NotSent("https only")
    at = f"[{found[0]}]" if found[0].version == 6 else str(found[0])
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    return Target(f"{parts.scheme}://{at}:{port}{path}", host, name)


def is_public(address: Address) -> bool:
    """Whether the address is one of the Internet's, also where another is packed into it."""
    if isinstance(address, ipaddress.IPv6Address):
        packed = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if packed is None and address in _NAT64:
            packed = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if packed is not None:
            return is_public(packed)
        if address not in _GLOBAL_IPV6:
            return False
    return address.is_global and not address.is_multicast


async def system_resolve(name: str, port: int) -> list[str]:
    """The host's addresses, as the system finds them."""
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    literal = _literal(host)
    return host == "localhost" if literal is None else literal.is_loopback
