"""What is judged: one picture with what is known of it. Whatever is not known is None, never empty."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from vision.types import Image, Mask, ObjectClass

Box = tuple[float, float, float, float]
# Less paving than this share of a picture is too little to say of it that the path is clear.
LEAST_PAVING_SHARE = 0.002
NEAR_M = 5.0  # a blocked path: something stands on the paving within this distance
SLICES = ("worn", "non_yellow", "shadow", "wet", "night", "tiled", "crowded")


@dataclass(frozen=True, slots=True)
class TrueThing:
    """A thing that is there. `cls` None: of a kind that we do not name, so neither missed nor false.

    `on_paving`, `near` (within `NEAR_M`): None where the labels do not tell.
    """

    cls: ObjectClass | None
    box: Box
    on_paving: bool | None = None
    near: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is known of one picture.

    `paving`: every visible pixel of guide blocks; `unsure`: pixels where that is not claimed. `things`:
    those labelled; `known`: the classes of which everything is labelled, so that more of them is wrong.
    `blockers`: what stands on the paving within `NEAR_M`; () where the way is known to be clear.
    """

    image: Image = field(repr=False)
    paving: Mask | None = field(default=None, repr=False)
    unsure: Mask | None = field(default=None, repr=False)
    things: tuple[TrueThing, ...] | None = None
    known: frozenset[ObjectClass] = frozenset()
    blockers: tuple[TrueThing, ...] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One picture, not read yet. `scene`: pictures of one scene tell the same thing twice.

    `load` raises a `VisionError` that names the file.
    """

    name: str
    scene: str
    load: Callable[[], Truth]
    slices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A set of cases. `kind`: "masks", "boxes", "scenes", "records"; `skipped`: what is not among them."""

    kind: str
    cases: tuple[Case, ...]
    has_slices: bool = False
    skipped: tuple[str, ...] = ()

    def first(self, limit: int | None) -> "Source":
        """At most `limit` cases."""
        return Source(self.kind, self.cases[:limit], self.has_slices, self.skipped)


def in_class_order(classes: Iterable[ObjectClass]) -> tuple[ObjectClass, ...]:
    """Each once, in the order of `ObjectClass`."""
    present = set(classes)
    return tuple(cls for cls in ObjectClass if cls in present)
