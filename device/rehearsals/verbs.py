"""Makes the recorded runs, and says which kinds of announcement they hold and lack."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Final

import typer

from device.announcements import KINDS, Kind
from device.rehearsals.plays import PLAYS
from device.rehearsals.script import Play
from device.rehearsals.stage import record
from device.replay import runs_in, view
from device.runs import RunReader

RUNS: Final = Path("field_tests/runs")


def make(folder: Path, plays: Iterable[Callable[[], Play]] = PLAYS) -> tuple[Path, ...]:
    """Record the plays anew, each in a folder of its name."""
    made = []
    for play in (each() for each in plays):
        path = folder / play.name
        shutil.rmtree(path, ignore_errors=True)
        record(play, path)
        made.append(path)
    return tuple(made)


def spoken_in(runs: Iterable[Path]) -> dict[str, int]:
    """How often each kind was spoken to its end in these runs, on a trip or not."""
    counts: dict[str, int] = {}
    for run in runs:
        reader = RunReader(run)
        heard = reader.finished()
        for moment in reader.said() or ():
            if moment.what.utterance in heard:
                counts[moment.what.kind] = counts.get(moment.what.kind, 0) + 1
    return counts


def missing_from(runs: Iterable[Path]) -> tuple[Kind, ...]:
    """The kinds that no run has spoken."""
    counts = spoken_in(runs)
    return tuple(kind for kind in KINDS if kind not in counts)


def rehearse(
    folder: Annotated[Path, typer.Argument(help="書き出すフォルダー / where the runs go")] = RUNS,
    only: Annotated[str | None, typer.Option(help="一つだけ / one walk alone, by its name")] = None,
    show: Annotated[bool, typer.Option(help="言葉も / what is said, too")] = False,
) -> None:
    """台本の歩行を記録し直す / record the rehearsed walks anew."""
    plays = [each for each in PLAYS if only is None or each().name == only]
    if not plays:
        names = ", ".join(each().name for each in PLAYS)
        typer.echo(f"shirube: --only {only}: {names} のどれか / one of {names}", err=True)
        raise SystemExit(2)
    for path in make(folder, plays):
        size = sum(each.stat().st_size for each in path.iterdir())
        typer.echo(f"{path}: {size / 1000.0:.0f} kB")
        for line in view(path) if show else ():
            typer.echo(line)
    missing = ", ".join(missing_from(runs_in([folder])))
    typer.echo(f"話されていない種類 / kinds that are not spoken: {missing or '-'}")


def main() -> None:
    """The command line."""
    typer.run(rehearse)
