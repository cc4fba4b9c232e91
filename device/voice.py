"""The `Voice` port: a worker process that is watched, restarted, and never waited for without end."""

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import IO, Any

import numpy as np

from device.announcements import Lang
from device.errors import SpeechError
from device.ports import SAMPLE_RATE, Pcm, Voice
from device.speech.process_state import is_stopped

_WORKER = (sys.executable, "-m", "device.voice_worker")
CACHED_S = 300.0  # of sound kept in memory: 29 MB
_LOOK_S = 0.1  # while waiting for an answer: whether the worker was stopped


class VoiceProcess:
    """Synthesis in a process of its own. The same text gives the same samples.

    `first_limit_s` covers the dictionary's loading; `limit_s` is for any later sentence. A worker
    that dies, is stopped or is late is ended and started once more before `SpeechError`. `cached_s`: of
    sound that is kept. Safe to share between threads.
    """

    def __init__(
        self,
        command: tuple[str, ...] = _WORKER,
        *,
        first_limit_s: float = 15.0,
        limit_s: float = 10.0,
        cached_s: float = CACHED_S,
    ) -> None:
        self._command = command
        self._first_limit_s = first_limit_s
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None
        self._warm = False
        self._cache = _Cache(cached_s)
        self._engines: dict[str, str] = {}

    def synthesise(self, text: str, lang: str) -> Pcm:
        """Mono int16 at SAMPLE_RATE, trimmed and at the common loudness; raises `SpeechError`."""
        if not text.strip():
            raise SpeechError("nothing to say: the text is empty")
        with self._lock:
            cached = self._cache.get((text, lang))
            if cached is not None:
                return cached
            pcm = self._ask_twice(text, lang)
            self._cache.put((text, lang), pcm)
            return pcm

    def render_ahead(self, texts: Iterable[str], lang: str) -> None:
        """Make phrases before they are needed; raises `SpeechError` at the first that cannot be made."""
        for text in texts:
            self.synthesise(text, lang)

    def warm(self, lang: Lang) -> None:
        """Have a worker that runs and has spoken `lang`; raises `SpeechError`. Free where there is one."""
        with self._lock:
            worker = self._worker
            if worker is not None and (worker.poll() is not None or is_stopped(worker.pid)):
                self._end()
            if self._worker is None:
                self._ask_twice(PROBES[lang], lang)

    def spare_in_use(self, lang: str) -> bool:
        """Whether the last sentence came from the spare voice: to be told to the wearer."""
        return lang == "ja" and self._engines.get(lang, "openjtalk") != "openjtalk"

    def close(self) -> None:
        """End the process; safe to call twice."""
        with self._lock:
            self._end()

    def _ask_twice(self, text: str, lang: str) -> Pcm:
        try:
            return self._ask(text, lang)
        except _WorkerLostError:
            self._end()
        try:
            return self._ask(text, lang)
        except _WorkerLostError as lost:
            self._end()
            raise SpeechError(f"the voice {lost} twice: run `shirube device doctor`") from None

    def _ask(self, text: str, lang: str) -> Pcm:
        worker = self._running()
        deadline_s = time.monotonic() + (self._limit_s if self._warm else self._first_limit_s)
        request = json.dumps({"text": text, "lang": lang}).encode() + b"\n"
        try:
            assert worker.stdin is not None  # noqa: S101 (Popen was given pipes)
            worker.stdin.write(request)
            worker.stdin.flush()
        except OSError:
            raise _WorkerLostError("ended") from None
        header, body = _read_answer(worker, deadline_s)
        self._warm = True
        if "error" in header:
            raise SpeechError(header["error"])
        self._engines[lang] = header["engine"]
        pcm = np.frombuffer(body, dtype="<i2").astype(np.int16)
        pcm.setflags(write=False)
        return pcm

    def _running(self) -> subprocess.Popen[bytes]:
        if self._worker is None:
            self._warm = False
            self._worker = subprocess.Popen(  # noqa: S603 (our own module, no shell)
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._worker

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.kill()
        worker.wait()
        for pipe in (worker.stdin, worker.stdout):
            if pipe is not None:
                _close_quietly(pipe)


class _WorkerLostError(Exception):
    """The worker ended or was late; the message goes into a sentence: "the voice … twice"."""


def _close_quietly(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:
        # A request that was never read is still in the buffer; the worker is gone anyway.
        return


def _read_answer(worker: subprocess.Popen[bytes], deadline_s: float) -> tuple[dict[str, Any], bytes]:
    assert worker.stdout is not None  # noqa: S101 (Popen was given pipes)
    pipe = worker.stdout.fileno()
    data = b""
    while b"\n" not in data:
        data += _read_some(worker.pid, pipe, deadline_s)
    line, _, body = data.partition(b"\n")
    try:
        header: dict[str, Any] = json.loads(line)
    except ValueError:
        raise _WorkerLostError("answered nonsense") from None
    parts = [body]
    missing = header["bytes"] - len(body)
    while missing > 0:
        parts.append(_read_some(worker.pid, pipe, deadline_s))
        missing -= len(parts[-1])
    return header, b"".join(parts)


def _read_some(pid: int, pipe: int, deadline_s: float) -> bytes:
    while not select.select([pipe], [], [], min(_LOOK_S, max(0.0, deadline_s - time.monotonic())))[0]:
        if is_stopped(pid):
            raise _WorkerLostError("was stopped")
        if time.monotonic() >= deadline_s:
            raise _WorkerLostError("did not answer in time")
    data = os.read(pipe, 1 << 16)
    if not data:
        raise _WorkerLostError("ended")
    return data


class _Cache:
    """The sentences used last, up to `longest_s` of sound."""

    def __init__(self, longest_s: float) -> None:
        self._longest = round(longest_s * SAMPLE_RATE)
        self._kept: OrderedDict[tuple[str, str], Pcm] = OrderedDict()
        self._samples = 0

    def get(self, key: tuple[str, str]) -> Pcm | None:
        pcm = self._kept.get(key)
        if pcm is not None:
            self._kept.move_to_end(key)
        return pcm

    def put(self, key: tuple[str, str], pcm: Pcm) -> None:
        self._kept[key] = pcm
        self._samples += len(pcm)
        while self._samples > self._longest and len(self._kept) > 1:
            self._samples -= len(self._kept.popitem(last=False)[1])


PROBES: dict[Lang, str] = {"ja": "案内", "en": "Guidance"}


def usable_lang(voice: Voice, wanted: Lang) -> tuple[Lang, str | None]:
    """The language that can be spoken: `wanted`, or the other one and why; `SpeechError` if neither."""
    other: Lang = "en" if wanted == "ja" else "ja"
    try:
        voice.synthesise(PROBES[wanted], wanted)
    except SpeechError as error:
        voice.synthesise(PROBES[other], other)
        return other, str(error)
    return wanted, None
