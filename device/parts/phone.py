"""The part "phone": serves the page that turns a phone into the glasses, and hands on what it tells."""

import asyncio
import contextlib
import ssl
from typing import Final

from device.errors import ConfigError, PhoneError
from device.parts.channel import Door
from device.parts.messages import (
    FROM_PHONE,
    TO_PHONE,
    FromPhone,
    Jpeg,
    MakeCode,
    PhoneCharge,
    PhoneFix,
    PhoneState,
    Press,
    ToPhone,
    Watch,
)
from device.parts.part import Part
from device.phone.certificate import Certificate, read_certificate
from device.phone.desk import Desk
from device.phone.http_page import Page
from device.phone.kept import read_kept, write_kept
from device.phone.pairing import Pairing
from device.phone.server import Address, PhoneServer

RETRY_S: Final = 2.0  # how often a port that is taken is tried again
_ROUND_S: Final = 0.02


def address(source: str) -> Address:
    """Of "glasses:PORT" or "glasses:HOST:PORT" (IPv6 in brackets); else `ConfigError`."""
    kind, _, rest = source.partition(":")
    host, _, port = rest.rpartition(":")
    if kind != "glasses" or not port.isdecimal() or not 0 <= int(port) <= 65535:
        raise ConfigError(f'camera.source: "{source}" is not "glasses:PORT" or "glasses:HOST:PORT"')
    return Address(host.strip("[]") or None, int(port))


def serve(part: Part) -> None:
    """Until the part is to end."""
    asyncio.run(_Phone(part).run())


class _Phone:
    def __init__(self, part: Part) -> None:
        self._part = part
        self._address = address(part.config.camera.source)
        self._door: Door[ToPhone, FromPhone] = Door(part.socket("phone"), TO_PHONE, FROM_PHONE)
        self._watching: dict[int, set[str]] = {}
        pairing = Pairing(read_kept(part.config.data))
        self._desk = Desk(pairing, self._tell, lambda kept: write_kept(part.config.data, kept))

    async def run(self) -> None:
        serving = asyncio.create_task(self._keep_serving())
        try:
            while not self._part.ending.is_set():
                self._part.beat()
                self._hear()
                self._desk.tick(self._part.clock.now_s())
                if serving.done():
                    serving.result()
                await asyncio.sleep(_ROUND_S)
        finally:
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving
            self._door.close()

    def _hear(self) -> None:
        now_s = self._part.clock.now_s()
        for client, message in self._door.poll():
            match message:
                case Watch(what=what):
                    self._watching.setdefault(client, set()).add(what)
                    self._welcome(client, what, now_s)
                case MakeCode():
                    self._desk.make_code(now_s, asked=True)
        self._watching = {c: what for c, what in self._watching.items() if c in self._door.clients}

    def _welcome(self, client: int, what: str, now_s: float) -> None:
        """Who begins to watch is told how things are; who speaks is asked to speak the code that waits."""
        if what != "presses":
            self._door.send(self._desk.state(now_s), client)
            return
        self._desk.begin(now_s)

    def _tell(self, message: FromPhone) -> None:
        for client, watched in list(self._watching.items()):
            if _concerns(message, watched):
                self._door.send(message, client)

    async def _keep_serving(self) -> None:
        """Serve; where the port is taken say so, and try again until it is free."""
        tls, page = self._secured()
        server = PhoneServer(self._desk, self._part.clock, self._tell, page, tls)
        trouble = self._desk.trouble
        try:
            while True:
                try:
                    await server.listen(self._address)
                    break
                except OSError as error:
                    self._desk.troubled(_taken(self._address, error), self._part.clock.now_s())
                await asyncio.sleep(RETRY_S)
            self._desk.troubled(trouble, self._part.clock.now_s())
            await asyncio.get_running_loop().create_future()
        finally:
            await server.close()

    def _secured(self) -> tuple[ssl.SSLContext | None, Page]:
        """With the certificate where there is a good one; else without, and the page says what that means."""
        try:
            found: Certificate | None = read_certificate(self._part.config.data, self._part.clock.utc_s())
        except PhoneError as error:
            self._desk.troubled(str(error), self._part.clock.now_s())
            found = None
        if found is None:
            return None, Page()
        return found.context, Page(ca=found.ca)


def _concerns(message: FromPhone, watched: set[str]) -> bool:
    match message:
        case Jpeg():
            return "frames" in watched
        case PhoneFix():
            return "fixes" in watched
        case Press() | PhoneCharge():
            return "presses" in watched
        case PhoneState():
            return bool(watched)


def _taken(where: Address, error: OSError) -> str:
    reason = error.strerror or str(error)
    return (
        f"電話のページをポート{where.port}で開けません。別のプログラムが使っていないか見てください / "
        f"the phone's page cannot open port {where.port} ({reason}); see what else uses it, or set another"
    )
