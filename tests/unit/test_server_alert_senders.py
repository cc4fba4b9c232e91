"""What goes over the wire: mail, push and webhooks against real servers on this machine, and their faults."""

import asyncio
import base64
import email
import gc
import hashlib
import hmac
import ipaddress
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import policy
from email.message import EmailMessage
from typing import Any

import http_ece
import pytest
from aiosmtpd.smtp import SMTP
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from server.alerts.senders.base import Letter
from server.alerts.senders.calls import Caller
from server.alerts.senders.email import EmailSender, message_of
from server.alerts.senders.push import PushSender, subscription_fault
from server.alerts.senders.targets import BadTarget, checked, is_public, target_of
from server.alerts.senders.vapid import VapidKey
from server.alerts.senders.webhook import WebhookSender
from server.alerts.setup import Telling
from server.database import Database
from server.errors import ChannelGone, NotSent, StoreError
from server.fakes import FakeClock
from server.sealing import Sealer, new_sealing_key

ALERT = "0123456789abcdef0123456789abcdef"
LETTER = Letter(
    key=f"{ALERT}.7",
    what="raised",
    alert_id=ALERT,
    urgent=True,
    subject=(
        "【標】SOS: 花子さんが 14:02 に助けを求めました。",
        "[Shirube] SOS: 花子 called for help at 14:02.",
    ),
    body=("本文\n二行目", "Body"),
    link=f"https://shirube.example/caregiver/alerts/{ALERT}",
    made_utc_s=1_795_323_720.0,
)


class Mailbox:
    """Keeps what it is sent, or answers with a fault."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.answer_to_rcpt = ""
        self.answer_to_data = ""

    async def handle_RCPT(  # noqa: N802  (the library's name)
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.answer_to_rcpt:
            return self.answer_to_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answer_to_data:
            return self.answer_to_data
        read = email.message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(read, EmailMessage)
        self.messages.append(read)
        return "250 OK"


@pytest.fixture
async def mail() -> AsyncIterator[tuple[Mailbox, EmailSender]]:
    box = Mailbox()
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sessions.append(SMTP(box, hostname="localhost"))
        return sessions[-1]

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
    settings = Telling(
        smtp_host="127.0.0.1",
        smtp_port=server.sockets[0].getsockname()[1],
        smtp_tls="none",
        mail_from="標 <shirube@town.example>",
        timeout_s=20.0,
    )
    yield box, EmailSender(settings)
    server.close()
    await server.wait_closed()
    for one in sessions:
        if one.transport is not None:
            one.transport.close()
    await asyncio.sleep(0.01)
    gc.collect()  # its streams hold each other, and complain when they go after the loop


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_mail_in_both_languages_without_a_place(mail: tuple[Mailbox, EmailSender]) -> None:
    box, sender = mail
    await sender.send({"email": "ichiro@example.jp"}, LETTER)
    await sender.send({"email": "ichiro@example.jp"}, LETTER)
    first, again = box.messages
    assert first["To"] == "ichiro@example.jp"
    assert first["Subject"] == f"{LETTER.subject[0]} / {LETTER.subject[1]}"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Importance"] == "high"
    assert first["Date"] == "Sun, 22 Nov 2026 05:02:00 +0000"
    assert first["Message-ID"] == again["Message-ID"] == f"<{ALERT}.7@town.example>"
    text = first.get_content().replace("\r\n", "\n")
    assert text.index("本文") < text.index("Body") < text.index(LETTER.link or "")
    assert not first.is_multipart()


@pytest.mark.parametrize(
    ("rcpt", "data", "fault"),
    [("550 no such user", "", "smtp 550"), ("", "451 later", "smtp 451"), ("", "554 spam", "smtp 554")],
)
async def test_what_the_mail_server_refuses_is_told_by_its_number(
    mail: tuple[Mailbox, EmailSender], rcpt: str, data: str, fault: str
) -> None:
    box, sender = mail
    box.answer_to_rcpt, box.answer_to_data = rcpt, data
    with pytest.raises(NotSent, match=fault):
        await sender.send({"email": "ichiro@example.jp"}, LETTER)


async def test_a_mail_server_that_is_not_there_or_says_nothing() -> None:
    port = _free_port()
    settings = Telling(
        smtp_host="127.0.0.1", smtp_port=port, smtp_tls="none", mail_from="a@b.example", timeout_s=0.3
    )
    with pytest.raises(NotSent):
        await EmailSender(settings).send({"email": "x@example.jp"}, LETTER)
    async with _silent(port):
        with pytest.raises(NotSent):
            await EmailSender(settings).send({"email": "x@example.jp"}, LETTER)


def test_a_name_cannot_put_a_header_into_a_mail() -> None:
    nasty = Letter(**{**_fields(LETTER), "subject": ("花子\r\nBcc: all@example.jp", "x\ny")})
    message = message_of(nasty, "to@example.jp", "a@b.example")
    assert message["Bcc"] is None
    assert message["Subject"] == "花子 Bcc: all@example.jp / x y"
    english = Letter(**{**_fields(LETTER), "english_first": True})
    assert str(message_of(english, "t@e.jp", "a@b.example")["Subject"]).startswith("[Shirube]")


def test_mail_in_the_clear_is_refused_but_to_this_machine() -> None:
    with pytest.raises(ValueError, match="in the clear"):
        Telling(smtp_host="mail.example.jp", smtp_tls="none", mail_from="a@b.example")
    with pytest.raises(ValueError, match="mail_from"):
        Telling(smtp_host="mail.example.jp")


def _fields(letter: Letter) -> dict[str, Any]:
    return {name: getattr(letter, name) for name in Letter.__slots__}


class Site:
    """An HTTP server that keeps each request and gives the answer it is told to."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.answer = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *fields = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.requests.append((line, headers, body))
        writer.write(self.answer)
        if not self.answer:
            await reader.read()  # says nothing until the caller goes
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    def says(self, status: str, more: str = "") -> None:
        self.answer = f"HTTP/1.1 {status}\r\n{more}Content-Length: 0\r\n\r\n".encode()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    await server.wait_closed()


