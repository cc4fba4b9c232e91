"""What the pipeline saw, drawn onto the frame: for people who check it, not for the wearer.

No colour says "safe": nothing is green. Red: on the paving. Amber: in the walking line. Thin grey: seen, not
in the way. Blue: paving, hatched both ways where it is dots. Words stand below the picture, not on it.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from vision.annotate_paving import draw_course
from vision.corridor import Corridor
from vision.hazards import Judged
from vision.lettering import Colour, fitting, japanese_font, put, smaller, text_width
from vision.pipeline import Seen
from vision.types import Hazard, Image, Mask, Motion, ObjectClass

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
# Of what moves; of what stands, or is not known yet, nothing is written.
MOTIONS: dict[Motion, tuple[str, str]] = {
    Motion.APPROACHING: ("向かってくる", "approaching"),
    Motion.CROSSING: ("横切る", "crossing"),
    Motion.OVERTAKEN: ("追いつく", "overtaken"),
}
CORRIDOR_FAR_M = 6.0


@dataclass(frozen=True, slots=True)
class Caption:
    """Words being spoken now, Japanese and English; `urgent` puts them on red."""

    ja: str
    en: str = ""
    urgent: bool = False


def annotate(image: Image, seen: Seen, state: str = "") -> Image:
    """A copy of `image` with everything on it. `state`: one line at the top left."""
    canvas = image.copy()
    size = _text_size(image)
    fault = seen.scene.fault
    if fault is not None:
        state = f"{state}  {FAULTS.get(fault, fault)}".strip()
    state = fitting(state, size, image.shape[1] - 8)
    if seen.scene.looked:
        if seen.detections is not None:
            _paving(canvas, seen.detections.paving, seen.detections.warning)
        _corridor(canvas, seen)
        draw_course(canvas, seen.scene.paving, seen.line, seen.camera, size)
        _things(canvas, seen.judged, size, text_width(state, size) + 8 if state else 0)
    if state:
        _chip(canvas, (0, 0), (state,), size, INK if fault is None else RED)
    return canvas


def _text_size(image: Image) -> int:
    height: int = image.shape[0]
    return max(11, round(height / 26))


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
    corridor = seen.corridor
    for side in (-1, 1):
        points = _ground_path(seen, corridor, side)
        if len(points) > 1:
            cv2.polylines(canvas, [points], False, INK, 3, cv2.LINE_AA)
            cv2.polylines(canvas, [points], False, WHITE, 1, cv2.LINE_AA)


def _ground_path(seen: Seen, corridor: Corridor, side: int) -> npt.NDArray[np.int32]:
    found = []
    for z in np.linspace(0.4, CORRIDOR_FAR_M, 16).tolist():
        middle = corridor.middle_m(z)
        point = seen.camera.project(middle + side * corridor.half_width_m(z), z)
        if point and abs(point[0]) < 4000 and abs(point[1]) < 4000:
            found.append(point)
    return np.array(found, np.float64).round().astype(np.int32).reshape(-1, 2)


def _things(canvas: Image, all_judged: tuple[Judged, ...], size: int, state_px: int) -> None:
    """Boxes first, then words: the nearest hazard takes the best place. `state_px`: wide, at the top left."""
    shown = [j for j in all_judged if j.hazard is not None or j.confirmed or not j.track.misses]
    for judged in reversed(shown):
        _box(canvas, judged)
    places = _Places(canvas, [_area(judged) for judged in shown], (state_px, round(size * 1.25) + 4))
    for judged in shown:
        if judged.hazard is not None:
            lines = hazard_label(judged.hazard)
            at = places.find(_area(judged), lines, size)
            _chip(canvas, at or (0, 0), lines, size, RED if judged.hazard.on_paving else AMBER)
    small = max(10, round(size * 0.8))
    for judged in shown:
        if judged.hazard is None and judged.confirmed:
            line = track_label(judged)
            at = places.find(_area(judged), (line,), small, must=False)
            if at:
                _chip(canvas, at, (line,), small, GREY)


def _box(canvas: Image, judged: Judged) -> None:
    x1, y1, x2, y2 = (round(v) for v in judged.track.box)
    if judged.hazard is None:
        cv2.rectangle(canvas, (x1, y1), (x2, y2), INK, 2, cv2.LINE_AA)
        cv2.rectangle(canvas, (x1, y1), (x2, y2), GREY, 1, cv2.LINE_AA)
        return
    cv2.rectangle(canvas, (x1, y1), (x2, y2), INK, 4, cv2.LINE_AA)
    cv2.rectangle(canvas, (x1, y1), (x2, y2), RED if judged.hazard.on_paving else AMBER, 2, cv2.LINE_AA)


_Area = tuple[int, int, int, int]  # x, y, width, height


def _area(judged: Judged) -> _Area:
    x1, y1, x2, y2 = (round(v) for v in judged.track.box)
    return x1, y1, x2 - x1, y2 - y1


class _Places:
    """Where labels may stand: beside their box, on no other label, over as little of the things as can be."""

    def __init__(self, canvas: Image, boxes: list[_Area], state: tuple[int, int]) -> None:
        self._height, self._width = canvas.shape[:2]
        self._boxes = boxes
        self._taken: list[_Area] = [(0, 0, *state)]

    def find(
        self, box: _Area, lines: tuple[str, ...], size: int, *, must: bool = True
    ) -> tuple[int, int] | None:
        """Its upper left corner; None where there is no room for one that may be left out."""
        wide = max(text_width(line, size) for line in lines) + 8
        tall = round(size * 1.25) * len(lines) + 4
        x, y, w, h = box
        around = ((x, y - tall), (x + w, y), (x - wide, y), (x, y + h), (x, y), (x, y + h - tall))
        areas = [self._inside(left, top, wide, tall) for left, top in around]
        free = [area for area in areas if not any(_shared(area, other) for other in self._taken)]
        if not free and not must:
            return None
        best = min(free or areas, key=lambda area: sum(_shared(area, other) for other in self._boxes))
        self._taken.append(best)
        return best[:2]

    def _inside(self, x: int, y: int, wide: int, tall: int) -> _Area:
        """Pushed into the picture."""
        right, foot = max(self._width - wide, 0), max(self._height - tall, 0)
        return min(max(x, 0), right), min(max(y, 0), foot), wide, tall


def _shared(one: _Area, other: _Area) -> int:
    """Pixels that two areas have in common."""
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    tall = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(wide, 0) * max(tall, 0)


def hazard_label(hazard: Hazard) -> tuple[str, ...]:
    """Number and name; distance, its interval, and seconds to contact where it closes in; how it moves."""
    far = f"{hazard.distance_m:.1f}±{hazard.distance_sigma_m:.1f} m"
    named = f"#{hazard.track_id} {_in_letters(NAMES[hazard.cls])}"
    lines = (named, far if hazard.ttc_s is None else f"{far}  {hazard.ttc_s:.1f} s")
    return (*lines, _in_letters(MOTIONS[hazard.motion])) if hazard.motion in MOTIONS else lines


def track_label(judged: Judged) -> str:
    """Of a thing that is not in the way: number, name, distance; in brackets: not found in this frame."""
    track = judged.track
    ja, en = NAMES[track.cls]
    far = f"{track.closing.distance_m:.1f}±{track.sigma_m:.1f} m"
    line = f"#{track.id} {ja if japanese_font() else en} {far}"
    return f"({line})" if track.misses else line


def _in_letters(words: tuple[str, str]) -> str:
    """Both languages where there are letters for both."""
    ja, en = words
    return f"{ja} {en}" if japanese_font() else en


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


def framed(canvas: Image, heading: str, caption: Caption | None) -> Image:
    """The picture with a line above it ("": none) and room for what is being said below it."""
    size = _text_size(canvas)
    rows = [canvas, _words(canvas.shape[1], caption, size)]
    if heading:
        top = np.full((round(size * 1.6), canvas.shape[1], 3), INK, np.uint8)
        put(top, fitting(heading, size, canvas.shape[1] - 16), (8, round(size * 0.15)), size, WHITE)
        rows.insert(0, top)
    return np.vstack(rows)


def _words(width: int, caption: Caption | None, size: int) -> Image:
    """One line in Japanese, one in English, smaller where they would not fit."""
    big = round(size * 1.15)
    band = np.full((round((big + size) * 1.3) + 10, width, 3), INK, np.uint8)
    if caption is None:
        return band
    cv2.rectangle(band, (0, 0), (5, band.shape[0]), RED if caption.urgent else WHITE, cv2.FILLED)
    first = caption.ja if japanese_font() else caption.en
    second = caption.en if first != caption.en else ""
    y = 5
    for text, px, colour in ((first, big, WHITE), (second, size, GREY)):
        fit = smaller(text, px, width - 22)
        put(band, fitting(text, fit, width - 22), (14, y + (px - fit) // 2), fit, colour)
        y += round(px * 1.3)
    return band
