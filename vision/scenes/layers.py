"""The texture layers by name and the size in metres of one tile of each."""

from enum import IntEnum


class Layer(IntEnum):
    """Index into the renderer's texture array."""

    PLAIN = 0
    ASPHALT = 1
    SLAB = 2  # square concrete slabs, 30 cm
    BRICK = 3  # interlocking blocks
    BARS = 4  # guiding block, JIS T 9251
    DOTS = 5  # warning block, JIS T 9251
    CONCRETE = 6
    WINDOWS = 7  # one bay of one floor
    CURTAIN = 8  # glass wall
    SHOP = 9  # ground floor front
    PLASTER = 10  # small wall tiles
    FOLIAGE = 11  # with holes
    GRASS = 12
    PAINT = 13  # road paint, chipped
    GLASS = 14
    LACQUER = 15  # car paint, polished metal
    PANEL = 16  # sign face: blocks of colour, no text
    SHUTTER = 17
    WOOD = 18
    WAVY = 19  # interlocking blocks with wavy sides
    MOSAIC = 20  # small tiles, some of other colours
    BIG_TILE = 21  # smooth 60 cm tiles of a hall
    GRANITE = 22  # speckled stone
    STUD_BARS = 23  # steel bars set into the ground, one by one
    STUD_DOTS = 24  # steel studs set into the ground, one by one
    GRATING = 25
    STRIPES = 26  # two colours in turn: what no street has, for the sake of variety
    BLOTCHES = 27
    SPOTS = 28
    CHECKS = 29
    CLOUDS = 30
    WEAVE = 31


TILE_M: dict[Layer, tuple[float, float]] = {
    Layer.PLAIN: (1.0, 1.0),
    Layer.ASPHALT: (2.0, 2.0),
    Layer.SLAB: (1.2, 1.2),
    Layer.BRICK: (0.8, 0.8),
    Layer.BARS: (0.3, 0.3),
    Layer.DOTS: (0.3, 0.3),
    Layer.CONCRETE: (2.0, 2.0),
    Layer.WINDOWS: (2.7, 3.1),
    Layer.CURTAIN: (1.5, 2.0),
    Layer.SHOP: (4.0, 3.4),
    Layer.PLASTER: (0.9, 0.9),
    Layer.FOLIAGE: (1.0, 1.0),
    Layer.GRASS: (2.0, 2.0),
    Layer.PAINT: (1.5, 1.5),
    Layer.GLASS: (1.0, 1.0),
    Layer.LACQUER: (1.0, 1.0),
    Layer.PANEL: (0.9, 0.9),
    Layer.SHUTTER: (1.0, 1.0),
    Layer.WOOD: (0.6, 0.6),
    Layer.WAVY: (0.88, 0.88),
    Layer.MOSAIC: (1.6, 1.6),
    Layer.BIG_TILE: (1.2, 1.2),
    Layer.GRANITE: (1.6, 1.6),
    Layer.STUD_BARS: (0.3, 0.3),
    Layer.STUD_DOTS: (0.3, 0.3),
    Layer.GRATING: (0.5, 0.5),
    Layer.STRIPES: (0.8, 0.8),
    Layer.BLOTCHES: (1.2, 1.2),
    Layer.SPOTS: (0.8, 0.8),
    Layer.CHECKS: (0.8, 0.8),
    Layer.CLOUDS: (1.5, 1.5),
    Layer.WEAVE: (0.6, 0.6),
}
