"""A map file: named arrays end to end, opened by mapping them into memory, read when touched.

`SHIRUBE-MAP` | format version | length of the index | index (JSON) | arrays, each at a multiple of
64 bytes. Numbers are little-endian. The index holds for each array its type, shape and place, and
what the map says of itself. Chosen over .npz (it must be read whole) and SQLite (row by row).
"""

import json
import mmap
import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.errors import MapDamaged, MapMissing

SUFFIX = ".shirube"
MAGIC = b"SHIRUBE-MAP\n"
FORMAT = 1  # one more whenever a column changes its meaning
_HEAD = struct.Struct("<12sHHI")  # magic, format, 0, bytes of the index
_ALIGN = 64
_TYPES = frozenset({"|u1", "|i1", "<i2", "<u2", "<i4", "<u4", "<i8", "<f4", "<f8"})

Array = NDArray[Any]


def is_map_file(path: Path) -> bool:
    """Whether `path` begins like a map file."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def write(path: Path, arrays: Mapping[str, Array], about: Mapping[str, Any]) -> None:
    """Write a map file; it appears whole or not at all."""
    index: dict[str, Any] = {"about": dict(about), "arrays": {}}
    blobs, place = [], 0
    for name, array in arrays.items():
        plain = np.ascontiguousarray(array)
        plain = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
        blob = plain.tobytes()
        index["arrays"][name] = {
            "type": plain.dtype.str, "shape": list(plain.shape), "at": place, "crc32": zlib.crc32(blob),
        }  # fmt: skip
        blobs.append(blob + bytes(-len(blob) % _ALIGN))
        place += len(blobs[-1])
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode()
    head = _HEAD.pack(MAGIC, FORMAT, 0, len(text)) + text
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            file.write(head + bytes(-len(head) % _ALIGN))
            file.writelines(blobs)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read(path: Path, *, checked: bool = False) -> tuple[dict[str, Array], dict[str, Any]]:
    """(arrays by name, what the map says of itself). Arrays cannot be written to.

    `checked`: compare every array with its checksum (reads the whole file). Raises `MapMissing`,
    `MapDamaged`.
    """
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError as error:
        raise _damaged(path, "it is empty") from error
    except OSError as error:
        raise MapMissing(
            f"地図ファイルを開けません: {path}。場所を確かめてください",
            f"cannot open the map {path} ({error.strerror}): check the path",
        ) from error
    index, first = _index(path, data)
    try:
        arrays = {name: _array(data, first, entry) for name, entry in index["arrays"].items()}
        about = dict(index["about"])
        sums = {name: int(entry["crc32"]) for name, entry in index["arrays"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(path, f"its index is wrong: {error}") from error
    if checked:
        wrong = [name for name, array in arrays.items() if zlib.crc32(array.tobytes()) != sums[name]]
        if wrong:
            raise _damaged(path, f"checksum of {', '.join(wrong)}")
    return arrays, about


def _index(path: Path, data: mmap.mmap) -> tuple[dict[str, Any], int]:
    if len(data) < _HEAD.size:
        raise _damaged(path, "it is cut off")
    magic, version, _, length = _HEAD.unpack(data[: _HEAD.size])
    if magic != MAGIC:
        raise _damaged(path, "it does not begin like one")
    if version != FORMAT:
        raise MapDamaged(
            f"地図ファイルの版が違います: {path}(版 {version}、使えるのは版 {FORMAT})。"
            "`shirube map build` で作り直してください",
            f"{path} is a map of format {version}, this Shirube reads {FORMAT}: "
            "build it again with `shirube map build`",
        )
    try:
        index = json.loads(data[_HEAD.size : _HEAD.size + length])
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "its index cannot be read") from error
    if not isinstance(index, dict):
        raise _damaged(path, "its index cannot be read")
    first = _HEAD.size + length
    return index, first + (-first % _ALIGN)


def _array(data: mmap.mmap, first: int, entry: Mapping[str, Any]) -> Array:
    kind, shape, at = str(entry["type"]), [int(size) for size in entry["shape"]], int(entry["at"])
    if kind not in _TYPES or at < 0 or any(size < 0 for size in shape):
        raise ValueError(f"an array of type {kind} and shape {shape} at {at}")
    count = int(np.prod(shape, dtype=np.int64))
    # Raises ValueError beyond the end of the file.
    return np.frombuffer(data, dtype=np.dtype(kind), count=count, offset=first + at).reshape(shape)


def _damaged(path: Path, why: str) -> MapDamaged:
    return MapDamaged(
        f"地図ファイルが壊れています: {path}。`shirube map build` で作り直してください",
        f"{path} is not a whole map file ({why}): build it again with `shirube map build`",
    )
