"""The primary estimate under other definitions, without one person, and with unknown time at home or out."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from field_tests.study.estimates import of_change
from field_tests.study.flow import eligible as who_is
from field_tests.study.panel import ACTIVE, Floats, Grid, Panel, grid
from field_tests.study.primary import Change, change
from field_tests.study.result import Estimate, Sensitivity
from field_tests.study.tables import TrialTables


def recounted(varied: Mapping[tuple[str, str], TrialTables]) -> tuple[Sensitivity, ...]:
    """The primary estimate of each recount; `varied`: (what, value) to the tables so counted."""
    return tuple(
        Sensitivity(what=what, value=value, estimate=of_change("primary", _primary(tables)))
        for (what, value), tables in varied.items()
    )


def _primary(tables: TrialTables) -> Change:
    counted = grid(tables)
    return change(counted.panel(), who_is(tables, counted))


def leave_one_out(panel: Panel, eligible: NDArray[np.bool_], found: Change) -> tuple[Sensitivity, ...]:
    """The lowest and the highest estimate that leaving out one person makes; `value` is who was left out."""
    if not np.isfinite(found.without).any():
        return ()
    lowest, highest = int(np.nanargmin(found.without)), int(np.nanargmax(found.without))
    return tuple(
        Sensitivity(
            what="leave_out",
            value=panel.persons[i],
            estimate=of_change("primary", _without(panel, eligible, i)),
        )
        for i in (lowest, highest)
    )


def _without(panel: Panel, eligible: NDArray[np.bool_], i: int) -> Change:
    rest = [j for j in range(len(panel.persons)) if j != i]
    return change(panel.only(rest), eligible[rest])


def bounds(counted: Grid, eligible: NDArray[np.bool_]) -> tuple[Estimate, ...]:
    """All unknown time at home, all of it out.

    And the two mixtures that are worst and best for the device.
    """
    active = counted.panel().side == ACTIVE
    ways: tuple[tuple[str, Floats], ...] = (
        ("unknown_home", counted.low),
        ("unknown_out", counted.high),
        ("worst_case", np.where(active, counted.low, counted.high)),
        ("best_case", np.where(active, counted.high, counted.low)),
    )
    return tuple(of_change(key, change(counted.panel(values), eligible)) for key, values in ways)


def on_days_out(counted: Grid) -> Panel:
    """Minutes of the days with an outing alone."""
    return counted.panel(np.where(counted.out > 0.0, counted.minutes, np.nan))
