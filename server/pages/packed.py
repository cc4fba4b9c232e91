"""Static files, packed for browsers that take it: a phone on a slow line waits a third of the time.

Pages are not packed. They hold the secret of their forms beside what an address may say, and the length of a
packed answer tells who listens on the line how alike the two are (the attack is called BREACH). Streams are
not packed either: what waits in the packer would come late.
"""

import gzip
from functools import lru_cache
from os import PathLike, stat_result
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_PACKED: Final = frozenset({".js", ".css", ".svg", ".webmanifest", ".txt"})  # pictures are packed already
_LEAST: Final = 1024  # bytes: less fits into one piece of the network anyway
_VARY: Final = {"Vary": "Accept-Encoding"}


class PackedFiles(StaticFiles):
    """As Starlette's; text comes packed where the browser says that it takes gzip."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file as it is, or packed. A part of a file (`Range`) is one of the file as it is."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        if Path(full_path).suffix not in _PACKED:
            return answer
        answer.headers.update(_VARY)
        asked = Headers(scope=scope)
        if not isinstance(answer, FileResponse) or "range" in asked or not _takes_gzip(asked):
            return answer
        if stat_result.st_size < _LEAST:
            return answer
        content = _packed(str(full_path), stat_result.st_mtime_ns, stat_result.st_size)
        kept = {name: answer.headers[name] for name in ("last-modified", "etag")}
        # Weak: the same file, in other bytes.
        kept["etag"] = f"W/{kept['etag']}"
        headers = kept | _VARY | {"Content-Encoding": "gzip"}
        return Response(content, status_code, headers, answer.media_type)


def _takes_gzip(asked: Headers) -> bool:
    """Whether the browser names gzip and does not refuse it by a weight of 0."""
    for one in asked.get("accept-encoding", "").lower().split(","):
        coding, _, weight = one.replace(" ", "").partition(";")
        if coding == "gzip":
            return weight not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


@lru_cache(maxsize=64)
def _packed(path: str, _changed_ns: int, _size: int) -> bytes:
    """Made once for as long as the file is the same."""
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)
