"""The values that flow through vision. Pixels: x right, y down, origin at the top left corner.

Bearings: degrees, positive to the wearer's right, 0 straight ahead of the camera. Distances: metres
along the ground from below the camera to the nearest point of the thing.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


class ObjectClass(StrEnum):
    """What the model names. The first two are surfaces (masks), the rest things in the way (boxes).

    The order is the order of class ids in label files, and of the model's rows.
    """

    PAVING = "tactile_paving"  # guide blocks of every kind, bars and dots
    WARNING = "warning_block"  # the part of them that is dots, where it can be told
    PERSON = "person"
    BICYCLE = "bicycle"
    MOTORCYCLE = "motorcycle"  # and scooters with a seat
    CAR = "car"
    BUS = "bus"
    TRUCK = "truck"  # and large vans
    KICK_SCOOTER = "kick_scooter"
    POLE = "pole"  # utility poles, lamp posts, sign posts, signals: taller than a person
    BOLLARD = "bollard"  # posts and barriers up to the waist
    TREE = "tree"  # trunks
    SIGN = "sign"  # A-frames, banners and boards that stand on the ground
    CONE = "cone"
    PLANTER = "planter"  # pots, plant boxes, shrubs
    BENCH = "bench"  # benches and chairs
    BOX = "box"  # boxes, crates, bins, bags: what is put down
    DOG = "dog"
    STAIRS = "stairs"  # a flight, up or down
    PLATFORM_EDGE = "platform_edge"
    OVERHEAD = "overhead"  # what hangs at head height over the way: branches, awnings
    OBSTACLE = "obstacle"  # stands in the way and is none of the above, or cannot be told


SURFACES = frozenset({ObjectClass.PAVING, ObjectClass.WARNING})
THINGS = tuple(cls for cls in ObjectClass if cls not in SURFACES)


@dataclass(frozen=True, slots=True)
class Frame:
    """One camera picture: `image` is H x W x 3 uint8, BGR; `t_s` the monotonic second of exposure."""

    index: int
    t_s: float
    image: Image


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing in one frame. `box` is (x1, y1, x2, y2) in pixels of the frame."""

    cls: ObjectClass
    score: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Detections:
    """What the model saw in one frame. `paving` is an H x W mask of tactile paving (all False: none seen).

    `warning`: the part of it that is dots; None from a model that does not tell dots from bars.
    `faint`: boxes below their class's threshold, surest first (`vision.faint`). Half of them are of nothing:
    they may carry on what is known, and begin nothing.
    """

    frame_index: int
    t_s: float
    size: tuple[int, int]  # (width, height) of the frame
    objects: tuple[Detection, ...]
    paving: Mask = field(repr=False, compare=False)
    paving_score: float = 0.0  # how sure: mean probability over the paving's pixels, 0.0 if none
    warning: Mask | None = field(default=None, repr=False, compare=False)
    faint: tuple[Detection, ...] = ()


class Motion(StrEnum):
    """How a thing moves relative to the wearer's walk."""

    STANDING = "standing"
    APPROACHING = "approaching"
    CROSSING = "crossing"
    OVERTAKEN = "overtaken"  # goes the wearer's way, slower than he: he comes up to it
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Hazard:
    """A confirmed thing in or entering the walking corridor."""

    track_id: int
    cls: ObjectClass
    score: float  # median over the confirming frames
    distance_m: float
    distance_sigma_m: float
    bearing_deg: float
    on_paving: bool  # its foot stands on, or within half a block width of, the paving mask
    ttc_s: float | None  # to the touch, by the ways in which there is one; None: it does not close in
    motion: Motion
    free_side: str | None  # "left" | "right" where the other side was seen free; None: not known
    # How likely it is there and will be touched if both go on as they do: 0..1.
    chance: float = 1.0


class Quality(StrEnum):
    """Whether the course of the guide blocks is known. Lost says nothing of whether there are any."""

    KNOWN = "known"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Place:
    """A place ahead on the followed line. `number` is its name for as long as it is followed.

    `distance_m`: to walk along the line to its near edge; the sigma holds pitch and height of the camera too.
    """

    number: int
    distance_m: float
    sigma_m: float


@dataclass(frozen=True, slots=True)
class Dots(Place):
    """Warning blocks across the line. `wide`: they span more than the plate of 2 x 2 at a corner, 0.6 m."""

    wide: bool


@dataclass(frozen=True, slots=True)
class Branch(Place):
    """A strip that leaves the line: `side` "left", "right" or "both". `goes_on`: so does the line itself.

    Where it does not go on and one strip leaves, the line turns a corner; where two leave, it is a T.
    `sure` False: what leaves may be a row of dots.
    """

    side: str
    goes_on: bool
    sure: bool = True


@dataclass(frozen=True, slots=True)
class End(Place):
    """Where the strip stops, with bare ground in view beyond. `sure`: it kept its place while one walked."""

    sure: bool


@dataclass(frozen=True, slots=True)
class Bend(Place):
    """Where the line begins to turn, without a corner: by `turn_deg` within what is seen, + right."""

    turn_deg: float


@dataclass(frozen=True, slots=True)
class Drift:
    """The wearer, who followed the line, is leaving it. `offset_m`: where the line is, + to the right of him.

    `rate_mps`: how fast he moves away from it. `number`: each leaving has one.
    """

    number: int
    offset_m: float
    sigma_m: float
    rate_mps: float


@dataclass(frozen=True, slots=True)
class PavingSight:
    """Tactile paving as seen now. `seen` False means not seen, which is not "there is none".

    What is ahead is there once it was seen for long enough; None: not known, which is not "none".
    """

    seen: bool
    bearing_deg: float | None = None  # of the line 3 m ahead
    offset_m: float | None = None  # lateral offset of the line at the feet, + right
    quality: Quality = Quality.LOST
    seen_m: float = 0.0  # of the line, in this frame
    heading_deg: float | None = (
        None  # of the line at the feet, as the camera looks, over the last second; + right
    )
    followed: bool = False  # the wearer walks on the line, or along its edge, and has for some time
    dots: Dots | None = None
    branch: Branch | None = None
    end: End | None = None
    bend: Bend | None = None
    drift: Drift | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """All that one frame told: input of the device's announcements, and a line of a recorded run."""

    frame_index: int
    t_s: float
    hazards: tuple[Hazard, ...]
    paving: PavingSight
    # What is wrong with the camera, once that has lasted: `vision.faults.FAULTS`. Stays until steadily well.
    fault: str | None = None
    # False: this picture was not looked at. That it shows no hazards means nothing.
    looked: bool = True
