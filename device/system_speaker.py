"""The sound card, through a player of the system: one child process an utterance, fed raw samples.

A process can be ended at once and says how it ended; a library that blocks, or that reports success
without a card, can do neither. From the start of a player to its first sample at the sink 10 ms pass, from
its end to silence 5.
"""

import contextlib
import fcntl
import queue
import shutil
import subprocess
import termios
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from device.errors import SpeechError
from device.ports import SAMPLE_RATE, Pcm, Playback
from device.sound import in_pause, pauses, seconds
from device.speech.mixing import Mix, mono_bytes, stereo_bytes
from device.speech.process_state import is_stopped

_RATE = str(SAMPLE_RATE)
# In order of preference: a sound server mixes and follows the headset, the bare card comes last.
PLAYERS: dict[str, tuple[str, ...]] = {
    "paplay": (
        "paplay", "--raw", f"--rate={_RATE}", "--format=s16le", "--channels=1", "--latency-msec=40",
        "--client-name=shirube",
    ),
    "aplay": ("aplay", "-q", "-t", "raw", "-f", "S16_LE", "-r", _RATE, "-c", "1"),
}  # fmt: skip
# Behind the one channel of above: the last counts.
_TWO_SIDED: dict[str, tuple[str, ...]] = {"paplay": ("--channels=2",), "aplay": ("-c", "2")}
# A player that still runs so long after the last sample hangs. A sound server that wakes up may have filled
# its buffers for 2 s to come.
LATE_S = 2.5
STALLED_S = 2.2  # a player takes samples all the time
# A killed player is gone in 2 ms; the card's driver may hold it in the kernel for as long as it likes.
GONE_S = 0.02
_HANGS: Final = "hangs"
_BEGINNING: Final = SAMPLE_RATE // 4  # samples: the longest earcon
_CHUNK: Final = 1 << 14
_NOTHING = np.zeros(0, np.int16)


@dataclass(slots=True)
class _Run:
    """One utterance on its way to the card."""

    utterance: int
    process: subprocess.Popen[bytes]
    encode: Callable[[Pcm], bytes]
    started_s: float
    first: Pcm
    more: bool  # the rest is not there yet: when it ends is not known
    ends_s: float
    pauses: tuple[tuple[float, float], ...] = ()
    rest: queue.SimpleQueue[Pcm] = field(default_factory=queue.SimpleQueue)
    complaint: bytes = b""
    written: int = 0  # into the pipe, by the feeder
    feeding: bool = False  # the feeder has bytes that the pipe does not take yet
    taken: int = 0  # by the player, as of the last look
    taken_s: float = 0.0
    feeder: threading.Thread | None = None


class SystemSpeaker:
    """Plays through `player` ("paplay", "aplay", each with ":DEVICE"; None: the first that is installed).

    `SpeechError` where there is none. An utterance whose player ends with an error, is stopped or hangs, is
    reported in `Playback.failed`; `fault` then says why. `two_sided`: asked before each utterance, whether
    the output has a left and a right. Nothing here waits for a player.
    """

    def __init__(
        self,
        player: str | None = None,
        *,
        command: tuple[str, ...] | None = None,
        two_sided: Callable[[], bool] = lambda: False,
    ) -> None:
        self._name = "" if command else _chosen(player)
        self._command = command or _command(self._name, player)
        self._two_sided = two_sided
        self._run: _Run | None = None
        self._ended: list[subprocess.Popen[bytes]] = []  # killed, not yet gone
        self._finished: list[int] = []
        self._failed: list[int] = []
        self._aim: tuple[float | None, int] = (None, 0)
        self.gain_db = 0.0  # of the utterances from now on
        self.fault: str | None = None
        self.hung = (
            False  # the last failure was a player that ran and took no samples: its output is to blame
        )

    def aim(self, bearing_deg: float | None, cue_samples: int) -> None:
        """From where the first `cue_samples` of the next utterance come, where the output has two sides."""
        self._aim = (bearing_deg, cue_samples)

    def play(self, utterance: int, pcm: Pcm, now_s: float, *, more: bool = False) -> None:
        """Begin at once; whatever was playing stops."""
        self.stop(now_s)
        aim, self._aim = self._aim, (None, 0)
        sides = self._two_sided()
        try:
            process = subprocess.Popen(  # noqa: S603 (a fixed command, no shell)
                (*self._command, *(_TWO_SIDED.get(self._name, ()) if sides else ())),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                bufsize=0,
            )
        except OSError as error:
            self._fail(utterance, f"{self._command[0]}: {error.strerror}")
            return
        encode = _encoder(sides, Mix(self.gain_db, *aim))
        run = _Run(utterance, process, encode, now_s, pcm, more, now_s + seconds(pcm), taken_s=now_s)
        run.feeder = threading.Thread(target=_feed, args=(run, more), name="player", daemon=True)
        self._run = run
        run.feeder.start()
        run.pauses = pauses(pcm)

    def add(self, utterance: int, pcm: Pcm, now_s: float) -> None:
        """The rest, right after what sounds still; a player that ran dry goes on with it."""
        run = self._run
        if run is None or run.utterance != utterance or not run.more:
            return
        dry_s = max(0.0, now_s - run.ends_s) if len(pcm) else 0.0
        heard = np.concatenate([run.first, np.zeros(round(dry_s * SAMPLE_RATE), np.int16), pcm])
        run.more, run.pauses, run.ends_s = False, pauses(heard), run.started_s + seconds(heard)
        run.taken_s = now_s
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
        for process in self._ended:
            with contextlib.suppress(subprocess.TimeoutExpired):  # one that the card holds in the kernel
                process.wait(1.0)

    def _settle(self, now_s: float) -> None:
        self._ended = [process for process in self._ended if process.poll() is None]
        run = self._run
        if run is None:
            return
        status = run.process.poll()
        hangs = "" if status is not None else _hangs(run, now_s)
        if status is None and not hangs:
            return
        self._end(run)
        if status == 0 and not run.more:
            self._finished.append(run.utterance)
            return
        said = run.complaint.decode(errors="replace").strip().splitlines()
        self.hung = hangs == _HANGS
        why = hangs or (said[-1] if said else f"ended with status {status}")
        self._fail(run.utterance, f"{self._command[0]}: {why}")

    def _end(self, run: _Run) -> None:
        self._run = None
        run.process.kill()
        run.rest.put(_NOTHING)  # the feeder may wait for words that will not come
        try:
            run.process.wait(GONE_S)
        except subprocess.TimeoutExpired:
            self._ended.append(run.process)
        if run.feeder is not None:
            run.feeder.join(GONE_S)  # it has the player's last words in a moment

    def _fail(self, utterance: int, fault: str) -> None:
        self.fault = f"{fault}: check the sound card with `shirube device doctor`"
        self._failed.append(utterance)


