"""`shirube device run`, `chaos` and `walk-test`."""

import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer


def run(
    config: Annotated[Path, typer.Option(help="設定ファイル (TOML) / the configuration")],
    record: Annotated[
        Path | None, typer.Option(help="歩行を記録するフォルダー / record walks here, without pictures")
    ] = None,
) -> None:
    """動かす。止めるまで / run the companion, until it is told to end."""
    # Each part is a process: a pool of threads in each, for sums of a few numbers, would only take memory.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Following a route needs no compiled loops, and loading them would hold guidance up for a second.
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")
    from device.config_reading import read_config
    from device.parts.supervisor import run_device

    told = read_config(config)
    run_device(told if record is None else replace(told, record=replace(told.record, folder=record)))


def chaos(
    seed: Annotated[int, typer.Option(help="偶然の種 / seed")] = 7,
    count: Annotated[int, typer.Option("--faults", min=1, help="故障の数 / how many faults")] = 48,
    phrases: Annotated[
        Path | None,
        typer.Option(help="言葉を先に作ったデータのフォルダー / a data folder with phrases made ahead"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="記録を残すフォルダー / keep the records here")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="表を JSON で / the table as JSON")] = False,
) -> None:
    """本物の部品に故障を起こす / let faults loose on the real parts, count what is unspoken or lost."""
    from device.chaos.run import run_chaos

    def says(line: str) -> None:
        typer.echo(line, err=True)

    if out is None:
        with tempfile.TemporaryDirectory(prefix="shirube-chaos-") as folder:
            result = run_chaos(Path(folder) / "stage", seed, count, says, phrases)
    else:
        result = run_chaos(out, seed, count, says, phrases)
    summary = result.summary()
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, indent=2))
    else:
        _table(summary)
    for line in result.complaints:
        says(f"! {line}")
    bad = ("unspoken", "late", "silent_at_sink", "lost", "doubled", "crashes")
    if any(summary[name] for name in bad):
        raise SystemExit(1)


def _table(summary: dict[str, object]) -> None:
    for name, value in summary.items():
        if name != "by_kind":
            typer.echo(f"{name}\t{value}")
    kinds = summary["by_kind"]
    assert isinstance(kinds, dict)  # noqa: S101  # as `Result.summary` makes it
    for kind, row in kinds.items():
        typer.echo(f"{kind}\t" + "\t".join(f"{name} {value}" for name, value in row.items()))


def walk_test(
    out: Annotated[
        Path, typer.Option(help="録音と記録を置く新しいフォルダー / a new folder for sound and records")
    ],
    seconds: Annotated[float, typer.Option(min=10.0, help="歩く長さ / how long to walk")] = 60.0,
    phrases: Annotated[
        Path | None,
        typer.Option(help="言葉を先に作ったデータのフォルダー / a data folder with phrases made ahead"),
    ] = None,
    cold: Annotated[
        bool,
        typer.Option(
            "--cold", help="ファイルを忘れた起動も測る、root で / also start with cold files; needs root"
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="値を JSON で / the figures as JSON")] = False,
) -> None:
    """装置全体で歩き、出口の音を録って測る / walk the whole device, record its sound, measure it."""
    from device.chaos.walk import walk
    from device.chaos.walk_told import as_plain, keep, lines, timeline

    walked = walk(out, seconds, phrases, cold, lambda line: typer.echo(line, err=True))
    keep(walked, out)
    if as_json:
        typer.echo(json.dumps(as_plain(walked), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join([*lines(walked), "", *timeline(walked)]))
    for line in walked.complaints:
        typer.echo(f"! {line}", err=True)
