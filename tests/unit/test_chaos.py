"""Faults by chance, fairly spread; and the reading of the device's own notes."""

import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

from device.chaos.faults import FAULTS
from device.chaos.run import Outcome, Result, spread
from device.chaos.witness import Witness
from tests.waiting import until


def _rng(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  # chooses faults


def test_each_kind_comes_as_often_as_the_others_and_the_seed_fixes_the_order() -> None:
    order = spread(FAULTS, 5 * len(FAULTS), _rng(1))
    assert set(Counter(fault.name for fault in order).values()) == {5}
    assert order == spread(FAULTS, 5 * len(FAULTS), _rng(1))
    assert order != spread(FAULTS, 5 * len(FAULTS), _rng(2))


def test_one_part_is_seldom_hit_twice_in_a_row() -> None:
    order = spread(FAULTS, 10 * len(FAULTS), _rng(3))
    twice = sum(a.words.key == b.words.key for a, b in pairwise(order))
    assert twice <= 0.05 * len(order)


def test_notes_are_read_as_they_come(tmp_path: Path) -> None:
    notes = tmp_path / "device.log"
    notes.touch()
    witness = Witness(notes)
    with notes.open("a") as out:
        out.write("device.parts.guidance: say link_lost/uplink (4) at 12.500\n")
        out.write("device.parts.guidance: say several_lost/camera+uplink (5) at 13.000\n")
        out.write("device.parts.supervisor: eyes ended: killed by SIGKILL\n")
        out.write("device.parts.supervisor: eyes is up (restart 1)\n")
        out.write("device.parts.guidance: settled link_lost spoken of 1800000000.125\nTraceback (most")
    until(lambda: witness.settled)
    witness.close()
    said = witness.said_since(frozenset({"link_lost"}), 0.0)
    assert said is not None
    assert said.at_s == 12.5
    shared = witness.said_since(frozenset(), 12.6, "camera")
    assert shared is not None
    assert shared.kind == "several_lost"
    assert witness.said_since(frozenset(), 12.6, "position") is None
    assert [(note.part, note.up) for note in witness.parts] == [("eyes", False), ("eyes", True)]
    assert witness.settled[0].created_s == 1_800_000_000.125


def test_the_table_counts_what_was_not_spoken_and_what_came_late() -> None:
    result = Result(
        outcomes=[
            Outcome("a", 0.5, True),
            Outcome("a", 2.5, False),
            Outcome("b", None, None),
            Outcome("clock", None, None, unheard=True),
        ],
        lost=1,
    )
    table = result.summary()
    assert [table[name] for name in ("faults", "unspoken", "late", "silent_at_sink", "lost")] == [
        4,
        1,
        1,
        1,
        1,
    ]
    assert table["by_kind"]["a"] == {
        "faults": 2, "unspoken": 0, "late": 1, "median_s": 1.5, "worst_s": 2.5,
    }  # fmt: skip
