"""What a board says of heat and power, read from a folder laid out as its /sys."""

from pathlib import Path

import pytest

from device.thermal import FakeHeat, SysfsHeat
from vision.health import Heat


def lay(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


def zone(number: int, temp: str, *trips: tuple[str, str]) -> dict[str, str]:
    folder = f"class/thermal/thermal_zone{number}"
    files = {f"{folder}/temp": temp}
    for n, (kind, limit) in enumerate(trips):
        files |= {f"{folder}/trip_point_{n}_type": kind, f"{folder}/trip_point_{n}_temp": limit}
    return files


PI = {"devices/platform/soc/soc:firmware/get_throttled": "0"}


def test_a_board_without_any_of_it_tells_nothing(tmp_path: Path) -> None:
    assert SysfsHeat(tmp_path).read() is None
    assert SysfsHeat(tmp_path / "missing").read() is None


def test_the_margin_is_that_of_the_zone_nearest_to_its_own_limit(tmp_path: Path) -> None:
    cool = zone(0, "61000", ("passive", "95000"), ("critical", "105000"))
    warm = zone(1, "58500", ("active", "40000"), ("passive", "70000"), ("passive", "80000"))
    assert SysfsHeat(lay(tmp_path, cool | warm)).read() == Heat(61.0, 11.5)


@pytest.mark.parametrize("limit", ["0", "-274000", "2147483647", "words", ""])
def test_a_trip_point_that_was_never_set_is_none(tmp_path: Path, limit: str) -> None:
    assert SysfsHeat(lay(tmp_path, zone(0, "61000", ("passive", limit)))).read() == Heat(61.0, None)


def test_only_what_slows_is_a_limit(tmp_path: Path) -> None:
    lay(tmp_path, zone(0, "61000", ("critical", "110000"), ("hot", "100000")))
    assert SysfsHeat(tmp_path).read() == Heat(61.0, None)


@pytest.mark.parametrize(
    ("bits", "throttled", "low_power"),
    [
        ("0", False, False),
        ("50005", True, True),
        ("0x4", True, False),
        ("8", True, False),
        ("2", True, False),
        ("1", False, True),
        ("f0000", False, False),  # all of it in the past
    ],
)
def test_the_firmware_of_a_raspberry_pi(tmp_path: Path, bits: str, throttled: bool, low_power: bool) -> None:
    lay(tmp_path, zone(0, "61000") | dict.fromkeys(PI, bits))
    assert SysfsHeat(tmp_path).read() == Heat(61.0, None, throttled, low_power)


def test_the_fifth_raspberry_pi_keeps_it_elsewhere(tmp_path: Path) -> None:
    name = "devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled"
    assert SysfsHeat(lay(tmp_path, {name: "4"})).read() == Heat(throttled=True)


@pytest.mark.parametrize(
    ("kind", "counts"), [("thermal-cpufreq-0", True), ("Processor", True), ("pwm-fan", False)]
)
def test_a_fan_that_turns_is_no_held_down_clock(tmp_path: Path, kind: str, counts: bool) -> None:
    folder = "class/thermal/cooling_device0"
    lay(tmp_path, zone(0, "61000") | {f"{folder}/type": kind, f"{folder}/cur_state": "2"})
    assert SysfsHeat(tmp_path).read() == Heat(61.0, None, throttled=counts)


def test_a_zone_that_goes_away_is_left_out(tmp_path: Path) -> None:
    board = SysfsHeat(lay(tmp_path, zone(0, "61000") | zone(1, "70000")))
    (tmp_path / "class/thermal/thermal_zone1/temp").unlink()
    assert board.read() == Heat(61.0, None)
    (tmp_path / "class/thermal/thermal_zone0/temp").write_text("asleep")
    assert board.read() is None


def test_readings_are_of_now(tmp_path: Path) -> None:
    board = SysfsHeat(lay(tmp_path, zone(0, "61000", ("passive", "80000")) | PI))
    assert board.read() == Heat(61.0, 19.0)
    lay(tmp_path, zone(0, "81000") | dict.fromkeys(PI, "e0008"))
    assert board.read() == Heat(81.0, -1.0, throttled=True)


def test_this_machine_answers_or_says_nothing() -> None:
    reading = SysfsHeat().read()
    assert reading is None or isinstance(reading, Heat)


def test_the_fake_gives_its_readings_in_order_and_keeps_the_last() -> None:
    fake = FakeHeat([None, Heat(50.0), Heat(60.0)])
    assert [fake.read() for _ in range(4)] == [None, Heat(50.0), Heat(60.0), Heat(60.0)]
