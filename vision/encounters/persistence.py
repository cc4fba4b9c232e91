"""How long a detector's mistakes last: `python -m vision.encounters.persistence`.

Of each thing labelled in a frame of a clip, whether it is found there and in frames a little later. The
box is looked for where it was: the lags are short.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log
from pathlib import Path

import cv2
import numpy as np

from vision.encounters.measure import matched
from vision.errors import VideoError, VisionError
from vision.evaluation.cases import Box, TrueThing
from vision.evaluation.matching import iou
from vision.labelling.records import REAL, Record, read_records
from vision.network_detector import NetworkDetector
from vision.onnx_detector import open_detector
from vision.types import Detection, Frame, Image

LAGS_S = (0.1, 0.2, 0.3)
STILL_IOU = 0.35  # a thing at 3 m grows by a tenth in 0.3 s


@dataclass(slots=True)
class Lasting:
    """Counts at one lag. `found`: (then, later) of true things; `false`: of boxes where nothing is."""

    found: list[tuple[bool, bool]] = field(default_factory=list)
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


def watch(clip: Path, records: Sequence[Record], detector: NetworkDetector) -> dict[float, Lasting]:
    """Look at every labelled frame and at those a lag later. Raises `VideoError`."""
    capture = cv2.VideoCapture(str(clip))
    fps = float(capture.get(cv2.CAP_PROP_FPS))
    if fps <= 0:
        raise VideoError(f"{clip}: cannot be read as a clip")
    lasting = {lag: Lasting() for lag in LAGS_S}
    for record in records:
        if record.frame is None:
            continue
        things = [TrueThing(t.cls, t.box) for t in record.things]
        now = _seen(capture, record.frame, detector)
        if now is None:
            continue
        for lag, counts in lasting.items():
            later = _seen(capture, record.frame + round(lag * fps), detector)
            if later is not None:
                _count(counts, things, now, later, complete=record.things_complete)
        print(".", end="", file=sys.stderr, flush=True)  # noqa: T201
    return lasting


def _seen(
    capture: "cv2.VideoCapture", number: int, detector: NetworkDetector
) -> tuple[Detection, ...] | None:
    capture.set(cv2.CAP_PROP_POS_FRAMES, number)
    ok, picture = capture.read()
    if not ok:
        return None
    image: Image = np.asarray(picture, np.uint8)
    return detector.detect(Frame(number, 0.0, image)).objects


def _count(
    counts: Lasting,
    things: Sequence[TrueThing],
    now: Sequence[Detection],
    later: Sequence[Detection],
    *,
    complete: bool,
) -> None:
    before, after = matched(now, things, STILL_IOU), matched(later, things, STILL_IOU)
    for number in range(len(things)):
        counts.found.append((number in before, number in after))
        if number in before and number in after:
            counts.scores.append((before[number].score, after[number].score))
    if complete:
        taken = {id(d) for d in before.values()}
        for detection in now:
            if id(detection) not in taken and not _touches(detection.box, things):
                counts.false.append(any(iou(detection.box, d.box) >= STILL_IOU for d in later))


def _touches(box: Box, things: Sequence[TrueThing]) -> bool:
    return any(iou(box, thing.box) >= 0.1 for thing in things)


def as_toml(lasting: dict[float, Lasting], source: str) -> str:
    """The table `[persistence]` of `figures.toml`."""
    found = [(lag, correlation([(float(a), float(b)) for a, b in c.found])) for lag, c in lasting.items()]
    scores = [(lag, correlation(c.scores)) for lag, c in lasting.items()]
    false = [(lag, sum(c.false) / len(c.false) if c.false else None) for lag, c in lasting.items()]
    count = max(len(c.found) for c in lasting.values())
    lines = ["[persistence]  # time constants of exp(-lag / tau), seconds", f'source = "{source}"']
    lines += [f"things = {count}", f"false_boxes = {max(len(c.false) for c in lasting.values())}"]
    for name, pairs in (("found", found), ("score", scores), ("false", false)):
        told = ", ".join(f"{lag:g} s: {'-' if r is None else f'{r:.2f}'}" for lag, r in pairs)
        tau = tau_s(pairs)
        lines.append(f"{name}_tau_s = {'inf' if tau is None else f'{tau:.2f}'}  # {told}")
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 2 with one line where the clip cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m vision.encounters.persistence", description=__doc__)
    parser.add_argument("--pictures", type=Path, default=Path("../shared/data/vision"))
    parser.add_argument("--split", default="test")
    parser.add_argument("--model", help="id or file")
    asked = parser.parse_args(arguments)
    try:
        detector = open_detector(asked.model) if asked.model else open_detector()
        records = [r for r in read_records(REAL / "clips.jsonl") if r.split == asked.split]
        names = sorted({f"{r.source}/{r.file}" for r in records})
        merged = {lag: Lasting() for lag in LAGS_S}
        for name in names:
            mine = [r for r in records if f"{r.source}/{r.file}" == name]
            for lag, counts in watch(asked.pictures / name, mine, detector).items():
                merged[lag].found += counts.found
                merged[lag].scores += counts.scores
                merged[lag].false += counts.false
    except VisionError as error:
        print(f"shirube: {error}", file=sys.stderr)  # noqa: T201
        return 2
    sys.stdout.write(as_toml(merged, f"{', '.join(names)} (split {asked.split}), {detector.spec.id}"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
