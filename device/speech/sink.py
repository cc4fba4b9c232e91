"""Whether the sound server lets anything be heard: its sink muted, at zero, gone, or asleep while it plays.

Where there is no sound server nobody can tell: only the player's exit codes are left, and `SinkWatch.watches`
is False. A sink that was muted or turned down to nothing is turned up: a companion that nobody hears is no
companion, and a volume key is found by a sleeve as easily as by a finger.
"""

import contextlib
import json
import os
import select
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

LEAST_VOLUME: Final = 0.1  # of full: -60 dB by the sound server's curve
RAISED_TO: Final = "60%"
LOOK_EVERY_S: Final = 5.0  # beside the looks at each change that the server tells of
BROKEN_EVERY_S: Final = 0.5  # its return is told within 2 s
ANSWER_S: Final = 1.0
LISTEN_S: Final = 0.4
LISTEN_EVERY_S: Final = 30.0
HEARD_PEAK: Final = 10 ** (-60 / 20)  # speech peaks 50 dB above
_NO_CARD: Final = "auto_null"  # the sink that a sound server makes where there is no card

_PACTL: Final = "pactl"
_SUBSCRIBE: Final = (_PACTL, "subscribe")
_NEWS: Final = (b"on sink #", b"on server")
_LISTEN: Final = (
    "parec", "--device=@DEFAULT_MONITOR@", "--raw", "--rate=16000", "--channels=1", "--format=s16le",
    "--latency-msec=20", "--client-name=shirube-ear",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sink:
    """The default sink as the server tells of it. `volume`: of the loudest channel, 1.0 is full."""

    name: str
    channels: int
    muted: bool
    volume: float
    suspended: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """`fault`: one line, empty where it should sound; `remedy`: arguments of pactl that may help."""

    fault: str = ""
    channels: int = 0  # 0: not known
    remedy: tuple[tuple[str, ...], ...] = ()


def sink_of(info: dict[str, Any], sinks: list[dict[str, Any]]) -> Sink | None:
    """The default sink, from what `pactl -f json info` and `… list sinks` tell. None: there is none."""
    for each in sinks:
        if each["name"] == info.get("default_sink_name"):
            volumes = [int(channel["value"]) / 65536.0 for channel in each["volume"].values()]
            return Sink(
                each["name"],
                len(volumes),
                bool(each["mute"]),
                max(volumes, default=0.0),
                each["state"] == "SUSPENDED",
            )
    return None


def judged(sink: Sink | None, playing: bool) -> Verdict:
    """What is wrong with it. Asleep is as it should be while nothing plays."""
    if sink is None or sink.name == _NO_CARD:
        return Verdict("there is no sound card or headset")
    if sink.muted:
        return Verdict(f"{sink.name} is muted", sink.channels, (("set-sink-mute", sink.name, "0"),))
    if sink.volume < LEAST_VOLUME:
        return Verdict(
            f"{sink.name} is turned down", sink.channels, (("set-sink-volume", sink.name, RAISED_TO),)
        )
    if sink.suspended and playing:
        return Verdict(f"{sink.name} is asleep", sink.channels, (("suspend-sink", sink.name, "0"),))
    return Verdict("", sink.channels)


class SinkWatch:
    """Looks at the default sink at each change and listens to its monitor now and then, in a thread.

    `verdict` is the newest. `wake`: called there when it changed.
    """

    def __init__(self, wake: Callable[[], object] = lambda: None) -> None:
        self.watches = all(shutil.which(name) for name in ("pactl", "parec"))
        self.verdict = Verdict()
        self._wake = wake
        self._playing = False
        self._ear = Ear()
        self._ending = threading.Event()
        self._events: subprocess.Popen[bytes] | None = None
        self._nudged, self._nudge = socket.socketpair()
        self._nudge.setblocking(False)
        self._thread = threading.Thread(target=self._work, name="sink", daemon=True)
        if self.watches:
            self._thread.start()

    def tell(self, playing: bool) -> None:
        """Whether something sounds through the sink just now, and goes on for 2 LISTEN_S at least."""
        begins, self._playing = playing and not self._playing, playing
        if begins:
            self._prod()

    def two_sided(self) -> bool:
        """Whether the sink is known to have a left and a right."""
        return self.verdict.channels >= 2

    def close(self) -> None:
        """End; safe to call twice."""
        self._ending.set()
        self._prod()
        if self._thread.is_alive():
            self._thread.join(3 * ANSWER_S)
        if not self._thread.is_alive():
            self._nudge.close()
            self._nudged.close()

    def _prod(self) -> None:
        with contextlib.suppress(OSError):  # full: it will wake up anyway; closed: it has ended
            self._nudge.send(b".")

    def _work(self) -> None:
        try:
            while not self._ending.is_set():
                before, now = self.verdict, self._look()
                for arguments in now.remedy:
                    with contextlib.suppress(OSError, subprocess.SubprocessError):
                        _pactl(arguments)
                self.verdict = now
                if now != before:
                    self._wake()
                self._wait(BROKEN_EVERY_S if now.fault else LOOK_EVERY_S)
        finally:
            self._hang_up()

    def _look(self) -> Verdict:
        try:
            info = json.loads(_pactl(("-f", "json", "info")))
            sinks = json.loads(_pactl(("-f", "json", "list", "sinks")))
            now = judged(sink_of(info, sinks), self._playing)
        except subprocess.TimeoutExpired:
            return Verdict("the sound server does not answer")
        except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
            return Verdict("the sound server is gone")
        if not now.fault and self._ear.deaf(lambda: self._playing):
            return replace(now, fault="nothing is heard at the sink")
        return now

    def _wait(self, limit_s: float) -> None:
        """Until a sink or the server changes, something begins to play, or `limit_s`."""
        if self._events is None or self._events.poll() is not None:
            self._hang_up()
            with contextlib.suppress(OSError):
                self._events = subprocess.Popen(  # noqa: S603 - a fixed command
                    _SUBSCRIBE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
                )
        told = self._events.stdout if self._events is not None else None
        until_s = time.monotonic() + limit_s
        while (left_s := until_s - time.monotonic()) > 0.0:
            ready, _, _ = select.select([each for each in (told, self._nudged) if each], [], [], left_s)
            if self._nudged in ready:
                self._nudged.recv(64)
                return
            if told in ready and told is not None:
                news = os.read(told.fileno(), 1 << 14)
                if any(word in news for word in _NEWS):
                    return
                if not news:  # the server is gone, or not there yet
                    told = None
                    until_s = min(until_s, time.monotonic() + BROKEN_EVERY_S / 2)

    def _hang_up(self) -> None:
        events, self._events = self._events, None
        if events is not None:
            events.kill()
            events.wait()
            if events.stdout is not None:
                events.stdout.close()


@dataclass(slots=True)
class Ear:
    """Listens to the sink's monitor while something plays. Samples are looked at and dropped."""

    silent: int = 0  # listenings in a row that heard nothing
    next_s: float = 0.0

    def deaf(self, playing: Callable[[], bool]) -> bool:
        """Whether it heard nothing twice in a row while something played all the time."""
        now_s = time.monotonic()
        if playing() and now_s >= self.next_s:
            peak = monitor_peak(LISTEN_S)
            if peak is not None and peak > HEARD_PEAK:
                self.silent, self.next_s = 0, now_s + LISTEN_EVERY_S
            elif peak is not None and playing():
                self.silent += 1
        return self.silent >= 2


def monitor_peak(seconds: float) -> float | None:
    """The highest sample, 0..1, at the default sink's monitor in so many seconds; None: it gave none."""
    try:
        process = subprocess.Popen(  # noqa: S603 - a fixed command
            _LISTEN, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
    except OSError:
        return None
    peak: float | None = None
    until_s = time.monotonic() + seconds
    with process:
        pipe = process.stdout
        while pipe is not None and (left_s := until_s - time.monotonic()) > 0.0:
            if not select.select([pipe], [], [], left_s)[0]:
                break
            block = os.read(pipe.fileno(), 1 << 14)
            if not block:
                break
            samples = np.frombuffer(block[: len(block) // 2 * 2], "<i2").astype(np.int32)
            peak = max(peak or 0.0, float(np.abs(samples).max(initial=0)) / 32768.0)
        process.kill()
    return peak


def _pactl(arguments: tuple[str, ...]) -> bytes:
    return subprocess.run(  # noqa: S603 - a fixed program, arguments of ours
        (_PACTL, *arguments), capture_output=True, timeout=ANSWER_S, check=True
    ).stdout
