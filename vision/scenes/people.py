"""People: capsules for limbs, clothes of every day, standing or in mid-stride. They face +y."""

from dataclasses import dataclass

import numpy as np

from vision.scenes.layers import Layer
from vision.scenes.mesh import Colour, Mesh, Paint, Point, box, capsule, ellipsoid, join, lathe, place, scale

_SKIN: tuple[Colour, ...] = ((0.86, 0.68, 0.55), (0.92, 0.76, 0.64), (0.78, 0.6, 0.47))
_HAIR: tuple[Colour, ...] = ((0.09, 0.08, 0.08), (0.16, 0.11, 0.08), (0.28, 0.18, 0.11), (0.62, 0.62, 0.62))
_TOPS: tuple[Colour, ...] = (
    (0.12, 0.13, 0.16), (0.88, 0.88, 0.86), (0.2, 0.28, 0.46), (0.55, 0.56, 0.58), (0.62, 0.2, 0.18),
    (0.76, 0.67, 0.52), (0.26, 0.38, 0.3), (0.5, 0.68, 0.8), (0.85, 0.7, 0.35), (0.45, 0.3, 0.42),
)  # fmt: skip
_LEGS: tuple[Colour, ...] = (
    (0.1, 0.1, 0.12), (0.18, 0.24, 0.38), (0.3, 0.33, 0.4), (0.62, 0.56, 0.46), (0.35, 0.35, 0.36),
)  # fmt: skip
_SHOES: tuple[Colour, ...] = ((0.08, 0.08, 0.08), (0.9, 0.9, 0.88), (0.35, 0.22, 0.14))


@dataclass(frozen=True, slots=True)
class Person:
    """Who is standing or walking there; drawn by `person`."""

    height_m: float
    build: float
    skin: Colour
    hair: Colour
    top: Colour
    legs: Colour
    shoes: Colour
    skirt: bool
    long_hair: bool
    bag: Colour | None
    cap: Colour | None


def anyone(rng: np.random.Generator) -> Person:
    """A passer-by."""

    def pick(colours: tuple[Colour, ...]) -> Colour:
        r, g, b = np.clip(
            np.asarray(colours[rng.integers(len(colours))]) * rng.uniform(0.85, 1.12), 0.02, 0.97
        )
        return float(r), float(g), float(b)

    return Person(
        height_m=float(rng.normal(1.65, 0.09)),
        build=float(rng.uniform(0.9, 1.2)),
        skin=pick(_SKIN),
        hair=pick(_HAIR),
        top=pick(_TOPS),
        legs=pick(_LEGS),
        shoes=pick(_SHOES),
        skirt=bool(rng.random() < 0.2),
        long_hair=bool(rng.random() < 0.35),
        bag=pick(_TOPS) if rng.random() < 0.45 else None,
        cap=pick(_TOPS) if rng.random() < 0.15 else None,
    )


def _leg(who: Person, side: int, swing_deg: float, bend_deg: float) -> Mesh:
    h, thick = who.height_m, who.build
    hip: Point = (side * 0.052 * h, 0.0, 0.5 * h)
    a, b = np.radians(swing_deg), np.radians(swing_deg - bend_deg)
    knee = (hip[0], 0.245 * h * np.sin(a), hip[2] - 0.245 * h * np.cos(a))
    ankle = (hip[0] * 0.85, knee[1] + 0.23 * h * np.sin(b), knee[2] - 0.23 * h * np.cos(b))
    cloth = Paint(who.skin if who.skirt else who.legs)
    foot = place(
        join(
            ellipsoid((0, 0.05, -0.01), (0.045, 0.125, 0.04), Paint(who.shoes), 8, 5),
            ellipsoid((0, -0.02, 0.03), (0.04, 0.05, 0.045), Paint(who.shoes), 8, 5),
        ),
        ankle,
        pitch_deg=float(np.clip(bend_deg - swing_deg, -15, 45)) * 0.6,
    )
    return join(
        capsule(hip, knee, 0.078 * thick, 0.056 * thick, cloth),
        capsule(knee, ankle, 0.056 * thick, 0.042, cloth),
        foot,
    )


