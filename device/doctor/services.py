"""Services and versions: facts of the installation to findings. Pure."""

from dataclasses import dataclass

from device.doctor.findings import Fact, Finding, Level

# --- services


@dataclass(frozen=True, slots=True)
class Units:
    """`systemd` False: another init runs here. `stale`: not this version's. The rest as systemctl says."""

    systemd: bool
    installed: bool
    enabled: bool = False
    active: str = ""
    stale: bool = False


def judge_units(units: Units) -> Finding:
    """Whether the device starts by itself."""
    facts: dict[str, Fact] = {
        "installed": units.installed,
        "enabled": units.enabled,
        "active": units.active,
        "stale": units.stale,
    }
    install = ("sudo shirube device install を実行してください。", "Run: sudo shirube device install")
    if not units.installed:
        return Finding(
            "units",
            Level.FAULT,
            "電源を入れても自動では始まりません。サービスが入っていません。",
            "It does not start by itself: the service is not installed.",
            *install,
            facts,
        )
    if not units.systemd:
        return Finding(
            "units",
            Level.UNKNOWN,
            "systemdが動いていないので、サービスの状態が分かりません。",
            "systemd does not run here: the service's state cannot be told.",
            facts=facts,
        )
    if not units.enabled:
        return Finding(
            "units",
            Level.FAULT,
            "サービスはありますが、自動で始まる設定ではありません。",
            "The service is installed, but does not start by itself.",
            "sudo systemctl enable shirube を実行してください。",
            "Run: sudo systemctl enable shirube",
            facts,
        )
    if units.active == "failed":
        return Finding(
            "units",
            Level.FAULT,
            "サービスが止まっています。",
            "The service has failed.",
            "journalctl -u shirube -n 50 で理由を見てください。",
            "See why: journalctl -u shirube -n 50",
            facts,
        )
    if units.stale:
        return Finding(
            "units",
            Level.WARN,
            "サービスの設定が、いまの版のものと違います。",
            "The service's unit is not the one of this version.",
            *install,
            facts,
        )
    ja = f"サービスは自動で始まります。いまの状態: {units.active or '不明'}。"
    return Finding("units", Level.OK, ja, f"The service starts by itself; now {units.active}.", facts=facts)


# --- versions


@dataclass(frozen=True, slots=True)
class Versions:
    """`missing`: packages that the device needs and that are not there."""

    shirube: str
    python: str
    packages: tuple[tuple[str, str], ...]
    missing: tuple[str, ...] = ()


def judge_versions(versions: Versions) -> Finding:
    """What is installed."""
    facts = {"shirube": versions.shirube, "python": versions.python, **dict(versions.packages)}
    if versions.missing:
        names = "、".join(versions.missing)
        return Finding(
            "versions",
            Level.FAULT,
            f"部品が足りません: {names}。",
            f"Missing: {', '.join(versions.missing)}.",
            "docs/device.md のとおりに入れ直してください。",
            "Install again as docs/device.md says.",
            facts,
        )
    name = f"shirube {versions.shirube}, Python {versions.python}"
    return Finding("versions", Level.OK, f"{name}。", f"{name}.", facts=facts)
