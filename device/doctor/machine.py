"""Disk, memory, clock and heat: facts of the machine to findings. Pure."""

from dataclasses import dataclass
from typing import Final

from device.battery import WARN_PCT, Charge
from device.doctor.findings import Finding, Level
from vision.health import Heat

# --- disk

# A trip of an hour is about 1 MB of log; a run with its pictures 300 MB. The rest is for the system's own.
LEAST_BYTES: Final = 50_000_000
FEW_BYTES: Final = 1_000_000_000
# A commit may hold an event up; the log part batches, so half a second is borne and more is told.
SLOW_COMMIT_MS: Final = 100.0
DEAD_COMMIT_MS: Final = 500.0


@dataclass(frozen=True, slots=True)
class Disk:
    """The folder where the device writes. `why`: what stopped a trial write; `commit_ms`: a median."""

    folder: str
    free_bytes: int | None
    writable: bool
    why: str = ""
    commit_ms: float | None = None
    there: bool = True


def judge_disk(disk: Disk) -> Finding:
    """Room, whether it can be written, and how long a durable write takes."""
    facts = {"folder": disk.folder, "free_bytes": disk.free_bytes, "commit_ms": disk.commit_ms}
    if not disk.there:
        return Finding(
            "disk",
            Level.FAULT,
            f"記録する場所がありません（{disk.folder}）。",
            f"The folder of the log is not there ({disk.folder}).",
            "sudo shirube device install を実行するか、設定の data を直してください。",
            "Run: sudo shirube device install, or correct data in the configuration.",
            facts,
        )
    if not disk.writable:
        return Finding(
            "disk",
            Level.FAULT,
            f"記録する場所に書けません（{disk.folder}: {disk.why}）。",
            f"The folder of the log cannot be written ({disk.folder}: {disk.why}).",
            "管理者（sudo）で実行するか、SDカードが読み取り専用になっていないか確かめてください。",
            "Run with sudo, or see whether the SD card has become read-only.",
            facts,
        )
    if disk.free_bytes is not None and disk.free_bytes < FEW_BYTES:
        megabytes = disk.free_bytes // 1_000_000
        level = Level.FAULT if disk.free_bytes < LEAST_BYTES else Level.WARN
        return Finding(
            "disk",
            level,
            f"空きが{megabytes}メガバイトしかありません。",
            f"Only {megabytes} MB are free.",
            "古い記録を別の場所へ移してください。",
            "Move old recordings elsewhere.",
            facts,
        )
    if disk.commit_ms is not None and disk.commit_ms > SLOW_COMMIT_MS:
        level = Level.FAULT if disk.commit_ms > DEAD_COMMIT_MS else Level.WARN
        return Finding(
            "disk",
            level,
            f"書き込みが遅く、1回に{disk.commit_ms:.0f}ミリ秒かかります。",
            f"Writing is slow: {disk.commit_ms:.0f} ms a commit.",
            "高耐久（A2）のSDカードか、SSDに替えてください。",
            "Use a high-endurance A2 card or an SSD.",
            facts,
        )
    took = "" if disk.commit_ms is None else f"、1回の書き込み{disk.commit_ms:.1f}ミリ秒"
    took_en = "" if disk.commit_ms is None else f", {disk.commit_ms:.1f} ms a commit"
    room = f"{(disk.free_bytes or 0) / 1e9:.1f}"
    return Finding(
        "disk", Level.OK, f"記録の空き{room}ギガバイト{took}。", f"{room} GB free{took_en}.", facts=facts
    )


# --- battery


def judge_battery(charge: Charge | None) -> Finding:
    """How much is left, where that can be seen at all."""
    if charge is None:
        return Finding(
            "battery",
            Level.OK,
            "電池の残りは、この本体からは見えません。少なくなっても、お知らせできません。",
            "What is left in the battery cannot be seen from here, and is not told of when it runs low.",
        )
    facts = {"percent": charge.percent, "charging": charge.charging}
    low = charge.percent <= WARN_PCT and not charge.charging
    return Finding(
        "battery",
        Level.WARN if low else Level.OK,
        f"電池の残り{charge.percent}パーセント。",
        f"{charge.percent} % of the battery are left.",
        "出かける前に充電してください。" if low else "",
        "Charge it before you go out." if low else "",
        facts,
    )


# --- memory

# With model and speech the device takes up to 600 MB.
NEEDED_BYTES: Final = 600_000_000


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes, from /proc/meminfo; None: not told. `running`: the device's own service runs beside us."""

    total: int | None
    available: int | None
    running: bool = False


