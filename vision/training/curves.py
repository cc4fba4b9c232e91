"""The curves of a training run, from its log."""

import json
from pathlib import Path

from vision.training.errors import DataError


def read_log(path: Path) -> dict[str, list[float]]:
    """Each value of the log over its lines, in order of iterations. Raises DataError."""
    if not path.is_file():
        raise DataError(f"{path} is missing: train first")
    rows = {row["iteration"]: row for row in map(json.loads, path.read_text().splitlines())}
    ordered = [rows[number] for number in sorted(rows)]  # a run that was resumed repeats some
    return {name: [float(r[name]) for r in ordered] for name in (ordered[0] if ordered else ())}


def draw(run: Path) -> Path:
    """`run/curves.png` from `run/log.jsonl`: every part of the loss over the iterations."""
    from matplotlib.figure import Figure

    values = read_log(run / "log.jsonl")
    parts = [name for name in values if name != "iteration"]
    figure = Figure(figsize=(9, 2.2 * ((len(parts) + 1) // 2)), layout="constrained")
    for place, name in enumerate(parts, 1):
        axes = figure.add_subplot((len(parts) + 1) // 2, 2, place)
        axes.plot(values["iteration"], values[name], linewidth=1.2)
        axes.set_title(name)
        axes.set_xlabel("iteration")
        axes.grid(alpha=0.3)
    figure.savefig(run / "curves.png", dpi=110)
    return run / "curves.png"
