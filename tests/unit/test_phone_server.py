"""The glasses' port as a stranger, a browser and a pair of glasses meet it: real sockets on loopback."""

import asyncio
import contextlib
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from device.clocks import SystemClock
from device.errors import ConfigError, PhoneError
from device.parts.messages import FromPhone, Jpeg, PhoneFix, PhoneState, Press
from device.parts.phone import address
from device.phone import server as rim
from device.phone.certificate import CERT_FILE, KEY_FILE, VALID_DAYS, make_certificate, read_certificate
from device.phone.desk import Desk
from device.phone.http_page import Page, home_host, same_origin
from device.phone.pairing import Pairing
from device.phone.protocol import (
    Hello,
    Picture,
    Place,
    Pong,
    Pressed,
    Refused,
    Welcome,
    decode_to_glasses,
    encode,
    pack,
)
from device.phone.pusher import knock, push
from device.phone.server import Address, PhoneServer
from device.phone.verbs import glasses_push
from tests.waiting import PATIENCE_S, becomes
from vision.attitude import Attitude

CLIP = Path(__file__).parents[2] / "device" / "demo" / "clip" / "walk.mp4"
JPEG = b"\xff\xd8\xff\xe0" + b"street" * 500
NOW_S = datetime(2026, 11, 22, tzinfo=UTC).timestamp()


class Stage:
    """A server at a port, and all that it told."""

    def __init__(self, tls: ssl.SSLContext | None = None, ca: bytes | None = None) -> None:
        self.told: list[FromPhone] = []
        self.desk = Desk(Pairing(draw=lambda: "123456"), self.told.append, lambda _: None)
        self.server = PhoneServer(self.desk, SystemClock(), self.told.append, Page(ca=ca), tls)
        self._scheme = "https" if tls else "http"

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.server.port}"

    @property
    def socket(self) -> str:
        return f"ws://127.0.0.1:{self.server.port}/glasses"

    def code(self, *, asked: bool = True) -> str:
        self.desk.make_code(SystemClock().now_s(), asked=asked)
        return "123456"

    def of(self, kind: type[FromPhone]) -> list[FromPhone]:
        return [message for message in self.told if isinstance(message, kind)]

    def events(self) -> list[str]:
        return [m.event for m in self.told if isinstance(m, PhoneState) and m.event]

    async def until(self, count: int, kind: type[FromPhone]) -> list[FromPhone]:
        await becomes(lambda: len(self.of(kind)) >= count)
        return self.of(kind)


@asynccontextmanager
async def stage(tls: ssl.SSLContext | None = None, ca: bytes | None = None) -> AsyncIterator[Stage]:
    made = Stage(tls, ca)
    await made.server.listen(Address("127.0.0.1", 0))
    try:
        yield made
    finally:
        await made.server.close()


def pictures(count: int) -> list[Picture]:
    return [Picture(n, 100.0 * n, JPEG, 90, Attitude(0.0, 20.0, 2.0, 0.5, 45.0)) for n in range(count)]


async def greeted(socket: ClientConnection, code: str = "123456") -> None:
    await socket.send(encode(Hello(code=code)))
    assert isinstance(decode_to_glasses(str(await socket.recv())), Welcome)
    ping = decode_to_glasses(str(await socket.recv()))
    assert ping.type == "ping"
    await socket.send(encode(Pong(ping.n, 0.0)))


async def ended(socket: ClientConnection) -> int | None:
    """How the device ended it."""
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(PATIENCE_S):
            while True:
                await socket.recv()
    return socket.close_code


