"""What the shaders are told: the look by name, the view from the sun, the way back from the picture."""

import numpy as np
import numpy.typing as npt

from vision.scenes.camera import Camera
from vision.scenes.look import MOST_LAMPS, Look

Uniform = int | float | bytes | tuple[float, ...]
_SHADOW_REACH_M = 21.0


def light_values(look: Look) -> dict[str, Uniform]:
    """The uniforms of a look by name."""
    dark = [(0.0, 0.0, 0.0)] * (MOST_LAMPS - len(look.lamps))
    return {
        "sun_dir": look.sun_direction(),
        "sun_colour": look.sun_colour,
        "zenith": look.zenith,
        "horizon": look.horizon,
        "ambient_sky": look.ambient_sky,
        "ambient_ground": look.ambient_ground,
        "shadow_spread": look.shadow_blur_m / (2 * _SHADOW_REACH_M),
        "shadow_strength": look.shadow_strength,
        "fog_m": look.fog_m,
        "exposure": look.exposure,
        "glow": look.glow,
        "wet": look.wet,
        "dapple": look.dapple,
        "lamp_count": len(look.lamps),
        "lamps": np.asarray([*look.lamps, *dark], np.float32).tobytes(),
        "lamp_colour": look.lamp_colour,
    }


def light_matrix(camera: Camera, look: Look, shadow_px: int) -> npt.NDArray[np.float32]:
    """Orthographic view from the sun over the ground ahead, moved in whole texels: shadows do not swim."""
    forward = np.array(look.sun_direction())
    right = np.cross([0.0, 0.0, 1.0], forward)
    right /= np.linalg.norm(right)
    axes = np.stack([right, np.cross(forward, right), forward])
    heading = np.radians(camera.heading_deg)
    middle = np.array([camera.x_m + 11 * np.sin(heading), camera.y_m + 11 * np.cos(heading), 0.0])
    texel = 2 * _SHADOW_REACH_M / shadow_px
    centre = axes @ middle
    centre[:2] = np.round(centre[:2] / texel) * texel
    matrix = np.eye(4)
    matrix[:2, :3], matrix[:2, 3] = axes[:2] / _SHADOW_REACH_M, -centre[:2] / _SHADOW_REACH_M
    # Casters up to 60 m towards the sun (roofs, trees); clip z grows away from it.
    matrix[2, :3], matrix[2, 3] = -axes[2] / 60, centre[2] / 60
    return matrix.astype(np.float32)


def to_world(camera: Camera) -> npt.NDArray[np.float32]:
    """Clip corner (x, y, 1, 0) -> direction in the world, far side."""
    right, up, forward = camera.axes()
    matrix = np.eye(4)
    matrix[:3, 0] = right * camera.width / 2 / camera.focal_px
    matrix[:3, 1] = up * camera.height / 2 / camera.focal_px
    matrix[:3, 2] = forward
    return matrix.astype(np.float32)