def _hangs(run: _Run, now_s: float) -> str:
    """Why a player that runs is no use; empty while it is. One that waits for words does not hang."""
    if is_stopped(run.process.pid):
        return "was stopped"
    if not run.more and now_s >= run.ends_s + LATE_S:
        return _HANGS
    taken = run.written - _unread(run)
    if taken != run.taken or not run.feeding:
        run.taken, run.taken_s = taken, now_s
    return _HANGS if now_s - run.taken_s >= STALLED_S else ""


def _unread(run: _Run) -> int:
    """Bytes in the pipe that the player has not taken."""
    pipe = run.process.stdin
    count = bytearray(4)
    if pipe is not None and not pipe.closed:
        with contextlib.suppress(OSError, ValueError):  # the feeder may close it just now
            fcntl.ioctl(pipe.fileno(), termios.FIONREAD, count)
    return int.from_bytes(count, "little")


def _feed(run: _Run, more: bool) -> None:
    pipe, errors = run.process.stdin, run.process.stderr
    assert pipe is not None  # noqa: S101 (Popen was given pipes)
    assert errors is not None  # noqa: S101
    with contextlib.suppress(OSError):  # a player that died is told by its status
        # The beginning first: what comes after it is still mixed while that sounds.
        _write(run, run.encode(run.first[:_BEGINNING]))
        _write(run, run.encode(run.first[_BEGINNING:]))
        if more:
            _write(run, run.encode(run.rest.get()))
    with contextlib.suppress(OSError):
        pipe.close()
    with errors:
        run.complaint = errors.read()


def _write(run: _Run, samples: bytes) -> None:
    assert run.process.stdin is not None  # noqa: S101 (Popen was given pipes)
    run.feeding = True
    for at in range(0, len(samples), _CHUNK):
        run.written += run.process.stdin.write(samples[at : at + _CHUNK])
    run.feeding = False


def _encoder(sides: bool, mix: Mix) -> Callable[[Pcm], bytes]:
    """Each utterance's first part has the cue; what comes after it is words."""
    parts = iter([mix])
    words = Mix(mix.gain_db)

    def encode(pcm: Pcm) -> bytes:
        now = next(parts, words)
        return stereo_bytes(pcm, now) if sides else mono_bytes(pcm, now)

    return encode


def _chosen(player: str | None) -> str:
    name = player.partition(":")[0] if player else None
    if name is not None and name not in PLAYERS:
        raise SpeechError(f'no player "{name}": choose one of {", ".join(PLAYERS)}')
    for each in [name] if name else PLAYERS:
        if shutil.which(each):
            return each
    wanted = name or " or ".join(PLAYERS)
    raise SpeechError(f"no sound: {wanted} is not installed: run `apt install pulseaudio-utils alsa-utils`")


def _command(name: str, player: str | None) -> tuple[str, ...]:
    device = player.partition(":")[2] if player else ""
    return (*PLAYERS[name], *((f"--device={device}",) if device else ()))
