"""What the pipeline saw, drawn onto the frame: for people who check it, not for the wearer.

No colour says "safe": nothing is green. Red: on the paving. Amber: in the walking line. Thin grey: seen,
not told. Blue: paving, hatched both ways where it is dots.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from vision.corridor import Corridor
from vision.hazards import Judged
from vision.lettering import Colour, japanese_font, put, text_width, wrap
from vision.pipeline import Seen
from vision.types import Hazard, Image, Mask, ObjectClass

RED: Colour = (60, 60, 255)
AMBER: Colour = (20, 170, 255)
GREY: Colour = (200, 200, 200)
BLUE: Colour = (255, 150, 40)
WHITE: Colour = (255, 255, 255)
INK: Colour = (24, 20, 20)

NAMES: dict[ObjectClass, tuple[str, str]] = {
    ObjectClass.PAVING: ("点字ブロック", "paving"),
    ObjectClass.WARNING: ("警告ブロック", "warning"),
    ObjectClass.PERSON: ("人", "person"),
    ObjectClass.BICYCLE: ("自転車", "bicycle"),
    ObjectClass.MOTORCYCLE: ("バイク", "motorcycle"),
    ObjectClass.CAR: ("車", "car"),
    ObjectClass.BUS: ("バス", "bus"),
    ObjectClass.TRUCK: ("トラック", "truck"),
    ObjectClass.KICK_SCOOTER: ("キックボード", "scooter"),
    ObjectClass.POLE: ("柱", "pole"),
    ObjectClass.BOLLARD: ("車止め", "bollard"),
    ObjectClass.TREE: ("木", "tree"),
    ObjectClass.SIGN: ("看板", "sign"),
    ObjectClass.CONE: ("コーン", "cone"),
    ObjectClass.PLANTER: ("植木", "planter"),
    ObjectClass.BENCH: ("ベンチ", "bench"),
    ObjectClass.BOX: ("荷物", "box"),
    ObjectClass.DOG: ("犬", "dog"),
    ObjectClass.STAIRS: ("階段", "stairs"),
    ObjectClass.PLATFORM_EDGE: ("ホームの端", "platform edge"),
    ObjectClass.OVERHEAD: ("頭の高さ", "overhead"),
    ObjectClass.OBSTACLE: ("障害物", "obstacle"),
}
FAULTS = {
    "dark": "暗くて見えません / too dark to see",
    "covered": "カメラがふさがれています / camera covered",
    "frozen": "映像が止まっています / picture frozen",
    "overexposed": "まぶしくて見えません / too bright to see",
    "blurred": "ぼけています / blurred: things may be missed",
    "undecodable": "映像が読めません / unreadable picture",
}
CORRIDOR_FAR_M = 6.0


@dataclass(frozen=True, slots=True)
class Caption:
    """Words being spoken now, Japanese and English; `urgent` puts them on red."""

    ja: str
    en: str = ""
    urgent: bool = False


def annotate(image: Image, seen: Seen, caption: Caption | None = None, state: str = "") -> Image:
    """A copy of `image` with everything on it. `state`: one line at the top left."""
    canvas = image.copy()
    size = max(11, round(image.shape[0] / 26))
    if seen.scene.looked:
        if seen.detections is not None:
            _paving(canvas, seen.detections.paving, seen.detections.warning)
        _corridor(canvas, seen)
        for judged in reversed(seen.judged):
            _thing(canvas, judged, size)
    if seen.scene.fault is not None:
        state = FAULTS.get(seen.scene.fault, seen.scene.fault)
    if state:
        _chip(canvas, (0, 0), (state,), size, INK if seen.scene.fault is None else RED)
    if caption:
        _caption(canvas, caption, size)
    return canvas


def _paving(canvas: Image, mask: Mask, dots: Mask | None) -> None:
    if not mask.any():
        return
    cover = mask.view(np.uint8)
    x, y, w, h = cv2.boundingRect(cover)
    place = np.s_[y : y + h, x : x + w]
    part, cover = canvas[place], np.ascontiguousarray(cover[place])
    # Hatched, not tinted: blue over yellow would be green.
    lines = cv2.bitwise_and(cover, _hatch(w, h))
    if dots is not None:
        across = np.ascontiguousarray(dots[place]).view(np.uint8)
        lines = cv2.bitwise_or(lines, cv2.bitwise_and(across, np.ascontiguousarray(np.fliplr(_hatch(w, h)))))
    cv2.copyTo(np.full_like(part, BLUE), lines, part)
    outlines, _ = cv2.findContours(cover, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(part, outlines, -1, BLUE, 2, cv2.LINE_AA)


@lru_cache(maxsize=64)
def _hatch(width: int, height: int) -> npt.NDArray[np.uint8]:
    """Thin diagonal stripes of ones."""
    down, across = np.ogrid[:height, :width]
    return ((across + down) % 9 < 2).astype(np.uint8)


def _corridor(canvas: Image, seen: Seen) -> None:
    corridor = Corridor(seen.line)
    for side in (-1, 1):
        points = _ground_path(seen, corridor, side)
        if len(points) > 1:
            cv2.polylines(canvas, [points], False, INK, 3, cv2.LINE_AA)
            cv2.polylines(canvas, [points], False, WHITE, 1, cv2.LINE_AA)


def _ground_path(seen: Seen, corridor: Corridor, side: int) -> npt.NDArray[np.int32]:
    found = []
    for z in np.linspace(0.4, CORRIDOR_FAR_M, 16).tolist():
        middle = corridor.line.at(z) if corridor.line else 0.0
        point = seen.camera.project(middle + side * corridor.half_width_m(z), z)
        if point and abs(point[0]) < 4000 and abs(point[1]) < 4000:
            found.append(point)
    return np.array(found, np.float64).round().astype(np.int32).reshape(-1, 2)


def _thing(canvas: Image, judged: Judged, size: int) -> None:
    track, hazard = judged.track, judged.hazard
    if track.misses and hazard is None:
        return
    x1, y1, x2, y2 = (round(v) for v in track.box)
    if hazard is None:
        cv2.rectangle(canvas, (x1, y1), (x2, y2), INK, 2, cv2.LINE_AA)
        cv2.rectangle(canvas, (x1, y1), (x2, y2), GREY, 1, cv2.LINE_AA)
        return
    colour = RED if hazard.on_paving else AMBER
    cv2.rectangle(canvas, (x1, y1), (x2, y2), INK, 4, cv2.LINE_AA)
    cv2.rectangle(canvas, (x1, y1), (x2, y2), colour, 2, cv2.LINE_AA)
    lines = hazard_label(hazard)
    tall = len(lines) * round(size * 1.25) + 4
    above = y1 - tall
    _chip(canvas, (x1, above if above >= 0 else min(y1 + 4, canvas.shape[0] - tall)), lines, size, colour)


def hazard_label(hazard: Hazard) -> tuple[str, str]:
    """Name, then distance with its interval and seconds to contact."""
    ja, en = NAMES[hazard.cls]
    far = f"{hazard.distance_m:.1f}±{hazard.distance_sigma_m:.1f} m"
    name = f"{ja} {en}" if japanese_font() else en
    return name, far if hazard.ttc_s is None else f"{far}  {hazard.ttc_s:.1f} s"


def _chip(canvas: Image, at: tuple[int, int], lines: tuple[str, ...], size: int, colour: Colour) -> None:
    """Text on a solid ground: dark ink on bright colours, white on dark ones."""
    step = round(size * 1.25)
    wide = max(text_width(line, size) for line in lines) + 8
    x = min(max(at[0], 0), max(canvas.shape[1] - wide, 0))
    y = max(at[1], 0)
    cv2.rectangle(canvas, (x, y), (x + wide, y + step * len(lines) + 4), colour, cv2.FILLED)
    ink = WHITE if sum(colour) < 300 else INK
    for index, line in enumerate(lines):
        put(canvas, line, (x + 4, y + 2 + index * step), size, ink)


def _caption(canvas: Image, caption: Caption, size: int) -> None:
    height, width = canvas.shape[:2]
    big = round(size * 1.3)
    words = caption.ja if japanese_font() else caption.en
    rows = [(line, big) for line in wrap(words, big, width - 24)]
    if caption.en != words:
        rows += [(line, size) for line in wrap(caption.en, size, width - 24)]
    tall = sum(round(px * 1.25) for _, px in rows) + 12
    top = max(height - tall, 0)
    band = canvas[top:]
    band[:] = (band * 0.25).astype(np.uint8)
    cv2.rectangle(canvas, (0, top), (5, height), RED if caption.urgent else WHITE, cv2.FILLED)
    y = top + 6
    for text, px in rows:
        put(canvas, text, (14, y), px, WHITE)
        y += round(px * 1.25)
