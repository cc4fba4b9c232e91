"""The glasses' page in a real Chromium, whose camera shows the walking clip, against the real phone part.

Skipped where Chromium is not installed (apt install chromium).
"""

import socket
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, sync_playwright

from device.parts.messages import Jpeg, PhoneFix, PhoneState
from tests.glasses_page import PATIENCE_S, PLACE, Device, Phone, held_s, presses, until
from vision.types import Image
from vision.video import frames, open_clip

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
OLD_S = 0.3  # device/phone/page/sensors.js
GAP_S = 0.095  # device/phone/page/camera.js
OLDEST_S = 1.0  # device/phone/page/camera.js: an exposure that is said to be older is not believed
CLOCKS_S = 0.3  # how far the clock of a busy phone may be mapped wrongly
CLIP = Path(__file__).parents[2] / "device" / "demo" / "clip" / "walk.mp4"
SHOWN = 30


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


def likeness(jpeg: bytes, clip: list[Image]) -> float:
    """Correlation with the picture of the clip that is most alike: 1 is the same but for contrast."""

    def small(image: Image) -> Image:
        return cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (80, 60), interpolation=cv2.INTER_AREA)

    shown = small(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))
    return max(float(np.corrcoef(shown.ravel(), small(image).ravel())[0, 1]) for image in clip)


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
    arrived = seen(phone, 25)
    upside_down = [image[::-1] for image in clip]
    for _, jpeg in arrived[::8]:
        assert jpeg.rotate_deg == 0
        assert likeness(jpeg.jpeg, clip) > 0.98
        assert likeness(jpeg.jpeg, upside_down) < 0.9
    times = [jpeg.t_s for _, jpeg in arrived]
    assert times == sorted(times)
    assert times[-1] - times[0] > GAP_S * (len(times) - 1) - OLDEST_S, "more than ten a second"
    ages = [at_s - jpeg.t_s for at_s, jpeg in arrived]
    assert min(ages) >= 0.0
    assert (
        min(ages) < 1.5
    )  # the phone's clock is mapped to the device's; how fast the machine is, is not asked
    phone.context.set_geolocation({**PLACE, "latitude": 33.2340})
    moved = until(lambda: [f.fix for f in device.told(PhoneFix) if f.fix and f.fix.lat > 33.2339], "a fix")
    assert (moved[0].lon, moved[0].accuracy_m, moved[0].source) == (131.6066, 7.0, "phone")
    assert abs(moved[0].utc_s - device.clock.utc_s()) < 60.0
    phone.close()


def seen(phone: Phone, count: int) -> list[tuple[float, Jpeg]]:
    """So many pictures, and when they came."""
    end_s = time.monotonic() + PATIENCE_S
    while len(arrived := phone.device.arrived()) < count:
        assert time.monotonic() < end_s, f"{len(arrived)} pictures came"
        phone.page.wait_for_timeout(50)
    return arrived


def test_a_picture_tells_how_the_phone_was_held_or_nothing(chromium: Browser, device: Device) -> None:
    """Most do while the sensors tell; none tells what is old: a browser that tells late is no reading."""
    phone = Phone(chromium, device)
    phone.hold(30.0, 75.0, 0.0)  # 15 degrees down, and west of north
    phone.open()
    phone.pair(device.code())
    phone.start()
    phone.state("work")
    told = []
    for beta in (75.0, 50.0):  # then the head bows to 40 degrees
        told += held_at(phone, beta)
    device.forget()
    until(lambda: pitches(phone)[-3:] == [None] * 3, "pictures after the sensors fell silent")
    told += [jpeg for _, jpeg in device.arrived()]
    pitched = [jpeg.attitude.pitch_deg for jpeg in told if jpeg.attitude is not None]
    bowed = next(at for at, pitch in enumerate(pitched) if pitch > 27.0)
    assert pitched[:bowed] == pytest.approx([15.0] * bowed, abs=0.3)
    assert pitched[bowed:] == pytest.approx([40.0] * (len(pitched) - bowed), abs=0.3)
    for jpeg in told:
        if jpeg.attitude is not None:
            assert abs(jpeg.attitude.t_s - jpeg.t_s) <= OLD_S
            assert jpeg.attitude.roll_deg == pytest.approx(0.0, abs=0.1)
            assert jpeg.attitude.yaw_deg == pytest.approx(330.0, abs=0.1)
    phone.close()


def held_at(phone: Phone, beta: float) -> list[Jpeg]:
    """The pictures until most of the newest ones tell that it is held so."""
    phone.device.forget()
    end_s = time.monotonic() + PATIENCE_S
    while True:
        assert time.monotonic() < end_s, f"few pictures tell how the phone is held: {pitches(phone)}"
        phone.hold(30.0, beta, 0.0)
        phone.page.wait_for_timeout(30)
        newest = pitches(phone)[-16:]
        if sum(pitch is not None and abs(90.0 - beta - pitch) < 1.0 for pitch in newest) > 12:
            return [jpeg for _, jpeg in phone.device.arrived()]


def pitches(phone: Phone) -> list[float | None]:
    """What each picture that came tells of it."""
    pictures = [jpeg for _, jpeg in phone.device.arrived()]
    return [jpeg.attitude.pitch_deg if jpeg.attitude is not None else None for jpeg in pictures]


def test_presses_arrive_however_they_are_made(chromium: Browser, device: Device) -> None:
    phone = Phone(chromium, device)
    phone.open()
    phone.pair(device.code())
    phone.start()
    phone.state("work")
    page = phone.page
    pads = [page.locator(f"[data-button='{n}']") for n in (1, 2, 3)]
    pads[2].hover()
    began_s = time.monotonic()
    page.mouse.down()
    page.wait_for_timeout(700)
    page.mouse.up()
    took_s = time.monotonic() - began_s
    until(lambda: presses(device) == [(3, True), (3, False)], "a long press by mouse")
    assert 0.7 - CLOCKS_S < held_s(device) < took_s + CLOCKS_S
    for key in (" ", "Enter"):
        device.forget()
        pads[1].focus()
        began_s = time.monotonic()
        page.keyboard.down(key)
        page.keyboard.down(key)  # a key that repeats
        page.wait_for_timeout(600)
        page.keyboard.up(key)
        took_s = time.monotonic() - began_s
        until(lambda: presses(device) == [(2, True), (2, False)], "a long press by key")
        assert 0.6 - CLOCKS_S < held_s(device) < took_s + CLOCKS_S
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
    said = "spoken.some(words => words.includes('画像は届いていません')) && shaken > 0"
    until(lambda: phone.page.evaluate(said), "that it is said and felt")
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
    until(lambda: "back" in device.events(), "that the phone is back")
    until(lambda: "つながりました。" in phone.page.evaluate("spoken"), "that it is said")
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