async def raw(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(PATIENCE_S):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


def get(port: int, path: str = "/", host: str = "", method: str = "GET") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: {host or f'127.0.0.1:{port}'}\r\n\r\n".encode()


# --- glasses


async def test_glasses_pair_push_and_come_back_by_their_token() -> None:
    async with stage() as there:
        told = [Place(50.0, 0.0, 33.2, 131.6, 6.0), Pressed(60.0, 1, down=True), Pressed(90.0, 1, down=False)]
        first = await push(there.url, pictures(5), code=there.code(), told=told)
        assert first.sent == first.acked == 5
        assert first.dropped == 0
        again = await push(there.url, pictures(2), token=first.token)
        assert (again.acked, again.token) == (2, None)
        await becomes(lambda: there.events() == ["paired", "left", "back", "left"], there.events)
        jpegs = [jpeg for jpeg in there.told if isinstance(jpeg, Jpeg)]
        assert 5 <= len(jpegs) <= 7  # the very first may come before the clocks are known
        assert {(jpeg.jpeg, jpeg.rotate_deg) for jpeg in jpegs} == {(JPEG, 90)}
        assert jpegs[0].attitude is not None
        assert (jpegs[0].attitude.pitch_deg, jpegs[0].attitude.yaw_deg) == (20.0, 45.0)
        assert abs(jpegs[-1].t_s - SystemClock().now_s()) < PATIENCE_S
        assert [press.down for press in there.of(Press) if isinstance(press, Press)] == [True, False]
        assert len(there.of(PhoneFix)) == 1


async def test_a_second_phone_is_refused_then_takes_over_when_the_wearer_asks() -> None:
    async with stage() as there, connect(there.socket) as first:
        there.code()
        await greeted(first)
        await first.send(pack(Picture(1, 1.0, JPEG)))
        await there.until(1, Jpeg)
        there.code(asked=False)
        refusal = await push(there.url, pictures(1), code="123456")
        assert refusal.refused is not None
        assert refusal.refused.code == "busy"
        assert there.events()[-1] == "second"
        taken = await push(there.url, pictures(1), code=there.code())
        assert taken.acked == 1
        assert await ended(first) == 1008
        assert first.close_reason == "replaced"


async def test_what_the_first_still_sends_counts_no_more() -> None:
    async with stage() as there, connect(there.socket) as first, connect(there.socket) as second:
        there.code()
        await greeted(first)
        there.code()
        await greeted(second)
        with contextlib.suppress(ConnectionClosed):
            await first.send(encode(Pressed(1.0, 3, down=True)))
        await asyncio.sleep(0.1)
        assert there.of(Press) == []


async def test_half_a_jpeg_is_passed_on_for_the_eyes_to_judge() -> None:
    async with stage() as there, connect(there.socket) as glasses:
        there.code()
        await greeted(glasses)
        await glasses.send(pack(Picture(1, 1.0, JPEG[:40])))
        (jpeg,) = await there.until(1, Jpeg)
        assert isinstance(jpeg, Jpeg)
        assert jpeg.jpeg == JPEG[:40]


async def test_a_frame_bomb_ends_the_connection_and_is_said() -> None:
    async with stage() as there, connect(there.socket) as glasses:
        there.code()
        await greeted(glasses)
        with contextlib.suppress(ConnectionClosed):
            await glasses.send(pack(Picture(1, 1.0, os.urandom(2_100_000))))
        assert await ended(glasses) == 1009
        await becomes(lambda: there.events()[-1:] == ["left"], there.events)
        last = there.told[-1]
        assert isinstance(last, PhoneState)
        assert there.of(Jpeg) == []
        assert "2MB" in last.detail


@pytest.mark.parametrize(
    "nonsense", [b"", b"JPEG", os.urandom(500), "hello?", '{"type": "hello"}', "{}" * 100]
)
async def test_nonsense_ends_a_conversation_in_words(nonsense: str | bytes) -> None:
    async with stage() as there, connect(there.socket) as glasses:
        there.code()
        await greeted(glasses)
        await glasses.send(nonsense)
        assert await ended(glasses) == 1008
        assert glasses.close_reason == "protocol"
        # and the next one is served as ever
        assert (await push(there.url, pictures(1), code=there.code())).acked == 1


@pytest.mark.parametrize("nonsense", [b"\x00" * 10, "no greeting", encode(Pressed(1.0, 3, down=True))])
async def test_who_does_not_greet_is_not_heard(nonsense: str | bytes) -> None:
    async with stage() as there, connect(there.socket) as stranger:
        await stranger.send(nonsense)
        answer = decode_to_glasses(str(await stranger.recv()))
        assert isinstance(answer, Refused)
        assert there.told == []


async def test_a_flood_is_ended_and_what_was_within_the_rate_has_come() -> None:
    async with stage() as there, connect(there.socket) as glasses:
        there.code()
        await greeted(glasses)
        with contextlib.suppress(ConnectionClosed):
            for n in range(400):
                await glasses.send(pack(Picture(n, 1.0, JPEG)))
        assert await ended(glasses) in (1008, 1006)  # a sender that does not listen may find the line dead
        await becomes(lambda: there.events() == ["paired", "left"], there.events)
        assert 30 <= len(there.of(Jpeg)) < 200


async def test_a_phone_that_answers_no_ping_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device.phone.guest.SILENT_S", 0.5)
    async with stage() as there, connect(there.socket) as glasses:
        there.code()
        await greeted(glasses)
        await glasses.send(encode(Pressed(1.0, 2, down=True)))
        assert await ended(glasses) == 1006
        await becomes(lambda: there.events() == ["paired", "left"], there.events)
        assert [press.down for press in there.of(Press) if isinstance(press, Press)] == [True, False]


async def test_slow_strangers_are_dropped_and_many_are_not_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rim, "GREET_S", 0.5)
    monkeypatch.setattr(rim, "MOST_CONNECTIONS", 8)
    async with stage() as there:
        port = there.server.port
        strangers = [await asyncio.open_connection("127.0.0.1", port) for _ in range(12)]
        for _, writer in strangers[:8]:
            writer.write(b"GET / HTTP/1.1\r\nHost: ")  # and never goes on
        async with asyncio.timeout(PATIENCE_S):
            for reader, _ in strangers:
                with contextlib.suppress(ConnectionError):
                    await reader.read()
        for _, writer in strangers:
            writer.close()
        async with connect(there.socket) as mute:
            assert await ended(mute) in (1000, 1006)
        assert (await push(there.url, pictures(1), code=there.code())).acked == 1