@asynccontextmanager
async def _silent(port: int) -> AsyncIterator[None]:
    gone = asyncio.Event()

    async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    server = await asyncio.start_server(nothing, "127.0.0.1", port)
    yield
    await gone.wait()
    server.close()
    await server.wait_closed()


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    made = Caller(20.0, private=True)
    yield made
    await made.close()


async def test_a_webhook_can_tell_that_it_is_ours_and_that_it_came_twice(site: Site, caller: Caller) -> None:
    clock = FakeClock()
    sender = WebhookSender(caller, clock)
    address = {"url": f"http://127.0.0.1:{site.port}/hook?a=1", "secret": "geheim"}
    await sender.send(address, LETTER)
    await sender.send(address, LETTER)
    (line, headers, body), (_, again, _) = site.requests
    assert line == "POST /hook?a=1 HTTP/1.1"
    signed = f"{headers['x-shirube-timestamp']}.".encode() + body
    expected = hmac.new(b"geheim", signed, hashlib.sha256).hexdigest()
    assert headers["x-shirube-signature"] == f"v1={expected}"
    assert headers["x-shirube-timestamp"] == str(int(clock.now_s))
    assert headers["idempotency-key"] == again["idempotency-key"] == LETTER.key
    told = json.loads(body)
    assert (told["alert_id"], told["what"], told["urgent"]) == (ALERT, "raised", True)
    assert "lat" not in body.decode()


@pytest.mark.parametrize("status", ["500 Oops", "404 Not Found", "302 Found", "429 Slow Down"])
async def test_a_webhook_that_does_not_take_it_is_tried_again(
    site: Site, caller: Caller, status: str
) -> None:
    site.says(status, f"Location: http://127.0.0.1:{site.port}/elsewhere\r\n")
    with pytest.raises(NotSent, match=f"http {status[:3]}"):
        await WebhookSender(caller, FakeClock()).send(
            {"url": f"http://127.0.0.1:{site.port}/", "secret": "s"}, LETTER
        )
    assert len(site.requests) == 1  # and no redirect is followed


async def test_a_webhook_that_hangs_or_is_not_there(site: Site) -> None:
    site.answer = b""
    caller = Caller(0.3, private=True)
    sender = WebhookSender(caller, FakeClock())
    with pytest.raises(NotSent, match="timeout"):
        await sender.send({"url": f"http://127.0.0.1:{site.port}/", "secret": "s"}, LETTER)
    await sender.close()
    sender = WebhookSender(Caller(20.0, private=True), FakeClock())
    with pytest.raises(NotSent, match="ConnectError"):
        await sender.send({"url": f"http://127.0.0.1:{_free_port()}/", "secret": "s"}, LETTER)
    await sender.close()


class Browser:
    """A subscription, and what only the browser can read."""

    def __init__(self, endpoint: str) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.address = {"endpoint": endpoint, "p256dh": _b64(point), "auth": _b64(self.auth)}

    def read(self, body: bytes) -> dict[str, Any]:
        opened = http_ece.decrypt(body, private_key=self.private, auth_secret=self.auth, version="aes128gcm")
        read: dict[str, Any] = json.loads(opened)
        return read


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.fixture
async def vapid(sqlite_url: str) -> AsyncIterator[VapidKey]:
    db = Database(sqlite_url)
    yield VapidKey(db, Sealer(MultiFernet([Fernet(new_sealing_key())])))
    await db.close()


