"""Faults one by one on a device that walks: whether each was spoken in time, what was lost or doubled."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, Final, Literal

from device.chaos.faults import FAULTS, Fault
from device.chaos.sound import LOUD_RMS
from device.chaos.stage import Stage, up
from device.chaos.witness import Said
from device.errors import DeviceError
from device.parts.channel import Line
from device.parts.messages import FROM_LOG, TO_LOG, FromLog, LogState, ToLog
from device.phone.protocol import Pressed

LATE_S: Final = 2.0
LONGEST_S: Final = 8.0  # so long is waited for a word that should have come within 2 s
OVER_S: Final = 25.0  # and for the word that it is over, or for the part to be up
QUIET_S: Final = 12.0  # for silence before the next one
APART: Final = 3  # faults between two of one part
SETTLE_S: Final = 0.5  # between two faults, and up to twice as long more by chance
DRAIN_S: Final = 60.0
PARTS: Final = ("speech", "guidance", "log", "position", "phone", "eyes")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One fault. `after_s`: from the fault, or from the return of speech, to the word. None: not spoken.

    `heard`: whether something sounded at the sink then; None: nobody recorded.
    """

    fault: str
    after_s: float | None
    heard: bool | None
    unheard: bool = False  # nothing was to be said
    over: bool = True
    word: str = ""


@dataclass(slots=True)
class Result:
    """All of them, and what the store says at the end."""

    outcomes: list[Outcome] = field(default_factory=list)
    settled: int = 0
    stored: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    gaps: int = 0
    crashes: int = 0
    took_s: float = 0.0
    complaints: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """For `--json`."""
        told = [one for one in self.outcomes if not one.unheard]
        times = sorted(one.after_s for one in told if one.after_s is not None)
        return {
            "faults": len(self.outcomes),
            "unspoken": sum(one.after_s is None for one in told),
            "late": sum(one.after_s is not None and one.after_s > LATE_S for one in told),
            "silent_at_sink": sum(one.heard is False for one in told),
            "lost": self.lost,
            "doubled": self.doubled,
            "crashes": self.crashes,
            "median_s": round(median(times), 2) if times else None,
            "worst_s": round(times[-1], 2) if times else None,
            "not_over": sum(not one.over for one in told),
            "settled": self.settled,
            "stored": self.stored,
            "gaps": self.gaps,
            "out_of_order": self.disordered,
            "took_s": round(self.took_s, 1),
            "by_kind": self._by_kind(),
        }

    def _by_kind(self) -> dict[str, dict[str, Any]]:
        made: dict[str, dict[str, Any]] = {}
        for name in sorted({one.fault for one in self.outcomes}):
            these = [one for one in self.outcomes if one.fault == name]
            times = [one.after_s for one in these if one.after_s is not None]
            made[name] = {
                "faults": len(these),
                "unspoken": sum(one.after_s is None and not one.unheard for one in these),
                "late": sum(time_s > LATE_S for time_s in times),
                "median_s": round(median(times), 2) if times else None,
                "worst_s": round(max(times), 2) if times else None,
            }
        return made


def spread(chosen: Sequence[Fault], count: int, rng: random.Random) -> list[Fault]:
    """`count` faults by chance, each kind as often as the others, none of one part soon after another of it.

    What comes and goes again within a minute is told of as that, once (`device.faultbook`): on a device it
    would be one fault that flickers, here it would be many that only come quickly.
    """
    order: list[Fault] = []
    left: list[Fault] = []
    while len(order) < count:
        left = left or rng.sample(list(chosen), len(chosen))
        recent = {fault.words.key for fault in order[-APART:]}
        waiting = Counter(fault.words.key for fault in left)
        # Of those that may come now, of the part of which most are left: they must not crowd at the end.
        fault = min(left, key=lambda one: (one.words.key in recent, -waiting[one.words.key]))
        left.remove(fault)
        order.append(fault)
    return order


