"""Phrases made ahead, on the disk: one file a language, an index and samples. Read piece by piece.

    SHIRUBE-PHRASES 1, length and CRC of the index, index (JSON), samples (int16, 24 kHz)

Read with `pread`, not mapped: what was read stays in the system's cache and not in this process, and a bad
block of the card is an error that is answered by the voice, not a signal that ends the process.
"""

import contextlib
import json
import os
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from device.announcements import Lang
from device.errors import SpeechError
from device.ports import SAMPLE_RATE, Pcm
from device.sound import Wave, resampled, to_pcm, to_wave
from device.speech.vocabulary import pieces

MAGIC: Final = b"SHIRUBE-PHRASES 1\n"
HEAD: Final = struct.Struct(">II")
# Half the rate: neither voice has anything to say above 12 kHz, and half is read from the card.
STORED_RATE: Final = SAMPLE_RATE // 2
# Silence beside the 0.08 s at the ends of two phrases: the voices pause for 0.2 to 0.26 s at a full stop, the
# Japanese one for 0.2 s at a comma, the English one hardly at all.
_PAUSES_S: Final = {"、": 0.1, ",": 0.04, ":": 0.04, ";": 0.04}
_STOP_S: Final = 0.16
_TAPS: Final = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a phrase is: samples from `at` on, `count` of them, and their CRC."""

    at: int
    count: int
    crc: int


class PhraseStore:
    """One language's phrases. `SpeechError` where the file is not there, or is not one."""

    def __init__(self, path: Path, lang: Lang) -> None:
        self.path, self.lang = path, lang
        self.damaged: set[str] = set()  # phrases that could not be read, or read as they were written
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise SpeechError(f"{path}: {error.strerror}: run `shirube device phrases render`") from None
        try:
            self.voice, self.entries, self._base = _index(self._file, path)
        except SpeechError:
            self.close()
            raise

    def get(self, text: str) -> Pcm | None:
        """The sentence at SAMPLE_RATE, where all its phrases are here and whole."""
        parts: list[Pcm] = []
        for piece in pieces(text, self.lang):
            stored = self.stored(piece)
            if stored is None:
                return None
            parts += [doubled(stored), _pause(piece)]
        return np.concatenate(parts[:-1]) if parts else None

    def stored(self, piece: str) -> Pcm | None:
        """One phrase at STORED_RATE; None where it is not here, or not whole."""
        entry = self.entries.get(piece)
        if entry is None:
            return None
        body = b""
        with contextlib.suppress(OSError):
            body = os.pread(self._file, entry.count * 2, self._base + entry.at * 2)
        if len(body) != entry.count * 2 or zlib.crc32(body) != entry.crc:
            self.damaged.add(piece)
            return None
        return np.frombuffer(body, "<i2").astype(np.int16)

    def close(self) -> None:
        """Close the file; safe to call twice."""
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)


def phrase_file(folder: Path, lang: Lang) -> Path:
    """Where the phrases of a language are below the device's data."""
    return folder / "phrases" / f"{lang}.phrases"


def open_stores(folder: Path, langs: tuple[Lang, ...]) -> tuple[dict[Lang, PhraseStore], tuple[str, ...]]:
    """Those that are there; one line for each that is not."""
    stores: dict[Lang, PhraseStore] = {}
    faults: list[str] = []
    for lang in langs:
        try:
            stores[lang] = PhraseStore(phrase_file(folder, lang), lang)
        except SpeechError as error:
            faults.append(str(error))
    return stores, tuple(faults)


def halved(pcm: Pcm) -> Pcm:
    """From SAMPLE_RATE to STORED_RATE."""
    return to_pcm(resampled(to_wave(pcm), SAMPLE_RATE * 2))


def doubled(stored: Pcm) -> Pcm:
    """From STORED_RATE to SAMPLE_RATE: a filter between the samples, in a millisecond a second of sound."""
    between = np.convolve(stored.astype(np.float64), _halfband(), mode="full")[_TAPS // 2 : -(_TAPS // 2) + 1]
    out = np.empty(2 * len(stored), np.int16)
    out[0::2] = stored
    out[1::2] = np.clip(np.rint(between[: len(stored)]), -32768, 32767)
    return out


@cache
def _halfband() -> Wave:
    """A windowed sinc, for the point half-way between two samples."""
    at = np.arange(_TAPS) - (_TAPS - 1) / 2
    taps = np.sinc(at) * np.kaiser(_TAPS, 6.0)
    return np.asarray(taps / taps.sum())


def _pause(piece: str) -> Pcm:
    return np.zeros(round(_PAUSES_S.get(piece[-1], _STOP_S) * SAMPLE_RATE), np.int16)


def packed(voice: str, index: Mapping[str, Entry]) -> bytes:
    """The file's beginning, before the samples."""
    table = {text: (entry.at, entry.count, entry.crc) for text, entry in index.items()}
    body = json.dumps({"voice": voice, "pieces": table}, ensure_ascii=False).encode()
    return MAGIC + HEAD.pack(len(body), zlib.crc32(body)) + body


def _index(file: int, path: Path) -> tuple[str, dict[str, Entry], int]:
    start = len(MAGIC) + HEAD.size
    try:
        head = os.pread(file, start, 0)
        if len(head) < start or not head.startswith(MAGIC):
            raise ValueError("not a file of phrases")
        length, crc = HEAD.unpack_from(head, len(MAGIC))
        body = os.pread(file, length, start)
        if len(body) != length or zlib.crc32(body) != crc:
            raise ValueError("cut off or damaged")
        index = json.loads(body)
        return index["voice"], {text: Entry(*each) for text, each in index["pieces"].items()}, start + length
    except (OSError, ValueError) as error:
        raise SpeechError(f"{path}: {error}: run `shirube device phrases render`") from None
