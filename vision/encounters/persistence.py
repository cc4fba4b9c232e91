"""How long a detector's mistakes last: `python -m vision.encounters.persistence`.

Every frame of the clips that hold labelled frames of a split goes through the detector. Whether a thing is
found is told from labelled frame to labelled frame (`lasting`), how its edges wander from second differences
of its size (`wobble`). Of scores and false boxes: what is there in a labelled frame, and a little later in
about the same place.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import log
from pathlib import Path

import numpy as np

from vision.encounters.clips import Clip, watched
from vision.encounters.errors import FiguresError
from vision.encounters.failing import ModelFigures
from vision.encounters.figures import EDGES, read_figures
from vision.encounters.lasting import Pair, best, correlated, likelihoods, pairs_of
from vision.encounters.tally import matched
from vision.encounters.wobble import (
    LAGS_S,
    SIDES,
    Change,
    all_simulated,
    best_tau,
    changes,
    quantiles,
    simulated,
)
from vision.errors import VisionError
from vision.evaluation.cases import Box, TrueThing
from vision.evaluation.matching import iou
from vision.evaluation.real import record_files
from vision.labelling.records import REAL, Record, read_records
from vision.network_detector import NetworkDetector
from vision.onnx_detector import open_detector
from vision.types import Detections

STILL_IOU = 0.35  # a thing at 3 m grows by a tenth in 0.3 s
SPANS_S = (0.0, 0.4, 0.8, 1.1, 1.5)  # of lags between labelled frames


@dataclass(slots=True)
class Lasting:
    """Counts at one lag. `false`: of boxes where nothing is, sure or faint, whether they are still there."""

    scores: list[tuple[float, float]] = field(default_factory=list)
    false: list[bool] = field(default_factory=list)


def correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Pearson's r of the pairs; None where one side never changes."""
    if len(pairs) < 3:
        return None
    first, second = np.array(pairs, np.float64).T
    if first.std() == 0 or second.std() == 0:
        return None
    return float(np.corrcoef(first, second)[0, 1])


def tau_s(correlations: Sequence[tuple[float, float | None]]) -> float | None:
    """The time constant of exp(-lag / tau) through (lag, r), least squares of log r; None: nothing lasts."""
    known = [(lag, log(r)) for lag, r in correlations if r is not None and 0 < r < 1]
    if not known:
        return None
    rate = -sum(lag * fall for lag, fall in known) / sum(lag * lag for lag, _ in known)
    return 1 / rate if rate > 0 else None


def later(clip: Clip, lasting: dict[float, Lasting]) -> None:
    """Count the scores and false boxes of every labelled frame, and what they are a lag later."""
    for record in clip.records:
        things, now = [TrueThing(t.cls, t.box) for t in record.things], record.frame or 0
        for lag_s, counts in lasting.items():
            then = now + round(lag_s * clip.fps)
            if then < len(clip.answers):
                _count(counts, things, clip.answers[now], clip.answers[then], complete=record.things_complete)


def _count(
    counts: Lasting, things: Sequence[TrueThing], now: Detections, then: Detections, *, complete: bool
) -> None:
    before, after = matched(now.objects, things, STILL_IOU), matched(then.objects, things, STILL_IOU)
    counts.scores += [(before[n].score, after[n].score) for n in before if n in after]
    if complete:
        everything = (*then.objects, *then.faint)
        for detection in (*now.objects, *now.faint):
            if not _touches(detection.box, things):
                counts.false.append(any(iou(detection.box, d.box) >= STILL_IOU for d in everything))


def _touches(box: Box, things: Sequence[TrueThing]) -> bool:
    return any(iou(box, thing.box) >= 0.1 for thing in things)


def cautious(before: float, likely: tuple[float, float, float]) -> float:
    """What was simulated so far, moved as far as the middle 68 % of a measurement asks: things are few."""
    _, low, high = likely
    return min(max(before, low), high)


def as_toml(clips: Sequence[Clip], source: str, model: ModelFigures) -> Iterator[str]:
    """The table `[persistence]` of `figures.toml`, a line at a time; behind each figure what it rests on."""
    pairs = [pair for clip in clips for pair in pairs_of(clip, model)]
    told = [change for clip in clips for change in changes(clip)]
    if not pairs or {change.side for change in told} != set(SIDES):
        few = "続けて見える物が足りません / too little goes on: labelled in two frames, or found in three"
        raise FiguresError(f"{source}: {few}")
    things = [pair.thing for pair in pairs]
    yield "[persistence]  # time constants of exp(-lag / tau), seconds"
    yield f'source = "{source}"'
    yield f"things = {len(set(things))}"
    likely = best(likelihoods(pairs, model.scene_share), things)
    used = cautious(model.found_tau_s, likely)
    yield f"found_tau_s = {used:.2f}  # {_told(likely)}; {len(pairs)} pairs of labelled frames"
    yield from _later(clips)
    yield from _edges(told, model)
    yield from _against_labels(pairs)


