"""Cutting an area into the pieces that are asked for one by one."""

import math
from typing import Final

from routing.areas import Area, Box

# A dense town gives a few MB for 16 km2, well inside Overpass's default limits (180 s, 512 MiB);
# smaller tiles would only be more requests.
TILE_SIDE_M: Final = 4_000.0
# Below this a server that still says "too much" is not short of room for the tile.
SMALLEST_TILE_M: Final = 200.0


def tiles(area: Area, side_m: float = TILE_SIDE_M) -> tuple[Box, ...]:
    """Boxes of at most `side_m` that cover the area, from the south-west; those off its outline left out."""
    box = area.box
    rows = max(1, math.ceil(box.height_m / side_m - 1e-9))
    columns = max(1, math.ceil(box.width_m / side_m - 1e-9))
    return _on_outline(_cut(box, rows, columns), area.outline)


def quarters(box: Box) -> tuple[Box, ...]:
    """The four quarters; none where they would be too small to help."""
    if min(box.height_m, box.width_m) < 2.0 * SMALLEST_TILE_M:
        return ()
    return _cut(box, 2, 2)


def _cut(box: Box, rows: int, columns: int) -> tuple[Box, ...]:
    # Rounded once, so that neighbours share their edge exactly and the same area gives the same queries.
    lats = _steps(box.south, box.north, rows)
    lons = _steps(box.west, box.east, columns)
    return tuple(
        Box(lats[row], lons[column], lats[row + 1], lons[column + 1])
        for row in range(rows)
        for column in range(columns)
    )


def _steps(first: float, last: float, count: int) -> list[float]:
    return [round(first + (last - first) * step / count, 7) for step in range(count + 1)]


def _on_outline(boxes: tuple[Box, ...], outline: str | None) -> tuple[Box, ...]:
    if outline is None:
        return boxes
    # Imported late: only a place fetched by its name has an outline.
    import shapely

    shape = shapely.from_wkt(outline)
    shapely.prepare(shape)
    drawn = [shapely.box(box.west, box.south, box.east, box.north) for box in boxes]
    return tuple(box for box, square in zip(boxes, drawn, strict=True) if shape.intersects(square))
