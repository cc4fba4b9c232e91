"""The glasses' page in a real Chromium, whose camera shows the walking clip, against the real phone part.

Skipped where Chromium is not installed (apt install chromium).
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    CDPSession,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

from device.clocks import SystemClock
from device.config import CameraConfig, DeviceConfig
from device.parts.channel import Line
from device.parts.messages import (
    FROM_PHONE,
    TO_PHONE,
    FromPhone,
    Jpeg,
    MakeCode,
    PhoneFix,
    PhoneState,
    Press,
    ToPhone,
    Watch,
)
from device.parts.part import Part
from device.parts.phone import serve
from vision.types import Image
from vision.video import frames, open_clip

T = TypeVar("T")

CHROMIUM = Path("/usr/bin/chromium")
# As root a browser needs no-sandbox; the rest keeps it from calling its maker.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
PATIENCE_S = 20.0  # a busy machine with two cores


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(found: Callable[[], T | None], what: str, patience_s: float = PATIENCE_S) -> T:
    end_s = time.monotonic() + patience_s
    while True:
        value = found()
        if value:
            return value
        assert time.monotonic() < end_s, f"waited for {what}"
        time.sleep(0.02)


class Device:
    """The phone part at a port, and a client that watches all of it. `stop` and `start` like a restart."""

    def __init__(self, folder: Path, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.clock = SystemClock()
        source = f"glasses:{host}:{self.port}"
        self._config = DeviceConfig(data=folder / "data", runtime=folder, camera=CameraConfig(source=source))
        self._line: Line[FromPhone, ToPhone] = Line(folder / "phone.sock", FROM_PHONE, TO_PHONE, self._watch)
        self._asked = threading.Event()
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._told: list[tuple[float, FromPhone]] = []
        self._pump = threading.Thread(target=self._listen)
        self.start()
        self._pump.start()

    def start(self) -> None:
        self._part = Part("phone", self._config, self.folder)
        self._thread = threading.Thread(target=serve, args=(self._part,))
        self._thread.start()

    def stop(self) -> None:
        self._part.ending.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    def close(self) -> None:
        self._ending.set()
        self._pump.join(PATIENCE_S)
        self._line.close()
        self.stop()

    def make_code(self) -> str:
        known = len(self.told(PhoneState))
        self._asked.set()
        return until(lambda: next((s.code for s in self.told(PhoneState)[known:] if s.code), None), "a code")

    def code(self) -> str:
        """The newest that was to be spoken."""
        return until(
            lambda: next((s.code for s in reversed(self.told(PhoneState)) if s.code), None), "a code"
        )

    def told(self, kind: type[T]) -> list[T]:
        with self._lock:
            return [message for _, message in self._told if isinstance(message, kind)]

    def arrived(self) -> list[tuple[float, Jpeg]]:
        """When each picture came."""
        with self._lock:
            return [(at_s, message) for at_s, message in self._told if isinstance(message, Jpeg)]

    def forget(self) -> None:
        with self._lock:
            self._told.clear()

    def events(self) -> list[str]:
        return [state.event for state in self.told(PhoneState) if state.event]

    def _watch(self) -> None:
        for what in ("frames", "fixes", "presses"):
            self._line.send(Watch(what))

    def _listen(self) -> None:
        while not self._ending.is_set():
            if self._asked.is_set():
                self._asked.clear()
                self._line.send(MakeCode())
            came = self._line.poll()
            with self._lock:
                self._told += [(time.monotonic(), message) for message in came]
            time.sleep(0.005)


CLIP = Path(__file__).parents[2] / "device" / "demo" / "clip" / "walk.mp4"
SHOWN = 30
# Whatever is not named here is denied.
ALLOWED = ["camera", "geolocation", "accelerometer", "gyroscope", "magnetometer", "screen-wake-lock"]
PLACE = {"latitude": 33.2334, "longitude": 131.6066, "accuracy": 7.0}
# Where a person looks at the pictures of each state: SHIRUBE_SHOTS=folder pytest …
SHOTS = os.environ.get("SHIRUBE_SHOTS")


@pytest.fixture(scope="module")
def clip() -> list[Image]:
    return [frame.image for frame in islice(frames(open_clip(CLIP)), SHOWN)]


@pytest.fixture(scope="module")
def chromium(clip: list[Image], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    shown = tmp_path_factory.mktemp("camera") / "walk.mjpeg"
    # Motion JPEG is one JPEG after the other; the fake camera plays it again and again.
    shown.write_bytes(
        b"".join(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes() for image in clip)
    )
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=[*FLAGS, f"--use-file-for-fake-video-capture={shown}"]
        )
        yield made
        made.close()


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    made = Device(tmp_path)
    yield made
    made.close()


class Phone:
    """One phone with its page; whatever it asks of other hosts, and each error, is remembered."""

    def __init__(self, browser: Browser, device: Device, **options: Any) -> None:
        self.device = device
        self.context: BrowserContext = browser.new_context(
            **{
                "viewport": {"width": 360, "height": 740},
                "permissions": ALLOWED,
                "geolocation": PLACE,
                "locale": "ja-JP",
                **options,
            }
        )
        self.page: Page = self.context.new_page()
        self.sensors: CDPSession | None = None
        self.shaken = 0.2
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._request)

    def hold(self, alpha: float, beta: float, gamma: float) -> None:
        """How the phone is held; before the page is opened, and again as often as its sensors are to tell."""
        if self.sensors is None:
            self.sensors = self.context.new_cdp_session(self.page)
        self.shaken = -self.shaken  # an orientation is told where it changed
        angles = {"alpha": alpha, "beta": beta + self.shaken, "gamma": gamma}
        self.sensors.send("DeviceOrientation.setDeviceOrientationOverride", angles)

    def open(self) -> None:
        self.page.goto(self.device.url)

    def pair(self, code: str) -> None:
        self.page.get_by_label("6けたの番号").fill(code)
        self.page.get_by_role("button", name="つなぐ").click()

    def start(self) -> None:
        self.page.get_by_role("button", name="カメラを始める").click()

    def state(self, state: str) -> None:
        self.page.wait_for_selector(f"#now[data-state={state}]", timeout=PATIENCE_S * 1000)

    def sentence(self) -> str:
        return self.page.locator("#sentence").inner_text()

    def look(self, name: str) -> None:
        """No rule of WCAG 2.2 AA that a machine can check is broken, and nothing is wider than the phone."""
        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = Axe().run(self.page, options={"runOnly": {"type": "tag", "values": rules}})
        assert found.violations_count == 0, found.generate_report()
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        small = self.page.evaluate(
            "[...document.querySelectorAll('button, input')]"
            ".filter(e => e.offsetParent && e.offsetHeight < 33)"
            ".map(e => e.id)"
        )
        assert small == []
        if SHOTS:
            self.page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)

    def close(self) -> None:
        self.context.close()
        assert self.elsewhere == []
        assert self.errors == []

    def _console(self, message: ConsoleMessage) -> None:
        # A browser prints each connection that fails; that the device is gone is shown by the page.
        if message.type in ("error", "warning") and "ERR_CONNECTION_REFUSED" not in message.text:
            self.errors.append(message.text)

    def _request(self, request: Request) -> None:
        if not request.url.startswith(self.device.url):
            self.elsewhere.append(request.url)


def likeness(jpeg: bytes, clip: list[Image]) -> float:
    """Correlation with the picture of the clip that is most alike: 1 is the same but for contrast."""

    def small(image: Image) -> Image:
        return cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (80, 60), interpolation=cv2.INTER_AREA)

    shown = small(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))
    return max(float(np.corrcoef(shown.ravel(), small(image).ravel())[0, 1]) for image in clip)


def presses(device: Device) -> list[tuple[int, bool]]:
    return [(press.button, press.down) for press in device.told(Press)]


def held_s(device: Device) -> float:
    down, up = device.told(Press)[-2:]
    return up.t_s - down.t_s


def test_a_phone_becomes_the_glasses(chromium: Browser, device: Device, clip: list[Image]) -> None:
    phone = Phone(chromium, device)
    phone.hold(30.0, 75.0, 0.0)  # upright; the camera looks 15 degrees down, and west of north
    phone.open()
    phone.look("pair-ja-light")
    code = device.code()
    phone.pair("000000" if code != "000000" else "111111")
    phone.page.get_by_text("番号が違います").first.wait_for()
    phone.look("wrong-ja-light")
    phone.pair(code)
    phone.page.get_by_role("heading", name="始める前に").wait_for()
    phone.look("ready-ja-light")
    phone.page.get_by_label("この電話の位置も使う").check()
    phone.start()
    phone.state("work")
    phone.look("run-ja-light")
    device.forget()
    while len(device.arrived()) < 25:
        phone.hold(30.0, 75.0, 0.0)
        phone.page.wait_for_timeout(50)
    arrived, upside_down = device.arrived(), [image[::-1] for image in clip]
    rate = (len(arrived) - 1) / (arrived[-1][0] - arrived[0][0])
    assert 2.0 < rate < 12.0  # ten, where the machine is not busy
    for at_s, jpeg in arrived[::8]:
        assert jpeg.rotate_deg == 0
        assert likeness(jpeg.jpeg, clip) > 0.98
        assert likeness(jpeg.jpeg, upside_down) < 0.9
        assert 0.0 <= at_s - jpeg.t_s < 1.5
        assert jpeg.attitude is not None
        assert jpeg.attitude.pitch_deg == pytest.approx(15.0, abs=0.3)
        assert jpeg.attitude.roll_deg == pytest.approx(0.0, abs=0.1)
        assert jpeg.attitude.yaw_deg == pytest.approx(330.0, abs=0.1)
    times = [jpeg.t_s for _, jpeg in arrived]
    assert times == sorted(times)
    phone.context.set_geolocation({**PLACE, "latitude": 33.2340})
    moved = until(lambda: [f.fix for f in device.told(PhoneFix) if f.fix and f.fix.lat > 33.2339], "a fix")
    assert (moved[0].lon, moved[0].accuracy_m, moved[0].source) == (131.6066, 7.0, "phone")
    assert abs(moved[0].utc_s - device.clock.utc_s()) < 60.0
    phone.close()


def test_presses_arrive_however_they_are_made(chromium: Browser, device: Device) -> None:
    phone = Phone(chromium, device)
    phone.open()
    phone.pair(device.code())
    phone.start()
    phone.state("work")
    page = phone.page
    pads = [page.locator(f"[data-button='{n}']") for n in (1, 2, 3)]
    pads[2].hover()
    page.mouse.down()
    page.wait_for_timeout(700)
    page.mouse.up()
    until(lambda: presses(device) == [(3, True), (3, False)], "a long press by mouse")
    assert held_s(device) == pytest.approx(0.7, abs=0.4)
    for key in (" ", "Enter"):
        device.forget()
        pads[1].focus()
        page.keyboard.down(key)
        page.keyboard.down(key)  # a key that repeats
        page.wait_for_timeout(600)
        page.keyboard.up(key)
        until(lambda: presses(device) == [(2, True), (2, False)], "a long press by key")
        assert held_s(device) == pytest.approx(0.6, abs=0.4)
    device.forget()
    page.wait_for_timeout(900)
    pads[0].evaluate("pad => pad.click()")  # a screen reader clicks, and no more
    until(lambda: presses(device) == [(1, True), (1, False)], "a click")
    device.forget()
    pads[0].hover()
    page.mouse.down()
    pads[2].hover()  # the finger slips off
    page.mouse.up()
    until(lambda: presses(device) == [(1, True), (1, False)], "a press that slipped")
    device.forget()
    page.get_by_role("button", name="SOS（長押しの代わり）").click()
    until(lambda: presses(device) == [(3, True), (3, False)], "SOS without holding")
    assert held_s(device) > 2.0
    phone.close()


def test_a_device_that_restarts_is_missed_aloud_and_found_again(chromium: Browser, device: Device) -> None:
    phone = Phone(chromium, device)
    phone.page.add_init_script(
        "window.spoken = []; window.shaken = 0; navigator.vibrate = () => (window.shaken += 1);"
        "speechSynthesis.speak = (words) => window.spoken.push(words.text);"
    )
    phone.open()
    phone.pair(device.code())
    phone.start()
    phone.state("work")
    device.stop()
    phone.state("lost")
    assert "つながっていません" in phone.sentence()
    phone.page.get_by_role("alert").get_by_text("画像は届いていません").wait_for()
    assert any("画像は届いていません" in words for words in phone.page.evaluate("spoken"))
    shaken = phone.page.evaluate("shaken")
    assert shaken
    phone.look("lost-ja-light")
    phone.page.locator("[data-button='1']").click()
    until(
        lambda: phone.page.evaluate("spoken.some(w => w.includes('ボタンは届きません'))"),
        "that the press is lost",
    )
    device.forget()
    device.start()
    phone.state("work")
    until(lambda: device.arrived(), "pictures")
    assert "back" in device.events()
    assert "つながりました。" in phone.page.evaluate("spoken")
    # The same phone, later: no code is asked for.
    phone.open()
    phone.start()
    phone.state("work")
    assert not any(state.code for state in device.told(PhoneState))
    phone.close()


def test_a_second_phone_waits_until_the_wearer_asks(chromium: Browser, device: Device) -> None:
    first = Phone(chromium, device)
    first.open()
    first.pair(device.code())
    first.start()
    first.state("work")
    second = Phone(chromium, device, color_scheme="dark")
    second.open()
    second.page.get_by_role("button", name="番号を言ってもらう").click()
    second.page.get_by_text("いまは言えません").first.wait_for()
    second.look("not-now-ja-dark")
    second.pair(device.make_code())
    second.page.get_by_role("heading", name="始める前に").wait_for()
    second.look("ready-ja-dark")
    first.state("lost")
    assert "別の電話が眼鏡になりました" in first.sentence()
    first.look("replaced-ja-light")
    second.start()
    second.state("work")
    second.look("run-ja-dark")
    first.page.get_by_role("button", name="つなぎ直す").click()
    first.page.get_by_label("6けたの番号").wait_for()
    first.close()
    second.close()


def test_english_stays_and_the_camera_that_is_denied_is_said(chromium: Browser, device: Device) -> None:
    phone = Phone(chromium, device, color_scheme="dark")
    phone.page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    )
    phone.open()
    phone.page.get_by_role("button", name="English").click()
    assert phone.page.locator("html").get_attribute("lang") == "en"
    phone.look("pair-en-dark")
    phone.open()
    phone.page.get_by_label("Number of six digits").fill(device.code())
    phone.page.get_by_role("button", name="Connect").click()
    phone.page.get_by_role("heading", name="Before you begin").wait_for()
    phone.look("ready-en-dark")
    phone.page.get_by_role("button", name="Start the camera").click()
    phone.state("lost")
    assert "not allowed" in phone.sentence()
    phone.look("denied-en-dark")
    japanese = phone.page.evaluate(
        "[...document.querySelectorAll('main *, footer *')].filter(e => !e.children.length && e.offsetParent"
        " && /[\\u3040-\\u30ff\\u4e00-\\u9fff]/.test(e.textContent)).map(e => e.textContent)"
    )
    assert japanese == []
    phone.close()


def test_without_encryption_the_page_says_what_does_not_work(chromium: Browser, tmp_path: Path) -> None:
    device = Device(tmp_path, host="0.0.0.0")  # noqa: S104  # as a phone in the same network finds it
    try:
        own = own_address()
        if own is None:
            pytest.skip("this machine has no address but loopback")
        device.url = f"http://{own}:{device.port}"
        phone = Phone(chromium, device, permissions=[])
        phone.open()
        phone.page.get_by_role("heading", name="カメラを使えない開き方です").wait_for()
        phone.look("closed-ja-light")
        phone.pair(device.code())
        phone.page.get_by_role("button", name="ボタンだけで始める").click()
        phone.page.get_by_text("ボタンだけがつながっています").first.wait_for()
        phone.look("buttons-ja-light")
        phone.page.locator("[data-button='2']").click()
        until(lambda: presses(device) == [(2, True), (2, False)], "a press")
        phone.close()
    finally:
        device.close()


def test_how_the_phone_is_held(chromium: Browser, device: Device) -> None:
    """(beta, gamma, screen, last quarter) of the browser -> (pitch, roll, turns clockwise)."""
    phone = Phone(chromium, device)
    phone.open()
    held = "async (a) => { const h = (await import('/attitude.js')).held(...a); return Object.values(h); }"
    for angles, expected in (
        ((90, 0, 0, 0), (0, 0, 0)),  # upright
        ((70, 0, 0, 0), (20, 0, 0)),  # its top away from the wearer: the camera looks down
        ((110, 0, 0, 0), (-20, 0, 0)),
        ((0, -90, 90, 0), (0, 0, 0)),  # turned to the left, and the screen with it
        ((0, 90, 270, 0), (0, 0, 0)),
        ((0, -90, 0, 0), (0, 0, 270)),  # turned to the left with a locked screen: right side up
        ((0, 90, 0, 0), (0, 0, 90)),
        ((-90, 0, 0, 0), (0, 0, 180)),  # upside down
        ((0, -70, 90, 0), (20, 0, 0)),
    ):
        got = phone.page.evaluate(held, list(angles))
        assert got[0] == pytest.approx(expected[0], abs=1e-6), angles
        assert got[1] == pytest.approx(expected[1], abs=1e-6), angles
        assert got[3] == expected[2], angles
    lean = phone.page.evaluate(held, [80, 10, 0, 0])
    assert lean[1] > 0  # its left side up: the head leans right
    assert phone.page.evaluate(held, [0, 0, 0, 90])[3] == 270  # flat: as before
    azimuth = "async (a) => (await import('/attitude.js')).azimuth(...a)"
    for angles, north in (((0, 90, 0), 0), ((90, 90, 0), 270), ((270, 60, 0), 90), ((315, 0, 0), 45)):
        assert phone.page.evaluate(azimuth, list(angles)) == pytest.approx(north, abs=1e-6)
    phone.close()


def test_a_port_that_is_taken_is_told_and_tried_again(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        device = Device(tmp_path, port=other.getsockname()[1])
        try:
            taken = until(lambda: [s.detail for s in device.told(PhoneState) if s.detail], "that it is taken")
            assert "ポート" in taken[0]
            assert f"port {device.port}" in taken[0]
            assert device.code()
            other.close()
            until(lambda: device.told(PhoneState)[-1].detail == "", "that it is free")
        finally:
            device.close()


def own_address() -> str | None:
    """This machine's address in its network, without sending anything."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        found = str(probe.getsockname()[0])
    return None if found.startswith("127.") else found