async def test_a_knock_has_a_code_spoken() -> None:
    async with stage() as there:
        assert await knock(there.url)
        assert [state.code for state in there.told if isinstance(state, PhoneState)] == ["123456"]
        assert not await knock(there.url)


async def test_the_verb_pushes_a_clip_and_keeps_its_pairing(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(glasses_push)
    token = tmp_path / "token"
    async with stage() as there:
        wanted = [there.url, str(CLIP), "--seconds", "0.5", "--token-file", str(token), "--at", "33.2,131.6"]
        first = await asyncio.to_thread(CliRunner().invoke, app, [*wanted, "--code", there.code()])
        assert "送った画像 3、届いた 3" in first.output, first.output
        assert token.stat().st_mode & 0o777 == 0o600
        again = await asyncio.to_thread(CliRunner().invoke, app, wanted)
        assert again.exit_code == 0, again.output
        await becomes(lambda: there.events() == ["paired", "left", "back", "left"], there.events)
        assert len(there.of(PhoneFix)) == 2
        there.code()
        wrong = await asyncio.to_thread(CliRunner().invoke, app, [*wanted, "--code", "1"])
        assert isinstance(wrong.exception, PhoneError)
        assert "番号が違います" in str(wrong.exception)


# --- the page over HTTP


async def test_the_page_is_closed_to_others() -> None:
    async with stage() as there:
        port = there.server.port
        answer = await raw(port, get(port))
        head, body = answer.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 200 OK")
        assert b"default-src 'none'" in head
        assert b"unsafe" not in head
        assert b"camera=(self)" in head
        assert b"no-store" in head
        assert b"Server:" not in head
        assert "この電話を眼鏡にする".encode() in body
        assert b"http://" not in body.replace(b"http://www.w3.org", b"")
        for path in ("/main.js", "/phone.css", "/icon.svg", "/?x=1"):
            assert (await raw(port, get(port, path))).startswith(b"HTTP/1.1 200")
        for path in ("/../server.py", "/page/index.html", "/phone-key.pem", "/%2e%2e/x", "/shirube-ca.crt"):
            assert (await raw(port, get(port, path))).startswith(b"HTTP/1.1 404")
        assert (await raw(port, get(port, method="DELETE"))).startswith(b"HTTP/1.1 405")


async def test_another_sites_page_gets_nowhere() -> None:
    async with stage() as there:
        port = there.server.port
        for host in ("evil.example", "shirube.example.com:80", "127.0.0.1:1/../x", "a b", ""):
            request = f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
            assert not (await raw(port, request)).startswith(b"HTTP/1.1 200"), host
        with pytest.raises(InvalidStatus) as caught:
            await connect(there.socket, origin="http://evil.example")  # type: ignore[arg-type]
        assert caught.value.response.status_code == 403
        async with connect(there.socket, origin=there.url) as own:  # type: ignore[arg-type]
            there.code()
            await greeted(own)


@pytest.mark.parametrize(
    "request_", [b"\x16\x03\x01\x02\x00", b"\r\n\r\n", b"GET /" + b"a" * 20_000, b"\xff" * 64 + b"\r\n\r\n"]
)
async def test_garbage_at_the_door_ends_only_its_own_connection(request_: bytes) -> None:
    async with stage() as there:
        with contextlib.suppress(ConnectionError):
            reader, writer = await asyncio.open_connection("127.0.0.1", there.server.port)
            writer.write(request_)
            writer.write_eof()
            await reader.read()
            writer.close()
        assert (await push(there.url, pictures(1), code=there.code())).acked == 1


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("192.168.4.1:8765", True),
        ("[fe80::1]:8765", True),
        ("shirube:8765", True),
        ("shirube.local", True),
        ("evil.com", False),
        ("evil.local.com", False),
        ("", False),
        ("a;script-src *", False),
        ("[::1", False),
    ],
)
def test_a_home_names_its_device_by_address_or_home_name(host: str, ours: bool) -> None:
    assert home_host(host) == ours


