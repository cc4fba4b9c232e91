"""How two models differ over the same frames: what they find, what is in the way, what is said and when."""

from dataclasses import asdict, dataclass

from device.footage.history import History
from device.footage.telling import Said
from vision.boxes import overlap
from vision.families import alike
from vision.types import Detection

WITHIN_S = 1.0  # the same words this near in time are the same announcement
SAME_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Pair:
    """Of something: how many one has, how many the other, how many both have."""

    first: int
    second: int
    both: int | None = None  # None: nothing to match


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows of the table."""

    detections: Pair
    frames_with_paving: Pair
    frames_with_hazard: Pair
    hazards: Pair
    announcements: Pair
    later_s: float | None  # median by which the second says later what both say; None: nothing

    def as_plain(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def difference(first: History, second: History) -> Difference:
    """The second beside the first."""
    one, other = first.counts, second.counts
    pairs = matched(first.spoken, second.spoken)
    gaps = sorted(_gap(a, b) for a, b in pairs)
    return Difference(
        Pair(one.detections, other.detections, _same_boxes(first, second)),
        Pair(one.frames_with_paving, other.frames_with_paving),
        Pair(one.frames_with_hazard, other.frames_with_hazard),
        Pair(one.hazards, other.hazards),
        Pair(len(first.spoken), len(second.spoken), len(pairs)),
        gaps[len(gaps) // 2] if gaps else None,
    )


def matched(first: list[Said], second: list[Said]) -> list[tuple[Said, Said]]:
    """Announcements of one kind that start within `WITHIN_S` of each other, the nearest pairs first."""
    near = [
        (abs(_gap(a, b)), i, j)
        for i, a in enumerate(first)
        for j, b in enumerate(second)
        if a.kind == b.kind and abs(_gap(a, b)) <= WITHIN_S
    ]
    taken: dict[int, int] = {}
    for _, i, j in sorted(near):
        if i not in taken and j not in taken.values():
            taken[i] = j
    return [(first[i], second[j]) for i, j in sorted(taken.items())]


def _gap(first: Said, second: Said) -> float:
    return (second.started_s or 0.0) - (first.started_s or 0.0)


def _same_boxes(first: History, second: History) -> int:
    return sum(_shared(boxes, second.found.get(index, ())) for index, boxes in first.found.items())


def _shared(first: tuple[Detection, ...], second: tuple[Detection, ...]) -> int:
    """How many of the first's boxes the second has too: alike, and at the same place."""
    left = list(second)
    count = 0
    for mine in first:
        best = max(left, key=lambda theirs: overlap(mine.box, theirs.box), default=None)
        if best and alike(mine.cls, best.cls) and overlap(mine.box, best.box) >= SAME_IOU:
            left.remove(best)
            count += 1
    return count


_ROWS = {
    "detections": "検出 / detections",
    "frames_with_paving": "点字ブロックの見えたコマ / frames with paving",
    "frames_with_hazard": "障害のあるコマ / frames with hazards",
    "hazards": "障害になった物 / things in the way",
    "announcements": "案内 / announcements",
}


def table(found: Difference, first: str, second: str) -> list[str]:
    """Lines for people."""
    lines = [f"A: {first}", f"B: {second}", f"{'A':>7} {'B':>7} {'両方':>5}  both"]
    for field, label in _ROWS.items():
        pair: Pair = getattr(found, field)
        both = "-" if pair.both is None else str(pair.both)
        lines.append(f"{pair.first:7d} {pair.second:7d} {both:>7}  {label}")
    if found.later_s is not None:
        text = "B が遅い（中央値）/ B is later by, median"
        lines.append(f"{'':7} {found.later_s:+7.2f} {'':7}  {text}, s")
    return lines


def disagreements(first: History, second: History) -> list[str]:
    """Announcements that only one of them makes, in order of time."""
    pairs = matched(first.spoken, second.spoken)
    both = {id(said) for pair in pairs for said in pair}
    alone = [(said, mark) for history, mark in ((first, "A"), (second, "B")) for said in history.spoken
             if id(said) not in both]  # fmt: skip
    alone.sort(key=lambda item: item[0].started_s or 0.0)
    return [f"{said.started_s:6.1f} s  {mark}  {said.text_ja} / {said.text_en}" for said, mark in alone]
