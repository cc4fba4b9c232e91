"""Under which conditions the methods are compared, and the fixes of each. Pure; seeded."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from field_tests.bench.independent import Life
from field_tests.bench.missing import MASKS, Delivery, Scheme, delivered
from field_tests.bench.noise import Fixes, clean, heard

# own: bonsai's white error of 1 m; noisy: `noise.Receiver`.
Errors = Literal["own", "noisy"]
SHARES: Final = (0.2, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Condition:
    """Which errors the fixes have, and which share of the time is missing by which scheme."""

    errors: Errors
    scheme: Scheme | None = None
    share: float = 0.0

    @property
    def name(self) -> str:
        """`noisy/cycles/50`."""
        return f"{self.errors}/{self.scheme or 'whole'}/{round(100 * self.share)}"


# own/cycles is how published figures of forest's tools are made: no error, the logger on and off by turns.
CLEAN: Final = Condition("own")
CONDITIONS: Final = (
    CLEAN,
    *(Condition("own", "cycles", share) for share in SHARES),
    Condition("noisy"),
    *(Condition("noisy", "cycles", share) for share in SHARES),
    *(Condition("noisy", "hours", share) for share in SHARES),
)


def received(life: Life, number: int, seed: int) -> dict[Errors, Fixes]:
    """All fixes of person `number`'s life, before any is lost, with each kind of errors."""
    return {"own": clean(life), "noisy": heard(life, np.random.default_rng([seed, number, 1]))}


def fixes(life: Life, whole: dict[Errors, Fixes], condition: Condition, number: int, seed: int) -> Fixes:
    """What arrives of `whole`: the same noise under all conditions, other faults in each."""
    told = whole[condition.errors]
    if condition.scheme is None:
        return told
    kept = told.at(MASKS[condition.scheme](life, condition.share, 1000 * seed + number))
    if condition.errors == "own":
        return kept
    faults = Delivery() if condition.scheme == "hours" else Delivery(jumps_a_week=0.0)
    return delivered(kept, len(life.days), np.random.default_rng([seed, number, 2]), faults)
