"""What is left in the battery: by Linux's files, told at its levels; nothing is claimed of what is unseen."""

from pathlib import Path

import pytest

from device.battery import Batteries, BatteryNews, BatteryWatch, Charge, Level, device_charge
from device.doctor.findings import Level as Bad
from device.doctor.machine import judge_battery


def supply(root: Path, name: str, **files: str) -> None:
    folder = root / "class/power_supply" / name
    folder.mkdir(parents=True)
    for each, text in files.items():
        (folder / each).write_text(text + "\n")


def test_the_emptiest_battery_counts_and_a_mouse_or_a_plug_does_not(tmp_path: Path) -> None:
    supply(tmp_path, "AC", type="Mains", online="1")
    supply(tmp_path, "mouse", type="Battery", scope="Device", capacity="3", status="Discharging")
    supply(tmp_path, "gone", type="Battery", present="0", capacity="1", status="Unknown")
    supply(tmp_path, "odd", type="Battery", capacity="400")
    assert device_charge(tmp_path) is None
    supply(tmp_path, "BAT0", type="Battery", present="1", capacity="81", status="Discharging")
    supply(tmp_path, "BAT1", type="Battery", present="1", capacity="40", status="Charging")
    assert device_charge(tmp_path) == Charge(40, charging=True)


def test_no_battery_to_be_seen_is_no_claim(tmp_path: Path) -> None:
    assert device_charge(tmp_path / "none") is None
    assert Batteries(device=lambda: None).poll(0.0) is None
    finding = judge_battery(None)
    assert finding.level is Bad.OK
    assert "見えません" in finding.ja
    assert judge_battery(Charge(15)).level is Bad.WARN


def levels(*percents: int, charging: bool = False) -> list[tuple[Level, int]]:
    watch, told = BatteryWatch(), []
    for percent in percents:
        watch, news = watch.at(Charge(percent, charging))
        if news:
            told.append((news.level, news.percent))
    return told


def test_each_level_is_told_once_though_the_number_wavers() -> None:
    assert levels(50, 21, 20, 21, 20, 19, 22, 25, 20) == [("warn", 20)]
    assert levels(20, 11, 10, 11, 9, 12, 10, 20, 9) == [("warn", 20), ("error", 10)]
    assert levels(15, 26, 19) == [("warn", 15), ("ok", 26), ("warn", 19)]


def test_one_that_is_charged_warns_of_nothing() -> None:
    assert levels(8, 9, charging=True) == []
    watch = BatteryWatch(level="error")
    watch, news = watch.at(Charge(12, charging=True))
    assert news is None
    assert watch.at(Charge(21, charging=True))[1] is None  # a plug that is loose at 20 % is no news
    assert watch.at(Charge(26, charging=True))[1] == BatteryNews("ok", 26)
    assert watch.at(None) == (watch, None)


def test_the_device_and_the_phone_are_told_one_after_the_other() -> None:
    batteries = Batteries(phone=lambda: Charge(9), device=lambda: Charge(18))
    assert [batteries.poll(t) for t in (0.0, 0.1, 0.2)] == [
        BatteryNews("warn", 18),
        BatteryNews("error", 9, "phone"),
        None,
    ]


@pytest.mark.parametrize("seconds", [1.0, 29.0])
def test_the_files_are_not_read_at_every_tick(seconds: float) -> None:
    looks: list[int] = []

    def look() -> Charge | None:
        looks.append(1)
        return None

    batteries = Batteries(device=look)
    batteries.poll(0.0)
    batteries.poll(seconds)
    assert len(looks) == 1
