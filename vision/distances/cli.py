"""`shirube vision distances`: how far off the distances are, and whether their intervals are honest.

One thing stands 1 to 5 m ahead of somebody who walks up to it. Heights of things, lens height, the seat of
the glasses and the slope of the ground are drawn from what the pipeline says that it does not know of them;
the pitch has 1 degree RMS of noise (with an IMU: its error too); boxes err as measured, with their large
errors. Then the real pipeline looks. `--decompose`: with an IMU and blocks, one source of error after the
other taken away: what is left tells what it costs.
"""

import argparse
import sys
from collections.abc import Sequence

from vision.distances.measure import BEST, CONDITIONS, Condition, Measured, measured
from vision.distances.sources import NOTHING, TAKEN_AWAY, Without
from vision.distances.table import as_json, as_text, decomposed_json, decomposed_text
from vision.encounters.figures import read_figures
from vision.errors import VisionError

MOST = 100_000


def main(argv: list[str] | None = None) -> int:
    """Run and print; 2 where an option is at fault."""
    parser = argparse.ArgumentParser(prog="shirube vision distances", description=__doc__)
    parser.add_argument("--n", type=int, default=400, help="何回 / how many trials (400)")
    parser.add_argument("--seed", type=int, default=7, help="乱数の種 / seed (7)")
    parser.add_argument("--level", action="store_true", help="坂なし / on ground that does not slope")
    parser.add_argument(
        "--decompose",
        action="store_true",
        help="誤差を一つずつ除く / each source of error taken away",
    )
    parser.add_argument("--json", action="store_true", help="JSON で / print JSON")
    args = parser.parse_args(argv)
    try:
        if not 1 <= args.n <= MOST or args.seed < 0:
            raise VisionError(f"--n 1..{MOST}, --seed 0 以上 / at least one trial, and a seed from 0")
        sys.stdout.write(_told(args))
    except VisionError as error:
        sys.stderr.write(f"shirube: {error}\n")
        return 2
    return 0


def _told(args: argparse.Namespace) -> str:
    about: dict[str, object] = {"n": args.n, "seed": args.seed, "level": args.level}
    ground = "平らな道 / level ground" if args.level else "坂のある道 / sloping ground"
    title = f"距離の誤差 / error of distances, 1-5 m, {args.n} 回 / trials, seed {args.seed}, {ground}\n"
    if not args.decompose:
        rows = _all(args, NOTHING, CONDITIONS)
        return as_json(rows, about) if args.json else as_text(rows, title)
    runs = [(without, _all(args, without, (BEST,))) for without in TAKEN_AWAY]
    return decomposed_json(runs, about) if args.json else decomposed_text(runs, title)


def _all(args: argparse.Namespace, without: Without, conditions: Sequence[Condition]) -> list[Measured]:
    figures, rows = read_figures(), list[Measured]()
    for number in range(args.n):
        rows += measured(args.seed, number, figures, level=args.level, without=without, conditions=conditions)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{number + 1}/{args.n}" + ("\n" if number + 1 == args.n else ""))
    return rows
