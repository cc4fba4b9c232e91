"""Files that tell when somebody is out: for their owner alone, as the server's export writes them."""

import os
from pathlib import Path
from typing import BinaryIO

_FOLDER, _FILE = 0o700, 0o600


def make_folder(path: Path) -> None:
    """The folder with those above it; one that is there stays as it is."""
    path.mkdir(mode=_FOLDER, parents=True, exist_ok=True)


def open_new(path: Path) -> BinaryIO:
    """For writing bytes, in the place of what was there; nobody else may read it from its first byte."""
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, _FILE)
    os.fchmod(descriptor, _FILE)  # it may have been there
    return os.fdopen(descriptor, "wb")


def write(path: Path, raw: bytes) -> None:
    """The file with these bytes, whether it was there or not."""
    with open_new(path) as file:
        file.write(raw)
