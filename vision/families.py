"""What names have in common: which one thing may be called in turn, and which are no things on the ground."""

from functools import lru_cache

from vision.types import THINGS, ObjectClass

# Seen from afar, from the side or half hidden, these look alike. People are like nothing else: a rider
# and the bicycle below are two.
ALIKE: tuple[frozenset[ObjectClass], ...] = (
    frozenset({ObjectClass.BICYCLE, ObjectClass.MOTORCYCLE, ObjectClass.KICK_SCOOTER}),
    frozenset({ObjectClass.CAR, ObjectClass.BUS, ObjectClass.TRUCK}),
    frozenset({ObjectClass.POLE, ObjectClass.BOLLARD, ObjectClass.TREE}),
    frozenset({ObjectClass.POLE, ObjectClass.SIGN}),
    frozenset({ObjectClass.POLE, ObjectClass.KICK_SCOOTER}),
    frozenset({ObjectClass.BOLLARD, ObjectClass.CONE, ObjectClass.SIGN}),
    frozenset({ObjectClass.SIGN, ObjectClass.BOX, ObjectClass.PLANTER, ObjectClass.BENCH}),
    frozenset({ObjectClass.CONE, ObjectClass.BOX}),
    frozenset({ObjectClass.TREE, ObjectClass.PLANTER, ObjectClass.OVERHEAD}),
    frozenset({ObjectClass.STAIRS, ObjectClass.PLATFORM_EDGE}),
)
# Ground that ends or changes, not a thing on it: others stand there, and guide blocks lead up to it.
GROUND = frozenset({ObjectClass.STAIRS, ObjectClass.PLATFORM_EDGE})
HANGING = frozenset({ObjectClass.OVERHEAD})  # its lowest point is not on the ground
# What moves by itself, and what does not. What cannot be told may be a cart or a wheelchair: in neither.
WHEELED = frozenset(
    {
        ObjectClass.BICYCLE,
        ObjectClass.MOTORCYCLE,
        ObjectClass.CAR,
        ObjectClass.BUS,
        ObjectClass.TRUCK,
        ObjectClass.KICK_SCOOTER,
    }
)
WALKING = frozenset({ObjectClass.PERSON, ObjectClass.DOG})
FIXED = frozenset(ObjectClass) - WHEELED - WALKING - {ObjectClass.OBSTACLE}
RIDDEN = frozenset({ObjectClass.BICYCLE, ObjectClass.MOTORCYCLE, ObjectClass.KICK_SCOOTER})


@lru_cache(maxsize=1024)  # of a crowd, every track is compared with every box
def alike(first: ObjectClass, second: ObjectClass) -> bool:
    """Whether one thing may be called both, in one frame or from one frame to the next."""
    if ObjectClass.OBSTACLE in (first, second):
        return first in THINGS and second in THINGS  # what cannot be told may be anything
    return first is second or any(first in group and second in group for group in ALIKE)


def rides(first: ObjectClass, second: ObjectClass) -> bool:
    """Whether they are two things that share one place: somebody on something with wheels."""
    return ObjectClass.PERSON in (first, second) and bool({first, second} & RIDDEN)
