"""What glasses and the device say to each other over one WebSocket. Pure; `ProtocolError` for what it is not.

Texts are JSON, one message each; a picture is a binary message: a header of HEAD bytes, then a JPEG. A time
`t_ms` is of the glasses' own monotonic clock, from any zero: the device learns the difference (`clock_map`).
"""

import struct
from dataclasses import dataclass
from math import isfinite
from typing import Annotated, ClassVar, Final, Literal, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from vision.attitude import SIGMA_DEG, Attitude

T = TypeVar("T")

VERSION: Final = 1
PATH: Final = "/glasses"
# A 12-megapixel JPEG of a phone is about this large; what is sent for walking is 40 kB.
MAX_MESSAGE_BYTES: Final = 2_000_000

Quarter = Literal[0, 90, 180, 270]
TimeMs = Annotated[float, Field(ge=0.0, le=1e15)]
RefusedCode = Literal[
    "wrong_code", "no_code", "locked", "token", "busy", "replaced", "elsewhere", "flood", "protocol"
]

_STRICT: Final = ConfigDict(extra="forbid", allow_inf_nan=False)
# magic, sequence, captured ms, rotation clockwise, 2 unused, pitch, roll, yaw, sigma, felt ms (NaN: unknown)
_HEAD: Final = struct.Struct(">4sIdH2xffffd")
_MAGIC: Final = b"SGP1"
_QUARTERS: Final[dict[int, Quarter]] = {0: 0, 90: 90, 180: 180, 270: 270}


class ProtocolError(Exception):
    """The other side says what the protocol does not know. One line."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One JPEG. `rotate_deg`: clockwise, to make it upright.

    `attitude`: of the upright picture, its time in seconds of the same clock as `t_ms`.
    """

    seq: int
    t_ms: float
    jpeg: bytes
    rotate_deg: Quarter = 0
    attitude: Attitude | None = None


# --- glasses -> device


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message: with the code that the device has spoken, or the token of that pairing."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    version: int = VERSION
    code: Annotated[str, Field(max_length=32)] | None = None
    token: Annotated[str, Field(max_length=128)] | None = None
    type: Literal["hello"] = "hello"


@dataclass(frozen=True, slots=True)
class Knock:
    """Instead of a greeting: somebody holds glasses that are not paired; please speak a code."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    type: Literal["knock"] = "knock"


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to `Ping`, at once; `t_ms`: now."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    n: int
    t_ms: TimeMs
    type: Literal["pong"] = "pong"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the glasses are (WGS 84), and when: `utc_s` as their satellites or network say."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    t_ms: TimeMs
    utc_s: Annotated[float, Field(ge=0.0, le=1e11)]
    lat: Annotated[float, Field(ge=-90.0, le=90.0)]
    lon: Annotated[float, Field(ge=-180.0, le=180.0)]
    accuracy_m: Annotated[float, Field(gt=0.0)]
    speed_mps: Annotated[float, Field(ge=0.0)] | None = None
    course_deg: Annotated[float, Field(ge=0.0, le=360.0)] | None = None
    type: Literal["place"] = "place"


@dataclass(frozen=True, slots=True)
class Heading:
    """Where the camera points, clockwise from `north`: what a compass tells is "magnetic"."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    t_ms: TimeMs
    heading_deg: Annotated[float, Field(ge=0.0, le=360.0)]
    north: Literal["magnetic", "true"] = "magnetic"
    type: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button went down or up: 1 repeat, 2 ahead and menu, 3 pause and SOS."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    t_ms: TimeMs
    button: Literal[1, 2, 3]
    down: bool
    type: Literal["press"] = "press"


