"""What the figures were measured on, and for which hour."""

import os
import platform
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

_JST: Final = timezone(timedelta(hours=9))
# A weekday at noon: sounds of signals are on, it is light. Fixed, so that figures can be repeated.
NOON: Final = datetime(2026, 4, 1, 12, 0, tzinfo=_JST)

_CPU = Path("/proc/cpuinfo")


def machine() -> dict[str, Any]:
    """The processor, its cores, the system and Python."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _cpu() -> str:
    """The name that the processor tells; what Python knows of it where it tells none."""
    if _CPU.exists():
        for line in _CPU.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
