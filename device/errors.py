"""What can go wrong on the device.

DeviceError
├── ConfigError      a setting or URI that cannot be used
├── PositionError    a position source that cannot be opened or read
├── CameraError      a camera or clip that cannot be opened or read
├── SpeechError      no voice or no sound
├── UplinkError      the server refused, or cannot be reached at set-up
├── OutboxError      the durable log cannot be written or read
└── RecordError      a recorded run that cannot be written or read

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


class RecordError(DeviceError):
    """A recorded run that cannot be written or read."""
