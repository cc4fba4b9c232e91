"""The sound card, through a player of the system: one child process an utterance, fed raw samples.

A process can be ended at once and says how it ended; a library that blocks, or that reports success
without a card, can do neither.
"""

import contextlib
import queue
import shutil
import subprocess
import threading
from dataclasses import dataclass, field

import numpy as np

from device.errors import SpeechError
from device.ports import SAMPLE_RATE, Pcm, Playback
from device.sound import in_pause, pauses, seconds

_RATE = str(SAMPLE_RATE)
# In order of preference: a sound server mixes and follows the headset, the bare card comes last.
PLAYERS: dict[str, tuple[str, ...]] = {
    "paplay": (
        "paplay", "--raw", f"--rate={_RATE}", "--format=s16le", "--channels=1", "--latency-msec=40",
        "--client-name=shirube",
    ),
    "aplay": ("aplay", "-q", "-t", "raw", "-f", "S16_LE", "-r", _RATE, "-c", "1", "-"),
}  # fmt: skip
LATE_S = 3.0  # a player that still runs so long after the last sample hangs
_NOTHING = np.zeros(0, np.int16)


@dataclass(slots=True)
class _Run:
    """One utterance on its way to the card."""

    utterance: int
    process: subprocess.Popen[bytes]
    started_s: float
    first: Pcm
    more: bool  # the rest is not there yet: when it ends is not known
    ends_s: float
    pauses: tuple[tuple[float, float], ...]
    rest: queue.SimpleQueue[Pcm] = field(default_factory=queue.SimpleQueue)
    complaint: list[bytes] = field(default_factory=list)
    feeder: threading.Thread | None = None


class SystemSpeaker:
    """Plays through `player` ("paplay", "aplay"; None: the first that is installed).

    `SpeechError` where there is none. An utterance whose player ends with an error, or hangs, is
    reported in `Playback.failed`; `fault` then says why.
    """

    def __init__(self, player: str | None = None, *, command: tuple[str, ...] | None = None) -> None:
        self._command = command or _command(player)
        self._run: _Run | None = None
        self._finished: list[int] = []
        self._failed: list[int] = []
        self.fault: str | None = None

    def play(self, utterance: int, pcm: Pcm, now_s: float, *, more: bool = False) -> None:
        """Begin at once; whatever was playing stops."""
        self.stop(now_s)
        try:
            process = subprocess.Popen(  # noqa: S603 (a fixed command, no shell)
                self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        except OSError as error:
            self._fail(utterance, f"{self._command[0]}: {error.strerror}")
            return
        run = _Run(utterance, process, now_s, pcm, more, now_s + seconds(pcm), pauses(pcm))
        run.feeder = threading.Thread(target=_feed, args=(run, more), name="player", daemon=True)
        self._run = run
        run.feeder.start()

    def add(self, utterance: int, pcm: Pcm, now_s: float) -> None:
        """The rest, right after what sounds still; a player that ran dry goes on with it."""
        run = self._run
        if run is None or run.utterance != utterance or not run.more:
            return
        dry_s = max(0.0, now_s - run.ends_s) if len(pcm) else 0.0
        heard = np.concatenate([run.first, np.zeros(round(dry_s * SAMPLE_RATE), np.int16), pcm])
        run.more, run.pauses, run.ends_s = False, pauses(heard), run.started_s + seconds(heard)
        run.rest.put(pcm)

    def stop(self, now_s: float) -> None:
        """Silence at once: the player is killed, and the card drops what it had."""
        self._settle(now_s)
        if self._run is not None:
            self._end(self._run)

    def playback(self, now_s: float) -> Playback:
        """What is playing now; `ends_s` is when its last sample is due."""
        self._settle(now_s)
        finished, self._finished = tuple(self._finished), []
        failed, self._failed = tuple(self._failed), []
        run = self._run
        if run is None:
            return Playback(finished=finished, failed=failed)
        pausing = in_pause(run.pauses, now_s - run.started_s)
        ends_s = None if run.more else run.ends_s
        return Playback(run.utterance, run.started_s, ends_s, failed, finished, pausing)

    def close(self) -> None:
        """End the player; safe to call twice."""
        if self._run is not None:
            self._end(self._run)

    def _settle(self, now_s: float) -> None:
        run = self._run
        if run is None:
            return
        status = run.process.poll()
        # One that waits for words does not hang: whoever makes them has limits of their own.
        if status is None and (run.more or now_s < run.ends_s + LATE_S):
            return
        self._end(run)
        if status == 0 and not run.more:
            self._finished.append(run.utterance)
            return
        said = b"".join(run.complaint).decode(errors="replace").strip().splitlines()
        why = "hangs" if status is None else said[-1] if said else f"ended with status {status}"
        self._fail(run.utterance, f"{self._command[0]}: {why}")

    def _end(self, run: _Run) -> None:
        self._run = None
        run.process.kill()
        run.process.wait()
        run.rest.put(_NOTHING)  # it may wait for words that will not come
        if run.feeder is not None:
            run.feeder.join()

    def _fail(self, utterance: int, fault: str) -> None:
        self.fault = f"{fault}: check the sound card with `shirube device doctor`"
        self._failed.append(utterance)


def _feed(run: _Run, more: bool) -> None:
    samples = _bytes(run.first)
    if more:
        assert run.process.stdin is not None  # noqa: S101 (Popen was given pipes)
        with contextlib.suppress(OSError):  # a player that died is told by its status
            # The first part is short (an earcon is 24 kB at most): a pipe of Linux holds 64.
            run.process.stdin.write(samples)
            run.process.stdin.flush()
        samples = _bytes(run.rest.get())
    # communicate() minds a player that dies half-way and one that complains a lot.
    _, stderr = run.process.communicate(samples)
    run.complaint.append(stderr)


def _bytes(pcm: Pcm) -> bytes:
    return pcm.astype("<i2").tobytes()


def _command(player: str | None) -> tuple[str, ...]:
    if player is not None and player not in PLAYERS:
        raise SpeechError(f'no player "{player}": choose one of {", ".join(PLAYERS)}')
    for name in [player] if player else PLAYERS:
        if shutil.which(name):
            return PLAYERS[name]
    wanted = player or " or ".join(PLAYERS)
    raise SpeechError(f"no sound: {wanted} is not installed: run `apt install pulseaudio-utils alsa-utils`")
