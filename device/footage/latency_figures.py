"""The moments on the way from a frame to its warning's first sample, and what they come to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vision.errors import VisionError

LEAST = 10  # warnings: fewer tell no p95


class TooFewError(VisionError):
    """Too few warnings came for a figure."""


@dataclass(frozen=True, slots=True)
class Look:
    """One frame's moments, seconds of the clock, up to its scene."""

    arrived_s: float
    begun_s: float
    network_s: tuple[float, float]  # from, to
    seen_s: float
    behind_s: float = 0.0  # from its arrival on, the network was still at the frame before

    @property
    def took_s(self) -> float:
        """The network's work on it."""
        return self.network_s[1] - self.network_s[0]


def behind_s(arrived_s: float, before: Look | None) -> float:
    """How long the network was still at the frame before when this one had arrived."""
    if before is None:
        return 0.0
    return max(0.0, before.network_s[1] - max(arrived_s, before.network_s[0]))


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning: the look that made it, when its first sample came. `own`: of what the clip shows."""

    look: Look
    sounded_s: float
    own: bool


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from a frame's arrival to the first sample, beyond the network's work on it.

    `ours_`: of them, those that a quicker network would not save: without `behind_`, in which it was still
    at the frame before. `network_`, `waited_`, `pipeline_`, `said_`: each step on the way.
    """

    warnings: int
    own: int  # of them, of what the clip itself shows
    later: int  # more, that waited for another's words by the arbiter's choice: in no figure
    seconds: float
    rate_hz: float
    voice: bool  # a real voice was making words meanwhile
    p50_ms: float
    p95_ms: float
    worst_ms: float
    ours_p50_ms: float
    ours_p95_ms: float
    ours_worst_ms: float
    network_p50_ms: float
    waited_p50_ms: float  # from the frame's arrival until it was taken up
    behind_p50_ms: float
    pipeline_p50_ms: float  # from when it was taken up until there is a scene, without the network
    said_p50_ms: float  # from the scene to the first sample
    network_p95_ms: float
    waited_p95_ms: float
    behind_p95_ms: float
    pipeline_p95_ms: float
    said_p95_ms: float


def latency(warned: Sequence[Warned], later: int, seconds: float, rate_hz: float, *, voice: bool) -> Latency:
    """The figures. Raises `TooFewError`."""
    if len(warned) < LEAST:
        raise TooFewError(
            f"警告が {len(warned)} 回だけで p95 が言えません。--latency-s を長くしてください / "
            f"{len(warned)} warnings in {seconds:.0f} s are too few to tell a p95: give a longer --latency-s"
        )

    def ms(values: Sequence[float], share: float = 0.5) -> float:
        return float(np.quantile(np.array(values) * 1000, share))

    looks = [one.look for one in warned]
    beyond = [one.sounded_s - one.look.arrived_s - one.look.took_s for one in warned]
    behind = [look.behind_s for look in looks]
    ours = [whole - part for whole, part in zip(beyond, behind, strict=True)]
    network = [look.took_s for look in looks]
    waited = [look.begun_s - look.arrived_s for look in looks]
    pipeline = [look.seen_s - look.begun_s - look.took_s for look in looks]
    said = [one.sounded_s - one.look.seen_s for one in warned]
    return Latency(
        warnings=len(warned),
        own=sum(one.own for one in warned),
        later=later,
        seconds=seconds,
        rate_hz=rate_hz,
        voice=voice,
        p50_ms=ms(beyond),
        p95_ms=ms(beyond, 0.95),
        worst_ms=ms(beyond, 1.0),
        ours_p50_ms=ms(ours),
        ours_p95_ms=ms(ours, 0.95),
        ours_worst_ms=ms(ours, 1.0),
        network_p50_ms=ms(network),
        waited_p50_ms=ms(waited),
        behind_p50_ms=ms(behind),
        pipeline_p50_ms=ms(pipeline),
        said_p50_ms=ms(said),
        network_p95_ms=ms(network, 0.95),
        waited_p95_ms=ms(waited, 0.95),
        behind_p95_ms=ms(behind, 0.95),
        pipeline_p95_ms=ms(pipeline, 0.95),
        said_p95_ms=ms(said, 0.95),
    )
