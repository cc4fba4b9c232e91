"""The budget of time and power: real messages, published watts, and what could not be measured."""

import pytest

from device.announcements import LANGS
from device.doctor.budget import Budget, Stage, message_delays_ms
from device.doctor.budget_told import as_plain, lines
from device.doctor.power import BOARDS, EFFICIENCY, batteries, battery
from device.install.boards import BOARDS as ALL


def test_messages_between_processes_arrive_each_once_and_soon() -> None:
    delays = message_delays_ms(40)
    assert len(delays) == 40
    assert min(delays) > 0.0
    assert sorted(delays)[20] < 50.0


@pytest.mark.parametrize("board", BOARDS)
def test_more_load_is_more_watts_and_fewer_hours(board: str) -> None:
    calm, busy = (battery(board, load, 74.0) for load in (0.0, 1.0))  # type: ignore[arg-type]
    assert calm.watts < busy.watts
    assert calm.hours > busy.hours > 1.0
    assert busy.watts * busy.hours == pytest.approx(74.0 * EFFICIENCY, rel=0.05)
    assert battery(board, 7.0, 74.0) == busy  # type: ignore[arg-type]  # a load beyond all cores is none


def test_a_board_of_which_nobody_knows_the_watts_is_not_guessed() -> None:
    for board in ALL:
        told = batteries(board, 0.5, 74.0)
        assert [each.assumed_load for each in told] == ([False] if board in BOARDS else [True] * len(BOARDS))
        assert board not in BOARDS or told[0].board == board


@pytest.mark.parametrize("lang", LANGS)
def test_what_could_not_be_measured_is_shown_as_missing_and_the_battery_as_an_estimate(lang: str) -> None:
    stages = (Stage("network", 40.0, 60.0), Stage("sink", None, None))
    found = Budget("pi5", "m", stages, 120.0, 180.0, 0.6, batteries("pi5", 0.6, 74.0), 74.0)
    text = "\n".join(lines(found, lang))  # type: ignore[arg-type]
    assert "       -        -" in text
    assert ("見積もり" if lang == "ja" else "estimate") in text
    assert as_plain(found)["batteries"][0]["watts"] == pytest.approx(8.05, abs=0.06)
