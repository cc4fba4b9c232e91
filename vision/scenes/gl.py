"""The one module that touches OpenGL: triangles, camera and light in, picture and truth out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeAlias

import cv2
import moderngl
import numpy as np
import numpy.typing as npt

from vision.scenes.camera import Camera
from vision.scenes.canvas import SIZE, noise
from vision.scenes.errors import NoRendererError
from vision.scenes.layers import Layer
from vision.scenes.look import Look
from vision.scenes.mesh import LAYER, Mesh
from vision.scenes.textures import bake
from vision.scenes.uniforms import Uniform, light_matrix, light_values, to_world
from vision.types import Image

_SHADERS = Path(__file__).parent / "shaders"
_SHADOW_SIZE = 1536
_FAINT = 0.1  # a sun weaker than this throws no shadow worth drawing
# Programs, buffers and targets: moderngl's own annotations do not pass a strict check.
Handle: TypeAlias = Any
_EGL: dict[str, Any] = {
    "standalone": True,
    "backend": "egl",
    "libgl": "libGL.so.1",
    "libegl": "libEGL.so.1",
}
_FORMAT = "3f 3f 2f 3f 1f 1f 1f"
_ATTRIBUTES = ("in_pos", "in_nrm", "in_uv", "in_col", "in_layer", "in_wear", "in_id")


@dataclass(frozen=True, slots=True)
class Batch:
    """Triangles on the card: solid ones and ones with holes, for each of the three programs."""

    solid: dict[str, Handle]
    cutout: dict[str, Handle]
    buffers: tuple[Handle, ...]

    def release(self) -> None:
        """Free the card's memory; the batch must not be drawn again."""
        for thing in (*self.solid.values(), *self.cutout.values(), *self.buffers):
            thing.release()


@dataclass(frozen=True, slots=True)
class _Targets:
    """What one picture size is drawn into."""

    colour: Handle
    truth: Handle
    alone: Handle


@dataclass(frozen=True, slots=True)
class Picture:
    """One rendering: BGR bytes; the id of the thing at each pixel (0: nothing named); depth in metres."""

    image: Image
    ids: npt.NDArray[np.int32]
    depth_m: npt.NDArray[np.float32]


