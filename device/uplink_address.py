"""The addresses of a server's uplink."""

from device.errors import UplinkError
from wire.uplink import UPLINK_PATH


def uplink_url(server: str) -> str:
    """The uplink's address of a server at "http(s)://host:port"; `UplinkError` if it is no such address."""
    for plain, socket in (("http://", "ws://"), ("https://", "wss://")):
        if server.startswith(plain) and len(server) > len(plain):
            return socket + server.removeprefix(plain).rstrip("/") + UPLINK_PATH
    raise UplinkError(f"{server!r} is not a server's address; write it as https://host or http://host:port")


def http_address(uplink: str) -> str:
    """The server's address, of its uplink's."""
    return "http" + uplink.removeprefix("ws").removesuffix(UPLINK_PATH)
