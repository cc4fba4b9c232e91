"""The trial's estimator behind the server's port."""

from collections.abc import Sequence

from server.outings import Measured
from wire.position import Fix


def trip_minutes(fixes: Sequence[Fix]) -> Measured | None:
    """Minutes of one trip from its positions; None where they are too few to tell."""
    from field_tests.outings import trip_minutes as estimate

    outing = estimate(fixes)
    if outing is None:
        return None
    return Measured(
        start_utc_s=outing.start_utc_s,
        end_utc_s=outing.end_utc_s,
        minutes=outing.minutes,
        minutes_min=outing.minutes_min,
        minutes_max=outing.minutes_max,
        coverage=outing.coverage,
    )
