"""The pinhole camera of the scenes: square pixels, no distortion, centre of the picture on the axis.

World axes: x east (or right), y north (or ahead), z up, metres, ground at z = 0.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
NEAR_M, FAR_M = 0.15, 260.0


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the glasses are and how they look.

    `heading_deg` clockwise from +y; `pitch_deg` positive downward; `roll_deg` positive where the
    head leans to the right.
    """

    x_m: float
    y_m: float
    height_m: float
    heading_deg: float
    pitch_deg: float
    roll_deg: float
    hfov_deg: float
    width: int
    height: int

    @property
    def focal_px(self) -> float:
        """Focal length in pixels, the same both ways."""
        return float(self.width / 2 / np.tan(np.radians(self.hfov_deg) / 2))

    @property
    def eye(self) -> F64:
        """The position in the world, metres."""
        return np.array([self.x_m, self.y_m, self.height_m])

    def axes(self) -> F64:
        """Rows: right, up, forward, as unit vectors of the world."""
        h, p, r = np.radians([self.heading_deg, self.pitch_deg, self.roll_deg])
        level = np.array([np.sin(h), np.cos(h), 0.0])
        right = np.array([np.cos(h), -np.sin(h), 0.0])
        forward = np.cos(p) * level - np.sin(p) * np.array([0, 0, 1.0])
        up = np.cross(right, forward)
        return np.stack([right * np.cos(r) - up * np.sin(r), up * np.cos(r) + right * np.sin(r), forward])

    def view_projection(self) -> npt.NDArray[np.float32]:
        """World to OpenGL clip space, 4 x 4, for column vectors."""
        axes = self.axes()
        view = np.eye(4)
        view[:3, :3] = np.stack([axes[0], axes[1], -axes[2]])
        view[:3, 3] = -view[:3, :3] @ self.eye
        f = self.focal_px
        projection = np.zeros((4, 4))
        projection[0, 0], projection[1, 1] = 2 * f / self.width, 2 * f / self.height
        projection[2, 2] = -(FAR_M + NEAR_M) / (FAR_M - NEAR_M)
        projection[2, 3] = -2 * FAR_M * NEAR_M / (FAR_M - NEAR_M)
        projection[3, 2] = -1
        return (projection @ view).astype(np.float32)

    def project(self, points: F64) -> tuple[F64, F64]:
        """N x 3 world points -> n x 2 pixels and n depths along the axis (behind: not positive)."""
        seen = (np.asarray(points, np.float64) - self.eye) @ self.axes().T
        depth = seen[:, 2]
        safe = np.where(np.abs(depth) < 1e-9, 1e-9, depth)
        u = self.width / 2 + self.focal_px * seen[:, 0] / safe
        v = self.height / 2 - self.focal_px * seen[:, 1] / safe
        return np.column_stack([u, v]), depth

    def bearing_deg(self, x_m: float, y_m: float) -> float:
        """Direction of a ground point against the heading, positive to the right, in [-180, 180)."""
        true = np.degrees(np.arctan2(x_m - self.x_m, y_m - self.y_m))
        return float((true - self.heading_deg + 180) % 360 - 180)

    def scaled(self, factor: float) -> "Camera":
        """The same view in fewer pixels."""
        return replace(self, width=round(self.width * factor), height=round(self.height * factor))
