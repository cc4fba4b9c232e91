"""From the world to the ear: however a phone is held, what stands on the right is heard on the right.

The phone's angles are worked out here from W3C's own definition, and the picture from the pose; the page's
attitude.js runs as it is, in Node (skipped where that is not installed).
"""

import json
import shutil
import subprocess
from dataclasses import dataclass
from io import BytesIO
from math import asin, atan2, copysign, cos, degrees, hypot, radians, sin
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image as Pillow

from device.cameras.jpeg import decoded
from device.phone.http_page import FOLDER
from device.phone.protocol import Picture, pack, unpack
from device.speech.mixing import ears
from vision.attitude import Attitude, worn
from vision.camera import Camera

NODE = shutil.which("node")
SIDE, FOCAL = 600, 400.0  # pixels
HEIGHT_M = 1.5
Matrix = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True)
class Pose:
    """The camera looks `down`, the head leans `right`; the phone is turned `left`, its screen too or not."""

    down: float
    right: float
    left: int
    screen: int

    @property
    def view(self) -> Matrix:
        """Rows: the upright picture's right and up, and ahead, as (east, north, up)."""
        p, r = radians(self.down), radians(self.right)
        ahead = np.array([0.0, cos(p), -sin(p)])
        level, above = np.array([1.0, 0.0, 0.0]), np.array([0.0, sin(p), cos(p)])
        return np.stack([cos(r) * level - sin(r) * above, sin(r) * level + cos(r) * above, ahead])

    @property
    def axes(self) -> Matrix:
        """Columns: the phone's x, y, z, as (east, north, up)."""
        right, up, ahead = self.view
        t = radians(self.left)
        return np.stack([cos(t) * right + sin(t) * up, cos(t) * up - sin(t) * right, -ahead], axis=1)

    @property
    def angles(self) -> tuple[float, float, float]:
        """Alpha, beta, gamma: the phone's axes are Z(alpha) X(beta) Y(gamma)."""
        m = self.axes
        cosine = copysign(hypot(m[2, 0], m[2, 2]), m[2, 2])
        beta, gamma = atan2(m[2, 1], cosine), asin(-m[2, 0] / cosine)
        return degrees(atan2(-m[0, 1] / cosine, m[1, 1] / cosine)), degrees(beta), degrees(gamma)

    def picture(self, thing: Matrix) -> bytes:
        """The browser's JPEG, which turns with the screen, of a small bright thing."""
        x, y, z = self.axes.T
        s = radians(self.screen)
        depth = thing @ -z
        across = FOCAL * (thing @ (cos(s) * x - sin(s) * y)) / depth
        above = FOCAL * (thing @ (sin(s) * x + cos(s) * y)) / depth
        image = np.zeros((SIDE, SIDE, 3), np.uint8)
        cv2.circle(image, (round(SIDE / 2 + across), round(SIDE / 2 - above)), 4, (255, 255, 255), -1)
        return cv2.imencode(".jpg", image)[1].tobytes()


POSES = [
    Pose(down, right, left, screen)
    for down in (-10.0, 0.5, 20.0)
    for right in (-15.0, 0.0, 15.0)
    for left in (0, 90, 180, 270)
    for screen in {0, left}
]


@pytest.fixture(scope="module")
def held() -> list[dict[str, Any]]:
    """What the page makes of each pose."""
    if NODE is None:
        pytest.skip("Node is not installed (apt install nodejs)")
    asked = [(*pose.angles, pose.screen) for pose in POSES]
    script = f"""
    {(FOLDER / "attitude.js").read_text(encoding="utf-8")}
    const all = {json.dumps(asked)}.map(([a, b, g, s]) => {{
      const h = held(b, g, s);
      return {{ ...h, north: azimuth(a, b, g), top: byTop(azimuthOfTop(a, b), b, g) }};
    }});
    function azimuthOfTop(a, b) {{
      const c = Math.cos(b * RAD);
      return turn(Math.atan2(-Math.sin(a * RAD) * c, Math.cos(a * RAD) * c) * DEG);
    }}
    console.log(JSON.stringify(all));
    """
    command = [NODE, "--input-type=module", "-"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=True, timeout=30)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("east_m", [2.0, -2.0])
def test_what_stands_right_is_heard_right_however_the_phone_is_held(
    held: list[dict[str, Any]], east_m: float
) -> None:
    thing = np.array([east_m, 5.0, -HEIGHT_M])
    upright = Camera(SIDE, SIDE, hfov_deg=2 * degrees(atan2(SIDE / 2, FOCAL)), lens_height_m=HEIGHT_M)
    for pose, said in zip(POSES, held, strict=True):
        sent = Attitude(1.0, said["pitch"], said["roll"])
        came = unpack(pack(Picture(1, 1000.0, pose.picture(thing), said["rotate"], sent)))
        assert came.attitude is not None
        assert came.attitude.pitch_deg == pytest.approx(pose.down, abs=0.1), pose
        assert came.attitude.roll_deg == pytest.approx(pose.right, abs=0.1), pose
        image = decoded(came.jpeg, came.rotate_deg)
        rows, columns = np.nonzero(image[:, :, 0] > 128)
        bearing = worn(upright, came.attitude).bearing_deg(columns.mean(), rows.mean())
        assert bearing == pytest.approx(degrees(atan2(east_m, 5.0)), abs=0.5), pose
        left, right = (np.square(ear).sum() for ear in ears(np.ones(2000, np.float32), bearing))
        assert (right > left) == (east_m > 0.0), pose


def test_a_compass_is_never_reversed(held: list[dict[str, Any]]) -> None:
    """The camera of each pose looks north; a compass of the phone's top says so too, or nothing."""
    tops = [said["top"] for said in held if said["top"] is not None]
    assert len(tops) >= len(held) / 3
    for north in (*tops, *(said["north"] for said in held)):
        assert abs((north + 180.0) % 360.0 - 180.0) < 0.1


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 180), (6, 90), (8, 270)])
def test_a_turned_sensor_s_picture_keeps_its_sides(orientation: int, turns: int) -> None:
    """As EXIF says, and as a header says: both make the same upright picture, bright on its right."""
    upright = np.zeros((60, 80, 3), np.uint8)
    upright[10:20, 60:75] = 255
    as_taken = np.rot90(upright, turns // 90)  # to the left, so that turning it to the right mends it
    exif = Pillow.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    told, plain = BytesIO(), BytesIO()
    Pillow.fromarray(as_taken).save(told, "JPEG", exif=exif)
    Pillow.fromarray(as_taken).save(plain, "JPEG")
    for image in (decoded(told.getvalue()), decoded(plain.getvalue(), turns)):
        rows, columns = np.nonzero(image[:, :, 0] > 128)
        assert image.shape == upright.shape
        assert (columns.mean(), rows.mean()) == pytest.approx((67.0, 14.5), abs=1.0)
