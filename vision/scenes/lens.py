"""Lenses and what a small camera adds. A lens bends the pinhole picture; truth is bent by the same map."""

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from vision.scenes.camera import Camera
from vision.scenes.gl import Picture
from vision.scenes.look import Look
from vision.types import Image

F32 = npt.NDArray[np.float32]
_WIDEST_RAD = np.radians(64)  # a fisheye's picture is black beyond


@dataclass(frozen=True, slots=True)
class Lens:
    """How a ray's angle becomes a distance from the middle of the picture.

    pinhole: r = f tan(a). barrel: r / (1 - bend (r/f)^2) = f tan(a). fisheye: r = f a.
    """

    kind: str  # pinhole, barrel or fisheye
    focal_px: float
    bend: float = 0.0


def random_lens(rng: np.random.Generator, width: int) -> Lens:
    """Pinhole, a phone's lens or a fisheye."""
    kind = rng.random()
    if kind < 0.45:
        hfov = np.radians(rng.uniform(50, 92))
        return Lens("pinhole", float(width / 2 / np.tan(hfov / 2)))
    if kind < 0.88:
        hfov = np.radians(rng.uniform(55, 95))
        return Lens("barrel", float(width / 2 / np.tan(hfov / 2)), float(rng.uniform(0.02, 0.12)))
    hfov = np.radians(rng.uniform(88, 116))
    return Lens("fisheye", float(width / 2 / (hfov / 2)))


def _undistorted(lens: Lens, r: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Distance from the middle, in focal lengths -> tangent of the ray's angle."""
    if lens.kind == "barrel":
        return np.asarray(r / np.maximum(1 - lens.bend * r * r, 0.2))
    if lens.kind == "fisheye":
        return np.asarray(np.tan(np.minimum(r, _WIDEST_RAD)))
    return r


def _tangents(
    lens: Lens, width: int, height: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """For each pixel of the bent picture: x and y of its ray at depth 1, and its radius in focal lengths."""
    x, y = np.meshgrid(np.arange(width) + 0.5 - width / 2, np.arange(height) + 0.5 - height / 2)
    r = np.hypot(x, y) / lens.focal_px
    k = _undistorted(lens, r) / np.maximum(r, 1e-9) / lens.focal_px
    return x * k, y * k, r


def source_camera(lens: Lens, camera: Camera) -> Camera:
    """The pinhole camera whose picture holds all that the lens shows; larger for a fisheye."""
    if lens.kind == "pinhole":
        return replace(camera, hfov_deg=float(np.degrees(2 * np.arctan(camera.width / 2 / lens.focal_px))))
    x, y, _ = _tangents(lens, camera.width, camera.height)
    wide = max(float(np.abs(x).max()), float(np.abs(y).max()) * camera.width / camera.height)
    grow = 1.5 if lens.kind == "fisheye" else 1.0
    size = (round(camera.width * grow / 4) * 4, round(camera.height * grow / 4) * 4)
    hfov = float(np.degrees(2 * np.arctan(wide * 1.01)))
    return replace(camera, hfov_deg=hfov, width=size[0], height=size[1])


def bent(lens: Lens, picture: Picture, source: Camera, width: int, height: int) -> Picture:
    """The picture through the lens: colour between pixels, ids and depth from the nearest one."""
    if lens.kind == "pinhole":
        return picture
    x, y, r = _tangents(lens, width, height)
    map_x = (x * source.focal_px + source.width / 2 - 0.5).astype(np.float32)
    map_y = (y * source.focal_px + source.height / 2 - 0.5).astype(np.float32)
    image = np.asarray(
        cv2.remap(picture.image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
    column = np.clip(np.round(map_x).astype(np.int32), 0, source.width - 1)
    row = np.clip(np.round(map_y).astype(np.int32), 0, source.height - 1)
    ids, depth = picture.ids[row, column], picture.depth_m[row, column]
    if lens.kind == "fisheye":
        dark = r > _WIDEST_RAD
        image[dark], ids[dark], depth[dark] = 0, 0, 0
    return Picture(image, ids, depth)


@lru_cache(maxsize=1)
def _grain() -> F32:
    return np.random.default_rng(3).normal(0, 1, (1200, 1200, 3)).astype(np.float32)


def _noise(rng: np.random.Generator, height: int, width: int) -> F32:
    """Grain: partly in all channels alike, partly coloured, fine or coarse."""
    top, left = (int(v) for v in rng.integers(0, 64, 2))
    coarse = 2 if rng.random() < 0.3 else 1
    tall, wide = -(-height // coarse), -(-width // coarse)
    part = _grain()[top : top + tall, left : left + wide]
    if part.shape[:2] != (tall, wide):
        part = rng.normal(0, 1, (tall, wide, 3)).astype(np.float32)
    if coarse > 1:
        part = np.asarray(cv2.resize(part, (wide * 2, tall * 2)), np.float32)[:height, :width] * 1.6
    colour = np.float32(rng.uniform(0, 0.7))
    return np.asarray(part * colour + part[..., :1] * (1 - colour), np.float32)


def _blurred(picture: F32, rng: np.random.Generator, night: bool) -> F32:
    kind, most = rng.random(), 12 if night else 8
    if kind < 0.28:
        length, angle = int(rng.integers(2, most)), float(rng.uniform(0, 180))
        kernel = np.zeros((13, 13), np.float32)
        dx, dy = 0.5 * length * np.cos(np.radians(angle)), 0.5 * length * np.sin(np.radians(angle))
        cv2.line(kernel, (round(6 - dx), round(6 - dy)), (round(6 + dx), round(6 + dy)), (1.0,))
        return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.float32)
    if kind < 0.43:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.5, 1.6))), np.float32)
    if kind < 0.6:  # as a phone sharpens
        soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.2), np.float32)
        return np.asarray(picture + float(rng.uniform(0.3, 1.1)) * (picture - soft), np.float32)
    return picture


