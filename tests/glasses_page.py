"""A phone part at a port, and a phone with its page in a real Chromium: for tests of the glasses' page."""

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, CDPSession, ConsoleMessage, Page, Request

from device.clocks import SystemClock
from device.config import CameraConfig, DeviceConfig
from device.parts.channel import Line
from device.parts.messages import (
    FROM_PHONE,
    TO_PHONE,
    FromPhone,
    Jpeg,
    MakeCode,
    PhoneState,
    Press,
    ToPhone,
    Watch,
)
from device.parts.part import Part
from device.parts.phone import serve

T = TypeVar("T")

PATIENCE_S = 40.0  # a busy machine with two cores
# Whatever is not named here is denied.
ALLOWED = ["camera", "geolocation", "accelerometer", "gyroscope", "magnetometer", "screen-wake-lock"]
PLACE = {"latitude": 33.2334, "longitude": 131.6066, "accuracy": 7.0}
# Where a person looks at the pictures of each state: SHIRUBE_SHOTS=folder pytest …
SHOTS = os.environ.get("SHIRUBE_SHOTS")


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
        self.context.set_default_timeout(PATIENCE_S * 1000)
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
        self.page.wait_for_selector(f"#now[data-state={state}]")

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


def presses(device: Device) -> list[tuple[int, bool]]:
    return [(press.button, press.down) for press in device.told(Press)]


def held_s(device: Device) -> float:
    down, up = device.told(Press)[-2:]
    return up.t_s - down.t_s
