"""Writes a recorded run (docs/recorded-runs.md): what came in and what came out, no pictures."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from device.companion import Senses, Turn
from device.errors import RecordError
from device.nmea import sentences
from device.ports import Playback
from device.run_format import (
    ANNOUNCEMENTS,
    HEALTH,
    MANIFEST,
    MANIFESTS,
    PLAYBACK,
    POSITION,
    REROUTES,
    ROUTE,
    SCENES,
    STEPS,
    STREAMS,
    Manifest,
    Moment,
    Rerouting,
    Setting,
    Step,
    as_recorded,
    encode,
    encode_position,
)
from device.runs import RunReader
from wire.codec import ROUTE as ROUTE_CODEC
from wire.route import Route
from wire.trip import Announced


class RunWriter:
    """One run being recorded. Each line is with the system when a call returns.

    Any call raises `RecordError` when the disk takes nothing; what was written before stays readable.
    Without `finish` (a crash, a dead battery) the run stays readable too, and is marked unfinished.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._manifest = manifest
        self._hashes = {name: hashlib.sha256() for name in STREAMS}
        self._files = {name: _create(folder / name) for name in STREAMS}
        self._playback = Playback()

    @classmethod
    def begin(cls, folder: Path, route: Route, settings: Mapping[str, Setting]) -> Self:
        """Start a run in `folder`, which is made, and must not hold a run already."""
        try:
            # Where someone walked is nobody else's business: the owner's folder.
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot_write(folder, error) from None
        if (folder / MANIFEST).exists():
            raise RecordError(f"{folder}: holds a recorded run already; choose another folder")
        source = route.source
        manifest = Manifest(map=source.name, practice=source.practice, settings=dict(settings))
        _replace_text(folder / ROUTE, ROUTE_CODEC.encode(route) + "\n")
        _write_manifest(folder, manifest)
        return cls(folder, manifest)

    def senses(self, senses: Senses) -> None:
        """What came in with one step."""
        if self._manifest.created is None:
            self._set_time(senses)
        self._write(STEPS, Moment(senses.now_s, Step(senses.frame)))
        for fix in senses.fixes:
            for sentence in sentences(fix):
                self._append(POSITION, encode_position(senses.now_s, sentence))
        if senses.scene is not None:
            self._write(SCENES, Moment(senses.now_s, as_recorded(senses.scene)))
        for change in senses.health:
            self._write(HEALTH, Moment(senses.now_s, change))
        if senses.path_closed or senses.rerouted is not None:
            self._write(REROUTES, Moment(senses.now_s, Rerouting(senses.path_closed, senses.rerouted)))
        playback = senses.playback
        if playback != self._playback or playback.failed or playback.finished:
            self._write(PLAYBACK, Moment(senses.now_s, playback))
            self._playback = playback

    def turn(self, now_s: float, turn: Turn) -> None:
        """What came out of one step: what became of announcements."""
        for happening in turn.happenings:
            if isinstance(happening, Announced):
                self._write(ANNOUNCEMENTS, Moment(now_s, happening))

    def finish(self) -> None:
        """Everything on the disk, the manifest with its hashes last, in one move."""
        try:
            for descriptor in self._files.values():
                os.fsync(descriptor)
        except OSError as error:
            raise _cannot_write(self._folder, error) from None
        hashes = {name: digest.hexdigest() for name, digest in self._hashes.items()}
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

    def _set_time(self, senses: Senses) -> None:
        self._manifest = replace(
            self._manifest,
            created=datetime.fromtimestamp(senses.utc_s, UTC).isoformat(timespec="milliseconds"),
            utc_offset_s=round(senses.utc_s - senses.now_s, 6),
        )
        _write_manifest(self._folder, self._manifest)

    def _write(self, name: str, moment: Moment[Any]) -> None:
        try:
            line = encode(name, moment)
        except ValueError as error:
            raise RecordError(
                f"{self._folder / name}: {moment.what!r} cannot be recorded ({error})"
            ) from None
        self._append(name, line)

    def _append(self, name: str, line: str) -> None:
        data = f"{line}\n".encode()
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._files[name], left) :]
        except OSError as error:
            raise _cannot_write(self._folder / name, error) from None
        except KeyError:
            raise RecordError(f"{self._folder}: the recording was ended before") from None
        self._hashes[name].update(data)


def replace_announcements(folder: Path, announced: Iterable[Moment[Announced]]) -> None:
    """Make these the expectation of a finished run, after a person has looked at the difference."""
    manifest = RunReader(folder).manifest
    text = "".join(f"{encode(ANNOUNCEMENTS, moment)}\n" for moment in announced)
    _replace_text(folder / ANNOUNCEMENTS, text)
    files = {**manifest.files, ANNOUNCEMENTS: _sha256(folder / ANNOUNCEMENTS)}
    _write_manifest(folder, replace(manifest, files=files))


def _create(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    except OSError as error:
        raise _cannot_write(path, error) from None


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    body = MANIFESTS.dump_python(manifest, mode="json")
    _replace_text(folder / MANIFEST, json.dumps(body, ensure_ascii=False, indent=2) + "\n")


def _replace_text(path: Path, text: str) -> None:
    """All of it or nothing: a reader never sees half a file."""
    draft = path.with_name(path.name + ".new")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise _cannot_write(path, error) from None


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _cannot_write(path: Path, error: OSError) -> RecordError:
    return RecordError(f"{path}: cannot be written ({error.strerror}); what was recorded before is kept")
