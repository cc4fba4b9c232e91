"""The supervisor: forks the parts, watches their beats, and starts again what ends or stands still.

It is kept small and alone in its thread: whatever fails, it must go on. Above it stands systemd's watchdog,
which is told of every round. The parts are forked from what it has imported, so that one is back in a blink.
"""

import contextlib
import fcntl
import gc
import importlib
import logging
import os
import select
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Final

from device.clocks import SystemClock
from device.config import DeviceConfig
from device.errors import ChannelError, ConfigError
from device.parts import supervision
from device.parts.alarm import Alarm
from device.parts.channel import Door
from device.parts.messages import NOTHING, PART_STATE, Nothing, PartName, PartState
from device.parts.part import BEAT_EVERY_S, Part
from device.parts.processes import (
    call_myself,
    die_with_parent,
    ended_how,
    kill_group,
    kill_rest,
    only_child_files,
)
from device.parts.systemd import Systemd
from device.ports import Clock

_log = logging.getLogger(__name__)

Serve = Callable[[Part], None]
ENDS_S: Final = 5.0  # from SIGTERM to SIGKILL: guidance says farewell meanwhile; then again for the others
_SCARCE_S: Final = 0.5  # where no process can be started: between attempts
LOOK_EVERY_S: Final = BEAT_EVERY_S / 2.0
# Started in this order: a word can be said before anything else is there.
ORDER: Final[tuple[PartName, ...]] = ("speech", "guidance", "log", "position", "phone", "eyes")


@dataclass(slots=True)
class _Child:
    """The rim of one part: its life, and the pipe of its beats."""

    life: supervision.Life
    beats: int | None = None
    heard: bool = field(default=False)


class Supervisor:
    """Runs the parts of `config` until SIGTERM. `parts`: what each runs, for tests; None: the device's own.

    `ChannelError` where the runtime folder cannot be used, `ConfigError` where a device runs in it already.
    """

    def __init__(
        self, config: DeviceConfig, parts: Mapping[PartName, Serve] | None = None, clock: Clock | None = None
    ) -> None:
        self._config = config
        self._clock = clock or SystemClock()
        self._serve = dict(parts) if parts is not None else _own_parts(config)
        self._children = {name: _Child(supervision.Life(name)) for name in ORDER if name in self._serve}
        self._lock = _locked(config.runtime)
        self._door: Door[Nothing, PartState] = Door(config.runtime / "supervisor.sock", NOTHING, PART_STATE)
        self._told: dict[PartName, PartState] = {}
        self._clients: frozenset[int] = frozenset()
        self._systemd = Systemd()
        self._alarm = Alarm()
        self._leaving: set[int] = set()  # killed, and not yet gone
        self._ending = False
        self._looked_s = self._clock.now_s()

    def run(self) -> None:
        """Until SIGTERM or SIGINT; then end all parts and return."""
        before = [signal.signal(number, self._end) for number in (signal.SIGTERM, signal.SIGINT)]
        # What was imported stays. Searched for garbage with every large collection, it would hold up each
        # part for tens of milliseconds, and what all share would be copied for each.
        gc.freeze()
        try:
            while not self._ending:
                self._round()
        finally:
            self._end_all()
            for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
                signal.signal(number, handler)
            self._door.close()
            self._alarm.close()
            os.close(self._lock)

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._ending = True

    def _round(self) -> None:
        self._wait()
        now_s = self._clock.now_s()
        late_s = max(0.0, now_s - self._looked_s - LOOK_EVERY_S)
        self._looked_s = now_s
        for child in self._children.values():
            exited = _exited(child.life.pid)
            if exited and child.life.pid is not None:
                kill_rest(child.life.pid)
            seen = supervision.Seen(exited, _drained(child.beats), late_s)
            child.life, actions = supervision.look(child.life, seen, now_s)
            for action in actions:
                self._act(child, action)
        self._leaving = {pid for pid in self._leaving if not _exited(pid)}
        self._greet()
        self._alarm.look(self._children["speech"].life.up if "speech" in self._children else True, now_s)
        up = all(self._children[name].life.up for name in ("speech", "guidance") if name in self._children)
        self._systemd.look(up, self._status())

    def _wait(self) -> None:
        beats = [child.beats for child in self._children.values() if child.beats is not None]
        with contextlib.suppress(OSError, ValueError):
            ready, _, _ = select.select([*beats, *self._door.filenos()], [], [], LOOK_EVERY_S)
            if ready and not self._ending:
                # Beats come one by one: looked at together, ten times a second.
                select.select([], [], [], LOOK_EVERY_S / 4.0)

    def _act(self, child: _Child, action: supervision.Action) -> None:
        if isinstance(action, supervision.Start):
            self._start(child)
        elif isinstance(action, supervision.Kill):
            self._kill(action.pid)
            self._forget(child)
        else:
            _log.log(logging.INFO if action.up else logging.ERROR, "%s", _line(action))
            if not action.up:
                self._forget(child)
            self._told[action.part] = action
            self._door.send(action)

    def _greet(self) -> None:
        """Who connects hears how every part is."""
        self._door.poll()
        for number in self._door.clients - self._clients:
            for state in self._told.values():
                self._door.send(state, number)
        self._clients = self._door.clients

    def _start(self, child: _Child) -> None:
        name = child.life.name
        try:
            reader, writer = os.pipe()
        except OSError as error:
            self._put_off(child, error)
            return
        for end in (reader, writer):
            os.set_blocking(end, False)
        try:
            pid = self._forked(name, writer)
        except OSError as error:
            os.close(reader)
            self._put_off(child, error)
            return
        finally:
            os.close(writer)
        child.beats = reader
        child.life = supervision.started(child.life, pid, self._clock.now_s())

    def _forked(self, name: PartName, writer: int) -> int:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):  # nobody reads what is written there
                stream.flush()
        me = os.getpid()
        # A signal that comes before the child has its own handlers waits for them: it would be lost.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
        try:
            pid = os.fork()
            if pid == 0:
                part = Part(name, self._config, self._config.runtime, beat_fd=writer)
                _live(part, self._serve[name], me, before)
            return pid
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _put_off(self, child: _Child, error: OSError) -> None:
        """No process or file can be had just now: the parts that run must not fall with it."""
        _log.error("%s cannot be started (%s); it is tried again", child.life.name, error.strerror or error)
        child.life = replace(child.life, start_s=self._clock.now_s() + _SCARCE_S)

    def _kill(self, pid: int) -> None:
        """Not waited for: a process inside a driver's call may take long to go."""
        kill_group(pid)
        self._leaving.add(pid)

    def _forget(self, child: _Child) -> None:
        if child.beats is not None:
            os.close(child.beats)
            child.beats = None

    def _end_all(self) -> None:
        """Guidance first: it says farewell, for which it needs the others."""
        for names in (("guidance",), tuple(self._children)):
            self._end_these([self._children[name] for name in names if name in self._children])

    def _end_these(self, children: Sequence[_Child]) -> None:
        running = {child.life.pid for child in children if child.life.pid is not None}
        for pid in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        until_s = self._clock.now_s() + ENDS_S
        while running and self._clock.now_s() < until_s:
            running = {pid for pid in running if not _exited(pid)}
            self._systemd.look(False, "ending")
            select.select([], [], [], 0.02)
        for pid in running:
            kill_group(pid)
        for child in children:
            self._forget(child)
            child.life = replace(child.life, pid=None)

    def _status(self) -> str:
        down = [name for name, child in self._children.items() if not child.life.up]
        return f"not up: {', '.join(down)}" if down else "all parts are up"


