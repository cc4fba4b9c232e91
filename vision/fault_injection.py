"""`shirube vision faults CLIP…`: every kind of fault put into real clips, and what the device makes of it.

The clean clip first: whatever is told of it is a false notice. Then each kind: a second of the clip, the
fault, the clip again, through `vision.faults.watch`, which the device runs on every picture. Times count
from when the whole fault is there. `--clean`, `--rendered` and `--stills` are only watched as they are.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from vision.errors import VisionError
from vision.faults import Watch, watch
from vision.faults_clean import Clean, clean, clean_stills, kind_of, read_any, read_clip, totals
from vision.faults_clean import as_text as clean_text
from vision.faults_injected import HELD, KINDS, SLOWLY_S, Fault, Moment, sensor
from vision.faults_parts import FAILING_S, PARTS, WELL_S, Part
from vision.types import Image

CLEAN_S, FAULTY_S, AGAIN_S = 1.0, 1.6, 2.0
IN_TIME_S = 1.0
USED_S = 5.0  # of a clip, to put faults into

Told = Sequence[tuple[float, str | None]]  # what is told at which second


@dataclass(frozen=True, slots=True)
class Result:
    """One injected fault. Times are seconds after the whole fault was there, or was gone; None: never."""

    clip: str
    kind: str
    reason: str | None  # as it was first told
    told_after_s: float | None
    back_after_s: float | None
    detected: bool  # told within IN_TIME_S
    right: bool  # and by a name that fits it, nothing before it began, and its end too


def inject(name: str, fault: Fault, images: Sequence[Image], rate_hz: float, seed: int = 1) -> Result:
    """Put `fault` into `images` (in order, at least HELD), played to and fro for as long as it takes."""
    rng = np.random.default_rng(seed)
    begin_s, ramp_s = CLEAN_S, SLOWLY_S if fault.slowly else 0.0
    end_s = begin_s + ramp_s + FAULTY_S
    state, told, held = Watch(), [], list[Image]()
    for number in range(round((end_s + AGAIN_S) * rate_hz)):
        t_s = number / rate_hz
        # Fresh grain: where the clip is played a second time its pictures are not those of before.
        image: Image | None = sensor(_to_and_fro(images, number), rng)
        if begin_s <= t_s < end_s and image is not None:
            strength = min(1.0, (t_s - begin_s) / ramp_s) if ramp_s else 1.0
            since = round((t_s - begin_s) * rate_hz)
            image = fault.draw(Moment(image, strength, since, tuple(held), rng))
        elif image is not None:
            held = [*held[1 - HELD :], image]
        state = watch(state, image, t_s)
        told.append((t_s, state.fault))
    return judged(name, fault.name, fault.reasons, told, (begin_s, begin_s + ramp_s, end_s))


def _to_and_fro(images: Sequence[Image], number: int) -> Image:
    place = number % (2 * len(images) - 2)
    return images[place] if place < len(images) else images[2 * len(images) - 2 - place]


def part(trial: Part) -> Result:
    """Let a part fail and come back."""
    times = (WELL_S, WELL_S, WELL_S + FAILING_S)
    return judged("-", trial.name, frozenset({trial.reason}), trial.play(), times)


def judged(
    clip: str, kind: str, reasons: frozenset[str], told: Told, times: tuple[float, float, float]
) -> Result:
    """What was told, against `times`: when the fault began, was whole, was gone."""
    begin_s, whole_s, end_s = times
    too_soon = any(reason for t_s, reason in told if t_s < begin_s)
    first = next(((t_s, reason) for t_s, reason in told if t_s >= begin_s and reason), None)
    back = next((b[0] for a, b in pairwise(told) if b[0] >= end_s and a[1] and b[1] is None), None)
    after_s = None if first is None else round(first[0] - whole_s, 2)
    reason = None if first is None else first[1]
    detected = after_s is not None and after_s <= IN_TIME_S
    back_s = None if back is None else round(back - end_s, 2)
    right = detected and not too_soon and reason in reasons and back_s is not None
    return Result(clip, kind, reason, after_s, back_s, detected, right)


def report(paths: Sequence[Path], rate_hz: float) -> tuple[list[Clean], list[Result]]:
    """Everything, over all clips. Raises `VideoError`."""
    quiet, results = [], []
    for path in paths:
        quiet.append(clean(path.name, read_any(path, rate_hz), rate_hz, kind_of(path)))
        images = [image for _, image in read_any(path, rate_hz, USED_S)]
        if len(images) < HELD:
            raise VisionError(f"{path}: {len(images)} pictures are too few to put faults into: need {HELD}")
        results += [inject(path.name, fault, images, rate_hz) for fault in KINDS]
    return quiet, results + [part(trial) for trial in PARTS]


def as_json(quiet: Sequence[Clean], results: Sequence[Result]) -> str:
    """For a machine: totals first, then every trial."""
    counted = totals(quiet)
    minutes, false = counted.get("film", (0.0, 0))
    whole = {
        "injected": len(results),
        "told_within_1s": sum(result.detected for result in results),
        "right": sum(result.right for result in results),
        "clean_minutes": round(minutes, 3),
        "false_notices": false,
        "false_per_minute": round(false / minutes, 3) if minutes else None,
        "by_kind": {
            kind: {"minutes": round(long, 3), "false_notices": count}
            for kind, (long, count) in counted.items()
        },
    }
    trials = [asdict(result) for result in results]
    return json.dumps({**whole, "clean": [asdict(one) for one in quiet], "faults": trials}, indent=1) + "\n"


def as_text(quiet: Sequence[Clean], results: Sequence[Result]) -> str:
    """A table a person reads."""
    rows = [f"{'故障 / fault':<34}{'告げた語 / told':<16}{'後 / after s':>13}{'復帰 / back s':>13}  "]
    for result in results:
        figures = (_seconds(result.told_after_s), _seconds(result.back_after_s))
        mark = "" if result.right else "  ✗"
        said = result.reason or "なし / none"
        rows.append(f"{result.kind:<34}{said:<16}{figures[0]:>10}{figures[1]:>12}  {result.clip}{mark}")
    rows += clean_text(quiet)
    told = sum(result.detected for result in results)
    rows.append(f"{IN_TIME_S:g} 秒以内 / told within {IN_TIME_S:g} s: {told}/{len(results)}")
    return "\n".join(rows) + "\n"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


_ONLY_WATCHED = {
    "clean": "故障を入れずに見るだけの録画 / film that is only watched",
    "rendered": "同じく、描いた映像 / the same, rendered",
    "stills": "写真のフォルダー / folders of photographs",
}


def main(argv: list[str] | None = None) -> int:
    """Run; 0 all told in time and nothing else, 1 not so, 2 where the input is at fault."""
    parser = argparse.ArgumentParser(prog="shirube vision faults", description=__doc__)
    parser.add_argument(
        "clips", nargs="*", type=Path, metavar="CLIP", help="録画か写真 / recorded video, or photographs"
    )
    for name, what in _ONLY_WATCHED.items():
        parser.add_argument(f"--{name}", nargs="+", type=Path, default=[], metavar="PATH", help=what)
    parser.add_argument("--rate", type=float, default=10.0, help="1 秒に何枚 / pictures a second (10)")
    parser.add_argument("--json", action="store_true", help="JSON で / print JSON")
    args = parser.parse_args(argv)
    try:
        if not 2.0 <= args.rate <= 60.0:
            raise VisionError(f"--rate {args.rate:g}: 2 から 60 / a device sees 2 to 60 pictures a second")
        quiet = [clean(path.name, read_clip(path, args.rate), args.rate) for path in args.clean]
        quiet += [clean(p.name, read_clip(p, args.rate), args.rate, "rendered") for p in args.rendered]
        quiet += [clean_stills(folder, args.rate) for folder in args.stills]
        if not (quiet or args.clips):
            raise VisionError("CLIP がありません / name a clip: shirube vision faults walk.mp4")
        injected, results = report(args.clips, args.rate) if args.clips else ([], [])
        quiet += injected
    except (VisionError, OSError) as error:
        sys.stderr.write(f"shirube: {error}\n")
        return 2
    sys.stdout.write(as_json(quiet, results) if args.json else as_text(quiet, results))
    return 0 if all(result.right for result in results) and not any(one.notices for one in quiet) else 1
