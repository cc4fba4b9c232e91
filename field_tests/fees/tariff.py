"""A tariff: what a service costs on a day, by how long it took, in integer yen. Pure values.

docs/fees.md shows the file that it is read from.
"""

from dataclasses import field
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final, Literal

from wire.base import message

Rounding = Literal["down", "nearest", "up"]
_ROUNDING: Final[dict[Rounding, str]] = {
    "down": ROUND_FLOOR,
    "nearest": ROUND_HALF_UP,
    "up": ROUND_CEILING,
}


@message
class Service:
    """Prices of one service by its length. `name` as the ledger writes it.

    `bands`: (under so many minutes, units), rising; `beyond`: (minutes, units) for each further part begun
    after the last band. `at_edge`: a service of just 30 minutes belongs to the band that begins there
    ("next", as the notices write: 30分以上) or to the one that ends there ("same").
    """

    name: str
    bands: tuple[tuple[int, int], ...]
    beyond: tuple[int, int] | None = None
    at_edge: Literal["next", "same"] = "next"

    def units(self, minutes: int) -> int | None:
        """Units of a service of `minutes`; 0 for none, None where the bands end before it."""
        if minutes <= 0:
            return 0
        length = minutes + (1 if self.at_edge == "next" else 0)  # how far it reaches into the bands
        for under, units in self.bands:
            if length <= under:
                return units
        if self.beyond is None:
            return None
        last, units = self.bands[-1]
        step, more = self.beyond
        return units + more * -(-(length - last) // step)


@message
class Version:
    """Prices from `since` to `until`, both counted; `until` None: still in force.

    `yen_a_unit` holds the factor of the area; 1 where `bands` are in yen. `caps`: the most that a person of a
    category pays in a month. `source`: the notice that says so.
    """

    since: date
    until: date | None = None
    source: str
    yen_a_unit: Decimal = Decimal(1)
    rounding: Rounding = "down"
    self_pay_percent: int = 10
    caps: dict[str, int] = field(default_factory=dict)
    service: tuple[Service, ...]

    def holds(self, day: date) -> bool:
        """Whether these are the prices of `day`."""
        return self.since <= day and (self.until is None or day <= self.until)

    def price(self, service: str, minutes: int) -> int | None:
        """Yen, gross; None where the tariff does not say."""
        units = next((one.units(minutes) for one in self.service if one.name == service), None)
        if units is None:
            return None
        return int((units * self.yen_a_unit).to_integral_value(_ROUNDING[self.rounding]))

    def most_self_pay(self, gross_yen: int) -> int:
        """The most that anybody pays of a month's `gross_yen`: the share, or the highest cap."""
        share = -(-gross_yen * self.self_pay_percent // 100)
        return min([share, max(self.caps.values())]) if self.caps else share


@message
class Tariff:
    """Versions by their dates. `example`: made up, and every page says so."""

    name_ja: str
    name_en: str
    example: bool = False
    version: tuple[Version, ...]

    def at(self, day: date) -> Version | None:
        """The prices of `day`; None where there is no version, or more than one."""
        found = [version for version in self.version if version.holds(day)]
        return found[0] if len(found) == 1 else None
