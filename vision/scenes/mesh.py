"""Triangles as one float32 array, and the few solids that everything in a street is made of.

Local axes: x right, y forward, z up, metres, origin on the ground. A row of `Mesh.data` is one
vertex: position 3, normal 3, texture coordinate 2 (tiles), colour 3 (linear), layer 1, wear 1.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vision.scenes.layers import TILE_M, Layer

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Point = tuple[float, float, float]
Colour = tuple[float, float, float]  # sRGB, 0..1; above 1 glows

WIDTH = 13
POS, NRM, UV, COL = slice(0, 3), slice(3, 6), slice(6, 8), slice(8, 11)
LAYER, WEAR = 11, 12


@dataclass(frozen=True, slots=True)
class Paint:
    """What a surface looks like: sRGB colour, texture layer, wear 0..1 (how much of it has gone)."""

    colour: Colour
    layer: Layer = Layer.PLAIN
    wear: float = 0.0


@dataclass(frozen=True, slots=True)
class Mesh:
    """A soup of triangles: 3 n rows of `WIDTH` numbers."""

    data: F32

    @property
    def positions(self) -> F32:
        """N x 3 corner positions, metres."""
        return self.data[:, POS]


EMPTY = Mesh(np.zeros((0, WIDTH), np.float32))


def join(*meshes: Mesh) -> Mesh:
    """All of them as one."""
    return Mesh(np.concatenate([mesh.data for mesh in meshes])) if meshes else EMPTY


def soup(pos: F64, nrm: F64, uv_m: F64, paint: Paint) -> Mesh:
    """N x 3 corners, their normals and texture coordinates in metres, as a mesh."""
    data = np.empty((len(pos), WIDTH), np.float32)
    data[:, POS], data[:, NRM] = pos, nrm
    data[:, UV] = uv_m / np.asarray(TILE_M[paint.layer])
    data[:, COL] = np.asarray(paint.colour) ** 2.2
    data[:, LAYER], data[:, WEAR] = float(paint.layer), paint.wear
    return Mesh(data)


def _rotation(heading_deg: float, pitch_deg: float, roll_deg: float) -> F64:
    """Tilt about x (forward down is positive pitch) and y, then turn clockwise by the heading."""
    h, p, r = np.radians([heading_deg, pitch_deg, roll_deg])
    turn = np.array([[np.cos(h), np.sin(h), 0], [-np.sin(h), np.cos(h), 0], [0, 0, 1.0]])
    pitch = np.array([[1.0, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    roll = np.array([[np.cos(r), 0, np.sin(r)], [0, 1.0, 0], [-np.sin(r), 0, np.cos(r)]])
    return np.asarray(turn @ pitch @ roll)


def place(
    mesh: Mesh, at: Point, heading_deg: float = 0.0, pitch_deg: float = 0.0, roll_deg: float = 0.0
) -> Mesh:
    """The mesh turned clockwise by `heading_deg` (positive roll falls to the right), then moved."""
    matrix = _rotation(heading_deg, pitch_deg, roll_deg).astype(np.float32)
    data = mesh.data.copy()
    data[:, POS] = data[:, POS] @ matrix.T + np.asarray(at, np.float32)
    data[:, NRM] = data[:, NRM] @ matrix.T
    return Mesh(data)


def scale(mesh: Mesh, x: float, y: float, z: float) -> Mesh:
    """The mesh stretched along its axes."""
    factors = np.array([x, y, z], np.float32)
    data = mesh.data.copy()
    data[:, POS] *= factors
    data[:, NRM] /= factors
    data[:, NRM] /= np.linalg.norm(data[:, NRM], axis=1, keepdims=True) + 1e-9
    return Mesh(data)


def _cross(a: F64, b: F64) -> F64:
    """Row-wise cross product; numpy's own spends most of its time on axes."""
    x, y, z = a.T, b.T, np.empty_like(a)
    z[:, 0], z[:, 1], z[:, 2] = (
        x[1] * y[2] - x[2] * y[1],
        x[2] * y[0] - x[0] * y[2],
        x[0] * y[1] - x[1] * y[0],
    )
    return z


def _unit(v: F64) -> F64:
    return np.asarray(v / (np.sqrt((v * v).sum(axis=1, keepdims=True)) + 1e-12))


