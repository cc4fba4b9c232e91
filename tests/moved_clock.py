"""The machine's clock, moved on by as much as a file says: for a server in another process.

What a page says of an old position is seen at once: `clock.forward(120.0)`, and the server is two minutes on.
"""

import os
import time
from pathlib import Path


class MovedClock:
    """One clock in all processes that were given the same file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        if not file.exists():
            file.write_text("0.0")

    def utc_s(self) -> float:
        """UTC seconds since 1970."""
        return time.time() + float(self.file.read_text())  # noqa: TID251  (this is what a clock is made of)

    def forward(self, seconds: float) -> None:
        """From now on it is so much later."""
        whole = self.file.with_suffix(".new")
        whole.write_text(str(float(self.file.read_text()) + seconds))
        os.replace(whole, self.file)  # nobody reads half a number