def _glare(picture: F32, rng: np.random.Generator, camera: Camera, look: Look) -> F32:
    """A low sun before the wearer veils the picture."""
    ahead = float(np.dot(look.sun_direction(), camera.axes()[2]))
    if look.night or look.sun_height_deg > 40 or ahead < 0.3 or max(look.sun_colour) < 1:
        return picture
    h, w = picture.shape[:2]
    pixels, _ = camera.project(camera.eye[None] + 50 * np.asarray(look.sun_direction())[None])
    x, y = float(np.clip(pixels[0, 0], -w, 2 * w)), float(np.clip(pixels[0, 1], -h, 2 * h))
    away = np.hypot(np.arange(w)[None, :] - x, np.arange(h)[:, None] - y) / w
    veil = float(rng.uniform(60, 200)) * np.exp(-2.2 * away)
    return np.asarray(picture + veil[..., None] * np.array([0.8, 0.93, 1.0]), np.float32)


def finished(image: Image, rng: np.random.Generator, camera: Camera, look: Look) -> Image:
    """What a small camera adds: glare, blur, colour cast, contrast, vignette, grain."""
    picture = image.astype(np.float32)
    picture = _blurred(_glare(picture, rng, camera, look), rng, look.night)
    picture *= rng.normal(1.0, 0.05, 3).astype(np.float32)
    grey = picture.mean(axis=2, keepdims=True)
    picture = grey + (picture - grey) * np.float32(rng.uniform(0.7, 1.45))
    contrast, light = float(rng.normal(1.05, 0.13)), float(rng.normal(0, 9))
    picture = (picture - 118) * np.float32(contrast) + np.float32(118 + light)
    h, w = picture.shape[:2]
    if rng.random() < 0.3:
        x, y = np.linspace(-1, 1, w)[None, :], np.linspace(-1, 1, h)[:, None]
        picture *= (1 - float(rng.uniform(0.05, 0.35)) * (x * x + y * y) / 2).astype(np.float32)[..., None]
    strength = float(rng.uniform(3, 14)) if look.night else float(rng.exponential(3.5))
    picture += _noise(rng, h, w) * np.float32(strength)
    return np.asarray(np.clip(picture, 0, 255), np.uint8)
