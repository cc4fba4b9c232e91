"""Whether a child process runs, or was stopped: a stopped one neither ends nor answers."""

from pathlib import Path


def is_stopped(pid: int) -> bool:
    """Stopped by a signal (or a debugger). False where the system does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    except OSError:
        return False
    # The name, in brackets, may hold anything; the state is the first word after it.
    return stat.rpartition(")")[2].split()[:1] in (["T"], ["t"])
