"""What the camera of a rehearsed walk sees: the worked examples of danger and of the guide blocks."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from device.announcements import AlertKind as A
from device.examples import example
from vision.types import Hazard, PavingSight, Scene

UNSEEN: Final = PavingSight(seen=False)
_AFTER_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Shown:
    """From second `from_s` on, for `for_s`, this is seen; it comes nearer by `mps`."""

    from_s: float
    for_s: float
    hazard: Hazard | None = None
    paving: PavingSight = UNSEEN
    fault: str | None = None
    mps: float = 0.0

    def scene(self, t_s: float) -> Scene:
        """What is seen at a second of it."""
        hazards = () if self.hazard is None else (self._nearer(self.hazard, t_s - self.from_s),)
        looked = self.fault is None
        return Scene(round(t_s * 4.0), t_s, hazards if looked else (), self.paving, self.fault, looked)

    def _nearer(self, hazard: Hazard, after_s: float) -> Hazard:
        if self.mps == 0.0:
            return hazard
        distance_m = max(hazard.distance_m - self.mps * after_s, 0.3)
        return replace(hazard, distance_m=distance_m, ttc_s=distance_m / self.mps)


def shown(*sights: Shown) -> Callable[[float], Scene | None]:
    """What is seen at a second; an empty street after each of `sights`; else pictures are not looked at."""

    def sees(t_s: float) -> Scene | None:
        for sight in sights:
            if sight.from_s <= t_s < sight.from_s + sight.for_s:
                return sight.scene(t_s)
        over = any(0.0 <= t_s - sight.from_s - sight.for_s < _AFTER_S for sight in sights)
        return Scene(round(t_s * 4.0), t_s, (), UNSEEN) if over else None

    return sees


def a_hazard(kind: A, track_id: int, **changes: object) -> Hazard:
    """The thing that the worked example of this row is about, as another track."""
    params = example(kind).params
    if not isinstance(params, Hazard):
        raise TypeError(f"{kind} is about {params!r}")
    return replace(params, track_id=track_id, **changes)  # type: ignore[arg-type]


def blocks(kind: A) -> PavingSight:
    """The guide blocks of the worked example of this row."""
    params = example(kind).params
    if not isinstance(params, PavingSight):
        raise TypeError(f"{kind} is about {params!r}")
    return params


def followed() -> PavingSight:
    """The guide blocks under the wearer's feet, with nothing ahead."""
    return replace(blocks(A.DOTS_AHEAD), dots=None)
