"""Collecting pictures for labelling: `shirube device collect --record DIR --camera URI --consent`.

A picture is worth storing when enough time has passed, nothing is wrong with it, and it shows something new.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

import cv2

from device.cameras.uri import without_secrets
from device.clocks import SystemClock, VirtualClock
from device.collect_camera import camera_frames, is_file
from device.collect_choice import SAME, SMEARED_FAULT, Chooser
from device.collect_privacy import CONSENT, CONSENT_VERSION, SURE_ENOUGH, blurred, regions
from device.collect_store import FolderFullError, Manifest, Place, Store, Taken
from device.errors import CameraError, ConfigError
from device.ports import Clock, PositionSource
from device.positions import is_live, position_source
from vision import faults
from vision.labelling import proposals
from vision.labelling.records import record_line
from vision.model_spec import ModelSpec
from vision.types import Detections, Frame, Image
from wire.position import Fix

JPEG_QUALITY: Final = 92
FIX_STALE_S: Final = 5.0
FULL, LOST = "disk full", "camera lost"
SOON: Final = "soon"
TROUBLES: Final = {
    faults.DARK: "暗すぎます / too dark",
    faults.COVERED: "レンズが覆われています / the lens is covered",
    faults.FROZEN: "同じ画像のままです / the camera gives the same picture again and again",
    SMEARED_FAULT: "ぼけています。レンズを拭いてください / smeared: wipe the lens",
}


class Finder(Protocol):
    """The detector, which also tells what it is unsure of: `least` is the lowest score given out."""

    def detect(self, frame: Frame, least: float | None = None) -> Detections:
        """As `vision.ports.Detector`."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line said. `minutes` None: until it is stopped."""

    folder: Path
    camera: str
    every_s: float = 2.0
    consent: bool = False
    blur: bool = True
    minutes: float | None = None
    position: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `fault`: one line where it ended otherwise than asked."""

    manifest: Manifest
    fault: str | None = None


class Collector:
    """Takes frames, stores those worth it with the model's proposals."""

    def __init__(
        self,
        store: Store,
        finder: Finder,
        clock: Clock,
        manifest: Manifest,
        positions: PositionSource | None = None,
        recorded_s: bool = False,
    ) -> None:
        self._store, self._finder, self._clock, self._positions = store, finder, clock, positions
        self._hourless = recorded_s  # the camera is a file: nobody knows when it was
        self._chooser = Chooser(manifest.every_s)
        self._dropped: Counter[str] = Counter()
        self._told: str | None = None
        self._fix: Fix | None = None
        self._fix_s = 0.0
        self.manifest = manifest
        store.manifest(manifest)

    def run(self, frames: Iterable[Frame], minutes: float | None, say: Callable[[str], None]) -> Outcome:
        """Until the frames end, the minutes are over, Ctrl-C, or a fault; the manifest is written anyhow."""
        why, fault = "error", None
        try:
            why = self._all(frames, minutes, say)
        except KeyboardInterrupt:
            why = "asked"
        except CameraError as error:
            why, fault = LOST, str(error)
        except FolderFullError as error:
            why, fault = FULL, str(error)
        finally:
            self._finish(why)
        return Outcome(self.manifest, fault)

    def _all(self, frames: Iterable[Frame], minutes: float | None, say: Callable[[str], None]) -> str:
        first_s: float | None = None
        for frame in frames:
            first_s = frame.t_s if first_s is None else first_s
            if minutes is not None and frame.t_s - first_s >= minutes * 60:
                return "minutes"
            self._note_position()
            self._tell(self.take(frame), say)
        return "end"

    def _tell(self, refusal: str | None, say: Callable[[str], None]) -> None:
        """Each picture, and each trouble once: a lens cap is noticed on the street, not at the desk."""
        if refusal is None:
            say(f"{self.manifest.stored} 枚 / pictures")
        elif refusal not in (SAME, SOON, self._told):
            say(f"保存しません / not stored: {TROUBLES.get(refusal, refusal)}")
        self._told = self._told if refusal in (SAME, SOON) else refusal

    def take(self, frame: Frame) -> str | None:
        """Store the frame if it is worth it; why it was not, in a word, None where it was."""
        if not self._chooser.is_due(frame):
            return SOON
        refusal = self._chooser.refusal(frame)
        if refusal is None:
            self._keep(frame)
        else:
            self._dropped[refusal] += 1
        return refusal

    def _keep(self, frame: Frame) -> None:
        found = self._finder.detect(frame)
        hidden = regions(self._finder.detect(frame, SURE_ENOUGH).objects) if self.manifest.blur else ()
        picture = blurred(frame.image, hidden)
        number = self.manifest.stored + 1
        file, sha256 = self._store.picture(f"{number:05d}.jpg", _jpeg(picture))
        name = self._store.folder.resolve().name
        # One walk is one scene: whoever labels it parts or joins scenes by place.
        record = proposals.proposed(proposals.Place(sha256, name, file, name), found)
        utc = None if self._hourless else _iso(self._clock.utc_s())
        taken = Taken(file, sha256, round(frame.t_s, 3), utc, len(hidden), self._place())
        self._store.lines(taken, record_line(record))
        size = self.manifest.size or (picture.shape[1], picture.shape[0])
        self.manifest = replace(self.manifest, stored=number, size=size)

    def _note_position(self) -> None:
        for fix in self._positions.poll() if self._positions else ():
            self._fix, self._fix_s = fix, self._clock.now_s()

    def _place(self) -> Place | None:
        if self._fix is None or self._clock.now_s() - self._fix_s > FIX_STALE_S:
            return None
        return Place(self._fix.lat, self._fix.lon, self._fix.accuracy_m)

    def _finish(self, why: str) -> None:
        ended = _iso(self._clock.utc_s())
        self.manifest = replace(self.manifest, ended=ended, why=why, dropped=dict(self._dropped))
        # On a full disk the earlier manifest stands, without an end; pictures and lines are whole.
        with suppress(FolderFullError):
            self._store.manifest(self.manifest)


