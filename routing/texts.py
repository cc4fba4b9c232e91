"""Texts and names of a map, each stored once: what the columns point into."""

import json
from collections.abc import Mapping

import numpy as np

from routing.columns import I32, U8, U32
from wire.route import Name

NONE = -1


class Texts:
    """Strings by number, in order of their first use."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def add(self, text: str | None) -> int:
        """The number of `text`; `NONE` for None."""
        return NONE if text is None else self._known.setdefault(text, len(self._known))

    def add_tags(self, tags: Mapping[str, str]) -> int:
        """The number of the tags as a JSON object; `NONE` where there are none."""
        if not tags:
            return NONE
        return self.add(json.dumps(dict(sorted(tags.items())), ensure_ascii=False, separators=(",", ":")))

    def columns(self) -> tuple[U32, U8]:
        """(`text_end`, `text_bytes`)."""
        # A map of broken characters must still be storable.
        blobs = [text.encode("utf-8", "replace") for text in self._known]
        ends = np.cumsum([len(blob) for blob in blobs], dtype=np.int64).astype(np.uint32)
        return ends, np.frombuffer(b"".join(blobs), dtype=np.uint8)


class Names:
    """Names by number; their texts go to `texts`."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._known: dict[Name | None, int] = {None: NONE}
        self._rows: list[tuple[int, int, int]] = []

    def add(self, name: Name | None) -> int:
        """The number of `name`; `NONE` for None."""
        if name is not None and name not in self._known:
            self._known[name] = len(self._rows)
            self._rows.append((
                self._texts.add(name.ja), self._texts.add(name.kana), self._texts.add(name.en)
            ))  # fmt: skip
        return self._known[name]

    def columns(self) -> tuple[I32, I32, I32]:
        """(`name_ja`, `name_kana`, `name_en`)."""
        rows = np.array(self._rows, dtype=np.int32).reshape(-1, 3)
        return rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].copy()