@dataclass(frozen=True, slots=True)
class Battery:
    """What is left in the phone, where its browser tells: at the greeting, and at each change."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    percent: Annotated[int, Field(ge=0, le=100)]
    charging: bool = False
    type: Literal["battery"] = "battery"


# --- device -> glasses


@dataclass(frozen=True, slots=True)
class Welcome:
    """From here on pictures are taken. `token`: only after a code: keep it, it is not told again."""

    token: str | None = None
    version: int = VERSION
    type: Literal["welcome"] = "welcome"


@dataclass(frozen=True, slots=True)
class Knocked:
    """`speaking`: the device speaks a code now. False: it will not; the wearer asks for one by the menu."""

    speaking: bool
    type: Literal["knocked"] = "knocked"


@dataclass(frozen=True, slots=True)
class Refused:
    """The device ends the conversation, and why. `retry_s`: when to try again; None: a person must act."""

    code: RefusedCode
    ja: str
    en: str
    retry_s: float | None = None
    type: Literal["refused"] = "refused"


@dataclass(frozen=True, slots=True)
class Ack:
    """Picture `seq` has come: the next may be sent."""

    seq: int
    type: Literal["ack"] = "ack"


@dataclass(frozen=True, slots=True)
class Ping:
    """Answer at once with `Pong`."""

    n: int
    type: Literal["ping"] = "ping"


FromGlasses = Annotated[
    Hello | Knock | Pong | Place | Heading | Pressed | Battery, Field(discriminator="type")
]
ToGlasses = Annotated[Welcome | Knocked | Refused | Ack | Ping, Field(discriminator="type")]
_FROM_GLASSES: Final[TypeAdapter[FromGlasses]] = TypeAdapter(FromGlasses)
_TO_GLASSES: Final[TypeAdapter[ToGlasses]] = TypeAdapter(ToGlasses)


def encode(message: FromGlasses | ToGlasses) -> str:
    """A text message; what is None is left out."""
    adapter: TypeAdapter[FromGlasses | ToGlasses] = TypeAdapter(type(message))
    return adapter.dump_json(message, exclude_none=True).decode()


def decode_from_glasses(text: str) -> FromGlasses:
    """What glasses said."""
    return _decoded(_FROM_GLASSES, text)


def decode_to_glasses(text: str) -> ToGlasses:
    """What the device said."""
    return _decoded(_TO_GLASSES, text)


def pack(picture: Picture) -> bytes:
    """A binary message."""
    held = picture.attitude
    nan = float("nan")
    angles = (
        (nan, nan, nan, nan)
        if held is None
        else (held.pitch_deg, held.roll_deg, nan if held.yaw_deg is None else held.yaw_deg, held.sigma_deg)
    )
    felt_ms = nan if held is None else held.t_s * 1000.0
    head = _HEAD.pack(_MAGIC, picture.seq, picture.t_ms, picture.rotate_deg, *angles, felt_ms)
    return head + picture.jpeg


def unpack(message: bytes) -> Picture:
    """The picture of a binary message. Whether the JPEG is whole is the eyes' to judge."""
    if len(message) <= _HEAD.size or not message.startswith(_MAGIC):
        raise ProtocolError(f"a binary message of {len(message)} bytes that is no picture: see docs/phone.md")
    _, seq, t_ms, rotate, *angles, felt_ms = _HEAD.unpack_from(message)
    if rotate not in _QUARTERS or not (isfinite(t_ms) and 0.0 <= t_ms <= 1e15):
        raise ProtocolError(f"a picture turned by {rotate} degrees at {t_ms} ms: see docs/phone.md")
    return Picture(seq, t_ms, message[_HEAD.size :], _QUARTERS[rotate], _attitude(felt_ms, *angles))


def _attitude(felt_ms: float, pitch: float, roll: float, yaw: float, sigma: float) -> Attitude | None:
    """None where the glasses do not know, or tell what cannot be: pictures without it are still of use."""
    if not (isfinite(felt_ms) and abs(pitch) <= 90.0 and abs(roll) <= 180.0):
        return None
    known = sigma if 0.0 < sigma <= 90.0 else SIGMA_DEG
    return Attitude(felt_ms / 1000.0, pitch, roll, known, yaw if abs(yaw) <= 360.0 else None)


def _decoded(adapter: TypeAdapter[T], text: str) -> T:
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ProtocolError(f"{where or 'message'}: {first['msg']}") from None
