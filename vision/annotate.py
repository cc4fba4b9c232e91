"""What the pipeline saw, drawn onto the frame: for people who check it, not for the wearer.

No colour says "safe": nothing is green. Red: on the paving. Amber: in the walking line. Thin grey: seen, not
in the way. Blue: paving, hatched both ways where it is dots. Words stand below the picture, not on it.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from vision.annotate_colours import AMBER, GREY, INK, RED, WHITE
from vision.annotate_ground import draw_corridor, draw_paving
from vision.annotate_paving import draw_course
from vision.annotate_places import Area, Places
from vision.hazards import Judged
from vision.lettering import Colour, fitting, japanese_font, put, smaller, text_width
from vision.pipeline import Seen
from vision.types import Hazard, Image, Motion, ObjectClass

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
            draw_paving(canvas, seen.detections.paving, seen.detections.warning)
        draw_corridor(canvas, seen.corridor, seen.camera)
        draw_course(canvas, seen.scene.paving, seen.line, seen.camera, size)
        _things(canvas, seen.judged, size, text_width(state, size) + 8 if state else 0)
    if state:
        _chip(canvas, (0, 0), (state,), size, INK if fault is None else RED)
    return canvas


def _text_size(image: Image) -> int:
    height: int = image.shape[0]
    return max(11, round(height / 26))


def _things(canvas: Image, all_judged: tuple[Judged, ...], size: int, state_px: int) -> None:
    """Boxes first, then words: the nearest hazard takes the best place. `state_px`: wide, at the top left."""
    shown = [j for j in all_judged if j.hazard is not None or j.confirmed or not j.track.misses]
    for judged in reversed(shown):
        _box(canvas, judged)
    height, width = canvas.shape[:2]
    state = (state_px, round(size * 1.25) + 4)
    places = Places((width, height), [_area(judged) for judged in shown], state)
    for judged in shown:
        if judged.hazard is not None:
            lines = hazard_label(judged.hazard)
            at = places.find(_area(judged), _chip_size(lines, size))
            _chip(canvas, at or (0, 0), lines, size, RED if judged.hazard.on_paving else AMBER)
    small = max(10, round(size * 0.8))
    for judged in shown:
        if judged.hazard is None and judged.confirmed:
            line = track_label(judged)
            at = places.find(_area(judged), _chip_size((line,), small), must=False)
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


def _area(judged: Judged) -> Area:
    x1, y1, x2, y2 = (round(v) for v in judged.track.box)
    return x1, y1, x2 - x1, y2 - y1


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
    far = f"{track.distance_m:.1f}±{track.sigma_m:.1f} m"
    line = f"#{track.id} {ja if japanese_font() else en} {far}"
    return f"({line})" if track.misses else line


def _in_letters(words: tuple[str, str]) -> str:
    """Both languages where there are letters for both."""
    ja, en = words
    return f"{ja} {en}" if japanese_font() else en


def _chip_size(lines: tuple[str, ...], size: int) -> tuple[int, int]:
    """Width and height."""
    return max(text_width(line, size) for line in lines) + 8, round(size * 1.25) * len(lines) + 4


def _chip(canvas: Image, at: tuple[int, int], lines: tuple[str, ...], size: int, colour: Colour) -> None:
    """Text on a solid ground: dark ink on bright colours, white on dark ones."""
    step = round(size * 1.25)
    wide, tall = _chip_size(lines, size)
    x = min(max(at[0], 0), max(canvas.shape[1] - wide, 0))
    y = max(at[1], 0)
    cv2.rectangle(canvas, (x, y), (x + wide, y + tall), colour, cv2.FILLED)
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
