"""How much is left in the batteries that the device can see: its own by Linux's sysfs, and the phone's.

Most power banks tell nothing through USB: where nothing is seen, nothing is claimed. A UPS board, a laptop
and a phone do tell.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

WARN_PCT: Final = 20
ERROR_PCT: Final = 10
BACK_PCT: Final = 25  # a cell recovers by a few per cent when less is drawn: no news
LOOK_EVERY_S: Final = 30.0  # a percent of a walk's battery lasts minutes

Level = Literal["ok", "warn", "error"]
Of = Literal["device", "phone"]


@dataclass(frozen=True, slots=True)
class Charge:
    """What one look found: 0 to 100 per cent. `charging`: it is fed, or full."""

    percent: int
    charging: bool = False


@dataclass(frozen=True, slots=True)
class BatteryNews:
    """A battery has come to another level."""

    level: Level
    percent: int
    of: Of = "device"


@dataclass(frozen=True, slots=True)
class BatteryWatch:
    """Which level was told of one battery. Pure."""

    of: Of = "device"
    level: Level = "ok"

    def at(self, charge: Charge | None) -> tuple["BatteryWatch", BatteryNews | None]:
        """One look; news where the level changed. None: nothing was seen, and nothing is claimed."""
        if charge is None:
            return self, None
        level = self._level(charge)
        if level == self.level:
            return self, None
        return replace(self, level=level), BatteryNews(level, charge.percent, self.of)

    def _level(self, charge: Charge) -> Level:
        if charge.percent > BACK_PCT:
            return "ok"
        if charge.charging:
            # It gets better: nothing to warn of, and not yet to be relied on. A loose plug is no news either.
            return self.level
        if charge.percent <= ERROR_PCT or (self.level == "error" and charge.percent <= WARN_PCT):
            return "error"
        if charge.percent <= WARN_PCT:
            return "warn"
        return "warn" if self.level == "error" else self.level


def device_charge(root: Path = Path("/sys")) -> Charge | None:
    """The emptiest battery that feeds this machine; None where none can be seen. `root`: for tests.

    A battery whose `scope` is "Device" is that of a mouse or a headset, and tells nothing of this machine.
    https://www.kernel.org/doc/html/latest/power/power_supply_class.html
    """
    found = [charge for charge in map(_charge, _supplies(root)) if charge is not None]
    return min(found, key=lambda charge: charge.percent, default=None)


def _supplies(root: Path) -> list[Path]:
    try:
        return sorted((root / "class/power_supply").iterdir())
    except OSError:
        return []


def _charge(folder: Path) -> Charge | None:
    if _text(folder / "type") != "Battery" or _text(folder / "scope") == "Device":
        return None
    if _text(folder / "present") == "0":
        return None
    try:
        percent = int(_text(folder / "capacity"))
    except ValueError:
        return None
    if not 0 <= percent <= 100:
        return None
    return Charge(percent, _text(folder / "status") in ("Charging", "Full"))


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", errors="replace").strip()
    except OSError:
        return ""


class Batteries:
    """Looks at all of them every LOOK_EVERY_S; one piece of news at a time. Not thread-safe."""

    def __init__(
        self,
        phone: Callable[[], Charge | None] = lambda: None,
        device: Callable[[], Charge | None] = device_charge,
    ) -> None:
        self._looks: dict[Of, Callable[[], Charge | None]] = {"device": device, "phone": phone}
        self._watches: dict[Of, BatteryWatch] = {of: BatteryWatch(of) for of in self._looks}
        self._due_s = float("-inf")
        self._news: list[BatteryNews] = []

    def poll(self, now_s: float) -> BatteryNews | None:
        """News, the oldest first; never blocks for longer than reading a few small files."""
        if now_s >= self._due_s:
            self._due_s = now_s + LOOK_EVERY_S
            for of, look in self._looks.items():
                self._watches[of], news = self._watches[of].at(look())
                if news is not None:
                    self._news.append(news)
        return self._news.pop(0) if self._news else None
