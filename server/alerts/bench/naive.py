"""What a first try would do, without gates: the baseline of the bench. Pure.

Not moving: less than 0.2 m/s over two minutes. Zones: inside or outside by the single fix. Off the route: one
fix more than 30 m from it. No contact: two minutes of silence.
"""

from dataclasses import dataclass, field
from typing import Final

from routing.geo import distance_m
from server.alerts.watched import Ground
from server.alerts.words import Kind
from server.quick_line import QuickLine
from wire.position import Fix

_SLOW_MPS: Final = 0.2
_OVER_S: Final = 120.0
_OFF_M: Final = 30.0
_SILENT_S: Final = 120.0


@dataclass(slots=True)
class Naive:
    """One walk. `told`: (when, kind, zone) of each alert."""

    line: QuickLine | None
    zones: tuple[Ground, ...]
    told: list[tuple[float, Kind, str]] = field(default_factory=list)
    _fixes: list[Fix] = field(default_factory=list)
    _inside: dict[str, bool] = field(default_factory=dict)
    _still: bool = False
    _off: bool = False
    _silent: bool = False
    _heard_s: float | None = None

    def second(self, now_s: float, fix: Fix | None, *, contact: bool) -> None:
        """One second later."""
        if contact:
            self._heard_s, self._silent = now_s, False
        elif self._heard_s is not None and now_s - self._heard_s >= _SILENT_S and not self._silent:
            self._silent = True
            self.told.append((now_s, "no_contact", ""))
        if fix is not None and contact:
            self._moved(now_s, fix)

    def _moved(self, now_s: float, fix: Fix) -> None:
        for zone in self.zones:
            inside = zone.from_centre_m(fix) <= zone.radius_m
            if inside != self._inside.setdefault(zone.id, inside):
                self.told.append((now_s, "zone_enter" if inside else "zone_leave", zone.id))
                self._inside[zone.id] = inside
        if self.line is not None:
            off = abs(self.line.project((fix.lat, fix.lon)).offset_m) > _OFF_M
            if off and not self._off:
                self.told.append((now_s, "off_route", ""))
            self._off = off
        self._fixes = [one for one in self._fixes if one.utc_s >= now_s - _OVER_S - 1.0] + [fix]
        first = self._fixes[0]
        over_s = fix.utc_s - first.utc_s
        if over_s >= _OVER_S:
            still = distance_m((first.lat, first.lon), (fix.lat, fix.lon)) / over_s < _SLOW_MPS
            if still and not self._still:
                self.told.append((now_s, "not_moving", ""))
            self._still = still
