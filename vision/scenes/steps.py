"""Stairs across the way: a flight up, a flight down, with walls, rails and noses."""

from dataclasses import dataclass

import numpy as np

from vision.scenes.clutter import hue
from vision.scenes.layers import Layer
from vision.scenes.mesh import Mesh, Paint, box, join, tube
from vision.scenes.posts import metal


@dataclass(frozen=True, slots=True)
class Flight:
    """A flight `width` wide that starts at y = 0 and leads away along +y; `up` or down."""

    width: float
    count: int
    rise: float
    tread: float
    up: bool

    @property
    def length_m(self) -> float:
        """How far it reaches along the way."""
        return self.count * self.tread


def any_flight(rng: np.random.Generator, width: float, up: bool) -> Flight:
    """Three to twenty-two steps of the usual measures."""
    count = int(rng.choice([3, 5, 8, 12, 16, 22]))
    return Flight(width, count, float(rng.uniform(0.12, 0.19)), float(rng.uniform(0.26, 0.36)), up)


def steps(flight: Flight, rng: np.random.Generator, paint: Paint) -> Mesh:
    """The treads and their noses."""
    kind = rng.random()
    colour = (0.93, 0.75, 0.15) if kind < 0.35 else (0.12, 0.12, 0.12) if kind < 0.55 else hue(rng, 0.8)
    nose = Paint(colour, Layer.PLAIN) if kind < 0.7 else None
    parts = []
    for k in range(flight.count):
        y = k * flight.tread
        top = (k + 1) * flight.rise if flight.up else -(k + 1) * flight.rise
        thick = top + 0.05 if flight.up else flight.rise * 1.5
        middle = y + flight.tread / 2 + (0.15 if flight.up else 0.0)
        depth = flight.tread + (0.3 if flight.up else 0.02)
        parts.append(box((0, middle, top - thick / 2), (flight.width, depth, thick), paint))
        if nose:
            edge = y + 0.025 if flight.up else y + flight.tread - 0.025
            parts.append(box((0, edge, top), (flight.width, 0.05, 0.012), nose))
    return join(*parts)


def sides(flight: Flight, rng: np.random.Generator) -> Mesh:
    """Walls or open rails at both sides of the flight, and the landing beyond."""
    end = flight.count * flight.rise * (1 if flight.up else -1)
    half, length = flight.width / 2, flight.length_m
    wall = Paint(hue(rng, 0.85), (Layer.CONCRETE, Layer.PLASTER, Layer.GRANITE)[rng.integers(3)])
    stone = Paint(hue(rng, 0.9), Layer.CONCRETE)
    parts = [box((0, length + 4, end - 0.06), (flight.width, 8.0, 0.12), stone)]
    low, high = min(0.0, end) - 0.2, (max(0.0, end) + 1.0 if rng.random() < 0.6 else 0.25)
    middle, tall = (low + high) / 2, high - low
    parts += [
        box((s * (half + 0.12), length / 2 + 3, middle), (0.24, length + 6, tall), wall) for s in (-1, 1)
    ]
    if rng.random() < 0.75:
        rail = metal(rng)
        lanes = (-half + 0.1, half - 0.1) if rng.random() < 0.6 else (-half + 0.1, 0.0, half - 0.1)
        for x in lanes:
            parts.append(tube((x, -0.3, 0.85), (x, length, end + 0.85), 0.02, 0.02, rail, 6))
            parts += [
                tube((x, t * length, t * end), (x, t * length, t * end + 0.85), 0.016, 0.016, rail, 5)
                for t in np.linspace(0, 1, 4).tolist()
            ]
    return join(*parts)
