"""When a part is ended, started and started again. Pure: what was seen and the second in, what to do out."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from device.parts.messages import PartName, PartState
from device.parts.part import STALLED_S, STARTS_S

# The first fall may be chance: started again at once, for each second without warnings is a metre walked
# blind. Who falls again and again is given time: a broken part must not take the processor from the others.
BACKOFF_S: Final = (0.0, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
STEADY_S: Final = 60.0  # up for so long: the falls before are forgotten
GIVES_UP: Final = 5  # falls in a row after which it is told that the part keeps falling; it is tried for ever
# A supervisor that was not run itself (a busy board, a debugger) has heard no beats, whoever's fault that is.
GRACE_S: Final = 0.3

Why = Literal["", "ended", "stalled", "gave_up"]


@dataclass(frozen=True, slots=True)
class Life:
    """One part. `pid` None: it does not run, and is started at `start_s`."""

    name: PartName
    pid: int | None = None
    start_s: float = 0.0
    started_s: float = 0.0
    beat_s: float | None = None  # the newest; None: it has not come up yet
    falls: int = 0  # in a row
    restarts: int = 0  # since the beginning

    @property
    def up(self) -> bool:
        """Whether it runs and has come up."""
        return self.pid is not None and self.beat_s is not None


@dataclass(frozen=True, slots=True)
class Start:
    """Start this part now, and say so by `started`."""

    name: PartName


@dataclass(frozen=True, slots=True)
class Kill:
    """End this process now, with all that it started."""

    name: PartName
    pid: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What the supervisor saw of one part since the last look. `late_s`: how late that look itself was."""

    exited: str = ""  # how it ended, in words; "": it runs
    beat: bool = False
    late_s: float = 0.0


Action = Start | Kill | PartState


def started(life: Life, pid: int, now_s: float) -> Life:
    """It was started."""
    return replace(life, pid=pid, started_s=now_s, beat_s=None)


def look(life: Life, seen: Seen, now_s: float) -> tuple[Life, tuple[Action, ...]]:
    """Judge one part. The actions are to be carried out in their order."""
    if life.pid is None:
        return life, (Start(life.name),) if now_s >= life.start_s else ()
    if seen.exited:
        return _fallen(life, now_s, "ended", seen.exited)
    if seen.beat:
        return _beaten(life, now_s)
    pid, life = life.pid, _forgiven(life, seen.late_s)
    since_s, limit_s = (life.started_s, STARTS_S) if life.beat_s is None else (life.beat_s, STALLED_S)
    if now_s - since_s <= limit_s:
        return life, ()
    fallen, told = _fallen(life, now_s, "stalled", f"no sign of life for {now_s - since_s:.1f} s")
    return fallen, (Kill(life.name, pid), *told)


def _beaten(life: Life, now_s: float) -> tuple[Life, tuple[Action, ...]]:
    first = life.beat_s is None
    steady = not first and now_s - life.started_s >= STEADY_S
    life = replace(life, beat_s=now_s, falls=0 if steady else life.falls)
    return life, (PartState(life.name, True, restarts=life.restarts),) if first else ()


def _forgiven(life: Life, late_s: float) -> Life:
    if late_s <= GRACE_S or life.beat_s is None:
        return life
    return replace(life, beat_s=life.beat_s + late_s)


def _fallen(life: Life, now_s: float, why: Why, detail: str) -> tuple[Life, tuple[Action, ...]]:
    wait_s = BACKOFF_S[min(life.falls, len(BACKOFF_S) - 1)]
    falls = life.falls + 1
    told: Why = "gave_up" if falls >= GIVES_UP else why
    state = PartState(life.name, False, told, life.restarts, detail)
    next_life = replace(
        life, pid=None, beat_s=None, start_s=now_s + wait_s, falls=falls, restarts=life.restarts + 1
    )
    return next_life, (state,)
