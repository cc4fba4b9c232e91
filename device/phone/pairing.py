"""Who may be the glasses: a spoken code at first, a token from then on. Time is an argument; no I/O.

The token is kept only as its SHA-256: 256 random bits need no slow hash.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

CODE_S: Final = 180.0  # a code is good for so long
TRIES: Final = 5  # wrong codes before the door is locked
LOCK_S: Final = 60.0  # the first lock; each further one is twice as long
LONGEST_LOCK_S: Final = 3600.0
KNOCK_GAP_S: Final = 60.0  # glasses that are not paired may have a code spoken at most this often

Answer = Literal["right", "wrong", "none", "locked"]


def draw_code() -> str:
    """Six digits, all alike likely."""
    return f"{secrets.randbelow(1_000_000):06d}"


def hashed(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was made. `asked`: the wearer wanted it, so it may put one phone in another's place."""

    digits: str
    until_s: float
    asked: bool


class Pairing:
    """The code that is open, the tries, and the token's hash. `kept`: the hash of an earlier pairing."""

    def __init__(self, kept: str | None = None, draw: Callable[[], str] = draw_code) -> None:
        self._kept = kept
        self._draw = draw
        self._code: Code | None = None
        self._wrong = 0
        self._locks = 0
        self._locked_until_s = float("-inf")
        self._knocked_s = float("-inf")

    @property
    def paired(self) -> bool:
        """Whether any phone is."""
        return self._kept is not None

    def code(self, now_s: float) -> Code | None:
        """The code that is open now."""
        if self._code is not None and now_s >= self._code.until_s:
            self._code = None
        return self._code

    def locked_s(self, now_s: float) -> float:
        """For how long no code is taken any more; 0.0: it is."""
        return max(self._locked_until_s - now_s, 0.0)

    def make(self, now_s: float, *, asked: bool) -> Code:
        """A new code instead of any other. A wearer who asks lifts the lock: they know who is there."""
        if asked:
            self._locked_until_s = float("-inf")
            self._wrong = 0  # else four guesses at each of many codes would never lock
        self._code = Code(self._draw(), now_s + CODE_S, asked)
        return self._code

    def knock(self, now_s: float) -> bool:
        """Whether a code may be spoken because glasses ask for it: not again and again, not while locked.

        While one is open, that one is meant: it is told again.
        """
        if self.locked_s(now_s) or now_s - self._knocked_s < KNOCK_GAP_S:
            return False
        self._knocked_s = now_s
        if self.code(now_s) is None:
            self.make(now_s, asked=False)
        return True

    def check(self, given: str, now_s: float) -> Answer:
        """Whether that is the code. Spaces and hyphens do not count, full-width digits are digits."""
        if self.locked_s(now_s):
            return "locked"
        code = self.code(now_s)
        if code is None:
            return "none"
        digits = "".join(str(int(sign)) for sign in given if sign.isdecimal())
        if hmac.compare_digest(digits, code.digits):
            return "right"
        self._wrong += 1
        if self._wrong >= TRIES:
            self._lock(now_s)
            return "locked"
        return "wrong"

    def pair(self) -> tuple[str, str]:
        """A new token, and its hash to be kept. The code is used up, the earlier token worth nothing."""
        token = secrets.token_urlsafe(32)
        self._kept, self._code, self._wrong, self._locks = hashed(token), None, 0, 0
        return token, self._kept

    def knows(self, token: str) -> bool:
        """Whether that is the token of the newest pairing."""
        return self._kept is not None and hmac.compare_digest(hashed(token), self._kept)

    def _lock(self, now_s: float) -> None:
        self._locked_until_s = now_s + min(LOCK_S * 2.0**self._locks, LONGEST_LOCK_S)
        self._locks = min(self._locks + 1, 10)
        self._code, self._wrong = None, 0
