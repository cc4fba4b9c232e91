"""What an estimator of outings is given: positions in columns, homes, and evidence. Times are UTC seconds."""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from field_tests.errors import OutingError

# logger: a phone that logs passively, in all phases; device: the wearable, only when it is worn.
Source = Literal["logger", "device"]
SOURCES: Final[tuple[Source, ...]] = ("logger", "device")


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Positions of one source of one person: four columns of float64, by time, no moment twice.

    `accuracy_m` is the radius that holds the truth 68 % of the time, as in `wire.position.Fix`.
    """

    source: Source
    utc_s: NDArray[np.float64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    accuracy_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.utc_s)


@dataclass(frozen=True, slots=True)
class Home:
    """An area that counts as home from `since_utc_s` to `until_utc_s`: house, garden, error of a fix indoors.

    A person may have several at once (their own, a family's), and others later.
    """

    lat: float
    lon: float
    radius_m: float = 50.0
    name: str = "home"
    since_utc_s: float = -math.inf
    until_utc_s: float = math.inf

    def __post_init__(self) -> None:
        if not self.radius_m > 0.0:
            raise OutingError(f"a home needs a radius above 0 m, not {self.radius_m}: 50 m is usual")


# dock, charger, home_wifi: this source is at that home, whatever its positions say.
# not_carried, carried_by_other: in this time the source says nothing of the person.
# driven: the person was taken along by car; it counts as out, and is labelled.
# at_home, out: a diary or a caregiver's word about the person.
EvidenceKind = Literal[
    "dock", "charger", "home_wifi", "not_carried", "carried_by_other", "driven", "at_home", "out"
]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something other than a position, from `start_utc_s` to `end_utc_s`. `source` None: about the person."""

    kind: EvidenceKind
    start_utc_s: float
    end_utc_s: float
    source: Source | None = None
    home: str | None = None
