"""Which passwords will do: long, and not what somebody who knows a little would try first.

NIST SP 800-63B-4 3.1.1: a length, a list of what is commonly used, no rules about kinds of letters.
"""

import unicodedata
from typing import Final

from server.words import Pair

MIN_PASSWORD: Final = 12  # characters
MAX_PASSWORD: Final = 200  # argon2 would hash megabytes
# Logins are slowed down to 10^4 guesses a day; 10^8 guesses is what zxcvbn asks for where nothing is.
_LEAST_GUESSES: Final = 1e8
_JUDGED: Final = 72  # characters; its time grows with the square
_SHORTEST_OWN_WORD: Final = 4  # a name of two letters is in many good passwords
_HINTS: Final = ("shirube", "標", "しるべ")


def fault_of(password: str, login: str = "", name: str = "") -> Pair | None:
    """Why this password will not do for this person, in ja and en; None where it will. Pure."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        return (
            f"パスワードは{MIN_PASSWORD}文字から{MAX_PASSWORD}文字です。",
            f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters",
        )
    from zxcvbn import zxcvbn  # late: its lists of words take as long to load as a small room of ours

    own = [word for word in (_folded(login), _folded(name)) if len(word) >= _SHORTEST_OWN_WORD]
    if any(word in _folded(password) for word in own):
        return (
            "名前やログイン名を含むパスワードは使えません。",
            "a password must not hold the login name or the name",
        )
    if zxcvbn(password[:_JUDGED], [*own, *_HINTS], max_length=_JUDGED)["guesses"] < _LEAST_GUESSES:
        return (
            "よく使われる、または推測しやすいパスワードです。無関係な言葉をいくつか並べてください。",
            "this password is common or easily guessed: put some unrelated words beside each other",
        )
    return None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
