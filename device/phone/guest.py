"""One pair of glasses that was let in: what its messages mean to the device. Time is an argument; no I/O."""

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from device.parts.messages import FromPhone, Jpeg, PhoneCharge, PhoneFix, Press
from device.phone.bucket import Bucket
from device.phone.clock_map import ClockMap
from device.phone.compass import true_heading_deg
from device.phone.protocol import (
    Battery,
    FromGlasses,
    Heading,
    Hello,
    Knock,
    Picture,
    Place,
    Pong,
    Pressed,
    ProtocolError,
)
from vision.attitude import Attitude
from wire.position import Fix

Button = Literal[1, 2, 3]

FASTEST_HZ: Final = 30.0  # no model looks at more
FLOOD: Final = 90  # pictures too many, of glasses that send more than twice the rate: then they are put out
TEXTS_HZ: Final = 50.0  # presses, places, headings: honest glasses send a tenth of it
PING_EVERY_S: Final = 1.0
QUICK_PINGS: Final = 5  # the first ones come fast: the narrowest of five is near enough to begin with
QUICK_EVERY_S: Final = 0.1
SILENT_S: Final = 4.0  # a phone that answers no ping for so long is gone: Wi-Fi loses a second now and then
STREAMING_S: Final = 1.0  # a stream without a picture for longer stands
# A picture of longer ago shows another place: it is as none. Nor is it taken for new because its clock may be
# mistaken: that none arrive is told, and the next ping mends the clock.
OLDEST_S: Final = 2.0
# A press of longer ago was told by a mistaken clock: whoever pressed waits now.
_OLDEST_PRESS_S: Final = 5.0


class FloodError(ProtocolError):
    """More than any honest glasses send."""


@dataclass(slots=True, eq=False)
class Guest:
    """Glasses that are paired and connected, since `since_s`."""

    since_s: float
    clock: ClockMap = field(default_factory=ClockMap)
    pictures: int = 0
    picture_s: float | None = None  # when the newest came
    _heard_s: float = 0.0
    _asked: dict[int, float] = field(default_factory=dict)  # when each ping went out
    _pings: int = 0
    _down: set[Button] = field(default_factory=set)
    _where: tuple[float, float] | None = None
    _stream: Bucket = field(init=False)
    _texts: Bucket = field(init=False)

    def __post_init__(self) -> None:
        self._heard_s = self.since_s
        self._stream = Bucket(FASTEST_HZ, FASTEST_HZ, self.since_s)
        self._texts = Bucket(TEXTS_HZ, 2 * TEXTS_HZ, self.since_s)

    def streaming(self, now_s: float) -> bool:
        """Whether pictures are coming."""
        return self.picture_s is not None and now_s - self.picture_s <= STREAMING_S

    def silent(self, now_s: float) -> bool:
        """Whether it has answered nothing for too long."""
        return now_s - self._heard_s > SILENT_S

    def ping(self, now_s: float) -> int | None:
        """The number of the ping to send now, if one is due."""
        every_s = QUICK_EVERY_S if self._pings < QUICK_PINGS else PING_EVERY_S
        if self._asked and now_s - max(self._asked.values()) < every_s:
            return None
        self._pings += 1
        self._asked[self._pings] = now_s
        self._asked.pop(self._pings - 10, None)
        return self._pings

    def on_picture(self, picture: Picture, now_s: float) -> Jpeg | None:
        """The picture in the device's time; None: dropped (too many, too old, its time not known yet)."""
        if not self._stream.take(now_s):
            if self._stream.over >= FLOOD:
                raise FloodError("more pictures than 30 a second")
            return None
        if not self.clock.known:
            return None
        t_s = self._ours_s(picture.t_ms, now_s)
        if now_s - t_s > OLDEST_S:
            return None
        self.pictures += 1
        self.picture_s = now_s
        return Jpeg(
            t_s,
            picture.jpeg,
            picture.rotate_deg,
            self._held(picture.attitude, now_s),
        )

    def on_text(self, message: FromGlasses, now_s: float) -> tuple[FromPhone, ...]:
        """What the device's parts are told. `ProtocolError`: the conversation ends."""
        if not self._texts.take(now_s):
            raise FloodError("more messages than 50 a second")
        match message:
            case Pong():
                return self._pong(message, now_s)
            case Place():
                return (self._place(message, now_s),)
            case Heading():
                return self._heading(message, now_s)
            case Pressed():
                return self._press(message, now_s)
            case Battery():
                return (PhoneCharge(now_s, message.percent, message.charging),)
            case Hello() | Knock():
                raise ProtocolError("greets twice")

    def release(self, now_s: float) -> tuple[Press, ...]:
        """Buttons that were down come up: who is gone holds nothing."""
        down, self._down = sorted(self._down), set()
        return tuple(Press(now_s, button, down=False) for button in down)

    def _pong(self, pong: Pong, now_s: float) -> tuple[FromPhone, ...]:
        asked_s = self._asked.pop(pong.n, None)
        if asked_s is not None:
            self._heard_s = now_s
            self.clock.learn(asked_s, pong.t_ms / 1000.0, now_s)
        return ()

    def _place(self, place: Place, now_s: float) -> PhoneFix:
        self._where = place.lat, place.lon
        fix = Fix(
            utc_s=place.utc_s,
            lat=place.lat,
            lon=place.lon,
            # Android tells the 68 % radius; where a browser tells 95 % the truth is better than what we take.
            accuracy_m=place.accuracy_m,
            speed_mps=place.speed_mps,
            course_deg=None if place.course_deg is None else place.course_deg % 360.0,
            source="phone",
        )
        return PhoneFix(self._ours_s(place.t_ms, now_s), fix)

    def _heading(self, told: Heading, now_s: float) -> tuple[FromPhone, ...]:
        heading: float | None = told.heading_deg % 360.0
        if told.north == "magnetic":
            heading = None if self._where is None else true_heading_deg(told.heading_deg, *self._where)
        if heading is None:
            return ()
        return (PhoneFix(self._ours_s(told.t_ms, now_s), heading_deg=heading),)

    def _press(self, press: Pressed, now_s: float) -> tuple[FromPhone, ...]:
        if press.down == (press.button in self._down):
            return ()
        (self._down.add if press.down else self._down.discard)(press.button)
        pressed_s = self._ours_s(press.t_ms, now_s)
        if now_s - pressed_s > _OLDEST_PRESS_S:
            pressed_s = now_s
        return (Press(pressed_s, press.button, press.down),)

    def _held(self, attitude: Attitude | None, now_s: float) -> Attitude | None:
        if attitude is None:
            return None
        return replace(attitude, t_s=self._ours_s(attitude.t_s * 1000.0, now_s))

    def _ours_s(self, t_ms: float, now_s: float) -> float:
        """Not after it came."""
        return min(self.clock.ours_s(t_ms / 1000.0), now_s) if self.clock.known else now_s