def judge_memory(memory: Memory) -> Finding:
    """Whether model and speech fit, beside what runs already."""
    if memory.total is None or memory.available is None:
        return Finding("memory", Level.UNKNOWN, "メモリーの量が分かりません。", "Memory cannot be told.")
    free = memory.available // 1_000_000
    facts = {"total_bytes": memory.total, "available_bytes": memory.available}
    if memory.running or memory.available >= NEEDED_BYTES:
        ja, en = f"使えるメモリー{free}メガバイト。", f"{free} MB of memory available."
        return Finding("memory", Level.OK, ja, en, facts=facts)
    return Finding(
        "memory",
        Level.FAULT if memory.total < NEEDED_BYTES else Level.WARN,
        f"使えるメモリーが{free}メガバイトで、足りません。",
        f"{free} MB of memory is too little.",
        "ほかのプログラムを止めるか、2ギガバイト以上の機種を使ってください。",
        "End other programs, or use a board with 2 GB or more.",
        facts,
    )


# --- clock

# This software is not older than its own making; a clock before it has lost the time.
MADE_UTC_S: Final = 1_735_689_600.0  # 2025-01-01
LATEST_UTC_S: Final = 4_102_444_800.0  # 2100-01-01


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """`rtc`: a clock that runs while switched off. `synchronised`: by NTP or satellites; None: not told."""

    utc_s: float
    rtc: bool
    synchronised: bool | None


def judge_clock(clock: ClockFacts) -> Finding:
    """Whether the times in the log can be believed."""
    facts = {"utc_s": round(clock.utc_s), "rtc": clock.rtc, "synchronised": clock.synchronised}
    if not MADE_UTC_S <= clock.utc_s <= LATEST_UTC_S:
        return Finding(
            "clock",
            Level.FAULT,
            "時計の年が合っていません。",
            "The clock shows an impossible year.",
            "空の見える所で測位を待つか、ネットにつないでください。",
            "Wait for satellites, or connect to a network.",
            facts,
        )
    if clock.synchronised:
        return Finding(
            "clock", Level.OK, "時計は合わせてあります。", "The clock is synchronised.", facts=facts
        )
    if clock.rtc:
        return Finding(
            "clock",
            Level.OK,
            "時計は電池で動いています。いまはネットで合わせていません。",
            "The clock has a battery; it is not synchronised now.",
            facts=facts,
        )
    return Finding(
        "clock",
        Level.WARN if clock.synchronised is False else Level.UNKNOWN,
        "時計に電池がなく、合わせてあるか確かめられません。",
        "The clock has no battery, and nothing tells that it is synchronised.",
        "測位すれば衛星の時刻で直ります。気になるときは電池（RTC）を付けてください。",
        "Satellites set it right once there is a fix; a battery (RTC) keeps it.",
        facts,
    )


# --- heat and power


def judge_heat(heat: Heat | None) -> tuple[Finding, ...]:
    """Temperature and supply, as the board tells."""
    if heat is None:
        ja, en = "この機械は温度と電源の状態を教えません。", "This machine tells nothing of heat and power."
        return (Finding("heat", Level.UNKNOWN, ja, en),)
    facts = {"hottest_c": heat.hottest_c, "margin_c": heat.margin_c}
    found: list[Finding] = []
    if heat.low_power:
        found.append(
            Finding(
                "heat",
                Level.FAULT,
                "電源の電圧が低すぎます。",
                "The supply's voltage is too low.",
                "短く太いケーブルと、5ボルト5アンペアの電源を使ってください。",
                "Use a short, thick cable and a 5 V 5 A supply.",
                facts,
            )
        )
    degrees = "" if heat.hottest_c is None else f"{heat.hottest_c:.0f}"
    if heat.throttled and not heat.low_power:
        found.append(
            Finding(
                "heat",
                Level.FAULT,
                f"熱のため遅くなっています。{degrees}度です。",
                f"Slowed down by heat, {degrees} degrees C.",
                "風を通すか、放熱板かファンを付けてください。",
                "Give it air, a heat sink or a fan.",
                facts,
            )
        )
    elif heat.margin_c is not None and heat.margin_c < 10.0:
        found.append(
            Finding(
                "heat",
                Level.WARN,
                f"熱くなっています。{degrees}度、限度まで{heat.margin_c:.0f}度です。",
                f"Hot: {degrees} degrees C, {heat.margin_c:.0f} below its limit.",
                "日なたや密閉した袋を避けてください。",
                "Avoid direct sun and a closed bag.",
                facts,
            )
        )
    known = f"温度は{degrees}度、電源は足りています。" if degrees else "熱と電源の警告はありません。"
    known_en = f"{degrees} degrees C, power suffices." if degrees else "No warning of heat or power."
    return tuple(found) or (Finding("heat", Level.OK, known, known_en, facts=facts),)
