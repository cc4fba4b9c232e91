"""The device's configuration: the values of one TOML file. `device.config_reading` reads and checks it.

What each key means and what it may hold, in Japanese and English: `device.config_keys`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field

from device import config_uris as uris
from device.announcements import Lang

# A key that is not known is a slip of the pen: the wearer would believe that it holds.
STRICT: Final = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

Words = Annotated[str, Field(min_length=1, max_length=80)]
File = Annotated[Path, AfterValidator(uris.a_path)]


@dataclass(frozen=True, slots=True)
class Spot:
    """A saved destination."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name_ja: Words
    name_en: Words
    lat: Annotated[float, Field(ge=-90.0, le=90.0)]
    lon: Annotated[float, Field(ge=-180.0, le=180.0)]


@dataclass(frozen=True, slots=True)
class WearerConfig:
    """How the wearer wants it."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    lang: Lang = "ja"
    verbosity: Literal["quiet", "normal", "detailed"] = "normal"
    directions: Literal["sides", "clock"] = "sides"
    rate: Annotated[float, Field(ge=0.5, le=2.0)] = 1.0
    volume_db: Annotated[float, Field(ge=-30.0, le=12.0)] = 0.0
    walker: Annotated[str, AfterValidator(uris.walker)] = "cane"  # a profile's name, or a TOML file
    silent: tuple[Annotated[str, AfterValidator(uris.silent_days)], ...] = ()  # of a trial: it only logs


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """Where pictures come from and through which lens."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    source: Annotated[str, AfterValidator(uris.camera)] = "v4l2:/dev/video0"
    hfov_deg: Annotated[float, Field(ge=20.0, le=170.0)] = 70.0
    calibration: File | None = None
    rotate_deg: Literal[0, 90, 180, 270] = 0
    height_m: Annotated[float, Field(ge=0.3, le=2.2)] | None = None  # as measured; None: the eyes' is assumed
    imu: Annotated[str, AfterValidator(uris.imu)] = "none:"
    model: Words | None = None  # an id of models/manifest.toml, or a file; None: the board's
    runtime: Literal["onnx", "ncnn", "openvino", "ultralytics"] | None = None


@dataclass(frozen=True, slots=True)
class PositionConfig:
    """Where fixes come from."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    source: Annotated[str, AfterValidator(uris.position)] = "gpsd://127.0.0.1:2947"
    set_clock: bool = True  # believe satellites' time over the machine's where they differ


@dataclass(frozen=True, slots=True)
class SpeechConfig:
    """How it sounds."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    speaker: Annotated[str, AfterValidator(uris.speaker)] = "system:"
    stereo: bool = True
    microphone: Words | None = None  # a source of the sound server; None: the volume does not follow noise
    spare: Annotated[str, AfterValidator(uris.speaker)] | None = "system:aplay"  # where the first is silent


@dataclass(frozen=True, slots=True)
class ButtonsConfig:
    """Where presses come from, any number: gpio:17,27,22 · evdev:/dev/input/eventN · glasses: · stdin:."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    sources: tuple[Annotated[str, AfterValidator(uris.buttons)], ...] = ()


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Where the log goes. `url` None: nowhere; the device is on its own."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    url: Annotated[str, AfterValidator(uris.web)] | None = None
    key_file: File | None = None


@dataclass(frozen=True, slots=True)
class RecordConfig:
    """Whether walks are recorded. Pictures only with the wearer's consent."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    folder: File | None = None
    video: bool = False
    consent: bool = False
    keep: Annotated[int, Field(ge=1, le=1000)] = 20  # runs; the oldest go


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """Everything, as read from one file."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    data: File = Path("/var/lib/shirube")  # outbox, phrases, maps, the trip that is under way
    runtime: File = Path("/run/shirube")  # sockets
    map: File | None = None
    wearer: WearerConfig = field(default_factory=WearerConfig)
    camera: CameraConfig = field(default_factory=CameraConfig)
    position: PositionConfig = field(default_factory=PositionConfig)
    speech: SpeechConfig = field(default_factory=SpeechConfig)
    buttons: ButtonsConfig = field(default_factory=ButtonsConfig)
    server: ServerConfig = field(default_factory=ServerConfig)
    record: RecordConfig = field(default_factory=RecordConfig)
    places: Annotated[tuple[Spot, ...], Field(max_length=50)] = ()

    @property
    def remembered_file(self) -> Path:
        """What the wearer changed on the way."""
        return self.data / "state.json"

    @property
    def notices_file(self) -> Path:
        """Which notices of the server are done with."""
        return self.data / "notices.json"

    @property
    def trip_file(self) -> Path:
        """The trip that is under way."""
        return self.data / "trip.json"

    @property
    def closed_file(self) -> Path:
        """The closed places that the wearer told of."""
        return self.data / "closed.json"
