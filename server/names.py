"""Names that people give to people, devices, zones and links: others read and hear them, also in messages."""

from typing import Final

from server.errors import Malformed
from server.words import Pair

_WIDE_SPACE: Final = "\u3000"  # between family and given name
FAULT: Final[Pair] = (
    "名前に使えない文字があります。見える文字で入れてください。",
    "a name has visible characters, and no control characters",
)


def is_name(text: str) -> bool:
    """Whether it can be read as it stands.

    No control characters (they drive terminals and break lines), none that turn the direction of writing or
    cannot be seen (they make one name look like another), not spaces alone.
    """
    return bool(text.strip()) and all(mark.isprintable() or mark == _WIDE_SPACE for mark in text)


def check_name(text: str) -> None:
    """Raise `Malformed` where it is none."""
    if not is_name(text):
        raise Malformed(FAULT[0], f"{FAULT[1].capitalize()}.")
