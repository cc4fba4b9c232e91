"""Writes a recorded run (docs/recorded-runs.md): what came in and what came out, no pictures."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from device.errors import RecordError
from device.kept_files import write_whole
from device.run_format import (
    ANNOUNCEMENTS,
    FORMAT,
    MANIFEST,
    MANIFESTS,
    ROUTE,
    STREAMS,
    TOLD,
    Manifest,
    Moment,
    Setting,
    decode,
    encode,
)
from device.run_lines import Lines, LineState, lines_in, lines_out
from device.runs import RunReader, read_manifest
from device.senses import Senses, Turn
from wire.codec import ROUTE as ROUTE_CODEC
from wire.route import Route
from wire.trip import Announced

_NOTHING: Final[Mapping[str, bytes]] = {}


class RunRecorder:
    """Turns steps into lines for `write`: that of `RunWriter`, or one that sends them to the log part."""

    def __init__(self, write: Callable[[Lines], None]) -> None:
        self._write = write
        self._state = LineState()

    def senses(self, senses: Senses) -> None:
        """What came in with one step; raises `RecordError`."""
        self._state, lines = lines_in(self._state, senses)
        self._write(lines)

    def turn(self, now_s: float, turn: Turn) -> None:
        """What came out; raises `RecordError`."""
        lines = lines_out(now_s, turn)
        if lines:
            self._write(lines)


class HeldLines:
    """Lines for a log part that is not there yet, all of them once it is. A gap after that is a fault.

    `send` raises `RecordError` where nobody is there. At most `most` lines are held: some minutes,
    and less than one message may be long.
    """

    def __init__(self, send: Callable[[Lines], None], most: int = 20_000) -> None:
        self._send, self._most = send, most
        self._held: list[tuple[str, str]] = []
        self._been = False

    def __call__(self, lines: Lines) -> None:
        """Send, or hold; raises `RecordError`."""
        self._held += lines
        try:
            self._send(tuple(self._held))
        except RecordError:
            if self._been or len(self._held) > self._most:
                raise
            return
        self._been, self._held = True, []


class RunWriter:
    """One run being recorded. Each line is with the system when a call returns.

    Any call raises `RecordError` when the disk takes nothing; what was written before stays readable.
    Without `finish` (a crash, a dead battery) the run stays readable too, and is marked unfinished.
    """

    def __init__(self, folder: Path, manifest: Manifest, kept: Mapping[str, bytes] = _NOTHING) -> None:
        self._folder = folder
        self._manifest = manifest
        self._hashes = {name: hashlib.sha256(kept.get(name, b"")) for name in STREAMS}
        self._files = {name: _opened(folder / name, len(kept.get(name, b""))) for name in STREAMS}
        self._steps = RunRecorder(self.write)

    @classmethod
    def begin(cls, folder: Path, route: Route | None, settings: Mapping[str, Setting]) -> Self:
        """Start a run in `folder`, which is made, and must not hold a run already. `route` None: a walk."""
        try:
            # Where someone walked is nobody else's business: the owner's folder.
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot_write(folder, error) from None
        if (folder / MANIFEST).exists():
            raise RecordError(f"{folder}: holds a recorded run already; choose another folder")
        manifest = Manifest(
            map=route.source.name if route else None,
            practice=route is not None and route.source.practice,
            settings=dict(settings),
        )
        if route is not None:
            _replace_text(folder / ROUTE, ROUTE_CODEC.encode(route) + "\n")
        _write_manifest(folder, manifest)
        return cls(folder, manifest)

    @classmethod
    def resume(cls, folder: Path) -> Self:
        """Go on with a run that was not finished: a line that was cut off is dropped. `RecordError`."""
        manifest = read_manifest(folder)
        if manifest.finished or manifest.format != FORMAT:
            raise RecordError(f"{folder}: is finished, or of an older format: begin another run")
        return cls(folder, manifest, {name: _whole_lines(folder / name) for name in STREAMS})

    def write(self, lines: Lines) -> None:
        """Lines of the run's files, as `device.run_lines` makes them."""
        for name, line in lines:
            if self._manifest.created is None and name == TOLD:
                self._set_time(line)
            self._append(name, f"{line}\n".encode())

    def senses(self, senses: Senses) -> None:
        """What came in with one step."""
        self._steps.senses(senses)

    def turn(self, now_s: float, turn: Turn) -> None:
        """What came out of one step."""
        self._steps.turn(now_s, turn)

    def finish(self) -> None:
        """Everything on the disk, the manifest with its hashes last, in one move."""
        try:
            for descriptor in self._files.values():
                os.fsync(descriptor)
        except OSError as error:
            raise _cannot_write(self._folder, error) from None
        hashes = {name: digest.hexdigest() for name, digest in self._hashes.items()}
        if self._manifest.map is not None:
            hashes[ROUTE] = _sha256(self._folder / ROUTE)
        _write_manifest(self._folder, replace(self._manifest, finished=True, files=hashes))
        self.close()

    def close(self) -> None:
        """Close the files; the run stays unfinished unless `finish` was called. Safe to call twice."""
        files, self._files = self._files, {}
        for descriptor in files.values():
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _set_time(self, line: str) -> None:
        """When the run began, from the first line that tells of the clock."""
        moment = decode(TOLD, line)
        offset_s = moment.what.utc_offset_s
        if offset_s is None:
            return
        created = datetime.fromtimestamp(offset_s + moment.t_s, UTC).isoformat(timespec="milliseconds")
        self._manifest = replace(self._manifest, created=created, utc_offset_s=offset_s)
        _write_manifest(self._folder, self._manifest)

    def _append(self, name: str, data: bytes) -> None:
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._files[name], left) :]
        except OSError as error:
            raise _cannot_write(self._folder / name, error) from None
        except KeyError:
            known = name in STREAMS
            why = "the recording was ended before" if known else f"{name} is no file of a run"
            raise RecordError(f"{self._folder}: {why}") from None
        self._hashes[name].update(data)


def replace_announcements(folder: Path, announced: Iterable[Moment[Announced]]) -> None:
    """Make these the expectation of a finished run, after a person has looked at the difference."""
    manifest = RunReader(folder).manifest
    text = "".join(f"{encode(ANNOUNCEMENTS, moment)}\n" for moment in announced)
    _replace_text(folder / ANNOUNCEMENTS, text)
    files = {**manifest.files, ANNOUNCEMENTS: _sha256(folder / ANNOUNCEMENTS)}
    _write_manifest(folder, replace(manifest, files=files))


def _opened(path: Path, kept: int) -> int:
    """The file, made where it is not there, cut to its first `kept` bytes."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.ftruncate(descriptor, kept)
    except OSError as error:
        raise _cannot_write(path, error) from None
    return descriptor


def _whole_lines(path: Path) -> bytes:
    """What a file holds up to its last whole line; nothing where it is not there yet."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror})") from None
    return data[: data.rfind(b"\n") + 1]


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    body = MANIFESTS.dump_python(manifest, mode="json")
    _replace_text(folder / MANIFEST, json.dumps(body, ensure_ascii=False, indent=2) + "\n")


def _replace_text(path: Path, text: str) -> None:
    try:
        write_whole(path, text, 0o644)
    except OSError as error:
        raise _cannot_write(path, error) from None


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _cannot_write(path: Path, error: OSError) -> RecordError:
    return RecordError(f"{path}: cannot be written ({error.strerror}); what was recorded before is kept")