def _jpeg(image: Image) -> bytes:
    """Bare JPEG: no EXIF, so neither place nor camera number is in it."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise CameraError("写真を JPEG にできません / a picture could not be made a JPEG")
    return data.tobytes()


def _iso(utc_s: float) -> str:
    return datetime.fromtimestamp(utc_s, UTC).isoformat(timespec="milliseconds")


def run_collection(options: Options, say: Callable[[str], None]) -> Outcome:
    """Open all that is needed and collect. Raises `DeviceError`, `VisionError` before anything is stored."""
    from vision.onnx_detector import open_detector

    if not options.consent:
        raise ConfigError(f"同意がありません。集めません / no consent, nothing is collected\n{CONSENT}")
    if options.every_s <= 0 or (options.minutes is not None and options.minutes <= 0):
        raise ConfigError("--every, --minutes: 0 より大きい数を / must be more than 0")
    clock: Clock = SystemClock()
    started = _iso(clock.utc_s())
    if is_file(options.camera):
        if options.position and is_live(options.position):
            raise ConfigError(
                "--position: 録画には今の位置は使えません / a live position does not belong to a file"
            )
        clock = VirtualClock(clock.utc_s())
    frames = camera_frames(options.camera, clock)
    positions = position_source(options.position, clock) if options.position else None
    detector = open_detector(options.model)
    manifest = _manifest(options, detector.spec, started)
    try:
        collector = Collector(
            Store(options.folder), detector, clock, manifest, positions, is_file(options.camera)
        )
        return collector.run(frames, options.minutes, say)
    finally:
        if positions:
            positions.close()


def _manifest(options: Options, spec: ModelSpec, started: str) -> Manifest:
    return Manifest(
        camera=without_secrets(options.camera),
        model=spec.id,
        model_sha256=spec.sha256,
        every_s=options.every_s,
        blur=options.blur,
        positions=options.position is not None,
        consent=CONSENT_VERSION,
        started=started,
    )
