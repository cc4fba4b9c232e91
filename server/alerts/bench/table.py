"""The bench as a command: figures for machines, a table for people."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from server.alerts.bench.logs import read_logs
from server.alerts.bench.run import on_logs, simulated
from server.errors import SettingsError

NOISES_M: Final = (5.0, 10.0, 15.0, 30.0)
# The thresholds of the rules were chosen with seed 1; figures are told of another one.
SEED: Final = 2
_COLUMNS: Final = ("false/h", "missed", "of", "delay s", "most s", "naive false/h", "naive missed")


def measure(walks: int, seed: int, logs: Path | None, noises_m: Sequence[float] = NOISES_M) -> dict[str, Any]:
    """Simulated walks with each noise, and the logs of a folder; the same seed gives the same figures."""
    if walks < 1:
        raise SettingsError(f"--walks {walks}: at least one walk is needed")
    if logs is not None and not logs.is_dir():
        raise SettingsError(f"--logs {logs}: there is no such folder")
    found: dict[str, Any] = {"seed": seed, "walks": walks, "simulated": simulated(noises_m, walks, seed)}
    if logs is not None:
        found["logs"] = on_logs(read_logs(logs))
    return found


def table(figures: Mapping[str, Any]) -> str:
    """One block for each noise, one line for each kind of alert."""
    blocks = [_block(f"{noise} m", one) for noise, one in figures["simulated"].items()]
    if "logs" in figures:
        blocks.append(_block("logs", figures["logs"]))
    return "\n\n".join(blocks)


def _block(title: str, figures: Mapping[str, Any]) -> str:
    head = f"{title}: {figures['hours']} h".ljust(20) + "".join(name.rjust(15) for name in _COLUMNS)
    return "\n".join([head, *(_line(kind, one) for kind, one in figures["kinds"].items())])


def _line(kind: str, one: Mapping[str, Any]) -> str:
    rules, naive = one["rules"], one["naive"] or {}
    cells = [rules["false_per_hour"], rules["missed"], rules["real"], rules["delay_s"], rules["delay_most_s"]]
    cells += [naive.get("false_per_hour"), naive.get("missed")]
    return kind.ljust(20) + "".join(("-" if cell is None else str(cell)).rjust(15) for cell in cells)
