"""A measured walk, told: figures beside their targets, a timeline, a picture of the sound."""

from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from device.chaos.heard import Heard
from device.chaos.hearing import Recording
from device.chaos.monitor import write_stereo
from device.chaos.walk import Start, Walked
from device.ports import SAMPLE_RATE

COLD_S: Final = 5.0
READY_S: Final = 15.0
MEMORY_MB: Final = 600.0
EARCON_MS: Final = 100.0
CUT_MS: Final = 50.0
HOLE_S: Final = 0.02  # less nobody hears
_WINDOW: Final = 2048
_COLUMN_S: Final = 0.05
_ROWS: Final = 320  # of the spectrogram: up to 7.5 kHz
_DEEPEST_DB: Final = -90.0

Rows = list[tuple[str, str, str, bool | None]]  # what, measured, target, whether it is met


def as_plain(walked: Walked) -> dict[str, Any]:
    """For `--json`. Milliseconds, megabytes and shares of one core."""
    late_ms = sorted(1000.0 * one.late_s for one in walked.heard if one.late_s is not None)
    cuts_ms = [round(1000.0 * cut[2], 1) for cut in walked.cuts]
    pss, rss = walked.memory.pss_mb, walked.memory.rss_mb
    cues = sorted(one.earcon_dbfs for one in walked.heard if one.earcon_dbfs is not None)
    words = sorted(one.words_dbfs for one in walked.heard if one.words_dbfs is not None)
    tick = (round(1000.0 * s, 1) for s in walked.tick_s)
    return {
        "seconds": walked.seconds,
        "starts": [_start(one) for one in walked.starts],
        "memory_mb": {"pss": round(sum(pss.values()), 1), "rss": round(sum(rss.values()), 1)},
        "pss_mb": {name: round(mb, 1) for name, mb in sorted(pss.items())},
        "rss_mb": {name: round(mb, 1) for name, mb in sorted(rss.items())},
        "cpu_share": {part: round(share, 3) for part, share in walked.cpu.items()},
        "earcon_ms": _spread(late_ms),
        "earcons_in_time": sum(ms <= EARCON_MS for ms in late_ms),
        "cut_ms": {"cuts": len(cuts_ms), "longest": max(cuts_ms, default=None)},
        "utterances": len(walked.heard),
        "without_sound": [one.kind for one in walked.heard if one.earcon_s is None],
        "words_compared": sum(one.alike is not None for one in walked.heard),
        "holes_ms": round(1000.0 * sum(one.hole_s for one in walked.heard), 1),
        "words_wrong": [one.kind for one in walked.heard if one.right is False],
        "earcon_dbfs": _spread(cues),
        "words_dbfs": _spread(words),
        "clipped_samples": walked.clipped,
        "overlap_ms": round(1000.0 * walked.overlap_s, 1),
        "unexplained_sounds": len(walked.unexplained),
        "tick_ms": dict(zip(("p50", "p99", "longest"), tick, strict=True)),
        "click_ms": [round(1000.0 * s, 1) for s in walked.click_s],
        "clock_drift_ms": round(1000.0 * walked.slip_s, 1),
        "complaints": list(walked.complaints),
    }  # fmt: skip


def rows(walked: Walked) -> Rows:
    """The table."""
    plain = as_plain(walked)
    made: Rows = []
    for one in walked.starts:
        how = "ファイルを忘れて / cold files" if one.cold else "ファイルはメモリー / warm files"
        made.append(_row(f"電源から最初の言葉 / start to first word, {how}", one.word_s, COLD_S, "s"))
        made.append(_row(f"用意ができるまで / ready, {how}", one.ready_s, READY_S, "s"))
        made.append(_row(f"最初に見るまで / first look, {how}", one.looks_s, READY_S, "s"))
    earcons, cuts, tick = plain["earcon_ms"], plain["cut_ms"], plain["tick_ms"]
    cut = f"切るまで、{cuts['cuts']} 回 / to the cut, longest of {cuts['cuts']}"
    in_time = f"{plain['earcons_in_time']}/{plain['utterances']}"
    steps = f"p50 {tick['p50']}, p99 {tick['p99']}, max {tick['longest']} ms"
    wrong, silent = plain["words_wrong"], plain["without_sound"]
    made += [
        _row("メモリー PSS / memory, PSS", plain["memory_mb"]["pss"], MEMORY_MB, "MB"),
        ("メモリー RSS の和 / sum of RSS", f"{plain['memory_mb']['rss']:.0f} MB", "-", None),
        _row("決めてから音まで、中央 / decision to sound, median", earcons["p50"], EARCON_MS, "ms"),
        _row("決めてから音まで、最長 / decision to sound, longest", earcons["longest"], EARCON_MS, "ms"),
        ("そのうち間に合った音 / of these in time", in_time, "-", None),
        _row(cut, cuts["longest"], CUT_MS, "ms"),
        _row("二つの声の重なり / two voices at once", plain["overlap_ms"], 0.0, "ms"),
        ("音のない発話 / utterances without sound", f"{len(silent)}/{plain['utterances']}", "0", not silent),
        ("違う言葉 / wrong words", f"{len(wrong)}/{plain['words_compared']}", "0", not wrong),
        ("言葉の中の穴の和 / holes in words, in all", f"{plain['holes_ms']} ms", "-", None),
        ("わけのない音 / sounds unexplained", f"{plain['unexplained_sounds']}", "0", not walked.unexplained),
        ("割れたサンプル / clipped samples", f"{walked.clipped}", "0", not walked.clipped),
        ("合図 / earcons", _level(plain["earcon_dbfs"]), "-", None),
        ("言葉 / words", _level(plain["words_dbfs"]), "-", None),
        ("案内の一歩 / guidance tick", steps, "-", None),
    ]  # fmt: skip
    return made


