"""What the device costs: memory and processor time of its whole tree of processes, by part."""

import contextlib
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_TICK_HZ: Final = os.sysconf("SC_CLK_TCK")
_PART: Final = "sh-"  # the parts' names of themselves begin so
EVERY_S: Final = 3.0
MB: Final = 1024.0 * 1024.0


@dataclass(frozen=True, slots=True)
class Process:
    """One line of /proc/PID/stat. Seconds of processor time; `children_s`: of those that it has seen end."""

    name: str
    parent: int
    own_s: float
    children_s: float


def process_of(stat: str) -> Process:
    """From the text of /proc/PID/stat; a name may hold brackets and blanks."""
    head, _, tail = stat.rpartition(")")
    rest = tail.split()
    user, system, below_user, below_system = (int(ticks) / _TICK_HZ for ticks in rest[11:15])
    return Process(head.partition("(")[2], int(rest[1]), user + system, below_user + below_system)


def memory_of(rollup: str) -> tuple[float, float]:
    """(PSS, RSS) in MB from the text of /proc/PID/smaps_rollup. PSS shares out what several use."""
    found = {"Pss": 0.0, "Rss": 0.0}
    for line in rollup.splitlines():
        name, _, rest = line.partition(":")
        if name in found:
            found[name] = int(rest.split()[0]) * 1024.0 / MB
    return found["Pss"], found["Rss"]


def labels(processes: Mapping[int, Process], root: int) -> dict[int, str]:
    """What each process of the tree under `root` is: "eyes", or "speech: paplay" for what a part started."""
    made = {root: "supervisor"}
    below = [pid for pid, one in processes.items() if one.parent == root]
    while below:
        pid = below.pop()
        one, over = processes[pid], made[processes[pid].parent]
        if over == "supervisor":
            made[pid] = one.name.removeprefix(_PART)
        else:
            made[pid] = f"{over.partition(':')[0]}: {one.name}"
        below += [each for each, other in processes.items() if other.parent == pid]
    return made


@dataclass(frozen=True, slots=True)
class Look:
    """The tree at one moment: MB by label, and processor seconds by part."""

    pss_mb: Mapping[str, float]
    rss_mb: Mapping[str, float]
    cpu_s: Mapping[str, float]


def look(root: int) -> Look:
    """The tree under `root` now; what has just ended is left out."""
    processes = dict(_processes())
    pss: dict[str, float] = {}
    rss: dict[str, float] = {}
    cpu: dict[str, float] = {}
    for pid, label in labels(processes, root).items() if root in processes else ():
        with contextlib.suppress(OSError, ValueError):
            one_pss, one_rss = memory_of(Path(f"/proc/{pid}/smaps_rollup").read_text())
            pss[label] = pss.get(label, 0.0) + one_pss
            rss[label] = rss.get(label, 0.0) + one_rss
        part = label.partition(":")[0]
        below_s = processes[pid].children_s if pid != root else 0.0  # a part that fell is not its cost now
        cpu[part] = cpu.get(part, 0.0) + processes[pid].own_s + below_s
    return Look(pss, rss, cpu)


def shares(first: Look, last: Look, seconds: float) -> dict[str, float]:
    """Of one core by part, 1.0 is a whole one."""
    return {part: (s - first.cpu_s.get(part, 0.0)) / seconds for part, s in sorted(last.cpu_s.items())}


@dataclass
class Sampler:
    """Looks at the tree under `root` every EVERY_S, in a thread, until `close`."""

    root: int
    looks: list[Look] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="costs", daemon=True)
        self._thread.start()

    def most(self) -> Look | None:
        """The look at which most memory was in use; None before the first."""
        return max(self.looks, key=lambda one: sum(one.pss_mb.values()), default=None)

    def close(self) -> None:
        """End; safe to call twice."""
        self._ending.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._ending.wait(EVERY_S):
            now = look(self.root)
            if now.pss_mb:
                self.looks.append(now)


def _processes() -> Iterable[tuple[int, Process]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                yield int(entry.name), process_of((entry / "stat").read_text())
