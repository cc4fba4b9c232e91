"""How like two boxes of a picture are. Pure."""

from math import hypot, log

from vision.camera import Box

LOG_UNLIKE = log(2.5)  # so many times as tall is nothing alike


def middle(box: Box) -> tuple[float, float]:
    """Its middle, pixels."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def overlap(first: Box, second: Box) -> float:
    """Intersection over union."""
    wide = min(first[2], second[2]) - max(first[0], second[0])
    tall = min(first[3], second[3]) - max(first[1], second[1])
    if wide <= 0 or tall <= 0:
        return 0.0
    shared = wide * tall
    own = (first[2] - first[0]) * (first[3] - first[1])
    return shared / (own + (second[2] - second[0]) * (second[3] - second[1]) - shared)


def likeness(first: Box, second: Box, reach: float = 1.0) -> float:
    """0..1.5: overlap, plus up to a half for like-sized boxes within `reach` times their size."""
    wide, tall = first[2] - first[0], first[3] - first[1]
    other_wide, other_tall = second[2] - second[0], second[3] - second[1]
    size = max(wide, tall, other_wide, other_tall, 1.0)
    (x1, y1), (x2, y2) = middle(first), middle(second)
    near = 1.0 - hypot(x1 - x2, y1 - y2) / (reach * size)
    if near <= 0.0:
        return overlap(first, second)
    same_size = max(0.0, 1.0 - abs(log(max(tall, 1.0) / max(other_tall, 1.0))) / LOG_UNLIKE)
    return overlap(first, second) + 0.5 * near * same_size
