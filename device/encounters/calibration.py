"""How often what is told as a chance of touch comes true: `python -m device.encounters.calibration`.

In scripted encounters, each thing that the pipeline expects to be touched before the last call of
`device.policy` is held against truth, in bins of `Hazard.chance`: of those said to be touched with 0.7,
seven of ten should be. The table's thresholds lie on this scale. Two groups: `moving` are people, dogs and
vehicles that come or cross; `other` is all the rest, and people who walk ahead.
"""

import json
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from device.announcements import AlertKind
from device.encounters.many import each, tell_progress
from device.encounters.options import Options, Parser
from device.policy import POLICY
from vision.encounters.detector import FALSE
from vision.encounters.errors import FiguresError
from vision.encounters.figures import Figures
from vision.encounters.scripts import draw
from vision.encounters.watch import Watched, watch
from vision.errors import VisionError
from vision.families import WALKING, WHEELED
from vision.types import Hazard, Motion

EDGES = (0.3, 0.4, 0.5, 0.6, 0.65, 0.75, 0.85, 0.95, 1.0)  # of the bins; the last holds 1 itself
STANDING = Options(n=150, seed=11)  # on these the thresholds were chosen (decision 0043)

Cell = tuple[bool, int]  # whether the thing is told as moving, and the bin of its chance


@dataclass(frozen=True, slots=True)
class Row:
    """The things of a group whose chance was ever from `low` to `high`, and how many were touched."""

    moving: bool
    low: float
    high: float
    things: int
    touched: int

    @property
    def share(self) -> float | None:
        """0..1; None: there were none."""
        return self.touched / self.things if self.things else None


@dataclass(frozen=True, slots=True)
class Tally:
    """Things by cell, and those of them that were touched. The default is none."""

    things: Counter[Cell] = field(default_factory=Counter)
    touched: Counter[Cell] = field(default_factory=Counter)

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(self.things + other.things, self.touched + other.touched)

    def rows(self) -> Iterator[Row]:
        """Every cell, empty or not: what moves first, small chances first."""
        for moving in (True, False):
            for n, (low, high) in enumerate(pairwise(EDGES)):
                yield Row(moving, low, high, self.things[moving, n], self.touched[moving, n])


def last_call_s() -> float:
    """Seconds to contact from when on less than being sure is told. Raises `FiguresError`: none any more."""
    last = POLICY[AlertKind.PERSON_APPROACHING].last_call
    if last is None or last.ttc_s is None:
        raise FiguresError("device.policy: 最後の呼びかけがありません / no last call to measure against")
    return last.ttc_s


def counted(watched: Iterable[Watched], contacts: Collection[int], within_s: float) -> Tally:
    """One encounter. A thing counts once in a cell, in however many frames and under whatever numbers.

    `contacts`: the things that are touched. What is of none counts by its track, and is never touched.
    """
    seen: set[tuple[Cell, int, int | None]] = set()
    for frame in watched:
        for judged in frame.seen.judged:
            cell = _cell(judged.hazard, within_s)
            if cell is not None:
                thing = frame.of_track[judged.track.id]
                seen.add((cell, thing, judged.track.id if thing == FALSE else None))
    return Tally(
        Counter(cell for cell, _, _ in seen), Counter(cell for cell, thing, _ in seen if thing in contacts)
    )


def _cell(hazard: Hazard | None, within_s: float) -> Cell | None:
    """Where it counts; None: it is no hazard, not soon, or hardly one."""
    if hazard is None or hazard.ttc_s is None or hazard.ttc_s > within_s or hazard.chance < EDGES[0]:
        return None
    comes = hazard.motion in (Motion.APPROACHING, Motion.CROSSING)
    moving = comes and hazard.cls in WALKING | WHEELED
    return moving, min(bisect_right(EDGES, hazard.chance), len(EDGES) - 1) - 1


def measured(options: Options) -> Tally:
    """All encounters, with progress. Raises `FiguresError`."""
    one = partial(_one, seed=options.checked().seed, figures=options.read(), within_s=last_call_s())
    return sum(each(one, options.n, options.jobs, tell_progress), Tally())


def _one(number: int, seed: int, figures: Figures, within_s: float) -> Tally:
    encounter = draw(seed, number, figures.world)
    return counted(watch(encounter, figures, imu=True, speed=True), encounter.contacts, within_s)


def as_table(tally: Tally, options: Options, within_s: float) -> Iterator[str]:
    """A line at a time."""
    yield (
        f"触れる見込みと、本当に触れた割合 / chance told within {within_s:g} s, share that came true: "
        f"n {options.n}, seed {options.seed}"
    )
    yield f"{'group':<8}{'chance':>14}{'things':>8}{'touched':>9}{'share':>7}"
    for row in tally.rows():
        share = "-" if row.share is None else f"{row.share:.2f}"
        span = f"{row.low:.2f} - {row.high:.2f}"
        yield f"{_group(row):<8}{span:>14}{row.things:>8}{row.touched:>9}{share:>7}"


def as_json(tally: Tally, options: Options, within_s: float) -> str:
    """The table, one object."""
    rows = [
        {
            "group": _group(row),
            "chance": [row.low, row.high],
            "things": row.things,
            "touched": row.touched,
            "share": row.share,
        }
        for row in tally.rows()
    ]
    return json.dumps({"n": options.n, "seed": options.seed, "within_s": within_s, "rows": rows})


def _group(row: Row) -> str:
    return "moving" if row.moving else "other"


def _options(arguments: Sequence[str] | None) -> tuple[Options, bool]:
    asked = Parser("python -m device.encounters.calibration", __doc__, STANDING).parse_args(arguments)
    return Options(asked.n, asked.seed, asked.jobs), asked.json


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate and print; 2 with one line for bad options or figures."""
    try:
        options, in_json = _options(arguments)
        tally, within_s = measured(options), last_call_s()
    except VisionError as error:
        print(f"shirube: {error}", file=sys.stderr)  # noqa: T201
        return 2
    lines = [as_json(tally, options, within_s)] if in_json else as_table(tally, options, within_s)
    for line in lines:
        sys.stdout.write(line + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
