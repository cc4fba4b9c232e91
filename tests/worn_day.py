"""A day with the device, for tests: one companion that is worn, fed with senses and asked what it said."""

from dataclasses import replace

from device.announcements import AlertKind
from device.companion import Companion, CompanionState
from device.controls.gestures import Press
from device.ports import Playback
from device.senses import (
    BeginTrip,
    Hush,
    Say,
    Senses,
    Settings,
    Turn,
)
from routing.geo import Polyline
from routing.simulated import Leg, route_of
from vision.types import Hazard, Motion, ObjectClass
from wire.position import Fix
from wire.route import Name, Place, Route

UTC_0 = 1_760_000_000.0
TICK_S = 0.1
HOME = Place(name=Name(ja="自宅", kana="じたく", en="home"), lat=33.2386, lon=131.6066)
FAR = Place(name=Name(ja="別府駅", kana="べっぷえき", en="Beppu Station"), lat=33.2797, lon=131.5)
BICYCLE = Hazard(7, ObjectClass.BICYCLE, 0.8, 4.0, 0.4, 3.0, True, 3.5, Motion.STANDING, "right")
ROUTE = route_of([Leg(0.0, 120.0), Leg(60.0, 0.0)])


class Worn:
    """Steps a worn companion, with a voice whose sentences take `speech_s`, and a rim that sets up trips."""

    def __init__(self, *, speech_s: float = 1.0, **settings: object) -> None:
        given = Settings(camera=False, places=(HOME, FAR), server=True, phone=True)
        self.companion = Companion(None, replace(given, **settings))  # type: ignore[arg-type]
        self.state = CompanionState()
        self.now_s = 0.0
        self.speech_s = speech_s
        self.deaf = False  # the speaker fails
        self.said: list[tuple[float, Say]] = []
        self.turns: list[tuple[float, Turn]] = []
        self.begin: BeginTrip | None = None
        self._playing: tuple[int, float, float] | None = None

    def step(self, **senses: object) -> Turn:
        begin, self.begin = self.begin, None
        given = Senses(self.now_s, UTC_0 + self.now_s, playback=self._playback(), begin=begin)
        self.state, turn = self.companion.step(self.state, replace(given, **senses))  # type: ignore[arg-type]
        for command in turn.commands:
            self._playing = None
            if isinstance(command, Hush):
                continue
            self.said.append((self.now_s, command))
            lasts_s = self.speech_s if command.words["ja"].speech else 0.06
            self._playing = (command.utterance, self.now_s, self.now_s + lasts_s)
        if turn.begin is not None:
            self.begin = BeginTrip(f"trip-{len(self.turns)}", turn.begin.route)
        self.turns.append((self.now_s, turn))
        self.now_s = round(self.now_s + TICK_S, 3)
        return turn

    def _playback(self) -> Playback:
        playing = self._playing
        if playing is None:
            return Playback()
        number, started_s, ends_s = playing
        if self.deaf:
            self._playing = None
            return Playback(failed=(number,))
        if self.now_s >= ends_s:
            self._playing = None
            return Playback(finished=(number,))
        return Playback(number, started_s, ends_s)

    def run(self, seconds: float, **senses: object) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.step(**senses)

    def awake(self) -> "Worn":
        """After the greeting, with nothing being said."""
        self.step()
        self.step(ready=True)
        self.run(5.0)
        self.said.clear()
        self.turns.clear()
        return self

    def press(self, button: int, lasts_s: float = 0.2) -> None:
        """Down, and up so much later."""
        self.step(presses=(Press(self.now_s, button, down=True),))  # type: ignore[arg-type]
        self.run(lasts_s - TICK_S)
        self.step(presses=(Press(self.now_s, button, down=False),))  # type: ignore[arg-type]

    def kinds(self) -> list[str]:
        return [str(say.announcement.kind) for _, say in self.said]

    def answers(self) -> list[str]:
        return [kind for kind in self.kinds() if kind != "pressed"]

    def text(self, kind: AlertKind, lang: str = "ja") -> str:
        """What was last said of this kind."""
        return next(
            say.words[lang].text  # type: ignore[index]
            for _, say in reversed(self.said)
            if say.announcement.kind is kind
        )

    def when(self, kind: AlertKind) -> float:
        return next(t_s for t_s, say in self.said if say.announcement.kind is kind)

    def logged(self, kind: type) -> list[object]:
        return [item for _, turn in self.turns for item in turn.happenings if isinstance(item, kind)]


def fix_at(lat: float, lon: float, t_s: float, **values: object) -> Fix:
    base = Fix(
        utc_s=UTC_0 + t_s, lat=lat, lon=lon, accuracy_m=5.0, speed_mps=1.2, course_deg=0.0, source="nmea"
    )
    return base.model_copy(update=values) if hasattr(base, "model_copy") else replace(base, **values)


def walk_along(worn: Worn, route: Route, seconds: int, from_s: int = 0) -> None:
    line = Polyline.through(route.points)
    for second in range(from_s, from_s + seconds):
        lat, lon = line.at(1.2 * second)
        worn.step(fixes=(fix_at(lat, lon, worn.now_s),))
        worn.run(0.9)


# --- the menu, and trips


def choose(worn: Worn, *nexts: int) -> None:
    """Open the menu; for each number so many lines further, and choose."""
    worn.press(2, 1.0)
    worn.run(1.0)
    for count in nexts:
        for _ in range(count):
            worn.press(3)
            worn.run(0.5)
        worn.press(2)
        worn.run(0.5)
