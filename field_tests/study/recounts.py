"""The trial counted again by other definitions, one changed at a time: radius, shortest outing, valid day."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from field_tests.study.count import count, valid_at
from field_tests.study.folder import Folder
from field_tests.study.tables import TrialTables

Varied = dict[tuple[str, str], TrialTables]
# What peers use: jasmine 50 m, trackintel 100 m, Traccar 200 m; 5 to 30 minutes; 6 to 10 hours of a day.
RADII_M: Final = (50.0, 100.0, 200.0)
LEAST_MINUTES: Final = (5.0, 10.0, 30.0)
VALID_HOURS: Final = (6.0, 8.0, 10.0)


def recounts(
    folder: Folder, tables: TrialTables, *, jobs: int, progress: Callable[[int, int], None]
) -> Varied:
    """(what, value) to the tables so counted; what equals the frozen choice is not counted again.

    `tables`: the trial as frozen. `progress` is told how many recounts of how many are done.
    """
    others = list(_others(folder))
    made: Varied = {}
    for what, value, other in others:
        made[what, value] = count(other, jobs=jobs)
        progress(len(made), len(others))
    for hours in VALID_HOURS:
        if hours != folder.protocol.valid.waking_hours:
            made["valid_hours", f"{hours:g}"] = valid_at(tables, folder.definitions, hours)
    return made


def _others(folder: Folder) -> Iterator[tuple[str, str, Folder]]:
    used = {home.radius_m for homes in folder.homes.values() for home in homes}
    for what, value, other in ways(folder):
        if what != "home_radius_m" or used != {float(value)}:
            yield what, value, other


def ways(folder: Folder) -> Iterator[tuple[str, str, Folder]]:
    """The trial in each way of counting that may be asked for, beside the frozen one."""
    for radius in RADII_M:
        other = with_radius(folder, radius)
        yield "home_radius_m", f"{radius:g}", replace(other, variant=("home_radius_m", f"{radius:g}"))
    for minutes in LEAST_MINUTES:
        if minutes != folder.definitions.least_minutes:
            rules = replace(folder.definitions, least_minutes=minutes)
            variant = ("least_minutes", f"{minutes:g}")
            yield *variant, replace(folder, definitions=rules, variant=variant)


def with_radius(folder: Folder, radius_m: float) -> Folder:
    """The same trial with all homes of this radius."""
    homes = {
        person: tuple(replace(home, radius_m=radius_m) for home in own)
        for person, own in folder.homes.items()
    }
    return replace(folder, homes=homes)
