"""What is remembered of the width of things whose foot has gone below the picture. Pure.

A lens of 70 degrees that looks 12 degrees down sees the ground from 1.9 m on. What comes nearer has no foot
any more; but it was measured before, and it is still as wide as it was.
"""

from collections.abc import Sequence
from math import hypot, sqrt
from statistics import median

from vision.boxes import likeness
from vision.camera import Box
from vision.families import WALKING, alike
from vision.ranging import Width
from vision.sightings import Sighting, cut_by_edge
from vision.tracking import LEAST_MATCH, Track, Tracks, expected_box
from vision.types import Detection

# Both side edges of a box together, from frame to frame (vision/encounters/figures.toml, edge_sigma).
SIDES_SHARE = 0.082
SWING_SHARE = 0.25  # of a walker's width: legs and arms swing within a step
LOOKS_APART = 3  # errors of boxes last 0.3 s: of looks at 10 Hz every third is a new one


def widths(
    tracks: Tracks, things: Sequence[Detection], size: tuple[int, int], t_s: float
) -> dict[int, Width]:
    """By place in `things`, for those cut below: the width of the followed thing it is most like.

    `size`: width and height of the picture.
    """
    found: dict[int, Width] = {}
    cuts = [cut_by_edge(detection.box, *size) for detection in things]
    below = [place for place, cut in enumerate(cuts) if cut.foot and not cut.side]
    expected = [(track, expected_box(track, t_s)) for track in tracks.items] if below else []
    for place in below:
        track = _likest(expected, things[place])
        width = None if track is None else remembered(track)
        if width is not None:
            found[place] = width
    return found


def _likest(expected: Sequence[tuple[Track, Box]], detection: Detection) -> Track | None:
    scored = [
        (likeness(box, detection.box), -track.id, track)
        for track, box in expected
        if alike(track.cls, detection.cls)
    ]
    best = max(scored, default=None, key=lambda each: each[:2])
    return best[2] if best and best[0] >= LEAST_MATCH else None


def remembered(track: Track) -> Width | None:
    """The width by the samples that showed all of it; None: none did."""
    whole = [s.sighting for s in track.samples if s.sighting.wide_m is not None]
    if not whole:
        return None
    looks = sqrt(max(len(whole) / LOOKS_APART, 1.0))
    jitter = SWING_SHARE if track.cls in WALKING else SIDES_SHARE
    steady, differs = _shares(whole[-1])
    sigma = hypot(steady, hypot(jitter, differs) / looks)
    return Width(median(s.wide_m for s in whole if s.wide_m is not None), sigma, jitter)


def _shares(sighting: Sighting) -> tuple[float, float]:
    """The distance's steady error and its jitter, as shares of it."""
    told = sighting.distance
    steady = sqrt(max(told.sigma_m**2 - told.jitter_m**2, 0.0))
    return steady / told.distance_m, told.jitter_m / told.distance_m