def _live(part: Part, serve: Serve, parent: int, signals: Iterable[int]) -> None:
    """The child's whole life; never returns. `signals`: those that are blocked while it serves."""
    status = 1
    try:
        assert part.beat_fd is not None  # noqa: S101  # the supervisor gave one
        os.setsid()  # what it starts is ended with it
        die_with_parent()
        if os.getppid() != parent:
            return  # it died before that was asked for
        call_myself(f"sh-{part.name}")
        only_child_files(part.beat_fd)
        part.end_on_signals()
        signal.pthread_sigmask(signal.SIG_SETMASK, signals)
        serve(part)
        status = 0
    except BaseException:  # the last frame of a process: told in the log, and by its status
        logging.getLogger(f"device.parts.{part.name}").exception("the part %s failed", part.name)
    finally:
        logging.shutdown()
        os._exit(status)


def _own_parts(config: DeviceConfig) -> dict[PartName, Serve]:
    """The parts that are needed, each imported here but for the eyes, whose libraries are large."""
    names = [name for name in ORDER if name != "phone" or config.camera.source.startswith("glasses:")]
    made: dict[PartName, Serve] = {}
    for name in names:
        if name == "eyes":
            made[name] = _eyes
        else:
            made[name] = importlib.import_module(f"device.parts.{name}").serve
    return made


def _eyes(part: Part) -> None:
    from device.parts import eyes

    eyes.serve(part)


def _locked(runtime: Path) -> int:
    try:
        runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(runtime / "supervisor.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ChannelError(
            f"{runtime}: 使えません。runtime を変えて / cannot be used ({error.strerror}): change `runtime`"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise ConfigError(
            f"{runtime}: シルベがもう動いています / a Shirube runs here already: "
            "systemctl status shirube, or choose another `runtime`"
        ) from None
    return lock


def _exited(pid: int | None) -> str:
    """How the process ended; "" while it runs."""
    if pid is None:
        return ""
    try:
        done, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return "gone"
    return ended_how(status) if done else ""


def _drained(beats: int | None) -> bool:
    """Whether a beat came."""
    if beats is None:
        return False
    try:
        return bool(os.read(beats, 4096))
    except (BlockingIOError, OSError):
        return False


def _line(state: PartState) -> str:
    if state.up:
        return f"{state.part} is up" + (f" (restart {state.restarts})" if state.restarts else "")
    return f"{state.part} {state.why}: {state.detail}"


def run_device(config: DeviceConfig) -> None:
    """`shirube device run`: the device as configured, until it is told to end."""
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s", stream=sys.stderr)
    Supervisor(config).run()
