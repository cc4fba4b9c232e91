"""Light and weather of a scene, and how the camera developed it."""

from dataclasses import dataclass, replace

import numpy as np

Rgb = tuple[float, float, float]  # linear
MOST_LAMPS = 6


@dataclass(frozen=True, slots=True)
class Look:
    """All that the renderer needs to light a scene."""

    sun_azimuth_deg: float = 140.0
    sun_height_deg: float = 48.0
    sun_colour: Rgb = (2.3, 2.1, 1.8)
    zenith: Rgb = (0.17, 0.36, 0.78)
    horizon: Rgb = (0.72, 0.83, 0.95)
    ambient_sky: Rgb = (0.62, 0.72, 0.88)
    ambient_ground: Rgb = (0.36, 0.33, 0.3)
    shadow_blur_m: float = 0.02
    shadow_strength: float = 1.0
    fog_m: float = 150.0
    exposure: float = 1.0
    cloud: float = 0.5
    glow: float = 0.0  # lit windows
    wet: float = 0.0
    dapple: float = 0.0  # 0..1: how much of the sun the leaves overhead take
    lamps: tuple[tuple[float, float, float], ...] = ()  # at most `MOST_LAMPS`, metres
    lamp_colour: Rgb = (0.0, 0.0, 0.0)
    night: bool = False

    def sun_direction(self) -> tuple[float, float, float]:
        """Unit vector towards the sun (under cloud: towards the brightest sky)."""
        a, h = np.radians([self.sun_azimuth_deg, self.sun_height_deg])
        return float(np.sin(a) * np.cos(h)), float(np.cos(a) * np.cos(h)), float(np.sin(h))


def sunny(rng: np.random.Generator) -> Look:
    """Clear day, from low warm to high white sun."""
    height = float(rng.uniform(18, 70))
    warm = 1 - (height - 18) / 52
    return Look(
        sun_azimuth_deg=float(rng.uniform(0, 360)),
        sun_height_deg=height,
        sun_colour=(2.4, 2.2 - 0.35 * warm, 1.95 - 0.8 * warm),
        shadow_blur_m=float(rng.uniform(0.01, 0.05)),
        cloud=float(rng.uniform(0, 1)),
        exposure=float(rng.uniform(0.6, 1.25)),
        fog_m=float(rng.uniform(90, 220)),
    )


def overcast(rng: np.random.Generator) -> Look:
    """Grey sky: light from above, blurred shadows; sometimes wet."""
    tone = float(rng.uniform(0.55, 0.85))
    return Look(
        sun_azimuth_deg=float(rng.uniform(0, 360)),
        sun_height_deg=float(rng.uniform(62, 88)),
        sun_colour=(0.62, 0.63, 0.65),
        zenith=(tone * 0.8, tone * 0.85, tone * 0.92),
        horizon=(tone, tone, tone * 1.02),
        ambient_sky=(0.72, 0.75, 0.8),
        shadow_blur_m=float(rng.uniform(0.12, 0.25)),
        shadow_strength=0.9,
        fog_m=float(rng.uniform(60, 160)),
        exposure=float(rng.uniform(0.7, 1.4)),
        cloud=0.6,
        wet=float(rng.uniform(0.4, 1.0)) if rng.random() < 0.3 else 0.0,
    )


def dusk(rng: np.random.Generator) -> Look:
    """Blue light after sunset, windows lit."""
    return Look(
        sun_azimuth_deg=float(rng.uniform(0, 360)),
        sun_height_deg=float(rng.uniform(35, 80)),
        sun_colour=(0.22, 0.2, 0.2),
        zenith=(0.05, 0.07, 0.16),
        horizon=(0.34, 0.24, 0.22),
        ambient_sky=(0.2, 0.22, 0.32),
        ambient_ground=(0.14, 0.12, 0.1),
        shadow_blur_m=0.15,
        shadow_strength=0.7,
        fog_m=float(rng.uniform(70, 150)),
        exposure=float(rng.uniform(1.2, 2.4)),
        cloud=0.4,
        glow=float(rng.uniform(0.3, 0.9)),
        wet=float(rng.uniform(0.4, 1.0)) if rng.random() < 0.2 else 0.0,
    )


def night(rng: np.random.Generator) -> Look:
    """Street lamps, lit windows and a black sky."""
    warm = float(rng.random())
    power = float(rng.uniform(0.9, 2.6))
    x = float(rng.choice([-1, 1]) * rng.uniform(0.8, 3.5))
    first, gap = float(rng.uniform(-6, 7)), float(rng.uniform(9, 22))
    lamps = tuple((x, first + gap * k, float(rng.uniform(3.5, 6.0))) for k in range(int(rng.integers(1, 5))))
    tone = float(rng.uniform(0.015, 0.07))
    return Look(
        sun_azimuth_deg=float(rng.uniform(0, 360)),
        sun_height_deg=75.0,
        sun_colour=(tone * 0.5, tone * 0.5, tone * 0.6),
        zenith=(0.004, 0.006, 0.014),
        horizon=(tone, tone * 0.9, tone * 0.9),
        ambient_sky=(tone * 1.6, tone * 1.6, tone * 1.9),
        ambient_ground=(tone, tone * 0.9, tone * 0.8),
        shadow_blur_m=0.2,
        fog_m=float(rng.uniform(80, 160)),
        exposure=float(rng.uniform(1.3, 3.6)),
        cloud=0.2,
        glow=float(rng.uniform(0.1, 0.8)),
        wet=float(rng.uniform(0.4, 1.0)) if rng.random() < 0.3 else 0.0,
        lamps=lamps,
        lamp_colour=(power, power * (1 - 0.45 * warm), power * (1 - 0.75 * warm)),
        night=True,
    )


def indoors(rng: np.random.Generator) -> Look:
    """Even light from a ceiling, with the lamps of a station."""
    tone = float(rng.uniform(0.55, 1.0))
    warm = float(rng.uniform(0.8, 1.0))
    lamps = tuple((float(rng.uniform(-2, 2)), 2.0 + 5.0 * k, 3.0) for k in range(4))
    return Look(
        sun_azimuth_deg=float(rng.uniform(0, 360)),
        sun_height_deg=85.0,
        sun_colour=(0.05, 0.05, 0.05),
        zenith=(tone, tone, tone * warm),
        horizon=(tone * 0.6, tone * 0.6, tone * 0.6 * warm),
        ambient_sky=(tone * 0.9, tone * 0.9, tone * 0.9 * warm),
        ambient_ground=(tone * 0.5, tone * 0.48, tone * 0.45),
        shadow_blur_m=0.25,
        shadow_strength=0.4,
        fog_m=200.0,
        exposure=float(rng.uniform(0.6, 1.5)),
        cloud=0.0,
        glow=0.6,
        lamps=lamps,
        lamp_colour=(0.5, 0.5, 0.5 * warm),
    )


def shaded(rng: np.random.Generator) -> Look:
    """Sun through the leaves of street trees."""
    return replace(sunny(rng), dapple=float(rng.uniform(0.6, 1.0)))


def any_look(rng: np.random.Generator) -> Look:
    """One of the weathers outdoors, sunny most often."""
    makers = (sunny, shaded, overcast, dusk, night)
    look = makers[rng.choice(5, p=[0.32, 0.2, 0.26, 0.08, 0.14])](rng)
    # A camera that has not settled: too dark or burnt out.
    extreme = rng.random()
    if extreme < 0.05:
        return replace(look, exposure=look.exposure * float(rng.uniform(0.3, 0.55)))
    if extreme < 0.1:
        return replace(look, exposure=look.exposure * float(rng.uniform(1.6, 2.4)))
    return look
