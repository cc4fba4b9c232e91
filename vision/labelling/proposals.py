"""A model's view of a picture as a record to be corrected by eye: outlines of its mask, its boxes."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from vision.camera import unknown_camera
from vision.labelling.records import LabelledThing, Outline, Record, Split
from vision.on_paving import follow, on_paving
from vision.ranging import ground_distance
from vision.types import THINGS, Detection, Detections, Mask

NEAR_M = 5.0
FOOT_JITTER_PX = 2.0
LEAST_SHARE = 0.0005  # of the picture; smaller specks of mask are not worth a correction
BEND_SHARE = 0.003  # of the diagonal: how far an outline may cut a corner


@dataclass(frozen=True, slots=True)
class Place:
    """Which picture it is: fields as in `Record`."""

    sha256: str
    source: str
    file: str
    scene: str
    split: Split = "train"
    frame: int | None = None


def template(place: Place, width: int, height: int) -> Record:
    """A record with nothing labelled yet, and nothing claimed."""
    return Record(
        place.sha256,
        place.source,
        place.file,
        width,
        height,
        place.scene,
        place.split,
        place.frame,
        paving_known=False,
        warning_known=False,
        things_complete=False,
        proposed=True,
    )


def proposed(place: Place, found: Detections) -> Record:
    """What the model found as a proposal. It claims nothing about what is not in it."""
    width, height = found.size
    strip = follow(found.paving)
    things = [_thing(each, found, on=on_paving(strip, each.box, each.cls)) for each in found.objects]
    return replace(
        template(place, width, height),
        paving=outlines(found.paving),
        warning=() if found.warning is None else outlines(found.warning),
        things=tuple(thing for thing in things if thing is not None),
    )


def _thing(each: Detection, found: Detections, *, on: bool) -> LabelledThing | None:
    width, height = found.size
    x1, y1, x2, y2 = (
        round(min(max(value, 0.0), float(limit)), 1)
        for value, limit in zip(each.box, (width, height, width, height), strict=True)
    )
    if each.cls not in THINGS or x2 <= x1 or y2 <= y1:
        return None
    distance = ground_distance(unknown_camera(width, height), (x1, y1, x2, y2), FOOT_JITTER_PX)
    return LabelledThing(
        each.cls, (x1, y1, x2, y2), on, distance is not None and distance.distance_m <= NEAR_M
    )


def outlines(mask: Mask) -> tuple[Outline, ...]:
    """The outer outlines of a mask, largest first, simplified to what a person can move by hand.

    Holes are not kept: what stands on the paving has a box.
    """
    height, width = mask.shape
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    kept = [c for c in contours if cv2.contourArea(c) >= LEAST_SHARE * width * height]
    bend = BEND_SHARE * float(np.hypot(width, height))
    simple = [cv2.approxPolyDP(c, bend, True) for c in sorted(kept, key=cv2.contourArea, reverse=True)]
    return tuple(
        tuple((float(x), float(y)) for x, y in s.reshape(-1, 2).tolist()) for s in simple if len(s) >= 3
    )
