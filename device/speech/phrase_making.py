"""Making phrases ahead: goes on where it was interrupted, and puts the whole in place at once."""

import contextlib
import hashlib
import json
import os
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO, Final

from device.announcements import Lang
from device.errors import SpeechError
from device.ports import Pcm
from device.readings import readings
from device.sound import SPEECH_RMS
from device.speech.phrases import STORED_RATE, Entry, PhraseStore, halved, packed, phrase_file
from device.speech.vocabulary import vocabulary
from device.voice import VoiceProcess
from device.voice_worker import ENGLISH_WORDS_PER_MINUTE, JAPANESE_SPEED

_RECORD: Final = struct.Struct(">III")  # bytes of text, bytes of samples, CRC of both
_SYNC_EVERY: Final = 50  # phrases: half a minute of work at most is done twice after a power cut
_HOPELESS: Final = 5  # failures more than phrases that were made
_LONGEST_TEXT: Final = 10_000
_LONGEST_SOUND: Final = 10_000_000

Progress = Callable[[int, int], None]  # (made, of how many)


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it. `failed`: (phrase, why) of those that the voice could not say."""

    lang: Lang
    voice: str
    phrases: int
    new: int
    seconds: float  # of sound
    size: int  # bytes on the disk
    failed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What is there. `missing` and `stale`: phrases, and whether another voice made them."""

    lang: Lang
    wanted: int
    present: int
    missing: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    stale: bool = False
    fault: str = ""
    size: int = 0

    @property
    def good(self) -> bool:
        """Nothing to do."""
        return not (self.missing or self.damaged or self.stale or self.fault)


def voice_version(lang: Lang) -> str:
    """What the sound of a phrase depends on beside its text: engine, pace, level, readings of names."""
    level = f"{SPEECH_RMS:.4f}"
    if lang == "en":
        return f"espeak-ng {_espeak()} {ENGLISH_WORDS_PER_MINUTE} {level}"
    table = hashlib.sha256(json.dumps(dict(readings()), sort_keys=True).encode()).hexdigest()[:12]
    try:
        engine = version("pyopenjtalk-plus")
    except PackageNotFoundError:
        engine = "missing"
    return f"pyopenjtalk-plus {engine} {JAPANESE_SPEED:g} {level} {table}"


def _espeak() -> str:
    program = shutil.which("espeak-ng")
    if program is None:
        return "missing"
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        told = subprocess.run([program, "--version"], capture_output=True, timeout=5.0, check=False)  # noqa: S603
        words = told.stdout.decode(errors="replace").split("Data at")[0].split(":")
        return words[-1].split()[0] if words[-1].split() else "unknown"
    return "unknown"


def make_phrases(
    lang: Lang,
    folder: Path,
    voice: VoiceProcess,
    progress: Progress = lambda _, __: None,
    helpers: Sequence[VoiceProcess] = (),
) -> Made:
    """Make what is missing below `folder`. `SpeechError` where the disk or the voice refuses altogether.

    `helpers`: other voices that make phrases beside the first, one for each core.
    """
    wanted, spoken_by = vocabulary(lang), voice_version(lang)
    path = phrase_file(folder, lang)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        work = _Work(path, lang, spoken_by, frozenset(wanted))
        try:
            new, failed = _fill(work, wanted, lang, (voice, *helpers), progress)
            work.finish(wanted)
        finally:
            work.close()
    except OSError as error:
        reason = error.strerror or error
        raise SpeechError(f"{path}: {reason}: choose another folder or free space") from None
    samples = sum(entry.count for entry in work.made.values())
    return Made(
        lang, spoken_by, len(work.made), new, samples / STORED_RATE, path.stat().st_size, tuple(failed)
    )


def find_phrases(lang: Lang, folder: Path) -> Found:
    """Look whether the phrases below `folder` are there, whole, and of today's words and voice."""
    wanted = vocabulary(lang)
    try:
        store = PhraseStore(phrase_file(folder, lang), lang)
    except SpeechError as error:
        return Found(lang, len(wanted), 0, wanted, fault=str(error))
    try:
        there = {text for text in wanted if store.stored(text) is not None}
        missing = tuple(text for text in wanted if text not in store.entries)
        stale = store.voice != voice_version(lang)
        size = store.path.stat().st_size
        return Found(lang, len(wanted), len(there), missing, tuple(sorted(store.damaged)), stale, size=size)
    finally:
        store.close()


def _fill(
    work: "_Work",
    wanted: tuple[str, ...],
    lang: Lang,
    voices: Sequence[VoiceProcess],
    progress: Progress,
) -> tuple[int, list[tuple[str, str]]]:
    """How many were made, and which could not be. What failed is tried again: the board may be busy."""
    progress(len(work.made), len(wanted))
    new, failed = 0, dict[str, str]()
    missing = [text for text in wanted if text not in work.made]
    for texts in (missing, failed):
        for text, made in _made(voices, list(texts), lang):
            if isinstance(made, SpeechError):
                failed[text] = str(made)
                if len(failed) > len(work.made) + _HOPELESS:
                    raise made  # no voice at all: the rest would not be better
            else:
                work.add(text, made)
                failed.pop(text, None)
                new += 1
            progress(len(work.made), len(wanted))
    return new, list(failed.items())