def lines(walked: Walked) -> list[str]:
    """The table, then memory and processor by part, then how times were known."""
    marks = {True: "○", False: "×", None: " "}
    told = [f"{marks[met]} {what}: {value} (≤ {target})" if target not in ("-", "0")
            else f"{marks[met]} {what}: {value}" for what, value, target, met in rows(walked)]  # fmt: skip
    told.append("PSS MB: " + ", ".join(f"{name} {mb:.0f}" for name, mb in _largest(walked.memory.pss_mb)))
    told.append("CPU %: " + ", ".join(f"{name} {100 * s:.0f}" for name, s in _largest(walked.cpu)))
    clicks = ", ".join(f"{1000.0 * s:.0f}" for s in walked.click_s)
    told.append(
        f"録音の時計 / the recording's clock: クリックの遅れ / clicks late by {clicks} ms, "
        f"ずれ / drift {1000.0 * walked.slip_s:+.0f} ms"
    )
    return told


def timeline(walked: Walked) -> list[str]:
    """A line an utterance: second from the start, how late its sound was, its words beside the meant ones."""
    return [_line(one, walked.began_s) for one in walked.heard]


def keep(walked: Walked, folder: Path) -> None:
    """walk.wav, said.txt and sound.png into `folder`."""
    write_stereo(folder / "walk.wav", walked.recording)
    text = "\n".join([*lines(walked), "", *timeline(walked)])
    (folder / "said.txt").write_text(text + "\n", encoding="utf-8")
    cv2.imwrite(str(folder / "sound.png"), spectrogram(walked.recording, walked.heard))


def spectrogram(recording: Recording, heard: tuple[Heard, ...]) -> npt.NDArray[np.uint8]:
    """Time to the right, 20 columns a second; each decision is a white line at the top."""
    mono = recording.samples.astype(np.float64).mean(axis=1) / 32768.0
    step = round(_COLUMN_S * SAMPLE_RATE)
    columns = max(1, (len(mono) - _WINDOW) // step)
    picture = np.zeros((_ROWS, columns), np.uint8)
    window = np.hanning(_WINDOW)
    for column in range(columns):
        part = mono[column * step : column * step + _WINDOW]
        level = 20.0 * np.log10(np.abs(np.fft.rfft(part * window))[:_ROWS] / _WINDOW * 4.0 + 1e-9)
        picture[:, column] = np.clip((1.0 - level / _DEEPEST_DB) * 255.0, 0.0, 255.0)[::-1]
    coloured = np.asarray(cv2.applyColorMap(picture, cv2.COLORMAP_MAGMA), np.uint8)
    for one in heard:
        at = round((one.decided_s - recording.began_s) / _COLUMN_S)
        if 0 <= at < columns:
            coloured[:40, at] = 255
    return coloured


def _line(one: Heard, began_s: float) -> str:
    late = "    -" if one.late_s is None else f"{1000.0 * one.late_s:5.0f}"
    alike = "   -" if one.alike is None else f"{one.alike:.2f}"
    end = "" if one.finished else " ／切られた cut"
    level = "" if one.words_dbfs is None else f" {one.words_dbfs:.0f} dB"
    level += f" 穴 hole {1000.0 * one.hole_s:.0f} ms" if one.hole_s > HOLE_S else ""
    return (
        f"{one.decided_s - began_s:7.2f} s {late} ms {one.earcon or '(無音 silent)':9} "
        f"{alike}{level} {one.kind}: {one.text}{end}"
    )


def _start(one: Start) -> dict[str, Any]:
    times = {"sound": one.sound_s, "word": one.word_s, "looks": one.looks_s, "ready": one.ready_s}
    return {
        "cold_files": one.cold,
        **{f"{k}_s": None if v is None else round(v, 2) for k, v in times.items()},
    }


def _row(what: str, value: float | None, limit: float, unit: str) -> tuple[str, str, str, bool | None]:
    if value is None:
        return what, "-", f"{limit:g} {unit}", None
    return what, f"{value:.4g} {unit}", f"{limit:g} {unit}", value <= limit


def _spread(values: list[float]) -> dict[str, float | None]:
    if not values:
        return {"shortest": None, "p50": None, "longest": None}
    return {
        "shortest": round(values[0], 1),
        "p50": round(median(values), 1),
        "longest": round(values[-1], 1),
    }


def _level(spread: Mapping[str, float | None]) -> str:
    return f"{spread['p50']} dBFS ({spread['shortest']} … {spread['longest']})"


def _largest(by_name: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(by_name.items(), key=lambda one: -one[1])
