"""The camera that the configuration names, whenever it comes, and the motion sensor that goes with it."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from device.cameras.clip import ClipCamera, ClipOverError
from device.cameras.glasses import Glasses
from device.cameras.live import CameraStuckError
from device.cameras.sources import camera_source
from device.config import CameraConfig
from device.errors import CameraError, ConfigError
from device.ports import CameraSource, Clock
from vision.attitude import Attitude, AttitudeError, Attitudes, AttitudeSource, read_attitudes
from vision.types import Frame

_log = logging.getLogger(__name__)

REOPEN_S: Final = 1.0  # a recording that cannot be read


class ComingCamera:
    """The configured camera, opened again and again where it cannot be; its faults are `CameraError`.

    `stuck`: it hangs so that only a new process helps.
    """

    def __init__(self, config: CameraConfig, clock: Clock, wake: Callable[[], object], phone: Path) -> None:
        self._config, self._clock, self._wake, self._phone = config, clock, wake, phone
        self._camera: CameraSource | None = None
        self._due_s = float("-inf")
        self._exposed_s: float | None = None
        self.stuck = False

    def latest(self) -> Frame | None:
        """As `CameraSource.latest`."""
        camera = self._camera or self._opened()
        if camera is None:
            return None
        try:
            frame = camera.latest()
        except CameraStuckError:
            self.stuck = True
            raise
        except CameraError as error:
            # A live camera opens itself anew; a recording that is over stays over.
            if isinstance(camera, ClipCamera) and not isinstance(error, ClipOverError):
                camera.close()
                self._camera = None
            raise
        if frame is not None:
            self._exposed_s = frame.t_s
        return frame

    def close(self) -> None:
        """As `CameraSource.close`."""
        if self._camera is not None:
            self._camera.close()

    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`; what has none rings the bell."""
        return self._camera.filenos() if isinstance(self._camera, Glasses) else ()

    @property
    def worn_imu(self) -> AttitudeSource | None:
        """The glasses' own motion sensor, where they are the camera."""
        return self._camera.attitudes if isinstance(self._camera, Glasses) else None

    @property
    def began_s(self) -> float | None:
        """When a recording's second 0 was."""
        return self._camera.began_s if isinstance(self._camera, ClipCamera) else None

    def attitude(self, imu: AttitudeSource | None) -> Attitude | None:
        """How the head was held at the newest exposure."""
        return None if imu is None or self._exposed_s is None else imu.at(self._exposed_s)

    def _opened(self) -> CameraSource | None:
        now_s = self._clock.now_s()
        if now_s < self._due_s:
            return None
        self._due_s = now_s + REOPEN_S
        try:
            self._camera = camera_source(self._config, self._clock, self._wake, self._phone)
        except ConfigError as error:
            raise CameraError(str(error)) from None
        return self._camera


def imu_source(config: CameraConfig, camera: ComingCamera, clock: Clock) -> AttitudeSource | None:
    """The motion sensor that is worn; None: none is. A record that cannot be read tells nothing, ever."""
    kind, _, rest = config.imu.partition(":")
    if kind == "glasses":
        return WornImu(camera)
    if kind != "file":
        return None
    try:
        return PlayedImu(read_attitudes(Path(rest)), camera, clock.now_s())
    except AttitudeError as error:
        _log.warning("%s", error)
        return Attitudes()


class WornImu:
    """An `AttitudeSource`: what the glasses tell, once they are there."""

    def __init__(self, camera: ComingCamera) -> None:
        self._camera = camera

    def at(self, t_s: float) -> Attitude | None:
        """As the glasses' record has it."""
        told = self._camera.worn_imu
        return None if told is None else told.at(t_s)


class PlayedImu:
    """An `AttitudeSource`: a record, whose second 0 is the clip's, or the start of this process."""

    def __init__(self, told: Attitudes, camera: ComingCamera, began_s: float) -> None:
        self._told, self._camera, self._began_s = told, camera, began_s

    def at(self, t_s: float) -> Attitude | None:
        """In the seconds of the clock."""
        began_s = self._camera.began_s
        began_s = self._began_s if began_s is None else began_s
        found = self._told.at(t_s - began_s)
        return None if found is None else replace(found, t_s=t_s)
