"""What one frame says of a followed thing, measured against the walking line of that same frame. Pure."""

from dataclasses import dataclass

from vision.corridor import Corridor
from vision.families import HANGING
from vision.sightings import Sighting

STEP = 0.05  # of a distance, to find out how an offset grows with it
LINE_LASTS_S = 0.5  # a fitted line errs by its mask


@dataclass(frozen=True, slots=True)
class Across:
    """Where a foot stood across the walking line as that line was seen in the same frame, metres, + right.

    `sigma_m`: of the line there. `lasts_s`: how long an error of the line stays the same. `base_m`: where the
    ray that the foot is seen along begins: were it a tenth farther away, its offset from there would be a
    tenth more.
    """

    low_m: float
    high_m: float
    sigma_m: float
    lasts_s: float
    base_m: float

    @property
    def middle_m(self) -> float:
        """Half way between its edges."""
        return (self.low_m + self.high_m) / 2


def across(corridor: Corridor, sighting: Sighting) -> Across:
    """Where `sighting` stands across the walking line of its own frame."""
    z, x = sighting.ahead_m, (sighting.left_m + sighting.right_m) / 2
    here, beyond = (corridor.across_m(x * longer, z * longer) for longer in (1.0, 1.0 + STEP))
    return Across(
        corridor.across_m(sighting.left_m, z),
        corridor.across_m(sighting.right_m, z),
        corridor.sigma_m(z),
        corridor.turned_lasts_s if corridor.line is None else LINE_LASTS_S,
        here - (beyond - here) / STEP,
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """What one frame said of a track."""

    t_s: float
    score: float
    sighting: Sighting
    across: Across
    faint: bool = False  # of a box below its threshold: poorly placed, and seldom by its right name


def sample(sighting: Sighting, t_s: float, corridor: Corridor, *, faint: bool = False) -> Sample:
    """`sighting` as the newest sample of a track. A turn of the head turns line and things alike."""
    return Sample(t_s, sighting.detection.score, sighting, across(corridor, sighting), faint)


def hung(sample: Sample) -> bool:
    """Whether it was measured as what hangs is: by its size, not by its foot on the ground."""
    return sample.sighting.detection.cls in HANGING


def placed(samples: tuple[Sample, ...], footed: tuple[Sample, ...], *, hangs: bool) -> tuple[Sample, ...]:
    """Those that say where a thing stands: the young with a foot, else the last that had one, else all.

    `hangs`: by its name. A branch that one frame calls a planter has its foot 40 m away there, and a planter
    called a branch is as far as its size tells: the two make no line.
    """
    whole = tuple(s for s in samples if not s.sighting.cut.foot and hung(s) is hangs)
    return whole or tuple(s for s in footed if hung(s) is hangs) or samples
