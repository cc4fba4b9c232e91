"""One walk through a follower and a voice: what was true, what was thought, what was said."""

import random
from dataclasses import dataclass
from typing import Protocol, TypeVar

from routing.actions import Itinerary
from routing.cues import Cue
from routing.geo import Local
from routing.progress import Progress
from routing.simulated import Noise, Receiver
from routing.walks.voice import Spoken, Voice
from routing.walks.walker import Truth, Walker
from wire.position import Fix
from wire.route import Route

S = TypeVar("S")


class Guide(Protocol[S]):
    """A follower of either kind."""

    plan: Itinerary
    route: Route

    def start(self) -> S:
        """Its memory before the first fix."""

    def step(self, state: S, fix: Fix | None, now_s: float) -> tuple[S, tuple[Cue, ...], Progress]:
        """One step."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One second: the truth, and what the follower made of it."""

    truth: Truth
    progress: Progress


@dataclass(frozen=True, slots=True)
class Record:
    """A whole walk."""

    route: Route
    plan: Itinerary
    ticks: tuple[Tick, ...]
    said: tuple[Spoken, ...]
    accuracy_m: float

    def at(self, t_s: float) -> Tick:
        """The tick of a moment."""
        return self.ticks[min(max(int(t_s), 0), len(self.ticks) - 1)]

    def along_m(self, t_s: float) -> float:
        """The true place on the route at a moment between two ticks."""
        index = min(max(int(t_s), 0), len(self.ticks) - 1)
        here = self.ticks[index].truth.along_m
        after = self.ticks[min(index + 1, len(self.ticks) - 1)].truth.along_m
        return here + (after - here) * min(max(t_s - index, 0.0), 1.0)


def noise_of(accuracy_m: float) -> Noise:
    """A receiver of this 68 % radius; where positions are bad, course and speed are worse too."""
    return Noise(
        accuracy_m,
        speed_sigma_mps=0.1 + 0.005 * accuracy_m,
        course_sigma_deg=8.0 + 0.5 * accuracy_m,
        speed_drift_mps=0.05 + 0.005 * accuracy_m,
    )


def record(guide: Guide[S], walker: Walker, accuracy_m: float, rng: random.Random) -> Record:
    """Walk `walker` with `guide` until the walk is over."""
    plane: Local = guide.plan.line.plane
    receiver = Receiver(noise_of(accuracy_m), plane, rng)
    voice, state = Voice(), guide.start()
    ticks: list[Tick] = []
    t_s = 0.0
    while not walker.over:
        truth = walker.step(t_s)
        speed = getattr(walker, "speed_mps", 1.1) if truth.moving else 0.0
        fix = receiver.fix(t_s, truth.xy, speed, truth.heading_deg)
        state, cues, progress = guide.step(state, fix, t_s)
        ticks.append(Tick(truth, progress))
        voice.offer(cues, t_s)
        t_s += 1.0
        for spoken in voice.until(t_s, progress.route_m):
            walker.hear(spoken)
    return Record(guide.route, guide.plan, tuple(ticks), tuple(voice.said), accuracy_m)
