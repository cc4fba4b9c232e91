import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from device.demo.flaky_link import FlakyLink


@pytest.fixture
def echo() -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(peer: socket.socket) -> None:
        with peer, contextlib.suppress(ConnectionResetError):
            while data := peer.recv(1000):
                peer.sendall(data)

    def accept() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(peer,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RD)
    listener.close()
    thread.join(5)


def talk(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def test_forwards_both_ways_and_ends_politely(echo: int) -> None:
    with FlakyLink("127.0.0.1", echo) as link, talk(link.port) as near:
        near.sendall(b"hello")
        assert near.recv(100) == b"hello"
        near.shutdown(socket.SHUT_WR)
        assert near.recv(100) == b""


def test_cut_resets_refuses_and_restore_brings_it_back_on_the_same_port(echo: int) -> None:
    with FlakyLink("127.0.0.1", echo) as link:
        for _ in range(3):
            with talk(link.port) as near:
                near.sendall(b"x")
                assert near.recv(1) == b"x"
                link.cut()
                with pytest.raises(ConnectionResetError):
                    near.recv(1)
            with pytest.raises(ConnectionRefusedError):
                talk(link.port)
            link.restore()
            link.restore()


def test_stall_keeps_connections_and_passes_nothing(echo: int) -> None:
    with FlakyLink("127.0.0.1", echo) as link, talk(link.port) as near:
        link.stall()
        near.sendall(b"x")
        near.settimeout(0.2)
        with pytest.raises(TimeoutError):
            near.recv(1)
        link.restore()
        near.settimeout(5)
        assert near.recv(1) == b"x"
