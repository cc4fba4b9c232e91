"""Passwords, keys and tokens: made here, stored only as hashes."""

import asyncio
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()  # argon2id with the library's (RFC 9106 low-memory) parameters
# Compared with when there is no such user, so that the answer takes as long.
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))
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
    """A password for a person to type: 5 groups of 4, about 100 bits, no letters that look alike."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(5))


def new_pseudonym() -> str:
    """`P-7K3Q9`: a participant's name in the trial's tables."""
    return "P-" + "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(5))


def token_hash(token: str) -> str:
    """What is stored of a random token or key. It has 256 bits: a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_password(password: str) -> str:
    """Argon2id, with salt and parameters inside."""
    return _HASHER.hash(password)


async def password_fits(stored: str | None, password: str) -> bool:
    """Whether `password` is the stored one; takes as long where nothing is stored. Off the loop."""
    return await asyncio.to_thread(_fits, stored, password)


def _fits(stored: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(stored or _NOBODY, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False
