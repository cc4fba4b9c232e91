"""Folders with `images/` and what is known of them: `masks/`, `labels/`, `truth.jsonl` of rendered scenes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from vision.errors import FrameError
from vision.evaluation.cases import LEAST_PAVING_SHARE, Box, Case, Source, TrueThing, Truth
from vision.evaluation.errors import EvaluationError
from vision.evaluation.masks import read_mask
from vision.evaluation.names import known_classes, our_class, read_names
from vision.evaluation.scene_truth import SceneTruth, read_truth
from vision.pictures import SUFFIXES, read_picture
from vision.types import SURFACES, ObjectClass


@dataclass(frozen=True, slots=True)
class _Folder:
    """One folder, looked over. `names`: class names by id, None without labels."""

    root: Path
    masks: Mapping[str, Path]  # by stem
    names: tuple[str, ...] | None
    scenes: Mapping[str, SceneTruth] | None


def folder_source(root: Path) -> Source:
    """The cases of a folder, in the order of their names. Raises `EvaluationError`."""
    pictures = _pictures_of(root / "images")
    folder = _look_over(root)
    cases = tuple(
        Case(path.name, _scene(folder, path), partial(_load, folder, path), _slices(folder, path))
        for path in pictures
    )
    kind = "scenes" if folder.scenes is not None else "boxes" if folder.names else "masks"
    return Source(kind, cases, folder.scenes is not None)


def _look_over(root: Path) -> _Folder:
    masks = {path.stem: path for path in _pictures_of(root / "masks")} if (root / "masks").is_dir() else {}
    truth = root / "truth.jsonl"
    scenes = read_truth(truth) if truth.is_file() else None
    names: tuple[str, ...] | None = None
    if (root / "labels").is_dir() and scenes is None:
        names = read_names(root)
        if names is None:
            raise EvaluationError(f"{root}: labels/ without classes.txt or classes.yaml: what are their ids?")
    if not masks and names is None and scenes is None:
        raise EvaluationError(
            f"{root}: images/ without masks/, labels/ or truth.jsonl: nothing to compare with"
        )
    return _Folder(root, masks, names, scenes)


def _pictures_of(folder: Path) -> list[Path]:
    found = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and not p.name.startswith("."))
    if not found:
        raise EvaluationError(f"{folder}: no picture in it ({', '.join(sorted(SUFFIXES))})")
    return found


def _scene(folder: _Folder, path: Path) -> str:
    told = folder.scenes.get(path.stem) if folder.scenes is not None else None
    return told.scene if told else path.stem


def _slices(folder: _Folder, path: Path) -> tuple[str, ...]:
    told = folder.scenes.get(path.stem) if folder.scenes is not None else None
    return told.slices if told else ()


def _load(folder: _Folder, path: Path) -> Truth:
    image = read_picture(path)
    size = (image.shape[1], image.shape[0])
    paving = unsure = None
    if folder.masks:
        mask = folder.masks.get(path.stem)
        if mask is not None:
            paving, unsure = read_mask(mask, size)
        elif folder.names is None:
            raise FrameError(f"{path}: has no mask masks/{path.stem}.png")
    if folder.scenes is not None:
        told = folder.scenes.get(path.stem)
        if told is None:
            raise FrameError(f"{path}: truth.jsonl does not tell of it")
        visible = paving is not None and bool(paving.mean() >= LEAST_PAVING_SHARE)
        blockers = told.blockers or (() if visible else None)
        return Truth(image, paving, unsure, told.things, told.known, blockers)
    if folder.names is None:
        return Truth(image, paving, unsure)
    things = _labels(folder.root / "labels" / f"{path.stem}.txt", folder.names, size)
    return Truth(image, paving, unsure, things, known_classes(folder.names))


def _labels(path: Path, names: Sequence[str], size: tuple[int, int]) -> tuple[TrueThing, ...]:
    """Boxes of a YOLO label file; without one there is nothing in the picture, as trainers have it."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: cannot be read as text ({error})") from None
    rows = [(f"{path}:{n}", line.split()) for n, line in enumerate(lines, 1) if line.strip()]
    return tuple(thing for where, fields in rows if (thing := _thing(where, fields, names, size)))


def _thing(
    where: str, fields: Sequence[str], names: Sequence[str], size: tuple[int, int]
) -> TrueThing | None:
    """One line `id x y w h`, or `id x y x y …` round an outline; None for a surface."""
    try:
        number, values = int(fields[0]), [float(field) for field in fields[1:]]
    except ValueError:
        raise EvaluationError(f"{where}: not `class x y w h` in numbers") from None
    if not 0 <= number < len(names):
        raise EvaluationError(f"{where}: class {number}, but the classes end at {len(names) - 1}")
    if len(values) < 4 or (len(values) != 4 and len(values) % 2):
        raise EvaluationError(f"{where}: {len(values)} numbers after the class: 4, or x y pairs")
    if not all(-0.01 <= value <= 1.01 for value in values):
        raise EvaluationError(f"{where}: not within 0..1 of the picture")
    if names[number] in {cls.value for cls in SURFACES}:
        return None
    return TrueThing(our_class(names[number]), _pixels(values, size))


def _pixels(values: Sequence[float], size: tuple[int, int]) -> Box:
    width, height = size
    if len(values) == 4:
        x, y, w, h = values
        edges = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
    else:
        edges = (min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2]))
    return edges[0] * width, edges[1] * height, edges[2] * width, edges[3] * height


__all__ = ["ObjectClass", "folder_source"]