def quads(corners: F64, paint: Paint) -> Mesh:
    """N x 4 x 3 flat faces, corners counter-clockwise seen from the front, u along the first edge."""
    first, side = corners[:, 1] - corners[:, 0], corners[:, 3] - corners[:, 0]
    along = _unit(first)
    normal = _unit(_cross(first, side))
    up = _cross(normal, along)
    local = corners - corners[:, :1]
    uv = np.stack([(local * along[:, None]).sum(axis=2), (local * up[:, None]).sum(axis=2)], axis=2)
    index = [0, 1, 2, 0, 2, 3]
    count = len(corners) * 6
    return soup(
        corners[:, index].reshape(count, 3),
        np.repeat(normal, 6, axis=0),
        uv[:, index].reshape(count, 2),
        paint,
    )


def quad(corners: tuple[Point, Point, Point, Point], paint: Paint) -> Mesh:
    """One face of `quads`."""
    return quads(np.asarray([corners], np.float64), paint)


_BOX = np.array(
    [
        [[1, -1, -1], [1, 1, -1], [1, 1, 1], [1, -1, 1]],
        [[-1, 1, -1], [-1, -1, -1], [-1, -1, 1], [-1, 1, 1]],
        [[1, 1, -1], [-1, 1, -1], [-1, 1, 1], [1, 1, 1]],
        [[-1, -1, -1], [1, -1, -1], [1, -1, 1], [-1, -1, 1]],
        [[-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]],
        [[-1, 1, -1], [1, 1, -1], [1, -1, -1], [-1, -1, -1]],
    ]
)


def box(centre: Point, size: Point, paint: Paint) -> Mesh:
    """An upright box of `size` (x, y, z) round `centre`."""
    return quads(_BOX * (np.asarray(size, np.float64) / 2) + np.asarray(centre, np.float64), paint)


def _grid(points: F64, normals: F64, uv_m: F64, paint: Paint) -> Mesh:
    """A surface given as rows x columns of points; both neighbours of an edge share its normals."""
    a, b, c, d = (
        (slice(None, -1), slice(None, -1)),
        (slice(None, -1), slice(1, None)),
        (slice(1, None), slice(1, None)),
        (slice(1, None), slice(None, -1)),
    )

    def corners(values: F64) -> F64:
        return np.stack([values[k] for k in (a, b, c, a, c, d)], axis=2).reshape(-1, values.shape[-1])

    return soup(corners(points), corners(normals), corners(uv_m), paint)


def lathe(profile: list[tuple[float, float]], paint: Paint, sides: int = 10) -> Mesh:
    """The (radius, z) profile, bottom to top, turned round the z axis."""
    rz = np.asarray(profile, np.float64)
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    slope = np.gradient(rz, axis=0)
    slope /= np.linalg.norm(slope, axis=1, keepdims=True) + 1e-12
    cos, sin = np.cos(angle), np.sin(angle)
    radius, z = rz[:, :1], rz[:, 1:]
    points = np.stack([radius * cos, radius * sin, z + 0 * cos], axis=2)
    normals = np.stack([slope[:, 1:] * cos, slope[:, 1:] * sin, -slope[:, :1] + 0 * cos], axis=2)
    girth = max(float(rz[:, 0].max()), 0.01)
    uv = np.stack([angle * girth + 0 * z, z + 0 * angle], axis=2)
    return _grid(points, normals, uv, paint)


def aim(mesh: Mesh, start: Point, end: Point) -> Mesh:
    """The mesh with its z axis laid from `start` towards `end`."""
    z = np.asarray(end, np.float64) - np.asarray(start, np.float64)
    z /= np.linalg.norm(z) + 1e-12
    other = np.array([0.0, 1.0, 0.0] if abs(z[1]) < 0.9 else [1.0, 0.0, 0.0])
    x = _unit(_cross(other[None], z[None]))
    matrix = np.stack([x[0], _cross(z[None], x)[0], z], axis=1).astype(np.float32)
    data = mesh.data.copy()
    data[:, POS] = data[:, POS] @ matrix.T + np.asarray(start, np.float32)
    data[:, NRM] = data[:, NRM] @ matrix.T
    return Mesh(data)


def tube(start: Point, end: Point, r0: float, r1: float, paint: Paint, sides: int = 7) -> Mesh:
    """A tapered rod with flat ends."""
    length = float(np.linalg.norm(np.subtract(end, start)))
    e = min(1e-3, length / 9)
    return aim(
        lathe([(0, 0), (r0, 0), (r0, e), (r1, length - e), (r1, length), (0, length)], paint, sides),
        start,
        end,
    )