class Chaos:
    """One run on one stage."""

    def __init__(self, stage: Stage, seed: int, says: Callable[[str], None]) -> None:
        self._stage, self._says = stage, says
        self._rng = random.Random(seed)  # noqa: S311  # chooses faults, protects nothing
        self._log: Line[FromLog, ToLog] = Line(stage.runtime / "log.sock", FROM_LOG, TO_LOG)
        self.result = Result()

    def begin(self) -> None:
        """Start the device, and set out on a walk by its buttons."""
        stage = self._stage
        stage.start_device()
        up(stage, PARTS)
        stage.glasses.start()
        if not stage.wait(
            lambda: stage.witness.said_since(frozenset({"device_ready"}), 0.0) is not None, 30.0
        ):
            raise DeviceError(f"the device did not become ready: see {stage.folder}/device.log")
        time.sleep(6.0)  # its first sentence ends
        # A long press opens the menu, whose first line, where no destination is saved, is a walk.
        stage.glasses.press(presses((500.0, 2, 1200.0), (5000.0, 2, 150.0)))
        if not stage.wait(
            lambda: stage.witness.said_since(frozenset({"trip_started"}), 0.0) is not None, 40.0
        ):
            raise DeviceError(f"no walk began: see {stage.folder}/device.log")
        time.sleep(5.0)

    def close(self) -> None:
        """Leave the log; safe to call twice."""
        self._log.close()

    def let_loose(self, count: int, chosen: Sequence[Fault] = FAULTS) -> None:
        """`count` faults, each kind as often as the others, in an order by chance."""
        began_s = time.monotonic()
        for number, fault in enumerate(spread(chosen, count, self._rng), 1):
            outcome = self._one(fault)
            self.result.outcomes.append(outcome)
            self._says(f"{number}/{count} {_told(outcome)}")
            self._settle()
        self.result.took_s = time.monotonic() - began_s

    def finish(self) -> Result:
        """End the walk, see everything to the server, and count."""
        stage, result = self._stage, self.result
        time.sleep(3.0)
        stage.end_device()
        stage.start_device()  # what its end wrote goes out with the next beginning
        up(stage, ("log",))
        stage.wait(lambda: self._pending() == 0, DRAIN_S)
        time.sleep(1.0)
        stage.end_device()
        _count(result, stage)
        result.complaints = list(dict.fromkeys(stage.witness.complaints))
        return result

    # --- one fault

    def _one(self, fault: Fault) -> Outcome:
        stage = self._stage
        began_s = stage.clock.now_s()
        fault.make(stage)
        if fault.how == "unheard":
            time.sleep(fault.lasts_s)
            fault.end(stage)
            return Outcome(fault.name, None, None, unheard=True)
        if fault.how == "after_speech":
            return self._after_speech(fault, began_s)
        said = self._said(fault, began_s)
        time.sleep(max(0.0, began_s + fault.lasts_s - stage.clock.now_s()))
        ended_s = stage.clock.now_s()
        fault.end(stage)
        over = self._over(fault, began_s if fault.part else ended_s)
        return self._outcome(fault, said, began_s, over)

    def _after_speech(self, fault: Fault, began_s: float) -> Outcome:
        stage = self._stage
        time.sleep(fault.lasts_s)
        fault.end(stage)
        back_s = stage.clock.now_s()
        if fault.part is not None:
            stage.wait(lambda: stage.witness.up_since(fault.part or "", began_s) is not None, OVER_S)
            back_s = stage.witness.up_since(fault.part, began_s) or back_s
        said = self._said(fault, began_s)
        return self._outcome(fault, said, back_s, said is not None)

    def _said(self, fault: Fault, from_s: float) -> Said | None:
        witness, words = self._stage.witness, fault.words

        def told() -> Said | None:
            return witness.said_since(words.told, from_s, words.key)

        self._stage.wait(lambda: told() is not None, LONGEST_S)
        return told()

    def _over(self, fault: Fault, from_s: float) -> bool:
        witness = self._stage.witness
        words = fault.words
        return self._stage.wait(lambda: witness.said_since(words.over, from_s, words.key) is not None, OVER_S)

    def _outcome(self, fault: Fault, said: Said | None, from_s: float, over: bool) -> Outcome:
        if said is None:
            return Outcome(fault.name, None, None, over=over)
        time.sleep(max(0.0, said.at_s + 1.2 - self._stage.clock.now_s()))
        loud = self._stage.sound.loudness(said.at_s + 0.05, said.at_s + 0.9)
        heard = None if loud is None else loud > LOUD_RMS
        return Outcome(fault.name, max(0.0, said.at_s - from_s), heard, over=over, word=said.kind)

    def _settle(self) -> None:
        stage = self._stage
        if stage.crashed:
            self.result.crashes += 1
            stage.start_device()
        time.sleep(self._rng.uniform(0.0, 2.0 * SETTLE_S))
        # Hours pass between two faults of a device: what the last one made be said has been heard by then.
        stage.wait(self._quiet, QUIET_S)

    def _quiet(self) -> bool:
        now_s = self._stage.clock.now_s()
        # Longer than the pause between two sentences that wait for each other.
        loud = self._stage.sound.loudness(now_s - 1.8, now_s - 0.2)
        return loud is not None and loud < LOUD_RMS

    def _pending(self) -> int | None:
        states = [told for told in self._log.poll() if isinstance(told, LogState)]
        return states[-1].pending if states else None


