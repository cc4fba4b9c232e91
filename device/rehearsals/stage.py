"""Plays a rehearsed walk through the real companion and records it as a run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from device.companion import Companion, CompanionState
from device.nmea import as_written
from device.recorder import RunWriter
from device.rehearsals.script import START_UTC_S, Given, Play, joined
from device.replay_walk import EstimatedSound
from device.run_format import as_recorded
from device.run_settings import settings_to
from device.senses import Senses, Turn

_FRAME_S: Final = 0.5  # between two pictures


def played(play: Play) -> Iterator[tuple[Senses, Turn]]:
    """The walk, step by step."""
    companion, state = Companion(play.route, play.settings), CompanionState()
    sound = EstimatedSound(play.settings.lang, {})
    coming = sorted(play.given, key=lambda one: one[0])
    for number in range(int(play.seconds / play.tick_s) + 1):
        now_s = number * play.tick_s
        due = [given for at_s, given in coming if at_s <= now_s]
        coming = [one for one in coming if one[0] > now_s]
        known = {**_seen(play, now_s), "playback": sound.playback(now_s, None)}
        senses = joined(now_s, START_UTC_S + now_s, due, known)
        state, turn = companion.step(state, senses)
        sound.carry_out(turn, now_s)
        coming += [(now_s + delay_s, given) for delay_s, given in play.answers(turn)]
        yield senses, turn


def record(play: Play, folder: Path) -> None:
    """The walk as a run in `folder`, which must not be there yet."""
    settings = {**settings_to(play.settings), "play": play.name, "tick_s": play.tick_s}
    with RunWriter.begin(folder, play.route, settings) as writer:
        for senses, turn in played(play):
            writer.senses(senses)
            writer.turn(senses.now_s, turn)
        writer.finish()


def _seen(play: Play, now_s: float) -> Given:
    """What the receiver and the camera bring at this step, as a recording holds it."""
    came: dict[str, object] = {}
    fix = play.walker.fix(now_s) if play.walker else None
    if fix is not None:
        came["fixes"] = (as_written(fix, "nmea"),)
    looks = play.settings.camera and not any(begin <= now_s < end for begin, end in play.blind)
    if looks and now_s % _FRAME_S == 0.0:
        came["frame"] = True
        scene = play.sees(now_s)
        if scene is not None:
            came["scene"] = as_recorded(scene)
    return came
