"""The part that sees: camera, model and pipeline, told to guidance as `Seen`.

The loop that beats waits for nothing: the camera is read, and the model asked, in threads of their own.
"""

import contextlib
import logging
from typing import Final

import cv2

from device.cameras.coming import ComingCamera, imu_source
from device.cameras.film import Film
from device.config import CameraConfig, RecordConfig
from device.eyes import Glance, LocalEyes
from device.looking import ThreadedLooker
from device.parts.bell import Bell
from device.parts.channel import Door
from device.parts.messages import NOTHING, SEEN, Nothing, Seen
from device.parts.part import BEAT_EVERY_S, Part
from device.parts.told_speed import ToldSpeed
from device.ports import Clock
from device.run_format import as_recorded
from device.sight import ModelSight
from vision.attitude import Attitude, AttitudeSource
from vision.network_detector import NetworkDetector
from vision.onnx_detector import open_detector

_log = logging.getLogger(__name__)

# The model at one frame for so long hangs: the part beats no more. Guidance has told it long before.
HANGS_S: Final = 3.0
LOADS_S: Final = 60.0
TELL_EVERY_S: Final = 0.2


def serve(part: Part) -> None:
    """Look until `part.ending`. Raises `ChannelError` where nobody could listen."""
    config = part.config.camera
    # Speech needs the other cores, and OpenCV's complaints about a camera come as our own faults.
    cv2.setNumThreads(1)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    with contextlib.ExitStack() as held:
        bell = Bell()
        held.callback(bell.close)
        door: Door[Nothing, Seen] = Door(part.socket("eyes"), NOTHING, SEEN)
        held.callback(door.close)
        film = film_of(part.config.record, part.clock)
        if film is not None:
            held.callback(film.close)
        sight = ModelSight(config, lambda: model_of(config), part.clock, film.take if film else None)
        camera = ComingCamera(config, part.clock, bell.ring, part.socket("phone"))
        held.callback(camera.close)
        looker = ThreadedLooker(sight, part.clock, bell.ring)
        held.callback(looker.close)
        held.callback(sight.close)
        imu = imu_source(config, camera, part.clock)
        speed = ToldSpeed(part)
        held.callback(speed.close)
        eyes = LocalEyes(camera, looker, imu, speed.at)
        _look(part, door, bell, camera, sight, eyes, imu)


def _look(
    part: Part,
    door: Door[Nothing, Seen],
    bell: Bell,
    camera: ComingCamera,
    sight: ModelSight,
    eyes: LocalEyes,
    imu: AttitudeSource | None,
) -> None:
    teller = Teller()
    due_s = float("-inf")
    while not part.ending.is_set():
        now_s = part.clock.now_s()
        glance = eyes.glance(now_s)
        before = teller.camera_fault
        told = teller.seen(glance, now_s, sight.fault, camera.attitude(imu))
        if teller.camera_fault != before:
            _log.warning("camera: %s", teller.camera_fault or "pictures come again")
        if told is not None or now_s >= due_s:
            door.send(told or teller.still(now_s, glance, sight.fault))
            due_s = now_s + TELL_EVERY_S
        door.poll()
        if not camera.stuck and not hangs(glance, sight.loading_since_s, now_s):
            part.beat()
        bell.wait((*door.filenos(), *camera.filenos()), min(BEAT_EVERY_S / 2, due_s - now_s))


def hangs(glance: Glance, loading_since_s: float | None, now_s: float) -> bool:
    """Whether the model will not answer any more: at one frame, or being opened, for too long."""
    if loading_since_s is not None:
        return now_s - loading_since_s > LOADS_S
    busy_since_s = glance.look.busy_since_s
    return busy_since_s is not None and now_s - busy_since_s > HANGS_S


class Teller:
    """From glances to what guidance is told; the camera's fault stands until a frame comes."""

    def __init__(self) -> None:
        self.camera_fault = ""

    def seen(self, glance: Glance, now_s: float, no_model: str, attitude: Attitude | None) -> Seen | None:
        """What is new, or None. `no_model`: why there is none; then no frame is answered with a scene."""
        before = self.camera_fault
        self.camera_fault = "" if glance.arrived else glance.camera_fault or before
        answer = glance.look.answer
        if not glance.arrived and answer is None and self.camera_fault == before:
            return None
        told = self.still(now_s, glance, no_model, arrived=glance.arrived, attitude=attitude)
        if answer is None:
            return told
        return Seen(
            now_s,
            glance.arrived,
            # What it shows is of its exposure: glasses' pictures have been on their way.
            answer.offered_s if answer.scene is None else min(answer.offered_s, answer.scene.t_s),
            answer.began_s,
            answer.ended_s,
            None if answer.scene is None else as_recorded(answer.scene),
            answer.fault,
            glance.look.busy_since_s,
            self.camera_fault,
            attitude,
        )

    def still(
        self,
        now_s: float,
        glance: Glance,
        no_model: str,
        *,
        arrived: bool = False,
        attitude: Attitude | None = None,
    ) -> Seen:
        """How things are, without an answer; that there is no model is one, whether frames come or not."""
        at_s = now_s if no_model else None
        return Seen(
            now_s,
            arrived,
            at_s,
            at_s or 0.0,
            at_s or 0.0,
            fault=no_model,
            busy_since_s=glance.look.busy_since_s,
            camera_fault=self.camera_fault,
            attitude=attitude,
        )


# --- what is opened


def model_of(config: CameraConfig) -> NetworkDetector:
    """The configured model, else the manifest's first, on one thread. Raises `ModelError`."""
    return open_detector(config.model, threads=1, runtime=config.runtime)


def film_of(config: RecordConfig, clock: Clock) -> Film | None:
    """Where pictures go: only with a folder, the wish for video, and the wearer's consent."""
    if config.folder is None or not (config.video and config.consent):
        return None
    return Film(config.folder, clock, config.keep)
