"""`shirube device doctor`: the verb. Light to import."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, cast

import typer

Lang = Literal["ja", "en"]


def doctor(
    config: Annotated[
        Path | None, typer.Option("--config", help="設定ファイル / default: /etc/shirube/device.toml")
    ] = None,
    aloud: Annotated[
        bool | None,
        typer.Option(
            "--aloud/--no-aloud", help="声でも言う（端末なら既定）/ speak too (default at a terminal)"
        ),
    ] = None,
    lang: Annotated[
        Lang | None,
        typer.Option("--lang", help="ja | en（なければ設定の言葉 / default: the configuration's)"),
    ] = None,
    only: Annotated[
        str | None, typer.Option("--only", help="調べるもの / which checks, parted by commas: camera,speaker")
    ] = None,
    press: Annotated[
        bool | None,
        typer.Option("--press/--no-press", help="ボタンを押してもらう / ask to press the buttons"),
    ] = None,
    bench: Annotated[
        bool,
        typer.Option(
            "--bench", help="映像から音までの時間と電池 / time from frame to sound, and the battery"
        ),
    ] = False,
    seconds: Annotated[float, typer.Option("--seconds", min=5.0, help="--bench の長さ / of --bench")] = 20.0,
    bank_wh: Annotated[
        float, typer.Option("--bank-wh", min=1.0, help="電池の容量 Wh / of the power bank")
    ] = 74.0,
    as_json: Annotated[bool, typer.Option("--json", help="JSON で / as JSON")] = False,
) -> None:
    """装置を調べて、声と文字で言う / look at the device's parts, and say what is wrong and what to do."""
    from device.doctor.aloud import say_all
    from device.doctor.checks import CHECKS, Patient, examine
    from device.doctor.findings import Check, exit_code, printed, spoken, worst_first
    from device.doctor.look_way import look_at_config

    chosen = tuple(name.strip() for name in only.split(",")) if only else CHECKS
    for name in chosen:
        if name not in CHECKS:
            _refuse(f"--only {name}: {', '.join(CHECKS)} から選んでください / choose of these")
    if config is not None and not config.exists():
        _refuse(f"--config {config}: ありません / is not there")
    read, settings = look_at_config(config)
    told: Lang = lang or settings.wearer.lang
    at_terminal = sys.stdout.isatty() and not as_json
    if bench:
        _bench(settings, told, seconds, bank_wh, as_json)
        return
    speaks = at_terminal if aloud is None else aloud
    asks = at_terminal if press is None else press
    presses = _presses(told, settings.speech.speaker if speaks else None) if asks else None
    patient = Patient(settings, read, presses=presses)
    findings = examine(
        patient, cast("tuple[Check, ...]", chosen), lambda check: typer.echo(f"… {check}", err=True)
    )
    if as_json:
        ordered = worst_first(findings)
        _print([{**_plain(finding), "level": finding.level.name.lower()} for finding in ordered])
    else:
        typer.echo("\n".join(printed(findings, told)))
    if speaks:
        why = say_all(spoken(findings, told), told, settings.speech.speaker)
        if why:
            typer.echo(f"声では言えませんでした / could not be spoken: {why}", err=True)
    raise SystemExit(exit_code(findings))


def _presses(lang: Lang, speaker: str | None) -> Any:  # noqa: ANN401 - look_senses.Presses, imported late
    """`speaker` None: the wearer is asked in writing only."""
    from device.clocks import SystemClock
    from device.doctor.aloud import say_all
    from device.doctor.look_senses import felt

    def prompt(ja: str, en: str) -> None:
        text = ja if lang == "ja" else en
        typer.echo(text, err=True)
        if speaker is not None:
            say_all((text,), lang, speaker)

    return lambda source: felt(source, prompt, SystemClock())


def _bench(settings: Any, lang: Lang, seconds: float, bank_wh: float, as_json: bool) -> None:  # noqa: ANN401
    from device.doctor.budget import budget
    from device.doctor.budget_told import as_plain, lines

    found = budget(settings, seconds, bank_wh, lambda text: typer.echo(text, err=True))
    if as_json:
        _print(as_plain(found))
    else:
        typer.echo("\n".join(lines(found, lang)))


def _plain(finding: Any) -> dict[str, Any]:  # noqa: ANN401
    import dataclasses

    return {**dataclasses.asdict(finding), "facts": dict(finding.facts)}


def _print(what: object) -> None:
    typer.echo(json.dumps(what, ensure_ascii=False, indent=1))


def _refuse(message: str) -> NoReturn:
    typer.echo(f"shirube: {message}", err=True)
    raise SystemExit(2)
