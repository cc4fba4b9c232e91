"""The position: facts of the receiver to a finding. Pure."""

from dataclasses import dataclass

from device.doctor.findings import Fact, Finding, Level
from device.doctor.reasons import reason


@dataclass(frozen=True, slots=True)
class PositionFacts:
    """`answers`: the source can be reached. `accuracy_m`: 68 % radius; `practice`: no live receiver."""

    source: str
    answers: bool
    why: str = ""
    receivers: int | None = None
    fix: bool = False
    satellites_used: int | None = None
    satellites_seen: int | None = None
    accuracy_m: float | None = None
    live: bool = True


def _todo(source: str) -> tuple[str, str]:
    if source.startswith("gpsd:"):
        return (
            "受信機を挿し直し、sudo systemctl restart gpsd を実行してください。",
            "Plug the receiver in again, then: sudo systemctl restart gpsd",
        )
    return (
        "受信機を挿し直し、設定の position.source を確かめてください。",
        "Plug the receiver in again, and look at position.source in the configuration.",
    )


def judge_position(position: PositionFacts) -> Finding:
    """Whether there is a receiver, satellites, a fix, and how good it is."""
    facts: dict[str, Fact] = {
        "source": position.source,
        "answers": position.answers,
        "fix": position.fix,
        "satellites_used": position.satellites_used,
        "satellites_seen": position.satellites_seen,
        "accuracy_m": position.accuracy_m,
    }
    if position.source.startswith("none:"):
        return Finding(
            "position",
            Level.WARN,
            "測位を使わない設定です。道案内はできません。",
            "Set to use no position: there is no guidance along a route.",
            facts=facts,
        )
    if position.source.startswith("glasses:"):
        return Finding(
            "position",
            Level.UNKNOWN,
            "位置は電話から来ます。つながるまで調べられません。",
            "A phone brings the position: not checked before it is paired.",
            facts=facts,
        )
    if not position.answers:
        why, why_en = reason(position.why, position.source)
        return Finding(
            "position",
            Level.FAULT,
            f"測位が応答しません（{position.source}: {why}）。",
            f"The position source does not answer ({position.source}: {why_en}).",
            *_todo(position.source),
            facts,
        )
    if not position.live:
        ja, en = f"測位は録画の {position.source} です。", f"Positions are recorded ones: {position.source}."
        return Finding("position", Level.WARN, ja, en, facts=facts)
    if position.receivers == 0:
        return Finding(
            "position",
            Level.FAULT,
            "測位の受信機がつながっていません。",
            "No GPS receiver is connected.",
            "受信機のケーブルと、/etc/default/gpsd の DEVICES を確かめてください。",
            "Look at the receiver's cable, and at DEVICES in /etc/default/gpsd.",
            facts,
        )
    seen = position.satellites_seen
    if not position.fix:
        return Finding(
            "position",
            Level.WARN,
            "まだ測位できていません。" + (f"衛星は{seen}個見えています。" if seen is not None else ""),
            "No position fix yet." + (f" {seen} satellites are seen." if seen is not None else ""),
            "空の見える屋外で、5分待ってください。",
            "Wait outdoors under the open sky for five minutes.",
            facts,
        )
    near = "" if position.accuracy_m is None else f"、誤差およそ{position.accuracy_m:.0f}メートル"
    near_en = "" if position.accuracy_m is None else f", error about {position.accuracy_m:.0f} m"
    used = "" if position.satellites_used is None else f"、衛星{position.satellites_used}個"
    used_en = "" if position.satellites_used is None else f", {position.satellites_used} satellites"
    poor = position.accuracy_m is not None and position.accuracy_m > 15.0
    todo = (
        ("建物から離れて、もう一度確かめてください。", "Try again away from buildings.") if poor else ("", "")
    )
    level = Level.WARN if poor else Level.OK
    return Finding(
        "position", level, f"測位できています{used}{near}。", f"Position fix{used_en}{near_en}.", *todo, facts
    )
