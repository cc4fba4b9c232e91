"""One walk of the whole device in real time, recorded at the sound server's monitor, and measured."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

from device.chaos.costs import Look, Sampler, look, shares
from device.chaos.heard import Heard, Words, cuts_s, listened, overlap_s, unexplained
from device.chaos.hearing import Recording, clipped, sounding
from device.chaos.monitor import Monitor
from device.chaos.run import PARTS, presses
from device.chaos.stage import Stage, up
from device.errors import DeviceError, SpeechError
from device.ports import Pcm
from device.runs import RunReader
from device.speech.phrases import open_stores
from device.voice import VoiceProcess

READY_LIMIT_S: Final = 40.0
_FIRST_SENTENCE_S: Final = 6.0
_DROP: Final = Path("/proc/sys/vm/drop_caches")
# A long press opens the menu, whose first line is a walk; then questions, each cut by the next.
_BEGINNING: Final = ((500.0, 2, 1200.0), (5000.0, 2, 150.0))
_ASKED: Final = ((15000.0, 2, 150.0), (15900.0, 1, 150.0), (30000.0, 1, 150.0), (30800.0, 2, 150.0))


@dataclass(frozen=True, slots=True)
class Start:
    """One start of the device. Seconds from the process' start; None: it was not heard, or did not come.

    `cold`: the system had forgotten all files before.
    """

    cold: bool
    sound_s: float | None
    word_s: float | None
    looks_s: float | None
    ready_s: float | None


@dataclass(frozen=True, slots=True)
class Walked:
    """All that was measured. `began_s`: monotonic second of the walk's start, for the timeline."""

    began_s: float
    seconds: float
    starts: tuple[Start, ...]
    memory: Look
    cpu: Mapping[str, float]
    heard: tuple[Heard, ...]
    cuts: tuple[tuple[str, str, float], ...]
    overlap_s: float
    unexplained: tuple[tuple[float, float], ...]
    clipped: int
    click_s: tuple[float, ...]
    slip_s: float
    tick_s: tuple[float, float, float]  # median, 99 %, longest
    recording: Recording
    complaints: tuple[str, ...]


def walk(
    folder: Path, seconds: float, phrases: Path | None, cold: bool, says: Callable[[str], None]
) -> Walked:
    """The whole in `folder`, which is made. `DeviceError` where something that it needs is not there."""
    if folder.exists() and any(folder.iterdir()):
        raise DeviceError(f"{folder}: 空ではありません / is not empty: name a new folder")
    record = folder / "runs"
    with ExitStack() as ends:
        stage = Stage(folder, ends, phrases, f'[record]\nfolder = "{record}"\n', whole_clip=True)
        monitor = Monitor(stage.sound.environment)
        ends.callback(monitor.close)
        clicks = monitor.click_delays_s()
        stage.glasses.start()
        began: list[tuple[bool, float]] = []
        if cold:
            says("ファイルを忘れさせて始める / starting with all files forgotten")
            _forget_files()
            began.append((True, _started(stage)))
            stage.end_device()
        says("始める / starting")
        began.append((False, _started(stage)))
        root = stage.device.pid if stage.device is not None else 0
        time.sleep(_FIRST_SENTENCE_S)
        first, first_s = look(root), time.monotonic()
        costs = Sampler(root)
        ends.callback(costs.close)
        stage.glasses.press(presses(*_BEGINNING, *_ASKED))
        says(f"{seconds:.0f} 秒歩く / walking for {seconds:.0f} s")
        time.sleep(seconds)
        last, last_s = look(root), time.monotonic()
        costs.close()
        stage.end_device()
        recording = corrected(monitor.recording(), clicks)
        says("聞いたものを調べる / looking at what was heard")
        runs = [RunReader(each) for each in sorted(record.iterdir())]
        with _words(phrases) as words:
            heard = _listened(runs, recording, words)
        return Walked(
            began_s=began[-1][1],
            seconds=seconds,
            starts=tuple(
                _start(was_cold, at_s, run, heard, stage)
                for (was_cold, at_s), run in zip(began, runs, strict=True)
            ),
            memory=costs.most() or last,
            cpu=shares(first, last, last_s - first_s),
            heard=heard,
            cuts=cuts_s(heard, recording),
            overlap_s=max(overlap_s([one.what for one in run.announcements()]) for run in runs),
            unexplained=unexplained([span for span in sounding(recording) if span[0] > began[0][1]], heard),
            clipped=clipped(recording),
            click_s=clicks,
            slip_s=recording.slip_s,
            tick_s=_ticks(runs[-1]),
            recording=recording,
            complaints=tuple(dict.fromkeys(stage.witness.complaints)),
        )


def corrected(recording: Recording, clicks_s: Sequence[float]) -> Recording:
    """A sink renders a block ahead of its time: no click can be at the monitor before it was sent."""
    return replace(recording, began_s=recording.began_s + max(0.0, -min(clicks_s, default=0.0)))


def _started(stage: Stage) -> float:
    """Start the device, and wait until it is ready; the second of its start."""
    began_s = time.monotonic()
    stage.start_device()
    ready = frozenset({"device_ready"})
    if not stage.wait(lambda: stage.witness.said_since(ready, began_s) is not None, READY_LIMIT_S):
        raise DeviceError(f"the device did not become ready: see {stage.folder}/device.log")
    up(stage, PARTS)
    time.sleep(1.0)
    return began_s


def _start(cold: bool, at_s: float, run: RunReader, heard: Sequence[Heard], stage: Stage) -> Start:
    sounds = [one for one in heard if one.decided_s >= at_s]
    ready = stage.witness.said_since(frozenset({"device_ready"}), at_s)
    return Start(
        cold,
        next((one.earcon_s - at_s for one in sounds if one.earcon_s is not None), None),
        next((one.words_s - at_s for one in sounds if one.words_s is not None), None),
        next((moment.t_s - at_s for moment in run.scenes() if moment.t_s >= at_s), None),
        None if ready is None else ready.at_s - at_s,
    )


def _listened(runs: Sequence[RunReader], recording: Recording, words: Words) -> tuple[Heard, ...]:
    made: list[Heard] = []
    for run in runs:
        made += listened(run.said() or (), run.finished_at(), recording, words)
    return tuple(made)


def _ticks(run: RunReader) -> tuple[float, float, float]:
    steps = sorted(b.t_s - a.t_s for a, b in pairwise(run.steps()))
    return (median(steps), steps[len(steps) * 99 // 100], steps[-1]) if steps else (0.0, 0.0, 0.0)


def _forget_files() -> None:
    os.sync()
    try:
        _DROP.write_text("3\n")
    except OSError as error:
        raise DeviceError(f"{_DROP}: {error.strerror}: --cold needs root") from None


@contextmanager
def _words(phrases: Path | None) -> Iterator[Words]:
    """A Japanese text's samples, from the phrases made ahead or the voice: both give the same again."""
    stores, _ = ({}, ()) if phrases is None else open_stores(phrases, ("ja",))
    voice = VoiceProcess()

    def words(text: str) -> Pcm | None:
        stored = stores["ja"].get(text) if "ja" in stores else None
        if stored is not None:
            return stored
        with suppress(SpeechError):
            return voice.synthesise(text, "ja")
        return None

    try:
        yield words
    finally:
        voice.close()
        for store in stores.values():
            store.close()
