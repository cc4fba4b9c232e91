"""The eyes: camera, motion sensor and model as guidance sees them, in this process or in another."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from device.errors import CameraError
from device.looking import Look, Looker
from device.ports import CameraSource
from vision.attitude import Attitude, AttitudeSource
from vision.errors import ModelError, VisionError
from vision.health import ImuWatch
from vision.types import Frame


@dataclass(frozen=True, slots=True)
class Glance:
    """What came since the last one. `frame`: the picture itself, where it is in this process.

    `camera_fault`, `model_fault`: one line for the log while the camera gives nothing, or the model failed in
    place of an answer; `camera_reason` as in `device.announcements.Fault`. `imu_fault`: `vision.health.LOST`,
    or None.
    """

    arrived: bool = False
    frame: Frame | None = field(default=None, repr=False)
    look: Look = field(default_factory=Look)
    camera_fault: str = ""
    camera_reason: str = ""
    model_fault: str = ""
    imu_fault: str | None = None


class Eyes(Protocol):
    """Where glances come from."""

    def glance(self, now_s: float) -> Glance:
        """What is new; never blocks."""


class Balance:
    """Whether a motion sensor is to be believed. `imu` None: none is worn, and none is missed."""

    def __init__(self, imu: AttitudeSource | None) -> None:
        self._imu = imu
        self._watch = ImuWatch()

    def at(self, t_s: float) -> Attitude | None:
        """How the head was held; None where that is not known, or the sensor is not to be believed."""
        return None if self._imu is None or self._watch.fault is not None else self._imu.at(t_s)

    def newest(self) -> Attitude | None:
        """What a source of the newest value tells; None where that is not to be believed."""
        return self.at(float("inf"))

    def judge(self, now_s: float) -> str | None:
        """What is wrong with the sensor. Once a tick."""
        if self._imu is None:
            return None
        told = self._imu.at(now_s)
        watch = self._watch if told is None else self._watch.held(told.t_s, told.pitch_deg, told.roll_deg)
        self._watch = watch.at(now_s)
        return self._watch.fault


class LocalEyes:
    """`Eyes` in this process. `own_speed`: at a monotonic second, m/s; None where it is not known."""

    def __init__(
        self,
        camera: CameraSource,
        looker: Looker,
        imu: AttitudeSource | None = None,
        own_speed: Callable[[float], float | None] = lambda _now_s: None,
    ) -> None:
        self._camera, self._looker, self._own_speed = camera, looker, own_speed
        self._balance = Balance(imu)

    def glance(self, now_s: float) -> Glance:
        """The newest frame goes to the looker; what it has answered meanwhile comes back."""
        frame, camera_fault, model_fault = self._frame()
        own_speed_mps = self._own_speed(now_s)  # frames or not: who tells it must not wait to be heard
        if frame is not None:
            self._looker.offer(frame, self._balance.at(frame.t_s), own_speed_mps)
        look = self._looker.poll()
        imu_fault = self._balance.judge(now_s)
        return Glance(
            frame is not None, frame, look, camera_fault, model_fault=model_fault, imu_fault=imu_fault
        )

    def _frame(self) -> tuple[Frame | None, str, str]:
        try:
            return self._camera.latest(), "", ""
        except ModelError as error:  # of a camera whose frames are looked at ahead of their time
            return None, "", str(error)
        except (CameraError, VisionError) as error:
            return None, str(error), ""
