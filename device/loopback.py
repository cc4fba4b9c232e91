"""Ports of this machine, for what is started to be talked to."""

import socket


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody had just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
