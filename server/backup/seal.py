"""Copies leave the machine: sealed with a key that does not lie beside them (AES-256-GCM).

A chunk of one mebibyte is sealed by itself, under a key of the file's own (HKDF of the operator's and a
random salt); its number and whether it is the last are part of the seal, so that none can be left out, moved
or cut off. Built in, because a restore must be one command on a bad day, and because destroying the key is
what erases copies that are out of reach.
"""

import base64
import binascii
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.backup.errors import BackupError

_MAGIC: Final = b"SHIRUBE-SEALED-1\n"
_SALT: Final = 16
_CHUNK: Final = 1 << 20
_TAG: Final = 16


class Key:
    """The operator's key, 32 bytes."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def seal(self, source: BinaryIO, target: BinaryIO) -> None:
        """Everything of `source`, sealed, to `target`."""
        salt = os.urandom(_SALT)
        cipher = self._cipher(salt)
        target.write(_MAGIC + salt)
        target.writelines(
            cipher.encrypt(_nonce(number, last), chunk, None)
            for number, (chunk, last) in enumerate(_chunks(source, _CHUNK))
        )

    def open(self, source: BinaryIO, target: BinaryIO) -> None:
        """What was sealed. `BackupError`: another key, or it was changed or cut off."""
        if source.read(len(_MAGIC)) != _MAGIC:
            raise BackupError("封のされた控えではありません / this is not a sealed copy")
        cipher = self._cipher(source.read(_SALT))
        try:
            target.writelines(
                cipher.decrypt(_nonce(number, last), chunk, None)
                for number, (chunk, last) in enumerate(_chunks(source, _CHUNK + _TAG))
            )
        except (InvalidTag, ValueError):
            raise BackupError(
                "控えの封が開きません。鍵が違うか、控えが壊れています / "
                "the copy does not open: it was sealed with another key, or is damaged"
            ) from None

    def _cipher(self, salt: bytes) -> AESGCM:
        return AESGCM(HKDF(SHA256(), 32, salt, b"shirube backup").derive(self._secret))


def key_from(path: Path, *, make: bool = False) -> Key:
    """The key in `path`: 32 bytes as base64. `make`: a new one where there is none (mode 0600)."""
    try:
        if make and not path.exists():
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(base64.urlsafe_b64encode(os.urandom(32)) + b"\n")
        secret = base64.urlsafe_b64decode(path.read_bytes().strip())
    except OSError as error:
        raise BackupError(f"控えの鍵 / backup key {path}: {error.strerror}") from error
    except binascii.Error:
        secret = b""
    if len(secret) != 32:
        raise BackupError(
            f"控えの鍵 / backup key {path}: 32 bytes as base64 are expected (openssl rand -base64 32)"
        )
    return Key(secret)


def _chunks(source: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    """Pieces of `size` bytes, each with whether it is the last; one at least, which may be empty."""
    chunk = source.read(size)
    while True:
        more = source.read(size) if len(chunk) == size else b""
        yield chunk, not more
        if not more:
            return
        chunk = more


def _nonce(number: int, last: bool) -> bytes:
    return bytes([last]) + number.to_bytes(11, "big")
