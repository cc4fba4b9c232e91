"""Counts of labels for people to read. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from vision.labelling.records import Record
from vision.types import ObjectClass

Table: TypeAlias = tuple[tuple[str, ...], ...]


def count_tables(records: Sequence[Record]) -> dict[str, Table]:
    """Counts for people to read: pictures by source and split, things by class, pictures by slice."""
    by_source: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_source[record.source].append(record)
    splits = ("train", "val", "test")
    sources = tuple(
        (
            source,
            *(str(sum(r.split == split for r in own)) for split in splits),
            str(len({r.scene for r in own})),
            str(sum(is_blocked(r) for r in own)),
        )
        for source, own in (*sorted(by_source.items()), ("合計 / total", list(records)))
    )
    head = ("", *splits, "場面 / scenes", "ふさがり / blocked")
    return {
        "写真 / pictures": (head, *sources),
        "物 / things": (("", *splits, "on_paving"), *_class_rows(records, splits)),
        "条件 / slices": (("", *splits), *_slice_rows(records, splits)),
    }


def is_blocked(record: Record) -> bool:
    """Whether something stands on the paving within about 5 m."""
    return any(thing.on_paving and thing.near for thing in record.things)


def _class_rows(records: Sequence[Record], splits: Sequence[str]) -> Iterable[tuple[str, ...]]:
    things = [(record.split, thing) for record in records for thing in record.things]
    counted: Counter[tuple[str, str]] = Counter((thing.cls.value, split) for split, thing in things)
    standing = Counter(thing.cls for _, thing in things if thing.on_paving)
    for cls in ObjectClass:
        if any(counted[cls.value, split] for split in splits):
            yield (cls.value, *(str(counted[cls.value, split]) for split in splits), str(standing[cls]))


def _slice_rows(records: Sequence[Record], splits: Sequence[str]) -> Iterable[tuple[str, ...]]:
    counted: Counter[tuple[str, str]] = Counter(
        (name, str(record.split)) for record in records for name in set(record.slices)
    )
    for name in sorted({name for name, _ in counted}):
        yield (name, *(str(counted[name, split]) for split in splits))


def as_text(table: Table) -> tuple[str, ...]:
    """The rows with their columns under each other; a Japanese sign is two columns wide."""
    widths = [max(_columns(row[k]) for row in table) for k in range(len(table[0]))]
    return tuple(
        "  ".join(
            _padded(cell, width, left=k == 0) for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in table
    )


def _columns(text: str) -> int:
    return sum(1 if char.isascii() else 2 for char in text)


def _padded(text: str, width: int, *, left: bool) -> str:
    gap = " " * (width - _columns(text))
    return text + gap if left else gap + text