def _arm(who: Person, side: int, swing_deg: float, bend_deg: float) -> Mesh:
    h = who.height_m
    shoulder: Point = (side * (0.107 * h * who.build), 0.0, 0.785 * h)
    a, b = np.radians(swing_deg), np.radians(swing_deg + bend_deg)
    elbow = (shoulder[0] * 1.13, 0.17 * h * np.sin(a), shoulder[2] - 0.17 * h * np.cos(a))
    wrist = (elbow[0] * 0.98, elbow[1] + 0.145 * h * np.sin(b), elbow[2] - 0.145 * h * np.cos(b))
    return join(
        capsule(shoulder, elbow, 0.05 * who.build, 0.04, Paint(who.top)),
        capsule(elbow, wrist, 0.042, 0.032, Paint(who.top)),
        ellipsoid((wrist[0], wrist[1] + 0.02, wrist[2] - 0.05), (0.028, 0.04, 0.06), Paint(who.skin), 7, 5),
    )


def _head(who: Person) -> Mesh:
    h = who.height_m
    z = 0.925 * h
    parts = [
        capsule((0, 0, 0.8 * h), (0, 0.005, 0.88 * h), 0.055, 0.05, Paint(who.skin), 8),
        ellipsoid((0, 0.008, z), (0.073, 0.088, 0.108), Paint(who.skin), 12, 9),
        ellipsoid((0, 0.095, z - 0.01), (0.014, 0.02, 0.02), Paint(who.skin), 6, 5),
        ellipsoid((0, -0.02, z + 0.03), (0.082, 0.09, 0.098), Paint(who.cap or who.hair), 12, 9),
    ]
    if who.cap:
        parts.append(ellipsoid((0, 0.1, z + 0.035), (0.065, 0.07, 0.012), Paint(who.cap), 10, 5))
    if who.long_hair:
        parts.append(ellipsoid((0, -0.055, z - 0.07), (0.075, 0.05, 0.15), Paint(who.hair), 10, 7))
    dark = Paint((0.08, 0.06, 0.05))
    eyes = [ellipsoid((x, 0.088, z + 0.012), (0.011, 0.008, 0.008), dark, 6, 4) for x in (-0.028, 0.028)]
    return join(*parts, *eyes)


def _trunk(who: Person) -> Mesh:
    h, b = who.height_m, who.build
    hem = 0.47 if who.skirt else 0.5
    jacket = [
        (0.001, hem * h),
        (0.108 * b, hem * h),
        (0.098 * b, 0.6 * h),
        (0.112 * b, 0.72 * h),
        (0.118 * b, 0.785 * h),
        (0.095 * b, 0.815 * h),
        (0.04, 0.842 * h),
    ]
    parts = [
        scale(lathe([(r * h / 1.0, z) for r, z in jacket], Paint(who.top), 12), 1.0, 0.66, 1.0),
        ellipsoid((0, 0, 0.5 * h), (0.1 * h * b, 0.07 * h * b, 0.055 * h), Paint(who.legs), 10, 6),
    ]
    if who.skirt:
        skirt = [(0.2, 0.27 * h), (0.165, 0.4 * h), (0.13 * b, 0.52 * h)]
        parts.append(scale(lathe(skirt, Paint(who.legs), 12), 1.0, 0.8, 1.0))
    if who.bag:
        parts.append(box((0, -0.115 * h, 0.7 * h), (0.27, 0.13, 0.38), Paint(who.bag)))
        straps = [
            box((x * h, 0.07 * h, 0.74 * h), (0.035, 0.02, 0.22), Paint(who.bag)) for x in (-0.07, 0.07)
        ]
        parts += straps
    return join(*parts)


def person(who: Person, phase: float | None = None) -> Mesh:
    """The body; `phase` in radians of the stride (2 pi: two steps), None while standing."""
    swing = 0.0 if phase is None else float(np.sin(phase))
    walk = 0.0 if phase is None else 1.0
    parts = [_trunk(who), _head(who)]
    for side in (-1, 1):
        s = swing * side
        lift = walk * max(0.0, float(np.cos(phase or 0.0)) * side)
        parts.append(_leg(who, side, 24 * s + 3 * walk, 6 * walk + 42 * lift))
        parts.append(_arm(who, side, -22 * s, 12 + 14 * walk))
    body = join(*parts)
    # The lower foot stands on the ground.
    drop = float(body.positions[:, 2].min())
    return place(body, (0.0, 0.0, -drop))


def with_phone(who: Person) -> Mesh:
    """Standing, looking at a telephone held in front."""
    parts = [_trunk(who), _head(who)]
    for side in (-1, 1):
        parts += [_leg(who, side, 2.0 * side, 3.0), _arm(who, side, 18.0, 85.0)]
    parts.append(
        box((0.05, 0.3, 0.72 * who.height_m), (0.075, 0.012, 0.15), Paint((0.05, 0.05, 0.06), Layer.LACQUER))
    )
    body = join(*parts)
    return place(body, (0.0, 0.0, -float(body.positions[:, 2].min())))
