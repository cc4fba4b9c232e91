"""The budget of time and power as lines for people and as plain values. Pure."""

from dataclasses import asdict
from typing import Any, Final

from device.announcements import Lang
from device.doctor.budget import Budget
from device.doctor.power import AUDIO_W, CAMERA_W, EFFICIENCY, GPS_W
from device.install.boards import PROFILES

_NAMES: Final[dict[str, tuple[str, str]]] = {
    "wait": ("前の映像を待つ", "wait for the frame before"),
    "faults": ("映像の異常を見る", "camera faults"),
    "preprocess": ("入力の用意", "preprocess"),
    "network": ("ネットワーク", "network"),
    "postprocess": ("出力の解釈", "postprocess"),
    "hazards": ("追跡と危険", "tracks and hazards"),
    "decision": ("判断して音を出すまで", "decision, to the first sample"),
    "between": ("プロセスの間（2回）", "between processes (twice)"),
    "sink": ("音が出口に届くまで", "until it is at the sink"),
}


def lines(found: Budget, lang: Lang) -> tuple[str, ...]:
    """A table, and the battery, which is called an estimate."""
    ja = lang == "ja"
    name = PROFILES[found.board].name_ja
    head = f"{name}, {found.model}: " + (
        "映像から音まで、ミリ秒" if ja else "from frame to sound, milliseconds"
    )
    told = [head, f"{'p50':>8} {'p95':>8}"]
    told += [
        f"{_ms(stage.p50_ms)} {_ms(stage.p95_ms)}  {_NAMES[stage.name][0 if ja else 1]}"
        for stage in found.stages
    ]
    told.append(f"{_ms(found.total_p50_ms)} {_ms(found.total_p95_ms)}  " + ("合わせて" if ja else "together"))
    if any(stage.p50_ms is None for stage in found.stages):
        told.append(
            "-: ここでは測れません。合計に入っていません"
            if ja
            else "-: cannot be measured here; not in the sum"
        )
    return (*told, *_power(found, ja))


def _power(found: Budget, ja: bool) -> list[str]:
    told = []
    if found.load is not None:
        told.append(
            f"CPU {100 * found.load:.0f} %"
            + ("（測った間、全部のコア）" if ja else " (while measured, all cores)")
        )
    parts = f"{CAMERA_W} W, {GPS_W} W, {AUDIO_W} W"
    told.append(
        f"電池の見積もり（{found.bank_wh:g} Wh、変換 {EFFICIENCY:.0%}。カメラ、測位、音 {parts} を含む）:"
        if ja
        else f"Battery, an estimate ({found.bank_wh:g} Wh, conversion {EFFICIENCY:.0%}; "
        f"with camera, GPS and sound, {parts}):"
    )
    for each in found.batteries:
        load = (
            ("全力なら" if ja else "all cores busy") if each.assumed_load else f"CPU {100 * each.load:.0f} %"
        )
        name = PROFILES[each.board].name_ja
        told.append(
            f"  {name}, {load}: {each.watts:g} W, "
            + (f"およそ{each.hours:g}時間" if ja else f"about {each.hours:g} hours")
        )
    return told


def _ms(value: float | None) -> str:
    return f"{'-':>8}" if value is None else f"{value:8.1f}"


def as_plain(found: Budget) -> dict[str, Any]:
    """One object for machines; `estimate` marks what was not measured."""
    return {**asdict(found), "estimate": ["batteries"]}