def _made(
    voices: Sequence[VoiceProcess], texts: Sequence[str], lang: Lang
) -> Iterator[tuple[str, Pcm | SpeechError]]:
    """Each phrase as it is stored, or why it could not be made; in order, each voice at one of them."""
    free = SimpleQueue[VoiceProcess]()
    for voice in voices:
        free.put(voice)

    def one(text: str) -> Pcm | SpeechError:
        voice = free.get()
        try:
            return halved(_own_voice(voice, text, lang))
        except SpeechError as error:
            return error
        finally:
            free.put(voice)

    pool = ThreadPoolExecutor(len(voices))
    try:
        yield from zip(texts, pool.map(one, texts), strict=True)
    finally:
        pool.shutdown(cancel_futures=True)


def _own_voice(voice: VoiceProcess, text: str, lang: Lang) -> Pcm:
    pcm = voice.synthesise(text, lang)
    if voice.spare_in_use(lang):
        raise SpeechError("only the spare voice speaks: run `pip install pyopenjtalk-plus`")
    return pcm


class _Work:
    """The unfinished file: records one after the other, each with its CRC, so that none is made twice."""

    def __init__(self, path: Path, lang: Lang, voice: str, wanted: frozenset[str]) -> None:
        self.made: dict[str, Entry] = {}
        self._path, self._voice = path, voice
        self._part = path.with_suffix(".part")
        self._file: BinaryIO = self._part.open("a+b")
        if not self._resume(wanted):
            self._file.truncate(0)
            self._append(voice, b"")
        self._take_over(lang, wanted)

    def add(self, text: str, stored: Pcm) -> None:
        """Keep one phrase."""
        body = stored.astype("<i2").tobytes()
        self._append(text, body)
        self.made[text] = Entry(self._file.tell() - len(body), len(stored), zlib.crc32(body))
        if len(self.made) % _SYNC_EVERY == 0:
            os.fsync(self._file.fileno())

    def finish(self, wanted: tuple[str, ...]) -> None:
        """Put the whole in place; the unfinished file goes."""
        index, at = dict[str, Entry](), 0
        for text in wanted:
            if text in self.made:
                index[text] = Entry(at, self.made[text].count, self.made[text].crc)
                at += self.made[text].count
        fresh = self._path.with_suffix(".new")
        with fresh.open("wb") as out:
            out.write(packed(self._voice, index))
            for text in index:
                out.write(os.pread(self._file.fileno(), self.made[text].count * 2, self.made[text].at))
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._path)
        _sync_folder(self._path.parent)
        self._part.unlink()

    def close(self) -> None:
        """Close the unfinished file; it stays where it is not finished."""
        self._file.close()

    def _append(self, text: str, body: bytes) -> None:
        words = text.encode()
        self._file.write(_RECORD.pack(len(words), len(body), zlib.crc32(words + body)) + words + body)
        self._file.flush()

    def _resume(self, wanted: frozenset[str]) -> bool:
        """Take what an interrupted run made, if the same voice did; what is cut off goes."""
        self._file.seek(0)
        head = self._record()
        if head is None or head[0] != self._voice:
            return False
        whole = self._file.tell()
        while (record := self._record()) is not None:
            text, body = record
            whole = self._file.tell()
            if text in wanted:
                self.made[text] = Entry(whole - len(body), len(body) // 2, zlib.crc32(body))
        self._file.truncate(whole)
        self._file.seek(0, os.SEEK_END)
        return True

    def _record(self) -> tuple[str, bytes] | None:
        head = self._file.read(_RECORD.size)
        if len(head) < _RECORD.size:
            return None
        words, samples, crc = _RECORD.unpack(head)
        if words > _LONGEST_TEXT or samples > _LONGEST_SOUND:
            return None
        data = self._file.read(words + samples)
        if len(data) < words + samples or zlib.crc32(data) != crc:
            return None
        return data[:words].decode(errors="replace"), data[words:]

    def _take_over(self, lang: Lang, wanted: frozenset[str]) -> None:
        """What is in place already, if the same voice made it."""
        with contextlib.suppress(SpeechError):
            store = PhraseStore(self._path, lang)
            try:
                texts = wanted & store.entries.keys() if store.voice == self._voice else frozenset[str]()
                for text in sorted(texts - self.made.keys()):
                    stored = store.stored(text)
                    if stored is not None:
                        self.add(text, stored)
            finally:
                store.close()


def _sync_folder(folder: Path) -> None:
    """The new name itself survives a power cut."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
