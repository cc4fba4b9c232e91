"""Days as bars: where each stands in a drawing of fixed size. Pure; a table has the same numbers."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from server.own_days import OwnDay

WIDTH: Final = 420
HEIGHT: Final = 230
_LEFT, _RIGHT, _TOP, _FOOT = 44, 8, 14, 26  # what the numbers beside and under the bars take
_STEPS: Final = (10, 20, 30, 60, 120, 240, 480)  # minutes between two lines
_LINES: Final = 5


class Line(NamedTuple):
    """Across the drawing, with its minutes."""

    y: float
    minutes: int


class Bar(NamedTuple):
    """A day. `height` 0: none is drawn; `unclear`: there were outings, and nobody knows how long."""

    x: float
    y: float
    width: float
    height: float
    least_y: float
    most_y: float
    unclear: bool
    label: str

    @property
    def middle(self) -> float:
        """Of its width."""
        return self.x + self.width / 2

    @property
    def has_bounds(self) -> bool:
        """Whether it may have been longer or shorter."""
        return self.least_y - self.most_y > 1.0


class Chart(NamedTuple):
    """All of it, and the floor on which the bars stand."""

    lines: tuple[Line, ...]
    bars: tuple[Bar, ...]
    floor: float


def chart_of(days: Sequence[OwnDay]) -> Chart:
    """Minutes out by day; where a day has no outing with the device, what a phone logged."""
    most = max((_figures(day)[2] for day in days), default=0.0)
    step = next((step for step in _STEPS if step * _LINES >= most), _STEPS[-1])
    count = max(int(-(-most // step)), 1)
    floor, room = float(HEIGHT - _FOOT), float(HEIGHT - _FOOT - _TOP)

    def y(minutes: float) -> float:
        return round(floor - room * minutes / (step * count), 1)

    lines = tuple(Line(y(step * n), step * n) for n in range(count + 1))
    each = (WIDTH - _LEFT - _RIGHT) / max(len(days), 1)
    bars = []
    for n, day in enumerate(days):
        minutes, least, at_most = _figures(day)
        label = f"{day.day.month}/{day.day.day}" if n == 0 or day.day.day == 1 else str(day.day.day)
        bars.append(
            Bar(
                x=round(_LEFT + each * (n + 0.15), 1),
                y=y(minutes),
                width=round(each * 0.7, 1),
                height=round(floor - y(minutes), 1),
                least_y=y(least),
                most_y=y(at_most),
                unclear=day.outings > 0 and at_most == 0.0,
                label=label,
            )
        )
    return Chart(lines, tuple(bars), floor)


def _figures(day: OwnDay) -> tuple[float, float, float]:
    shown = day.walked if day.walked is not None else day.logged
    if shown is None or shown.minutes is None:
        return 0.0, 0.0, 0.0
    return shown.minutes, shown.minutes_min or 0.0, shown.minutes_max or 0.0
