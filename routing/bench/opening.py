"""How long a map takes to open and how much memory it holds, in a process that did nothing before.

`python -m routing.bench.opening MAP ORIGIN DESTINATION AT` opens it and writes one line of JSON.
"""

import json
import statistics
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from time import perf_counter

from routing.geo import Point
from routing.network import load_map
from routing.plan import plan

_TIMES = 5
_MEBI = 1024.0 * 1024.0
_STATM = Path("/proc/self/statm")


def opening(map_path: Path, start: Point, end: Point, at: datetime) -> dict[str, float]:
    """Medians over fresh processes, all in ms and MiB.

    `open_ms` and `rss_mb` of opening the map; `first_plan_ms` in a fresh process, compiled code
    loaded from disk included; `prepare_ms`: the first plan on a map opened anew in that process,
    when only its weights have to be prepared; `rss_planned_mb` after both.
    """
    told = [_in_new_process(map_path, start, end, at) for _ in range(_TIMES)]
    return {key: round(statistics.median(each[key] for each in told), 3) for key in told[0]}


def _in_new_process(map_path: Path, start: Point, end: Point, at: datetime) -> dict[str, float]:
    asked = [str(map_path), _text(start), _text(end), at.isoformat()]
    done = subprocess.run(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", "routing.bench.opening", *asked],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _opened(map_path: Path, origin: str, destination: str, at: datetime) -> dict[str, float]:
    before = _rss_mb()
    began = perf_counter()
    on = load_map(map_path)
    opened = perf_counter()
    held = _rss_mb()
    plan(on, origin, destination, "cane", at)
    planned = perf_counter()
    again = load_map(map_path)
    reopened = perf_counter()
    plan(again, origin, destination, "cane", at)
    prepared = perf_counter()
    return {
        "open_ms": (opened - began) * 1e3,
        "rss_mb": held - before,
        "first_plan_ms": (planned - opened) * 1e3,
        "prepare_ms": (prepared - reopened) * 1e3,
        "rss_planned_mb": _rss_mb() - before,
    }


def _rss_mb() -> float:
    """Memory held now, pages of mapped files that were touched included."""
    import resource

    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * resource.getpagesize() / _MEBI
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0  # the most so far: an upper bound


def _text(point: Point) -> str:
    return f"{point[0]:.7f},{point[1]:.7f}"


if __name__ == "__main__":
    _path, _origin, _destination, _at = sys.argv[1:]
    told = _opened(Path(_path), _origin, _destination, datetime.fromisoformat(_at))
    sys.stdout.write(json.dumps(told))
