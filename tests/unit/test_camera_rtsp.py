"""A camera in the network: a small RTSP server that streams, asks for a password, stalls, or is not there."""

import contextlib
import socket
import struct
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext

from device.cameras.live import LiveCamera, Patience
from device.cameras.rtsp import RtspGrabber
from device.clocks import SystemClock
from device.errors import CameraError
from tests.waiting import PATIENCE_S
from vision.video import VideoWriter

SIZE = (64, 48)
SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=cam\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
    "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:track0\r\n"
)


def units(folder: Path) -> list[tuple[int, list[bytes]]]:
    """(90 kHz time, NAL units) of each picture of three seconds of video."""
    path = folder / "clip.mp4"
    rng = np.random.default_rng(1)
    with VideoWriter(path, SIZE, 10.0) as writer:
        for _ in range(30):
            writer.write(rng.integers(0, 255, (SIZE[1], SIZE[0], 3)).astype(np.uint8))
    found = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        annex_b = BitStreamFilterContext("h264_mp4toannexb", stream)
        for packet in container.demux(stream):
            for each in annex_b.filter(packet if packet.size else None):
                data = bytes(each).replace(b"\0\0\0\1", b"\0\0\1")
                at = round(float((each.pts or 0) * (each.time_base or 0)) * 90_000)
                found.append((at, [unit for unit in data.split(b"\0\0\1") if unit]))
    return found


@dataclass
class Server:
    """Speaks as much RTSP as a camera. `pictures` None: it takes the connection and says nothing."""

    pictures: list[tuple[int, list[bytes]]] | None
    password: str = ""
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    ends: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    stalls: bool = True  # after the last picture; else it hangs up

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def start(self) -> None:
        self.listener.settimeout(0.05)
        self.threads.append(threading.Thread(target=self._accept))
        self.threads[0].start()

    def stop(self) -> None:
        self.ends.set()
        for thread in self.threads:
            thread.join(PATIENCE_S)
        self.listener.close()

    def _accept(self) -> None:
        while not self.ends.is_set():
            with contextlib.suppress(TimeoutError):
                client, _ = self.listener.accept()
                client.settimeout(0.05)
                self.threads.append(threading.Thread(target=self._serve, args=(client,)))
                self.threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            text = ""
            while not self.ends.is_set():
                try:
                    data = client.recv(4096)
                except TimeoutError:
                    continue
                if not data:
                    return
                text += data.decode("latin1")
                while "\r\n\r\n" in text and self.pictures is not None:
                    request, text = text.split("\r\n\r\n", 1)
                    if self._answer(client, request):
                        self._stream(client)
                        if not self.stalls:
                            return

    def _answer(self, client: socket.socket, request: str) -> bool:
        verb = request.split(" ", 1)[0]
        self.asked.append(verb)
        headers = dict(line.split(": ", 1) for line in request.split("\r\n")[1:])
        wanted = "Basic " + b64encode(self.password.encode()).decode()
        status, extra, body = "200 OK", "", ""
        if self.password and headers.get("Authorization") != wanted:
            status, extra = "401 Unauthorized", 'WWW-Authenticate: Basic realm="cam"\r\n'
        elif verb == "DESCRIBE":
            body, extra = SDP, f"Content-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n"
        elif verb == "SETUP":
            assert "RTP/AVP/TCP" in headers["Transport"], "over TCP"
            extra = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n"
        client.sendall(f"RTSP/1.0 {status}\r\nCSeq: {headers['CSeq']}\r\n{extra}\r\n{body}".encode())
        return verb == "PLAY" and status == "200 OK"

    def _stream(self, client: socket.socket) -> None:
        number = 0
        for at, parts in self.pictures or []:
            self.ends.wait(0.01)
            for unit in parts:
                marker = 0x80 if unit is parts[-1] else 0
                head = struct.pack(">BBHII", 0x80, marker | 96, number, at, 7)
                client.sendall(struct.pack(">cBH", b"$", 0, len(head) + len(unit)) + head + unit)
                number += 1


@contextlib.contextmanager
def serving(server: Server) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, list[bytes]]]:
    return units(tmp_path_factory.mktemp("rtsp"))


def exhaust(grabber: RtspGrabber) -> None:
    for _ in range(40):
        grabber.grab()


def test_a_stream_is_read_over_tcp_with_its_password_and_its_stall_is_a_fault(
    pictures: list[tuple[int, list[bytes]]],
) -> None:
    with serving(Server(pictures, "me:secret")) as server:
        grabber = RtspGrabber(f"rtsp://me:secret@127.0.0.1:{server.port}/live", 5.0, 1.0)
        try:
            shapes = [grabber.grab().image.shape for _ in range(5)]
            assert set(shapes) == {(48, 64, 3)}
            began = time.monotonic()
            with pytest.raises(CameraError, match="the camera stopped") as told:
                exhaust(grabber)
            assert time.monotonic() - began < PATIENCE_S
            assert "secret" not in str(told.value)
        finally:
            grabber.close()
    assert "PLAY" in server.asked


def test_a_wrong_password_is_refused_and_in_no_message(
    pictures: list[tuple[int, list[bytes]]], capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(Server(pictures, "me:other")) as server:
        with pytest.raises(CameraError, match="does not answer") as told:
            RtspGrabber(f"rtsp://me:secret@127.0.0.1:{server.port}/live", 3.0, 1.0)
        assert f"127.0.0.1:{server.port}/live" in str(told.value)
    written = capfd.readouterr()
    assert "secret" not in str(told.value) + written.out + written.err


def test_nobody_listens_or_nobody_speaks() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(CameraError, match="does not answer"):
        RtspGrabber(f"rtsp://127.0.0.1:{port}/live")
    with serving(Server(None)) as server:
        began = time.monotonic()
        with pytest.raises(CameraError, match="does not answer"):
            RtspGrabber(f"rtsp://127.0.0.1:{server.port}/live", 0.5, 0.5)
        assert time.monotonic() - began < PATIENCE_S


def test_a_camera_that_hangs_up_is_called_again(pictures: list[tuple[int, list[bytes]]]) -> None:
    with serving(Server(pictures, stalls=False)) as server:
        uri = f"rtsp://127.0.0.1:{server.port}/live"
        camera = LiveCamera(
            "cam",
            lambda: RtspGrabber(uri, 3.0, 1.0),
            SystemClock(),
            patience=Patience(stuck_s=3.0, first_pause_s=0.01),
        )
        frames, faults, ends = 0, 0, time.monotonic() + PATIENCE_S
        while time.monotonic() < ends and server.asked.count("PLAY") < 3:
            try:
                frames += camera.latest() is not None
            except CameraError:
                faults += 1
            time.sleep(0.005)
        camera.close()
    assert server.asked.count("PLAY") >= 3
    assert frames + faults > 0
