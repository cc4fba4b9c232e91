"""A disk without power: what was synced stays, the rest may be there, gone, or torn by sectors."""

import random
import struct

from server.torture.disk import SECTOR, Disk, deeds


def deed(kind: str, name: str, offset: int = 0, data: bytes = b"") -> bytes:
    return struct.pack("<BBHIQ", ord(kind), len(name), 0, len(data), offset) + name.encode() + data


def ends(disk: Disk, name: str, times: int = 200) -> set[bytes | None]:
    rng = random.Random(1)  # noqa: S311
    return {disk.after_power_cut(rng).get(name) for _ in range(times)}


def test_what_was_synced_is_always_there() -> None:
    disk = Disk({"a": b"old"})
    disk.play(deed("w", "a", 0, b"new") + deed("s", "a"))
    assert ends(disk, "a") == {b"new"}
    assert disk.unsynced_bytes == 0


def test_what_was_not_synced_may_be_gone_and_another_files_sync_does_not_help() -> None:
    disk = Disk({"a": b"old"})
    disk.play(deed("w", "a", 0, b"new") + deed("s", "b"))
    assert ends(disk, "a") == {b"old", b"new"}
    assert disk.everything() == {"a": b"new"}
    assert disk.unsynced_bytes == 3


def test_long_writes_are_torn_between_sectors_and_never_within_one() -> None:
    disk = Disk({"a": b"o" * 4 * SECTOR})
    disk.play(deed("w", "a", 100, b"n" * (3 * SECTOR)))
    found = ends(disk, "a")
    assert len(found) > 4
    for content in found:
        assert content is not None
        for at in range(SECTOR, 3 * SECTOR, SECTOR):
            assert len(set(content[at : at + SECTOR])) == 1


def test_later_writes_may_be_there_without_earlier_ones() -> None:
    disk = Disk({"a": b"--"})
    disk.play(deed("w", "a", 0, b"1") + deed("w", "a", 1, b"2"))
    assert ends(disk, "a") == {b"--", b"1-", b"-2", b"12"}


def test_a_lying_disk_keeps_nothing_for_sure() -> None:
    disk = Disk({"a": b"old"}, lying=True)
    disk.play(deed("w", "a", 0, b"new") + deed("s", "a"))
    assert ends(disk, "a") == {b"old", b"new"}


def test_truncation_removal_and_renaming_wait_for_a_sync_too() -> None:
    disk = Disk({"a": b"long", "b": b"b", "c": b"c"})
    disk.play(deed("t", "a", 1) + deed("u", "b") + deed("r", "c", 0, b"d"))
    assert ends(disk, "a") == {b"long", b"l"}
    assert ends(disk, "b") == {b"b", None}
    assert disk.everything() == {"a": b"l", "d": b"c"}
    disk.play(deed("d", "") + deed("s", "a"))
    assert disk.after_power_cut(random.Random(1)) == {"a": b"l", "d": b"c"}  # noqa: S311


def test_a_record_that_is_not_whole_was_not_done() -> None:
    whole = deed("w", "a", 0, b"x")
    assert len(list(deeds(whole + deed("w", "a", 1, b"yyyy")[:-2]))) == 1
    assert len(list(deeds(whole + b"w"))) == 1
