"""`shirube device phrases` and `shirube device sounds`."""

import dataclasses
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from device.errors import ConfigError

if TYPE_CHECKING:  # the command line starts without what they bring
    from device.announcements import Lang

_LANGS: Final[tuple["Lang", "Lang"]] = ("ja", "en")

phrases_app = typer.Typer(
    help="安全の言葉を先に作っておく / the safety vocabulary, made ahead", no_args_is_help=True
)
Data = Annotated[Path, typer.Option("--data", help="装置のデータのフォルダー / the device's data")]
Langs = Annotated[str | None, typer.Option("--lang", help="ja | en（省くと両方 / both if not given）")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON で / as JSON")]


def _langs(lang: str | None) -> "tuple[Lang, ...]":
    if lang is None:
        return _LANGS
    if lang not in _LANGS:
        raise ConfigError(f"--lang {lang}: ja か en を指定してください / choose ja or en")
    return (lang,)


@phrases_app.command("render")
def render_phrases(data: Data, lang: Langs = None, as_json: AsJson = False) -> None:
    """作る。途中で止めても、続きから / make them; goes on where it was interrupted."""
    from device.speech.phrase_making import make_phrases
    from device.voice import VoiceProcess

    voices = [
        VoiceProcess(first_limit_s=60.0, limit_s=30.0, cached_s=1.0) for _ in range(os.cpu_count() or 1)
    ]
    try:
        made = [make_phrases(each, data, voices[0], _progress(each), voices[1:]) for each in _langs(lang)]
    finally:
        for voice in voices:
            voice.close()
    for one in made:
        if as_json:
            typer.echo(json.dumps(dataclasses.asdict(one), ensure_ascii=False))
            continue
        typer.echo(
            f"{one.lang}: {one.phrases} 句 / phrases（新しく / new {one.new}）, "
            f"{one.seconds / 60:.1f} 分 / min, {one.size / 1e6:.0f} MB, {one.voice}"
        )
        for text, why in one.failed:
            typer.echo(f"  作れません / not made: {text} ({why})", err=True)
    if any(one.failed for one in made):
        raise SystemExit(1)


def _progress(lang: "Lang") -> Callable[[int, int], None]:
    def show(count: int, total: int) -> None:
        last = count == total
        if sys.stderr.isatty() or last or count % 200 == 0:
            typer.echo(f"\r{lang}: {count}/{total}", err=True, nl=last or not sys.stderr.isatty())

    return show


@phrases_app.command("check")
def check_phrases(data: Data, lang: Langs = None, as_json: AsJson = False) -> None:
    """そろっているか、壊れていないか / whether they are there, whole and of today's words."""
    from device.speech.phrase_making import find_phrases

    found = [find_phrases(each, data) for each in _langs(lang)]
    for one in found:
        if as_json:
            typer.echo(json.dumps(dataclasses.asdict(one) | {"good": one.good}, ensure_ascii=False))
            continue
        state = "よし / good" if one.good else "作り直してください / run `shirube device phrases render`"
        typer.echo(
            f"{one.lang}: {one.present}/{one.wanted} 句 / phrases, 壊れ / damaged {len(one.damaged)}, "
            f"{'別の声 / another voice, ' if one.stale else ''}{one.size / 1e6:.0f} MB: {one.fault or state}"
        )
    if not all(one.good for one in found):
        raise SystemExit(1)


def sounds(
    play: Annotated[bool, typer.Option("--play", help="鳴らす / play each")] = False,
    out: Annotated[Path | None, typer.Option(help="WAV を書くフォルダー / write WAVs here")] = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="出口での遅れを測る / how late they are at the sink's monitor")
    ] = False,
    data: Annotated[
        Path, typer.Option("--data", help="--measure: 句のあるところ / where the phrases are")
    ] = Path("/var/lib/shirube"),
    as_json: AsJson = False,
) -> None:
    """言葉の前の短い音と、その意味 / the short sounds before the words, and what they mean."""
    from device.speech.sounds import play_all, table, write_all

    if measure:
        _measure(data, as_json)
        return
    rows = table()
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(row) for row in rows], ensure_ascii=False))
    for row in rows:
        if not as_json:
            typer.echo(f"{row.name}\t{row.seconds * 1e3:.0f} ms\t{row.ja}\t{row.en}")
        if play:
            play_all((row,))
    if out is not None:
        for path in write_all(out):
            typer.echo(str(path), err=as_json)


def _measure(data: Path, as_json: bool) -> None:
    from device.speech.measure import EARCON_MS, SILENCE_MS, measure

    figures = measure(data)
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(figures) | {"good": figures.good}))
    else:
        typer.echo(
            f"音が出るまで / to the first sample: {figures.earcon_ms:.0f} ms, "
            f"最悪 / worst {figures.earcon_worst_ms:.0f} (<= {EARCON_MS:.0f})\n"
            f"黙るまで / to silence: {figures.silence_ms:.0f} ms, "
            f"最悪 / worst {figures.silence_worst_ms:.0f} (<= {SILENCE_MS:.0f})\n"
            f"起動から最初の音まで / from the part's start: {figures.first_word_ms:.0f} ms"
        )
    if not figures.good:
        raise SystemExit(1)
