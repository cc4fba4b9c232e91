"""Reads a recorded run (docs/recorded-runs.md): every line checked, every fault named with its line."""

import hashlib
import heapq
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from device.errors import RecordError
from device.nmea import NmeaParser
from device.run_format import (
    ANNOUNCEMENTS,
    EVENTS,
    FORMAT,
    HEALTH,
    MANIFEST,
    MANIFESTS,
    PLAYBACK,
    POSITION,
    REROUTES,
    ROUTE,
    SAID,
    SCENES,
    STEPS,
    TOLD,
    WITHOUT,
    Input,
    MalformedError,
    Manifest,
    Moment,
    Said,
    Step,
    decode,
    decode_position,
    first_fault,
)
from vision.types import Scene
from wire.codec import ROUTE as ROUTE_CODEC
from wire.errors import WireError
from wire.position import Fix
from wire.route import Route
from wire.trip import Announced, Happening


class RunReader:
    """A recorded run. Everything is read and checked when it is opened: `RecordError` says file and line.

    An unfinished run (the device stopped in the middle) is read up to its last whole line.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.manifest = read_manifest(folder)
        self.route: Route | None = None if self.manifest.map is None else self._read_route()
        self._steps: tuple[Moment[Step], ...] = self._read_stream(STEPS)
        self._fixes = self._read_fixes()
        self._scenes: tuple[Moment[Scene], ...] = self._read_stream(SCENES)
        self._others = tuple(self._read_stream(name) for name in (HEALTH, PLAYBACK, REROUTES, TOLD))
        self._said: tuple[Moment[Said], ...] = self._read_stream(SAID)
        self._events: tuple[Moment[Happening], ...] = self._read_stream(EVENTS)
        self._announced: tuple[Moment[Announced], ...] = self._read_stream(ANNOUNCEMENTS)

    def fixes(self) -> tuple[tuple[float, Fix], ...]:
        """(second, fix) pairs, as `device.nmea_source.TimedFixes` takes them."""
        return tuple((moment.t_s, moment.what) for moment in self._fixes)

    def steps(self) -> tuple[Moment[Step], ...]:
        """Every step that was made; none in the formats 1 and 2."""
        return self._steps

    def scenes(self) -> tuple[Moment[Scene], ...]:
        """What vision told, step by step."""
        return self._scenes

    def announcements(self) -> tuple[Moment[Announced], ...]:
        """What came out: the expectation of a replay."""
        return self._announced

    def said(self) -> tuple[Moment[Said], ...] | None:
        """What was begun to be said, on a trip or not; None in formats that did not hold it."""
        return None if SAID in WITHOUT[self.manifest.format] else self._said

    def finished(self) -> frozenset[int]:
        """The utterances that were heard to their end."""
        heard = (moment.what for moment in self._others[1])
        return frozenset(number for playback in heard for number in playback.finished)

    def finished_at(self) -> dict[int, float]:
        """The same, each with the second at which it was noticed."""
        playbacks = [moment for moment in self._others[1] if moment.what.finished]
        return {number: moment.t_s for moment in playbacks for number in moment.what.finished}

    def events(self) -> tuple[Moment[Happening], ...] | None:
        """What else came out for the trip's log, without fixes; None in formats that did not hold it."""
        return None if EVENTS in WITHOUT[self.manifest.format] else self._events

    def inputs(self) -> Iterator[Moment[Input]]:
        """Everything that came in, in order of time; at one second in the order of the files."""
        streams: list[tuple[Moment[Any], ...]] = [self._steps, self._fixes, self._scenes, *self._others]
        return heapq.merge(*streams, key=lambda moment: moment.t_s)

    def _read_route(self) -> Route:
        try:
            return ROUTE_CODEC.decode(self._checked(ROUTE))
        except WireError as error:
            raise RecordError(f"{self._folder / ROUTE}: {error}") from None

    def _read_fixes(self) -> tuple[Moment[Fix], ...]:
        parser = NmeaParser("replay")
        fixes: list[Moment[Fix]] = []
        t_s = 0.0
        for number, line in self._lines(POSITION):
            faults = parser.faults
            try:
                t_s, sentence = decode_position(line)
            except MalformedError as error:
                raise self._fault(POSITION, number, str(error)) from None
            fix = parser.feed(sentence)
            if parser.faults != faults:
                new = next(reason for reason in parser.faults if parser.faults[reason] != faults.get(reason))
                raise self._fault(POSITION, number, f"a damaged sentence ({new})")
            if fix is not None:
                fixes.append(Moment(t_s, fix))
        last = parser.flush()
        if last is not None:
            fixes.append(Moment(t_s, last))
        return self._in_order(POSITION, fixes)

    def _read_stream(self, name: str) -> tuple[Moment[Any], ...]:
        if name in WITHOUT[self.manifest.format]:
            return ()
        moments: list[Moment[Any]] = []
        for number, line in self._lines(name):
            try:
                moments.append(decode(name, line))
            except MalformedError as error:
                raise self._fault(name, number, str(error)) from None
        return self._in_order(name, moments)

    def _in_order(self, name: str, moments: list[Moment[Any]]) -> tuple[Moment[Any], ...]:
        for one, two in pairwise(moments):
            if two.t_s < one.t_s:
                raise RecordError(
                    f"{self._folder / name}: goes back in time, from {one.t_s} s to {two.t_s} s"
                )
        return tuple(moments)

    def _lines(self, name: str) -> Iterator[tuple[int, str]]:
        try:
            text = self._checked(name).decode()
        except UnicodeDecodeError as error:
            raise RecordError(f"{self._folder / name}: not UTF-8 text at byte {error.start}") from None
        *whole, torn = text.split("\n")
        if torn and self.manifest.finished:
            raise self._fault(name, len(whole) + 1, "the last line has no end")
        yield from enumerate(whole, 1)

    def _checked(self, name: str) -> bytes:
        """The file's bytes, which must be those that were recorded where the run is finished."""
        data = self._bytes(name)
        if self.manifest.finished and hashlib.sha256(data).hexdigest() != self.manifest.files.get(name):
            raise RecordError(
                f"{self._folder / name}: is not what was recorded (sha256 differs from {MANIFEST}); "
                "take it from the original run"
            )
        return data

    def _bytes(self, name: str) -> bytes:
        return _bytes(self._folder / name)

    def _fault(self, name: str, number: int, what: str) -> RecordError:
        return RecordError(f"{self._folder / name}:{number}: {what}")


def read_manifest(folder: Path) -> Manifest:
    """What `run.json` says; `RecordError` where the folder is no run, or one of a newer version."""
    path = folder / MANIFEST
    if not path.is_file():
        raise RecordError(f"{folder}: not a recorded run (no {MANIFEST}); name a run's folder")
    data = _bytes(path)
    try:
        return MANIFESTS.validate_json(data)
    except ValidationError as error:
        fault = first_fault(error)
    newer = _format_of(data)
    if newer > FORMAT:
        raise RecordError(
            f"{folder}: 新しい版の標が記録しました(形式 {newer}、読めるのは {FORMAT} まで)。"
            "標を更新してください / "
            f"was recorded by a newer Shirube (format {newer}; this one reads 1 to {FORMAT}): update Shirube"
        )
    raise RecordError(f"{path}: {fault}")


def _format_of(data: bytes) -> int:
    """The number of the format, whatever else the file holds; 0 where there is none."""
    try:
        body = json.loads(data)
    except ValueError:
        return 0
    number = body.get("format") if isinstance(body, dict) else None
    return number if isinstance(number, int) else 0


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror})") from None
