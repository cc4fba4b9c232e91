"""When a part is started, ended and started again."""

import errno
import os
from pathlib import Path

import pytest

from device.config import DeviceConfig
from device.parts.messages import PartState
from device.parts.part import STALLED_S, STARTS_S
from device.parts.supervision import (
    BACKOFF_S,
    GIVES_UP,
    STEADY_S,
    Action,
    Kill,
    Life,
    Seen,
    Start,
    look,
    started,
)
from device.parts.supervisor import Supervisor

BEAT = Seen(beat=True)
NOTHING = Seen()


def _up(now_s: float = 0.0) -> Life:
    life, _ = look(started(Life("eyes"), 7, now_s), BEAT, now_s)
    return life


def test_it_is_started_and_told_to_be_up_at_its_first_beat() -> None:
    life = Life("eyes")
    assert look(life, NOTHING, 0.0) == (life, (Start("eyes"),))
    life = started(life, 7, 0.0)
    assert not life.up
    life, told = look(life, BEAT, 2.0)
    assert life.up
    assert told == (PartState("eyes", True),)
    assert look(life, BEAT, 2.2)[1] == ()


def test_one_that_ends_is_told_and_started_again_at_once() -> None:
    life, told = look(_up(), Seen(exited="killed by SIGKILL"), 5.0)
    assert told == (PartState("eyes", False, "ended", 0, "killed by SIGKILL"),)
    assert look(life, NOTHING, 5.0)[1] == (Start("eyes"),)
    assert life.restarts == 1


def test_one_that_stands_is_killed_after_its_time_and_not_before() -> None:
    life = _up(10.0)
    assert look(life, NOTHING, 10.0 + STALLED_S)[1] == ()
    fallen, actions = look(life, NOTHING, 10.0 + STALLED_S + 0.05)
    assert actions[0] == Kill("eyes", 7)
    assert isinstance(actions[1], PartState)
    assert (actions[1].up, actions[1].why) == (False, "stalled")
    assert fallen.pid is None


def test_one_that_loads_its_model_is_given_time_but_not_for_ever() -> None:
    life = started(Life("eyes"), 7, 0.0)
    assert look(life, NOTHING, STARTS_S)[1] == ()
    assert look(life, NOTHING, STARTS_S + 0.1)[1][0] == Kill("eyes", 7)


def _fall(life: Life, now_s: float) -> tuple[Life, tuple[Action, ...]]:
    life, _ = look(started(life, 7, now_s), BEAT, now_s)
    return look(life, Seen(exited="ended with status 1"), now_s + 0.1)


def test_who_falls_again_and_again_waits_longer_and_is_tried_for_ever() -> None:
    life, now_s, waits = Life("eyes"), 0.0, []
    for _ in range(len(BACKOFF_S) + 3):
        life, _ = _fall(life, now_s)
        waits.append(life.start_s - now_s - 0.1)
        assert look(life, NOTHING, life.start_s - 0.01 - 1e-9)[1] == () or life.start_s == now_s + 0.1
        now_s = life.start_s
        assert look(life, NOTHING, now_s)[1] == (Start("eyes"),)
    assert [round(wait, 3) for wait in waits] == [*BACKOFF_S, *[BACKOFF_S[-1]] * 3]


def test_that_it_keeps_falling_is_told() -> None:
    life, now_s, why = Life("eyes"), 0.0, []
    for _ in range(GIVES_UP):
        life, actions = _fall(life, now_s)
        why += [action.why for action in actions if isinstance(action, PartState)]
        now_s = life.start_s
    assert why == ["ended"] * (GIVES_UP - 1) + ["gave_up"]


def test_after_a_steady_minute_the_falls_before_are_forgotten() -> None:
    life, _ = _fall(Life("eyes"), 0.0)
    life, _ = _fall(life, 1.0)
    life, _ = look(started(life, 7, 2.0), BEAT, 2.0)
    life, _ = look(life, BEAT, 2.0 + STEADY_S)
    life, _ = look(life, Seen(exited="gone"), 2.1 + STEADY_S)
    assert life.start_s == 2.1 + STEADY_S
    assert life.restarts == 3


def test_a_supervisor_that_was_late_itself_blames_nobody() -> None:
    life = _up(10.0)
    life, actions = look(life, Seen(late_s=3.0), 13.1)
    assert actions == ()
    assert look(life, NOTHING, 13.1 + STALLED_S + 0.1)[1][0] == Kill("eyes", 7)


def test_a_board_without_room_for_a_process_does_not_end_the_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def fork() -> int:
        tried.append(1)
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", fork)
    made = Supervisor(DeviceConfig(runtime=tmp_path), {"speech": lambda part: None})
    files = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        made._round()
    assert tried, "and again later"
    assert len(os.listdir("/proc/self/fd")) == files
    monkeypatch.setattr(made, "_ending", True)
    made.run()