def capsule(start: Point, end: Point, r0: float, r1: float, paint: Paint, sides: int = 8) -> Mesh:
    """A tapered rod with round ends: a limb."""
    length = float(np.linalg.norm(np.subtract(end, start)))
    lower = [(r0 * np.sin(t), -r0 * np.cos(t)) for t in (0.01, 0.6, 1.15)]
    upper = [(r1 * np.cos(t), length + r1 * np.sin(t)) for t in (0.4, 0.95, 1.56)]
    return aim(lathe([*lower, (r0, 0), (r1, length), *upper], paint, sides), start, end)


def ellipsoid(centre: Point, radii: Point, paint: Paint, sides: int = 10, rings: int = 7) -> Mesh:
    """A ball stretched along its axes."""
    t = np.linspace(-np.pi / 2 + 0.01, np.pi / 2 - 0.01, rings)
    ball = lathe([(float(np.cos(a)), float(np.sin(a))) for a in t], paint, sides)
    return place(scale(ball, *radii), centre)


def ring(centre: Point, radius: float, thick: float, paint: Paint, sides: int = 20, around: int = 6) -> Mesh:
    """A wheel's tyre: a torus that rolls along y (its axle along x)."""
    a, b = np.linspace(0, 2 * np.pi, sides + 1)[:, None], np.linspace(0, 2 * np.pi, around + 1)[None, :]
    reach = radius + thick * np.cos(b)
    points = np.stack([thick * np.sin(b) + 0 * a, reach * np.cos(a), reach * np.sin(a)], axis=2)
    normals = np.stack([np.sin(b) + 0 * a, np.cos(b) * np.cos(a), np.cos(b) * np.sin(a)], axis=2)
    return place(_grid(points, normals, points[..., :2], paint), centre)


def disc(centre: Point, radius: float, paint: Paint, sides: int = 16) -> Mesh:
    """A wheel's face: flat, both sides seen, axle along x."""
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    rim = np.stack([0 * angle, radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    hub = np.zeros((sides, 3))
    pos = np.stack([hub, rim[:-1], rim[1:]], axis=1).reshape(-1, 3)
    one = soup(pos, np.tile([1.0, 0, 0], (len(pos), 1)), pos[:, 1:], paint)
    return place(one, centre)


def fan(points_xy: list[tuple[float, float]], z: float, paint: Paint, up: float = 1.0) -> Mesh:
    """A flat convex polygon, textured by its own x and y in metres."""
    xy = np.asarray(points_xy, np.float64)
    index = [k for i in range(1, len(xy) - 1) for k in (0, i, i + 1)]
    pos = np.column_stack([xy[index], np.full(len(index), z)])
    return soup(pos, np.tile([0, 0, up], (len(index), 1)), xy[index], paint)


def loft(sections: list[list[Point]], paint: Paint) -> Mesh:
    """Skin over closed outlines with equally many corners; flat shaded, both ends open."""
    rows = np.asarray(sections, np.float64)
    nxt = np.roll(rows, -1, axis=1)
    corners = np.stack([rows[:-1], nxt[:-1], nxt[1:], rows[1:]], axis=2)
    return quads(corners.reshape(-1, 4, 3), paint)


def ribbon(
    line: F64,
    width: float,
    z: float,
    paint: Paint,
    offset: float = 0.0,
    u_start: float = 0.0,
    v_start: float = 0.0,
) -> Mesh:
    """A flat band along an n x 2 line, its middle `offset` metres to the right; v runs along it."""
    step = np.diff(line, axis=0)
    length = np.linalg.norm(step, axis=1, keepdims=True)
    direction = step / (length + 1e-12)
    tangent = np.vstack([direction[:1], direction[:-1] + direction[1:], direction[-1:]])
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12
    # A mitre keeps the band's width through a bend; beyond 60 degrees it would spike.
    dot = np.ones(len(line)) if len(line) < 3 else np.r_[1, np.sum(tangent[1:-1] * direction[1:], axis=1), 1]
    right = np.column_stack([tangent[:, 1], -tangent[:, 0]]) / np.clip(dot, 0.5, 1)[:, None]
    v = np.concatenate([[0.0], np.cumsum(length[:, 0])]) + v_start
    edges = [line + right * (offset + side * width / 2) for side in (-1, 1)]
    points = np.stack([np.column_stack([edge, np.full(len(edge), z)]) for edge in edges], axis=1)
    uv = np.stack([np.column_stack([np.full(len(v), u_start + k * width), v]) for k in (0, 1)], axis=1)
    normals = np.broadcast_to([0.0, 0.0, 1.0], points.shape)
    return _grid(points, np.array(normals), uv, paint)
