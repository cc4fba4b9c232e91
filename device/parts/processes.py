"""What Linux offers to whoever starts processes: groups, the parent's death, open files."""

import contextlib
import ctypes
import os
import signal
from typing import Final

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h
_PR_SET_NAME: Final = 15


def kill_rest(pid: int) -> None:
    """End what `pid`, which has ended, had started and left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def kill_group(pid: int) -> None:
    """End `pid` and all that it started in its session, stopped or not. The caller takes it in."""
    kill_rest(pid)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # between fork and setsid it leads no group yet


def die_with_parent() -> None:
    """From now on this process is killed when its parent dies; nothing where the system is no Linux."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def call_myself(name: str) -> None:
    """The name that `ps` and `top` show, at most 15 letters; nothing where the system is no Linux."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def only_child_files(keep: int) -> None:
    """Close what a fork has from its parent, but stdin, stdout, stderr and `keep`."""
    os.closerange(3, keep)
    os.closerange(keep + 1, 4096)


def ended_how(status: int) -> str:
    """A wait status in words."""
    if os.WIFSIGNALED(status):
        return f"killed by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"ended with status {os.waitstatus_to_exitcode(status)}"
