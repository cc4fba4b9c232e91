"""The phone that only logs where its owner walks, for the weeks before the trial (the baseline).

It runs OwnTracks, an open app for Android and iPhone that keeps positions while there is no network and posts
them later, again and again until they are taken (docs/decisions/0028). Its days are trips of a device of
kind "logger": nobody sees them live and nothing watches over them.
"""

import base64
import binascii
import hashlib
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy import select
from starlette.datastructures import Headers

from server.database import Database
from server.errors import Forbidden, Malformed
from server.own_trips import LOGGER
from server.tables import devices
from wire.position import Fix, Latitude, Longitude
from wire.trip import Moved, TripEvent

_JAPAN: Final = timezone(timedelta(hours=9))
_FUTURE_S: Final = 600.0  # a phone's clock may be off by so much; a position of tomorrow is none
_KMH: Final = 3.6
# A log for each minute, its seconds the numbers: the same position has the same place however often it comes,
# also where two requests come at once, and never more gaps than a log may have (`wire.held.MAX_RANGES`).
_LOG_S: Final = 60

# What is used of OwnTracks' message (https://owntracks.org/booklet/tech/json/). Other fields come with each
# version of the app, and are let be.
_BODY: Final = TypeAdapter(dict[str, Any])
_LATITUDE: Final[TypeAdapter[float]] = TypeAdapter(Latitude)
_LONGITUDE: Final[TypeAdapter[float]] = TypeAdapter(Longitude)
_SECOND: Final[TypeAdapter[int]] = TypeAdapter(Annotated[int, Field(ge=0, lt=2**40)])
DESCRIPTION: Final[dict[str, Any]] = {
    "security": [{"loggerKey": []}, {"deviceKey": []}],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["_type"],
                    "properties": {
                        "_type": {"type": "string", "examples": ["location"]},
                        "lat": {"type": "number"},
                        "lon": {"type": "number"},
                        "tst": {"type": "integer", "description": "UTC second of the position"},
                        "acc": {"type": "number", "description": "metres"},
                        "vel": {"type": "number", "description": "km/h"},
                        "cog": {"type": "number", "description": "degrees"},
                    },
                }
            }
        },
    },
}


def as_bearer(headers: Headers) -> Headers:
    """The headers with the password of `Authorization: Basic` as a bearer's token, which is what it is."""
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return headers
    try:
        pair = base64.b64decode(rest.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        pair = ""
    others = {name: value for name, value in headers.items() if name.lower() != "authorization"}
    return Headers(others | {"authorization": f"Bearer {pair.partition(':')[2]}"})


async def check_logger(db: Database, device_id: str | None) -> str:
    """The device's id, if it is a logger; else `Forbidden`."""
    kind = select(devices.c.kind).where(devices.c.id == device_id)
    async with db.read() as connection:
        if (await connection.execute(kind)).scalar_one_or_none() != LOGGER:
            raise Forbidden(
                "この鍵は記録用の電話の鍵ではありません。種類を「記録」にして登録してください。",
                "This is not a logger's key: pair the phone as a logger.",
            )
    return str(device_id)


def positions_of(device_id: str, body: bytes, now_s: float) -> tuple[str, tuple[TripEvent, ...]]:
    """The log and the events of one message; no event where it is no position, or one of tomorrow.

    `Malformed` for what OwnTracks never sends, and for its encrypted messages, which nobody here can read.
    """
    message = _message(body)
    if message.get("_type") == "encrypted":
        raise Malformed(
            "暗号化された位置は読めません。OwnTracks の暗号化の鍵を消してください。",
            "An encrypted position cannot be read: take the encryption key out of OwnTracks.",
        )
    if message.get("_type") != "location":
        return "", ()
    at_s, fix = _fix(message)
    if fix is None or at_s > now_s + _FUTURE_S:
        return "", ()
    boot = f"owntracks-{at_s // _LOG_S}"
    event = TripEvent(
        boot=boot,
        seq=at_s % _LOG_S + 1,
        trip_id=day_trip(device_id, at_s),
        utc_s=float(at_s),
        what=Moved(fix=fix),
    )
    return boot, (event,)


def day_trip(device_id: str, utc_s: float) -> str:
    """The id of the trip that holds this device's positions of that day in Japan."""
    day = datetime.fromtimestamp(utc_s, UTC).astimezone(_JAPAN).date()
    return hashlib.sha256(f"{device_id} {day.isoformat()}".encode()).hexdigest()[:32]


def _message(body: bytes) -> Mapping[str, Any]:
    try:
        return _BODY.validate_json(body)
    except ValidationError:
        raise Malformed("OwnTracks の JSON ではありません。", "This is no JSON of OwnTracks.") from None


def _fix(message: Mapping[str, Any]) -> tuple[int, Fix | None]:
    """The second and the position; None where the phone does not say how exact it is: it may be a guess."""
    try:
        at_s = _SECOND.validate_python(message.get("tst"))
        lat = _LATITUDE.validate_python(message.get("lat"))
        lon = _LONGITUDE.validate_python(message.get("lon"))
    except ValidationError:
        raise Malformed("tst、lat、lon が必要です。", "A position needs tst, lat and lon.") from None
    if not (math.isfinite(lat) and math.isfinite(lon)):
        raise Malformed("位置が数ではありません。", "The position is no number.")
    accuracy_m, speed_kmh, course_deg = (_number(message.get(name)) for name in ("acc", "vel", "cog"))
    if accuracy_m is None or accuracy_m <= 0.0:
        return at_s, None
    return at_s, Fix(
        utc_s=float(at_s),
        lat=lat,
        lon=lon,
        accuracy_m=accuracy_m,
        speed_mps=None if speed_kmh is None or speed_kmh < 0.0 else speed_kmh / _KMH,
        course_deg=course_deg if course_deg is not None and 0.0 <= course_deg < 360.0 else None,
        source="phone",
    )


def _number(value: object) -> float | None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if number else None  # type: ignore[arg-type]
