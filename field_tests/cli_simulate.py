"""The verb `shirube study simulate`: a trial that never was, with its truth beside it."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from field_tests.cli_shared import AsJson, Seed, day
from field_tests.errors import MissingExtraError, StudyError

_TOWNS = ("oita", "beppu")


def add_simulate_verb(app: typer.Typer) -> None:
    """Put it where it is looked for."""
    app.command("simulate")(_simulate)


def _simulate(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="書き出すフォルダー、空のもの / an empty folder")],
    persons: Annotated[int, typer.Option(help="何人 / how many")] = 12,
    weeks: Annotated[int, typer.Option(help="何週間 / of how many weeks")] = 52,
    effect: Annotated[float, typer.Option(help="装置の効果、0.15 は +15 % / of the device")] = 0.15,
    seed: Seed = 7,
    design: Annotated[
        str, typer.Option(help="randomised_start | silent_weeks | before_after")
    ] = "randomised_start",
    first: Annotated[str, typer.Option(help="最初の日 / the first day")] = "2026-04-13",
    wash_in: Annotated[int, typer.Option(help="慣れの期間、週 / weeks of wash-in")] = 12,
    closing: Annotated[
        int, typer.Option(help="無案内の週のない最後の丸月、利用料のため / last months without silent weeks")
    ] = 0,
    season: Annotated[float, typer.Option(help="一年の最高と最低の差 / best day over worst, less 1")] = 0.17,
    rain: Annotated[float, typer.Option(help="雨の日に減る割合 / what a wet day takes")] = 0.2,
    novelty: Annotated[float, typer.Option(help="目新しさの山、5週め / its peak, in week 5")] = 0.12,
    missing: Annotated[float, typer.Option(help="欠測の割合 / share without data")] = 0.1,
    coverage_drift: Annotated[
        float, typer.Option(help="装置とともに増える欠測の割合 / more missing with the device")
    ] = 0.0,
    every: Annotated[int, typer.Option(help="何秒ごとの位置 / seconds between fixes")] = 60,
    fee_effect: Annotated[
        float, typer.Option(help="同行の時間が減る割合 / share of accompanied hours saved")
    ] = 0.0,
    stopping: Annotated[float, typer.Option(help="途中でやめる人の割合 / share who drop out")] = 0.08,
    faults: Annotated[
        str, typer.Option(help="データの不備: none | all | fixes_doubled,clock_jump,… / faults of the data")
    ] = "none",
    town: Annotated[str, typer.Option(help="練習用の地図 / practice map: oita | beppu")] = "oita",
    map_file: Annotated[
        Path | None, typer.Option("--map", help="作った地図 / a map that was built, in place of --town")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """模擬の実証実験と、その真の値を書く / write a simulated trial and its truth."""
    _with_extra()
    from field_tests.simulator.lives import Conditions
    from field_tests.simulator.options import Options, checked
    from field_tests.simulator.trial import simulate, summary

    conditions = Conditions(effect=effect, season=season, rain=rain, novelty=novelty)
    options = checked(
        Options(
            persons=persons, weeks=weeks, seed=seed, design=design, first=day("--first", first),  # type: ignore[arg-type]
            conditions=conditions, wash_in_weeks=wash_in, missing=missing, coverage_drift=coverage_drift,
            every_s=every, town=_town(town, map_file), fee_effect=fee_effect, stopping=stopping,
            faults=_faults(faults), closing_months=closing,
        )
    )  # fmt: skip
    ways = context.obj.town(town if map_file is None else str(map_file))
    written = simulate(options, ways, out, _tell)
    told = summary(written, options, out)
    typer.echo(json.dumps(told, ensure_ascii=False, indent=1) if as_json else _words(told))


def _with_extra() -> None:
    """MissingExtraError where SciPy is not installed."""
    try:
        import scipy.signal  # noqa: F401 - asked for here, so that the sentence comes before the work
    except ImportError as error:
        raise MissingExtraError(
            "模擬には scipy が要ります。`pip install 'shirube[study]'` を実行してください / "
            "simulating needs scipy: run `pip install 'shirube[study]'`"
        ) from error


def _town(name: str, map_file: Path | None) -> str:
    if map_file is not None:
        return map_file.stem
    if name not in _TOWNS:
        raise StudyError(f"--town {name}: {' | '.join(_TOWNS)}、または --map FILE / or --map FILE")
    return name


def _faults(text: str) -> tuple[str, ...]:
    from field_tests.simulator.faults import FAULTS

    if text == "none":
        return ()
    return tuple(FAULTS) if text == "all" else tuple(part.strip() for part in text.split(","))


def _tell(number: int, of: int, name: str) -> None:
    typer.echo(f"[{number + 1}/{of}] {name}", err=True)


def _words(told: dict[str, Any]) -> str:
    phases = ", ".join(f"{phase} {minutes:.1f}" for phase, minutes in told["true_minutes_per_day"].items())
    return (
        f"{told['out']}: {told['persons']} 人 / persons, {told['weeks']} 週 / weeks, "
        f"{told['outings']} 外出 / outings, {told['fixes']} 位置 / fixes\n"
        f"真の値、一日の分 / true minutes a day: {phases}\n"
        f"模擬の人々で、実在の人はいません / simulated: nobody real stands behind it"
    )
