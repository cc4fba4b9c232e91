"""The sound card, through a player of the system: one child process an utterance, fed raw samples.

A process can be ended at once and says how it ended; a library that blocks, or that reports success
without a card, can do neither.
"""

import shutil
import subprocess
import threading
from dataclasses import dataclass, field

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


@dataclass(slots=True)
class _Run:
    """One utterance on its way to the card."""

    utterance: int
    process: subprocess.Popen[bytes]
    feeder: threading.Thread
    started_s: float
    ends_s: float
    pauses: tuple[tuple[float, float], ...]
    complaint: list[bytes] = field(default_factory=list)


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

    def play(self, utterance: int, pcm: Pcm, now_s: float) -> None:
        """Begin at once; whatever was playing stops."""
        self.stop(now_s)
        try:
            process = subprocess.Popen(  # noqa: S603 (a fixed command, no shell)
                self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        except OSError as error:
            self._fail(utterance, f"{self._command[0]}: {error.strerror}")
            return
        complaint: list[bytes] = []
        feeder = threading.Thread(
            target=_feed, args=(process, pcm.astype("<i2").tobytes(), complaint), daemon=True
        )
        self._run = _Run(utterance, process, feeder, now_s, now_s + seconds(pcm), pauses(pcm), complaint)
        feeder.start()

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
        return Playback(run.utterance, run.started_s, run.ends_s, failed, finished, pausing)

    def close(self) -> None:
        """End the player; safe to call twice."""
        if self._run is not None:
            self._end(self._run)

    def _settle(self, now_s: float) -> None:
        run = self._run
        if run is None:
            return
        status = run.process.poll()
        if status is None and now_s < run.ends_s + LATE_S:
            return
        self._end(run)
        if status == 0:
            self._finished.append(run.utterance)
            return
        said = b"".join(run.complaint).decode(errors="replace").strip().splitlines()
        why = "hangs" if status is None else said[-1] if said else f"ended with status {status}"
        self._fail(run.utterance, f"{self._command[0]}: {why}")

    def _end(self, run: _Run) -> None:
        self._run = None
        run.process.kill()
        run.process.wait()
        run.feeder.join()

    def _fail(self, utterance: int, fault: str) -> None:
        self.fault = f"{fault}: check the sound card with `shirube device doctor`"
        self._failed.append(utterance)


def _feed(process: subprocess.Popen[bytes], samples: bytes, complaint: list[bytes]) -> None:
    # communicate() minds a player that dies half-way and one that complains a lot.
    _, stderr = process.communicate(samples)
    complaint.append(stderr)


def _command(player: str | None) -> tuple[str, ...]:
    if player is not None and player not in PLAYERS:
        raise SpeechError(f'no player "{player}": choose one of {", ".join(PLAYERS)}')
    for name in [player] if player else PLAYERS:
        if shutil.which(name):
            return PLAYERS[name]
    wanted = player or " or ".join(PLAYERS)
    raise SpeechError(f"no sound: {wanted} is not installed: run `apt install pulseaudio-utils alsa-utils`")
