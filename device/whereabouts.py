"""Where the wearer is, how fast, which way they face and what time it is, from all that came in. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from device.facing import Facing
from device.fix_sieve import Sieve
from device.own_speed import OwnSpeed
from device.true_time import TrueTime, unrolled
from wire.position import Fix


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """All that is known of where, whereto and when; steps are pure. `live`: the fixes are of now."""

    live: bool
    by_satellites: bool  # whether satellites' time may stand above the machine's
    time: TrueTime = field(default_factory=TrueTime)
    sieve: Sieve = field(default_factory=Sieve)
    facing: Facing = field(default_factory=Facing)
    speed: OwnSpeed = field(default_factory=OwnSpeed)

    def located(self, now_s: float, fixes: Iterable[Fix]) -> tuple["Whereabouts", tuple[Fix, ...]]:
        """Take in fixes that arrived at `now_s`; those to pass on, with their lost weeks put back."""
        fixes = [_of_this_era(fix) if self.live else fix for fix in fixes]
        now, passed = self, list[Fix]()
        if self.live and fixes:
            # Of those that come at once, after a stall, the newest was delayed least.
            now = replace(now, time=now.time.told(now_s, max(fix.utc_s for fix in fixes)))
        for fix in fixes:
            now, good = now._took(now_s, fix)
            passed += good
        return now, tuple(passed)

    def _took(self, now_s: float, fix: Fix) -> tuple["Whereabouts", list[Fix]]:
        sieve, good = self.sieve.sift(now_s, fix, self.time.age_s(now_s, fix.utc_s))
        if not good:
            return replace(self, sieve=sieve), []
        facing, speed = self.facing.moved(now_s, fix), self.speed.moved(now_s, fix)
        return replace(self, sieve=sieve, facing=facing, speed=speed), [fix]

    def sensed(
        self, compass: tuple[float, float] | None, ntp_utc_s: float | None, now_s: float
    ) -> "Whereabouts":
        """Take in what a compass says, and the machine's UTC where NTP vouches for it."""
        facing = self.facing if compass is None else self.facing.turned(*compass)
        return replace(self, facing=facing, time=self.time.synchronised(now_s, ntp_utc_s))

    def speed_mps(self, now_s: float) -> float | None:
        """How fast the wearer walks; None: not known, as from a recording beside a camera of now."""
        return self.speed.mps(now_s) if self.live else None

    def utc_s(self, now_s: float) -> float | None:
        """True UTC; None: not known."""
        if not self.by_satellites and self.time.ntp is None:
            return None
        return self.time.utc_s(now_s)


def _of_this_era(fix: Fix) -> Fix:
    """A receiver that lost count of the weeks knows the place, and the second of the week, all the same."""
    utc_s = round(unrolled(fix.utc_s), 3)
    return fix if utc_s == fix.utc_s else replace(fix, utc_s=utc_s)
