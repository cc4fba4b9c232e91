"""Class names of other people's labels, in our words."""

from collections.abc import Sequence
from pathlib import Path

from vision.evaluation.errors import EvaluationError
from vision.types import SURFACES, ObjectClass

# Names that cover all that our class holds: where they are labelled, more of the class is wrong.
WHOLE = {
    "people": ObjectClass.PERSON,
    "chair": ObjectClass.BENCH,
    "potted plant": ObjectClass.PLANTER,
    "plant": ObjectClass.PLANTER,
    "roadblocks": ObjectClass.BOLLARD,
} | {cls.value: cls for cls in ObjectClass if cls not in SURFACES}
# Names that cover a part of it: finding them counts, finding more is not wrong.
PART = {
    "fire hydrant": ObjectClass.OBSTACLE,
    "parking meter": ObjectClass.OBSTACLE,
    "cat": ObjectClass.OBSTACLE,
    "cart": ObjectClass.OBSTACLE,
    "fence": ObjectClass.OBSTACLE,
    "suitcase": ObjectClass.BOX,
    "rubbish bin": ObjectClass.BOX,
    "distributor box": ObjectClass.BOX,
    "stone": ObjectClass.BOLLARD,
    "streetlight": ObjectClass.POLE,
    "brand": ObjectClass.SIGN,
}
NAME_FILES = ("classes.txt", "classes.yaml", "data.yaml")


def our_class(name: str) -> ObjectClass | None:
    """Ours of that name; None where we name nothing of the kind."""
    return WHOLE.get(name) or PART.get(name)


def known_classes(names: Sequence[str]) -> frozenset[ObjectClass]:
    """Our classes of which labels with these names hold everything."""
    return frozenset(WHOLE[name] for name in names if name in WHOLE)


def read_names(folder: Path) -> tuple[str, ...] | None:
    """The class names beside `labels/`, by id; None where no file tells them. Raises `EvaluationError`."""
    path = next((folder / name for name in NAME_FILES if (folder / name).is_file()), None)
    if path is None:
        return None
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: cannot be read as text ({error})") from None
    names = _of_yaml(lines) if path.suffix == ".yaml" else [line.strip() for line in lines if line.strip()]
    if not names:
        raise EvaluationError(f"{path}: names no class: one name a line, or `names:` with ids")
    if not any(our_class(name) or name in set(SURFACES) for name in names):
        raise EvaluationError(f"{path}: none of its classes ({', '.join(names[:5])}, …) is one of ours")
    return tuple(names)


def _of_yaml(lines: Sequence[str]) -> list[str]:
    """`names:` as a block of `0: person`, of `- person`, or as `[person, …]`: all that trainers write."""
    start = next((i for i, line in enumerate(lines) if line.startswith("names:")), None)
    if start is None:
        return []
    inline = lines[start].removeprefix("names:").strip()
    if inline:
        return [_unquoted(part) for part in inline.strip("[]").split(",") if part.strip()]
    found: dict[int, str] = {}
    for line in lines[start + 1 :]:
        text = line.split("#")[0].rstrip()
        if not text:
            continue
        item = text.strip()
        number, colon, name = item.partition(":")
        if item.startswith("- "):
            found[len(found)] = _unquoted(item[2:])
        elif text[0] == " " and colon and number.isdigit():
            found[int(number)] = _unquoted(name)
        else:
            break
    return [found.get(i, f"class {i}") for i in range(max(found, default=-1) + 1)]


def _unquoted(text: str) -> str:
    return text.strip().strip("'\"")
