"""What an answer can be other than the whole tile, and what then is to be done.

Trouble
├── Passing    ask again after a while
├── TooMuch    ask for smaller pieces
└── Lasting    asking again will not help
"""

# Names say what happened: the suffix would say it twice.
# ruff: noqa: N818


class Trouble(Exception):
    """Why there is no tile, in Japanese and English."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(ja, en)
        self.ja = ja
        self.en = en


class Passing(Trouble):
    """Busy, cut off, unreachable: ask again. `wait_s` is what the server asked for, if it did."""

    def __init__(self, ja: str, en: str, wait_s: float | None = None, *, unreachable: bool = False) -> None:
        super().__init__(ja, en)
        self.wait_s = wait_s
        self.unreachable = unreachable


class TooMuch(Trouble):
    """The server ran out of time or memory, or the answer is larger than we take."""


class Lasting(Trouble):
    """Refused, or not a server of this kind."""
