"""`unsynced.c`, compiled where there is a compiler."""

import shutil
import subprocess
from pathlib import Path

from server.errors import ServerError

SOURCE = Path(__file__).with_name("unsynced.c")


class NoCompiler(ServerError):  # noqa: N818  (a name says what is missing)
    """The shim cannot be made here."""


def build(folder: Path) -> Path:
    """The shim as a library in `folder`. `NoCompiler` where it cannot be made."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NoCompiler(
            "停電の試験には C コンパイラーが要ります / power cuts need a C compiler: apt-get install gcc"
        )
    made = folder / "unsynced.so"
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(made), str(SOURCE), "-ldl", "-lpthread"]
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603  (the system's compiler)
    if done.returncode != 0:
        raise NoCompiler(f"{compiler}: {done.stderr.strip().splitlines()[-1]}")
    return made