def _told(likely: tuple[float, float, float]) -> str:
    return "likeliest {:.2f}, the middle 68 % by things {:.2f} to {:.2f}".format(*likely)


def _later(clips: Sequence[Clip]) -> Iterator[str]:
    lasting = {lag: Lasting() for lag in LAGS_S}
    for clip in clips:
        later(clip, lasting)
    scores = [(lag, correlation(c.scores)) for lag, c in lasting.items()]
    false = [(lag, sum(c.false) / len(c.false) if c.false else None) for lag, c in lasting.items()]
    counts = {name: max(len(getattr(c, name)) for c in lasting.values()) for name in ("scores", "false")}
    for name, rows, count in (("score", scores, counts["scores"]), ("false", false, counts["false"])):
        told = ", ".join(f"{lag:g} s: {'-' if r is None else f'{r:.2f}'}" for lag, r in rows)
        tau = tau_s(rows)
        yield f"{name}_tau_s = {'inf' if tau is None else f'{tau:.2f}'}  # {told}; of {count}"


def _edges(told: Sequence[Change], model: ModelFigures) -> Iterator[str]:
    table = all_simulated(model)
    likely = {side: best_tau(told, side, table) for side in SIDES}
    used = {side: cautious(model.edge_tau_s[n], likely[side]) for n, side in enumerate(SIDES)}
    yield f"edge_tau_s = {[round(used[SIDES[n % 2]], 2) for n in range(len(EDGES))]}  # {', '.join(EDGES)}"
    yield "# Second differences of the logarithm of a size: half, 80 and 90 % are smaller than"
    for side in SIDES:
        mine = [change for change in told if change.side == side]
        yield f"#   {side}: {_told(likely[side])}; {len({change.thing for change in mine})} things"
        for lag in LAGS_S:
            values = [change.value for change in mine if change.lag_s == lag]
            rows = {"measured": quantiles(values)} | {
                f"simulated {tau:.2f} s": simulated(model, tau, lag)[side]
                for tau in (model.found_tau_s, used[side], likely[side][0])
            }
            cells = "; ".join(f"{name} {', '.join(f'{q:.3f}' for q in row)}" for name, row in rows.items())
            yield f"#     {lag:g} s, {len(values)}: {cells}"


def _against_labels(pairs: Sequence[Pair]) -> Iterator[str]:
    """How errors against the labels correlate: what stays above 0 for long is a share that always lasts."""
    yield f"# Errors of {', '.join(EDGES)} against the labels correlate, in so many pairs:"
    for first, last in pairwise(SPANS_S):
        near = [pair for pair in pairs if first < pair.lag_s <= last]
        rows = [correlated(near, edge) for edge in range(len(EDGES))]
        cells = ", ".join(f"{'-' if r is None else f'{r:.2f}'} ({n})" for r, n in rows)
        things = len({pair.thing for pair in near if all(pair.found)})
        yield f"#   {first:g} to {last:g} s, {things} things: {cells}"


def clips_of(pictures: Path, split: str, detector: NetworkDetector) -> Iterator[Clip]:
    """Every clip with labelled frames in a split, watched. Raises `VideoError`."""
    by_name: dict[str, list[Record]] = {}
    for path in record_files(REAL):
        for record in read_records(path):
            if record.split == split and record.frame is not None:
                by_name.setdefault(f"{record.source}/{record.file}", []).append(record)
    if not by_name:
        raise FiguresError(f"--split {split}: 動画の印がありません / no frame of a clip is labelled in it")
    for name, records in sorted(by_name.items()):
        yield watched(pictures / name, name, records, detector)
        print(".", end="", file=sys.stderr, flush=True)  # noqa: T201


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 2 with one line where the clip cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m vision.encounters.persistence", description=__doc__)
    parser.add_argument("--pictures", type=Path, default=Path("../shared/data/vision"))
    parser.add_argument("--split", default="test")
    parser.add_argument("--model", help="id or file")
    asked = parser.parse_args(arguments)
    try:
        detector = open_detector(asked.model) if asked.model else open_detector()
        clips = tuple(clips_of(asked.pictures, asked.split, detector))
        names = ", ".join(clip.name for clip in clips)
        source = f"{names} (split {asked.split}), {detector.spec.id}"
        for line in as_toml(clips, source, read_figures().model):
            sys.stdout.write(line + "\n")
    except VisionError as error:
        print(f"shirube: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
