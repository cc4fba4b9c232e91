"""Looks at the machine: disk, memory, clock, services, packages. `root`: where its files are, for tests."""

import os
import platform
import re
import shutil
import statistics
import subprocess
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from device.clocks import SystemClock
from device.doctor.machine import ClockFacts, Disk, Memory
from device.doctor.services import Units, Versions
from device.ports import Clock
from device.true_time import kernel_is_synchronised

_COMMITS: Final = 9
UNIT: Final = Path("etc/systemd/system/shirube.service")
_PACKAGES: Final = (
    "numpy",
    "opencv-python",
    "onnxruntime",
    "websockets",
    "httpx",
    "gpsd-py3",
    "pyopenjtalk-plus",
    "av",
)
_OPTIONAL: Final = ("ncnn", "openvino", "gpiozero", "evdev")
# Debian's and the headless builds of the same library count as well.
_ALSO: Final = {"opencv-python": ("opencv-python-headless", "opencv-contrib-python")}

Ask = Callable[[Sequence[str]], tuple[int, str]]  # a command -> (exit status, what it printed)


def asked(command: Sequence[str]) -> tuple[int, str]:
    """Run a short command of the system; (127, "") where it is not there, (124, "") where it hangs."""
    if shutil.which(command[0]) is None:
        return 127, ""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10.0, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return 124, ""
    return done.returncode, done.stdout.strip()


def look_at_disk(folder: Path, clock: Clock | None = None) -> Disk:
    """Write and sync a small file several times where the log lies, as a commit does; none is left."""
    clock = clock or SystemClock()
    there = _nearest(folder)
    free_bytes = _free(there)
    if not folder.is_dir():
        return Disk(str(folder), free_bytes, False, there=False)
    trial = folder / f".doctor-{os.getpid()}"
    took_ms: list[float] = []
    try:
        # Root looks too: not through a link that somebody else laid in the folder.
        made = os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(made, "wb", buffering=0) as out:
            for _ in range(_COMMITS):
                began_s = clock.now_s()
                out.write(b"." * 4096)
                os.fsync(out.fileno())
                took_ms.append(1000.0 * (clock.now_s() - began_s))
    except OSError as error:
        return Disk(str(folder), free_bytes, False, error.strerror or str(error))
    finally:
        trial.unlink(missing_ok=True) if os.access(folder, os.W_OK) else None
    return Disk(str(folder), free_bytes, True, commit_ms=round(statistics.median(took_ms), 2))


def _nearest(folder: Path) -> Path:
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def _free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def look_at_memory(running: bool, root: Path = Path("/")) -> Memory:
    """As the kernel tells."""
    try:
        text = (root / "proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return Memory(None, None, running)
    told = {
        name: int(kilobytes) * 1024
        for name, kilobytes in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)
    }
    return Memory(told.get("MemTotal"), told.get("MemAvailable"), running)


def look_at_clock(
    clock: Clock,
    root: Path = Path("/"),
    ask: Ask = asked,
    kernel: Callable[[], bool] = kernel_is_synchronised,
) -> ClockFacts:
    """`timedatectl` where systemd runs; else the kernel's own word, whose "no" means little."""
    status, text = ask(("timedatectl", "show", "--property=NTPSynchronized", "--value"))
    synchronised = None if status or text not in ("yes", "no") else text == "yes"
    if synchronised is None and kernel():
        synchronised = True
    return ClockFacts(clock.utc_s(), any(root.glob("sys/class/rtc/rtc*")), synchronised)


def look_at_units(wanted: str | None, root: Path = Path("/"), ask: Ask = asked) -> Units:
    """`wanted`: the unit as this version would write it; None: not compared."""
    unit = root / UNIT
    systemd = (root / "run/systemd/system").is_dir()
    try:
        text = unit.read_text(encoding="utf-8")
    except OSError:
        return Units(systemd, installed=False)
    stale = wanted is not None and text != wanted
    if not systemd:
        return Units(systemd, installed=True, stale=stale)
    enabled = ask(("systemctl", "is-enabled", "shirube.service"))[1] == "enabled"
    active = ask(("systemctl", "is-active", "shirube.service"))[1]
    return Units(systemd, True, enabled, active, stale)


def look_at_versions() -> Versions:
    """Of what the device needs; an optional package is listed where it is there."""
    found: list[tuple[str, str]] = []
    missing: list[str] = []
    for name in (*_PACKAGES, *_OPTIONAL):
        told = _version(name)
        if told is not None:
            found.append((name, told))
        elif name in _PACKAGES:
            missing.append(name)
    return Versions(_version("shirube") or "?", platform.python_version(), tuple(found), tuple(missing))


def _version(name: str) -> str | None:
    for each in (name, *_ALSO.get(name, ())):
        try:
            return version(each)
        except PackageNotFoundError:
            continue
    return None
