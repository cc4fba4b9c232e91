"""Passwords, keys and tokens: made here, stored only as hashes."""

import asyncio
import hashlib
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Final, ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

P = ParamSpec("P")
T = TypeVar("T")
_HASHER = PasswordHasher()  # argon2id with the library's (RFC 9106 low-memory) parameters
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # 31 that do not look alike: 4.95 bits each
DEVICE_KEY_PREFIX = "shirube_"  # so that a key found in a log or a repository is recognised


def new_id() -> str:
    """128 random bits: cannot be guessed, says nothing."""
    return secrets.token_hex(16)


def new_token() -> str:
    """256 random bits for a session or a form."""
    return secrets.token_urlsafe(32)


def new_device_key() -> str:
    """A device's key; shown once, stored as `token_hash`."""
    return DEVICE_KEY_PREFIX + new_token()


def new_password() -> str:
    """A password for a person to type: about 99 bits."""
    return _letters(groups=5, each=4)


def new_code() -> str:
    """An invitation or a recovery code, to be read aloud or typed: `7k3q9-…`, about 74 bits."""
    return _letters(groups=3, each=5)


def new_pairing_code() -> str:
    """Eight digits: any keypad types them, any voice reads them. 10^8 of them: see `server.pairing`."""
    return f"{secrets.randbelow(10**8):08d}"


def plain(code: str) -> str:
    """One spelling of a code however it is typed: width, capitals, spaces and hyphens do not count."""
    folded = unicodedata.normalize("NFKC", code).lower()
    return "".join(letter for letter in folded if letter.isalnum())


def _letters(groups: int, each: int) -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(each)) for _ in range(groups))


def new_pseudonym() -> str:
    """`P-7K3Q9`: a participant's name in the trial's tables."""
    return "P-" + "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(5))


def token_hash(token: str) -> str:
    """What is stored of a random token, key or code. From 74 bits on a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_password(password: str) -> str:
    """Argon2id, with salt and parameters inside. Takes a tenth of a second: on the loop, `hashed`."""
    return _HASHER.hash(password)


async def hashed(password: str) -> str:
    """As `hash_password`, off the loop."""
    return await off_loop(hash_password, password)


async def password_fits(stored: str | None, password: str) -> bool:
    """Whether `password` is the stored one; takes as long where nothing is stored. Off the loop."""
    return await off_loop(_fits, stored, password)


async def off_loop(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What takes long with a password (hashing it, judging it), in one of few threads."""
    return await asyncio.get_running_loop().run_in_executor(_few(), partial(work, *args, **kwargs))


@cache
def _few() -> ThreadPoolExecutor:
    """Threads that hash: few, since each takes a core and 64 MB, and planning and the store want theirs."""
    return ThreadPoolExecutor(2, "passwords")


@cache
def _nobody() -> str:
    """Compared with when there is no such user, so that the answer takes as long."""
    return _HASHER.hash(secrets.token_urlsafe(16))


def _fits(stored: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False
