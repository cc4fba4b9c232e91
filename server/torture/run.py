"""The whole torture: lanes beside each other, their tallies, and the control that proves that it bites."""

import asyncio
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

from server.torture.lane import Lane, Tally
from server.torture.nursery import Nursery
from server.torture.shim import NoCompiler, build

_CONTROL_CUTS: Final = 8


@dataclass(frozen=True, slots=True)
class Figures:
    """One kind of death. `lost`: promised events that are not there; `changed`: not as they were sent."""

    deaths: int
    during_start: int
    devices: int
    acked: int
    stored: int
    sos: int
    sos_unheard: int
    lost: int
    doubled: int
    changed: int
    gaps: int
    damaged: int
    unsynced_mb: float
    start_p50_s: float | None
    start_worst_s: float | None
    fork_worst_s: float | None
    faults: tuple[str, ...]

    def met(self) -> bool:
        """Whether nothing was lost, doubled, changed or damaged, and each call for help has its alert."""
        wrong = (self.lost, self.doubled, self.changed, self.gaps, self.damaged, self.sos_unheard)
        return not any(wrong) and not self.faults


@dataclass(frozen=True, slots=True)
class Outcome:
    """`control`: the same power cuts on a disk that lies about its syncs: there must be losses.

    `not_run`: what could not be tried here, and why; empty: nothing.
    """

    kills: Figures | None
    power_cuts: Figures | None
    control: Figures | None
    not_run: str

    def met(self) -> bool:
        """Whether all that was tried held, and the control found what it must."""
        bites = self.control is None or self.control.lost + self.control.damaged > 0
        return bites and all(part is None or part.met() for part in (self.kills, self.power_cuts))

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {"met": self.met(), **asdict(self), "control_bites": self.control and not self.control.met()}


@dataclass(frozen=True, slots=True)
class Options:
    """How much. `lanes`: servers beside each other."""

    kills: int = 100
    power_cuts: int = 20
    devices: int = 6
    lanes: int = os.cpu_count() or 1
    seed: int = 7
    folder: Path | None = None


def torture(options: Options) -> Outcome:
    """Run all of it in a folder of its own, which is deleted after."""
    with tempfile.TemporaryDirectory(prefix="shirube-torture-", dir=options.folder) as made:
        folder = Path(made)
        kills = _many(folder / "kills", options, options.kills) if options.kills else None
        if not options.power_cuts:
            return Outcome(kills, None, None, "")
        try:
            shim = build(folder)
        except NoCompiler as error:
            return Outcome(kills, None, None, f"power cuts: {error}")
        cuts = _many(folder / "cuts", options, options.power_cuts, shim)
        control = _many(folder / "control", options, min(_CONTROL_CUTS, options.power_cuts), shim, lying=True)
        return Outcome(kills, cuts, control, "")


def _many(
    folder: Path, options: Options, deaths: int, shim: Path | None = None, *, lying: bool = False
) -> Figures:
    folder.mkdir()
    count = min(options.lanes, deaths)
    shares = [deaths // count + (n < deaths % count) for n in range(count)]
    nursery = Nursery(shim)
    try:
        return asyncio.run(_beside(folder, nursery, options, shares, disk=shim is not None, lying=lying))
    finally:
        nursery.close()


async def _beside(
    folder: Path, nursery: Nursery, options: Options, shares: Sequence[int], *, disk: bool, lying: bool
) -> Figures:
    lanes = []
    for n in range(len(shares)):
        place = folder / f"lane-{n}"
        place.mkdir()
        lanes.append(Lane(place, nursery, options.devices, options.seed + n, disk=disk, lying=lying))
    tallies = await asyncio.gather(*(lane.run(share) for lane, share in zip(lanes, shares, strict=True)))
    return _together(tallies, options.devices * len(lanes))


def _together(tallies: Sequence[Tally], devices: int) -> Figures:
    def total(name: str) -> int:
        return sum(int(getattr(tally, name)) for tally in tallies)

    starts = [seconds for tally in tallies for seconds in tally.starts_s]
    forks = [seconds for tally in tallies for seconds in tally.forks_s]
    counted = (
        "deaths",
        "during_start",
        "acked",
        "stored",
        "sos",
        "sos_unheard",
        "lost",
        "doubled",
        "changed",
        "gaps",
        "damaged",
    )
    return Figures(
        **{name: total(name) for name in counted},
        devices=devices,
        unsynced_mb=round(total("bytes_unsynced") / 1e6, 2),
        start_p50_s=round(median(starts), 2) if starts else None,
        start_worst_s=round(max(starts), 2) if starts else None,
        fork_worst_s=round(max(forks), 2) if forks else None,
        faults=tuple(fault for tally in tallies for fault in tally.faults),
    )