def _count(result: Result, stage: Stage) -> None:
    stored = stage.stored()
    result.settled, result.stored = len(stage.witness.settled), len(stored)
    result.doubled = len(stored) - len({(boot, seq) for boot, seq, _ in stored})
    announced: Counter[tuple[str, str, float]] = Counter()
    for _, _, body in stored:
        what = json.loads(body)["what"]
        if what["type"] == "announced":
            announced[(what["kind"], what["outcome"], round(what["created_s"], 3))] += 1
    wanted = Counter((one.kind, one.outcome, round(one.created_s, 3)) for one in stage.witness.settled)
    result.lost = sum((wanted - announced).values())
    result.doubled += sum((announced - wanted).values())
    by_boot: dict[str, list[int]] = {}
    for boot, seq, _ in stored:
        by_boot.setdefault(boot, []).append(seq)
    result.gaps = sum(max(seqs) - len(set(seqs)) for seqs in by_boot.values())
    result.disordered = _disordered(stored)


def _disordered(stored: Sequence[tuple[str, int, str]]) -> int:
    """How often the log's own time goes back from one number to the next."""
    times = sorted((boot, seq, json.loads(body)["utc_s"]) for boot, seq, body in stored)
    return sum(b[2] < a[2] - 1e-6 for a, b in pairwise(times) if a[0] == b[0])


def presses(*pressed: tuple[float, Literal[1, 2, 3], float]) -> list[Pressed]:
    """(from ms, button, for ms) as downs and ups."""
    return [
        Pressed(at_ms, button, down)
        for from_ms, button, for_ms in pressed
        for at_ms, down in ((from_ms, True), (from_ms + for_ms, False))
    ]


def _told(outcome: Outcome) -> str:
    if outcome.unheard:
        return f"{outcome.fault}: -"
    if outcome.after_s is None:
        return f"{outcome.fault}: 言われなかった / NOT SPOKEN"
    late = " 遅い / LATE" if outcome.after_s > LATE_S else ""
    silent = " 聞こえない / NOT HEARD" if outcome.heard is False else ""
    over = "" if outcome.over else " (終わりが言われない / its end was not told)"
    return f"{outcome.fault}: {outcome.after_s:.2f} s {outcome.word}{late}{silent}{over}"


def run_chaos(
    folder: Path,
    seed: int,
    count: int,
    says: Callable[[str], None],
    phrases: Path | None = None,
    chosen: Sequence[Fault] = FAULTS,
) -> Result:
    """Everything, in `folder`, which is made. `DeviceError` where something that it needs is not there."""
    with ExitStack() as ends:
        stage = Stage(folder, ends, phrases)
        chaos = Chaos(stage, seed, says)
        ends.callback(chaos.close)
        chaos.begin()
        chaos.let_loose(count, chosen)
        return chaos.finish()