async def test_a_push_says_that_there_is_something_to_the_browser_alone(
    site: Site, caller: Caller, vapid: VapidKey
) -> None:
    browser = Browser(f"http://127.0.0.1:{site.port}/push/abc")
    clock = FakeClock()
    sender = PushSender(caller, clock, vapid, "mailto:ops@town.example")
    await sender.send(browser.address, LETTER)
    (line, headers, body) = site.requests[0]
    assert line == "POST /push/abc HTTP/1.1"
    assert (headers["ttl"], headers["urgency"], headers["topic"]) == ("3600", "high", ALERT)
    assert headers["content-encoding"] == "aes128gcm"
    assert browser.read(body) == {
        "title": "標: 知らせがあります",
        "alert": ALERT,
        "what": "raised",
        "urgent": True,
    }
    assert "花子".encode() not in body
    assert Vapid02.verify(headers["authorization"])
    fields = dict(part.split("=", 1) for part in headers["authorization"].split(" ", 1)[1].split(","))
    assert fields["k"] == await vapid.public()
    claims = fields["t"].split(".")[1]
    told = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert told["aud"] == f"http://127.0.0.1:{site.port}"
    assert told["sub"] == "mailto:ops@town.example"
    assert told["exp"] == int(clock.now_s) + 3600


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
async def test_a_subscription_that_is_gone(site: Site, caller: Caller, vapid: VapidKey, status: str) -> None:
    site.says(status)
    sender = PushSender(caller, FakeClock(), vapid, "mailto:ops@town.example")
    with pytest.raises(ChannelGone):
        await sender.send(Browser(f"http://127.0.0.1:{site.port}/").address, LETTER)
    site.says("503 Later")
    with pytest.raises(NotSent, match="http 503") as fault:
        await sender.send(Browser(f"http://127.0.0.1:{site.port}/").address, LETTER)
    assert not isinstance(fault.value, ChannelGone)


async def test_the_push_key_is_one_for_all_processes_and_sealed(sqlite_url: str) -> None:
    db, sealer = Database(sqlite_url), Sealer(MultiFernet([Fernet(new_sealing_key())]))
    first, second = VapidKey(db, sealer), VapidKey(db, sealer)
    keys = await asyncio.gather(first.public(), second.public())
    assert keys[0] == keys[1] == await VapidKey(db, sealer).public()
    assert len(base64.urlsafe_b64decode(keys[0] + "=")) == 65
    with pytest.raises(StoreError):
        await VapidKey(db, Sealer(MultiFernet([Fernet(new_sealing_key())]))).public()
    await db.close()


def test_what_is_no_subscription() -> None:
    right = Browser("https://push.example/").address
    assert subscription_fault(right["p256dh"], right["auth"]) is None
    assert subscription_fault("AAAA", right["auth"]) == "p256dh"
    assert subscription_fault("!", right["auth"]) == "p256dh"
    assert subscription_fault(right["p256dh"], "AAAA") == "auth"


PRIVATE = (
    "127.0.0.1", "10.0.0.5", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
    "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "64:ff9b::a9fe:a9fe",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_name_that_leads_into_a_private_network_is_not_called(address: str) -> None:
    async def resolve(_name: str, _port: int) -> list[str]:
        return ["93.184.215.14", address]

    with pytest.raises(NotSent, match="private network"):
        await target_of("https://hook.example/x", resolve, private=False)


async def test_the_address_that_was_checked_is_the_one_that_is_called() -> None:
    asked = []

    async def resolve(name: str, port: int) -> list[str]:
        asked.append((name, port))
        return ["2606:2800:21f:cb07:6820:80da:af6b:8b2c"]

    target = await target_of("https://hook.example:8443/x?y=1", resolve, private=False)
    assert target.url == "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:8443/x?y=1"
    assert (target.host, target.name) == ("hook.example:8443", "hook.example")
    assert asked == [("hook.example", 8443)]

    async def fails(_name: str, _port: int) -> list[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(NotSent, match="no such host"):
        await target_of("https://hook.example/", fails, private=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://hook.example/", "ftp://hook.example/", "https://user:pw@hook.example/", "https:///x",
        "https://10.0.0.1/", "https://[::1]/", "https://127.0.0.1/", "http://127.0.0.1/", "javascript:x",
        "https://hook.example/#x", "https://hook.example:99999/", "https://hook.example/ x", "//x", "",
        "https://hook.example/\r\nX: y", "https://例え.jp/",
    ],
)  # fmt: skip
def test_addresses_that_are_refused_by_their_form(url: str) -> None:
    with pytest.raises(BadTarget):
        checked(url, private=False)


async def test_plain_http_goes_to_this_machine_only_and_only_where_that_is_allowed() -> None:
    async def elsewhere(_name: str, _port: int) -> list[str]:
        return ["192.168.1.9"]

    with pytest.raises(NotSent, match="https only"):
        await target_of("http://localhost/", elsewhere, private=True)
    with pytest.raises(BadTarget):
        checked("http://192.168.1.9/", private=True)
    assert checked("https://192.168.1.9/", private=True).hostname == "192.168.1.9"


def test_public_addresses_are_public() -> None:
    for text in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"):
        assert is_public(ipaddress.ip_address(text))
