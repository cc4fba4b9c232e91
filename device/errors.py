"""What can go wrong on the device.

DeviceError
├── ConfigError      a setting or URI that cannot be used
├── PositionError    a position source that cannot be opened or read
├── CameraError      a camera or clip that cannot be opened or read
│   ├── CameraStuckError  too many reads that do not come back (device/cameras/live.py)
│   └── ClipOverError     the clip has ended (device/cameras/clip.py)
├── SpeechError      no voice or no sound
├── UplinkError      the server refused, or cannot be reached at set-up
├── OutboxError      the durable log cannot be written or read
│   └── OutboxDamaged  its file is not one, or not whole
├── RecordError      a recorded run that cannot be written or read
├── ChannelError     a part of the device that cannot be listened to or reached
└── PhoneError       glasses or their page that cannot be served, paired or reached

Each message is one line: what is wrong, and what to do.
"""


class DeviceError(Exception):
    """Root of the device's errors."""


class ConfigError(DeviceError):
    """A setting or URI that cannot be used."""


class PositionError(DeviceError):
    """A position source that cannot be opened or read."""


class CameraError(DeviceError):
    """A camera or clip that cannot be opened or read."""


class SpeechError(DeviceError):
    """No voice or no sound: the wearer would hear nothing."""


class UplinkError(DeviceError):
    """The server refused, or cannot be reached at set-up. `status`: its HTTP answer, where it gave one."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class OutboxError(DeviceError):
    """The durable log cannot be written or read."""


class OutboxDamaged(OutboxError):  # noqa: N818  (a name says what went wrong)
    """The file of the durable log is not one, or not whole: it is moved aside, and a new one begun."""


class RecordError(DeviceError):
    """A recorded run that cannot be written or read."""


class ChannelError(DeviceError):
    """A part of the device that cannot be listened to or reached."""


class PhoneError(DeviceError):
    """Glasses or their page that cannot be served, paired or reached."""
