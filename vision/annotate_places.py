"""Where labels may stand on a picture: beside their box, on no other label, covering little. Pure."""

Area = tuple[int, int, int, int]  # x, y, width, height


class Places:
    """Of one picture. `size`: width and height; `boxes`: of the things; `state`: taken, at the top left."""

    def __init__(self, size: tuple[int, int], boxes: list[Area], state: tuple[int, int]) -> None:
        self._width, self._height = size
        self._boxes = boxes
        self._taken: list[Area] = [(0, 0, *state)]

    def find(self, box: Area, size: tuple[int, int], *, must: bool = True) -> tuple[int, int] | None:
        """A label's upper left corner; None where there is no room for one that may be left out."""
        wide, tall = size
        x, y, w, h = box
        around = ((x, y - tall), (x + w, y), (x - wide, y), (x, y + h), (x, y), (x, y + h - tall))
        areas = [self._inside(left, top, wide, tall) for left, top in around]
        free = [area for area in areas if not any(_shared(area, other) for other in self._taken)]
        if not free and not must:
            return None
        best = min(free or areas, key=lambda area: sum(_shared(area, other) for other in self._boxes))
        self._taken.append(best)
        return best[:2]

    def _inside(self, x: int, y: int, wide: int, tall: int) -> Area:
        """Pushed into the picture."""
        right, foot = max(self._width - wide, 0), max(self._height - tall, 0)
        return min(max(x, 0), right), min(max(y, 0), foot), wide, tall


def _shared(one: Area, other: Area) -> int:
    """Pixels that two areas have in common."""
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    tall = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(wide, 0) * max(tall, 0)
