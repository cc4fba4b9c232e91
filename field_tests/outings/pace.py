"""Whether a person's longer ways are walked or ridden, from how far they come in a minute. Pure."""

import numpy as np
from numpy.typing import NDArray

from field_tests.outings.columns import Columns, distance_m
from field_tests.outings.definitions import Definitions


def moved_m(fixes: Columns, out: NDArray[np.bool_], rules: Definitions) -> tuple[float, float]:
    """Metres walked and metres ridden while out, each in steps of `pace_s` (their ratio is what counts)."""
    here = np.flatnonzero(out)
    utc_s = fixes.utc_s[here]
    later = np.minimum(np.searchsorted(fixes.utc_s, utc_s + rules.pace_s), len(fixes) - 1)
    seconds = fixes.utc_s[later] - utc_s
    told = out[later] & (seconds >= rules.pace_s) & (seconds <= rules.pace_most_s)
    a, b = here[told], later[told]
    metres = distance_m(fixes.lat[a], fixes.lon[a], fixes.lat[b], fixes.lon[b])
    mps = metres / seconds[told]
    walked = float(np.sum(metres[(mps >= rules.moves_mps) & (mps < rules.rides_mps)]))
    return walked, float(np.sum(metres[mps >= rules.rides_mps]))