def test_an_origin_is_the_same_in_scheme_host_and_port() -> None:
    assert same_origin("https://192.168.4.1:8765", "192.168.4.1:8765", tls=True)
    assert same_origin(None, "192.168.4.1:8765", tls=True)
    for origin in ("http://192.168.4.1:8765", "https://192.168.4.1", "null", "https://192.168.4.10:8765"):
        assert not same_origin(origin, "192.168.4.1:8765", tls=True)


# --- certificates


async def test_a_phone_that_trusts_the_root_is_served_over_tls(tmp_path: Path) -> None:
    until = make_certificate(tmp_path, ["127.0.0.1", "shirube.local"], NOW_S)
    assert (until.timestamp() - NOW_S) / 86400 < VALID_DAYS
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    found = read_certificate(tmp_path, NOW_S)
    assert found is not None
    assert found.names == ("shirube.local", "127.0.0.1")
    async with stage(found.context, found.ca) as there:
        with pytest.raises(PhoneError, match="not trusted"):
            await push(there.url, pictures(1), code=there.code())
        # The root is the last of the chain: what a phone downloads and trusts.
        root = tmp_path / "root.pem"
        assert found.ca is not None
        root.write_text(ssl.DER_cert_to_PEM_cert(found.ca))
        assert (await push(there.url, pictures(2), code=there.code(), ca=root)).acked == 2


def test_an_expired_damaged_or_missing_certificate(tmp_path: Path) -> None:
    assert read_certificate(tmp_path, NOW_S) is None
    make_certificate(tmp_path, ["10.0.0.1"], NOW_S)
    with pytest.raises(PhoneError, match="expired on 2029"):
        read_certificate(tmp_path, NOW_S + VALID_DAYS * 86400.0)
    (tmp_path / CERT_FILE).write_text("no certificate")
    with pytest.raises(PhoneError, match=r"証明書.+ / the phone page's certificate"):
        read_certificate(tmp_path, NOW_S)
    with pytest.raises(PhoneError, match="give at least one"):
        make_certificate(tmp_path, [], NOW_S)


# --- the configuration's address, and who finds nobody


@pytest.mark.parametrize(
    ("source", "host", "port"),
    [("glasses:8765", None, 8765), ("glasses:127.0.0.1:80", "127.0.0.1", 80), ("glasses:[::1]:9", "::1", 9)],
)
def test_where_the_page_is_served(source: str, host: str | None, port: int) -> None:
    assert address(source) == Address(host, port)


@pytest.mark.parametrize("source", ["glasses:", "glasses:x", "glasses:70000", "file:8765"])
def test_what_is_no_address_names_the_key(source: str) -> None:
    with pytest.raises(ConfigError, match=r"^camera\.source"):
        address(source)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "ftp://x", "127.0.0.1:8765"])
async def test_glasses_that_find_no_device_say_so(url: str) -> None:
    with pytest.raises(PhoneError, match=r"no device there|not a device's address"):
        await push(url, [], code="1")