class Renderer:
    """An off-screen OpenGL context of one picture size. Raises `NoRendererError` where there is none.

    Colour is drawn `oversample` times as large and averaged: in software that is cheaper than
    multisampling, and smooths textures as well as edges. Truth is drawn at the size itself.
    """

    def __init__(
        self, width: int, height: int, oversample: float = 1.25, shadow_px: int = _SHADOW_SIZE
    ) -> None:
        self.size, self._shadow_px = (width, height), shadow_px
        self._context = _context()
        self._programs = {
            (name, cutout): self._program(name, cutout)
            for name in ("scene", "shadow", "truth")
            for cutout in (False, True)
        }
        self._sky = self._program("sky", False)
        self._sky_array = self._context.vertex_array(self._sky, [])
        self._make_textures()
        self._oversample = oversample
        self._targets: dict[tuple[int, int], _Targets] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._context.release()

    def _make_current(self) -> None:
        """Another renderer of this process may have drawn, or closed, since."""
        self._context.__enter__()

    def upload(self, parts: list[tuple[Mesh, int]]) -> Batch:
        """Meshes, each with the id that its pixels shall carry, as one batch."""
        self._make_current()
        rows = np.concatenate(
            [np.column_stack([mesh.data, np.full(len(mesh.data), float(i), np.float32)]) for mesh, i in parts]
        ).astype(np.float32)
        holed = rows[:, LAYER] == float(Layer.FOLIAGE)
        solid, solid_buffer = self._arrays(rows[~holed], False)
        cutout, cutout_buffer = self._arrays(rows[holed], True)
        return Batch(solid, cutout, tuple(b for b in (solid_buffer, cutout_buffer) if b is not None))

    def render(self, batches: list[Batch], camera: Camera, look: Look) -> Picture:
        """The picture and its truth, of the size that the camera says."""
        self._make_current()
        into = self._into(camera)
        view = camera.view_projection()
        light = self._shadows(batches, camera, look)
        for key in (("scene", False), ("scene", True)):
            program = self._programs[key]
            _set(program, view_projection=view.T.tobytes(), light=light.T.tobytes(), eye=tuple(camera.eye))
            _set(program, **light_values(look))
        _set(self._sky, **light_values(look))
        _set(self._sky, to_world=to_world(camera).T.tobytes(), cloud=look.cloud)
        into.colour.use()
        into.colour.clear()
        self._context.disable(moderngl.DEPTH_TEST)
        self._bind()
        self._sky_array.render(moderngl.TRIANGLES, vertices=3)
        self._context.enable(moderngl.DEPTH_TEST)
        self._depth_first(batches, view)
        _draw("scene", batches)
        self._context.depth_func = "<"
        pixels = np.frombuffer(into.colour.read(components=3, alignment=1), np.uint8)
        rgb = pixels.reshape(into.colour.size[1], into.colour.size[0], 3)
        size = (camera.width, camera.height)
        image = cv2.resize(rgb[::-1, :, ::-1].copy(), size, interpolation=cv2.INTER_AREA)
        ids, depth = self._truth_of(into.truth, batches, camera)
        return Picture(np.asarray(image, np.uint8), ids, depth)

    def _depth_first(self, batches: list[Batch], view: npt.NDArray[np.float32]) -> None:
        """Depth before colour: each pixel is shaded once, which halves a frame in software."""
        for cutout in (False, True):
            _set(self._programs["shadow", cutout], light=view.T.tobytes())
        _draw("shadow", batches)
        self._context.depth_func = "<="

    def visible_alone(self, mesh: Mesh, camera: Camera) -> float:
        """How many pixels of the picture the mesh would cover with nothing in front of it."""
        batch = self.upload([(mesh, 1)])
        ids, _ = self._truth_of(self._into(camera).alone, [batch], camera)
        batch.release()
        return float((ids > 0).sum()) * (camera.width * camera.height / ids.size)

    def _into(self, camera: Camera) -> _Targets:
        """The targets of the camera's size, made where it is new."""
        size = (camera.width, camera.height)
        if size not in self._targets:
            make = self._context
            large = (round(size[0] * self._oversample), round(size[1] * self._oversample))
            quarter = (size[0] // 4, size[1] // 4)
            self._targets[size] = _Targets(
                make.framebuffer([make.renderbuffer(large, 3)], make.depth_renderbuffer(large)),
                make.framebuffer([make.texture(size, 2, dtype="f4")], make.depth_renderbuffer(size)),
                make.framebuffer([make.texture(quarter, 2, dtype="f4")], make.depth_renderbuffer(quarter)),
            )
        return self._targets[size]

    def _truth_of(
        self, target: Handle, batches: list[Batch], camera: Camera
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        for cutout in (False, True):
            _set(self._programs["truth", cutout], view_projection=camera.view_projection().T.tobytes())
        target.use()
        target.clear()
        self._context.enable(moderngl.DEPTH_TEST)
        self._bind()
        _draw("truth", batches)
        raw = np.frombuffer(target.read(components=2, dtype="f4"), np.float32)
        truth = raw.reshape(target.size[1], target.size[0], 2)[::-1]
        return np.ascontiguousarray(truth[..., 0].astype(np.int32)), np.ascontiguousarray(truth[..., 1])

    def _shadows(self, batches: list[Batch], camera: Camera, look: Look) -> npt.NDArray[np.float32]:
        light = light_matrix(camera, look, self._shadow_px)
        for cutout in (False, True):
            _set(self._programs["shadow", cutout], light=light.T.tobytes())
        self._shadow_target.use()
        self._shadow_target.clear()
        self._context.enable(moderngl.DEPTH_TEST)
        self._surface.use(1)
        if max(look.sun_colour) > _FAINT:
            _draw("shadow", batches)
        return light

    def _bind(self) -> None:
        for unit, texture in enumerate((self._albedo, self._surface, self._noise, self._shadow_map)):
            texture.use(unit)

    def _program(self, name: str, cutout: bool) -> Handle:
        sources = []
        for stage in ("vert", "frag"):
            text = (_SHADERS / f"{name}.{stage}").read_text(encoding="utf-8")
            text = text.replace("#include sky", (_SHADERS / "sky.glsl").read_text(encoding="utf-8"))
            sources.append(text.replace("core\n", "core\n#define CUTOUT\n", 1) if cutout else text)
        program = self._context.program(vertex_shader=sources[0], fragment_shader=sources[1])
        _set(program, albedo_map=0, surface_map=1, noise_map=2, shadow_map=3)
        return program

    def _make_textures(self) -> None:
        albedo, surface = bake()
        make = self._context
        self._albedo = make.texture_array((SIZE, SIZE, len(Layer)), 4, albedo)
        self._surface = make.texture_array((SIZE, SIZE, len(Layer)), 4, surface)
        rng = np.random.default_rng(1)
        stains = np.dstack([noise(rng, (6, 16, 48)), noise(rng, (24, 64, 128))])
        self._noise = make.texture((SIZE, SIZE), 2, (stains * 255).astype(np.uint8).tobytes())
        for texture in (self._albedo, self._surface, self._noise):
            texture.build_mipmaps()
            texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        self._shadow_map = make.depth_texture((self._shadow_px, self._shadow_px))
        self._shadow_map.compare_func = "<="
        self._shadow_map.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self._shadow_target = make.framebuffer([], self._shadow_map)

    def _arrays(self, rows: npt.NDArray[np.float32], cutout: bool) -> tuple[dict[str, Handle], Handle | None]:
        if not len(rows):
            return {}, None
        buffer = self._context.buffer(np.ascontiguousarray(rows).tobytes())
        arrays = {}
        for name in ("scene", "shadow", "truth"):
            program = self._programs[name, cutout]
            used = [a if a in program else None for a in _ATTRIBUTES]
            layout = " ".join(
                f if a else f"{4 * int(f[0])}x" for f, a in zip(_FORMAT.split(), used, strict=True)
            )
            arrays[name] = self._context.vertex_array(program, [(buffer, layout, *[a for a in used if a])])
        return arrays, buffer


def _context() -> Handle:
    try:
        return moderngl.create_context(**_EGL)
    except Exception as error:
        raise NoRendererError(
            f"no off-screen OpenGL ({error}); install libegl1 libgl1 libgl1-mesa-dri"
        ) from error


def _set(program: Handle, **values: Uniform) -> None:
    """Set the uniforms that the program has; a compiler drops the ones it does not need."""
    for name, value in values.items():
        if name not in program:
            continue
        if isinstance(value, bytes):
            program[name].write(value)
        else:
            program[name].value = value


def _draw(program: str, batches: list[Batch]) -> None:
    for batch in batches:
        if program in batch.solid:
            batch.solid[program].render(moderngl.TRIANGLES)
    for batch in batches:
        if program in batch.cutout:
            batch.cutout[program].render(moderngl.TRIANGLES)
