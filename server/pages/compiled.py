"""Templates as Jinja compiles them, kept beside them in `__pycache__` as Python keeps its modules.

Compiled anew they cost the first page after a start a sixth of a second of the processor. Who may write there
may change the templates themselves: nothing more is trusted than was. `python -m server.pages.compiled`
compiles all, for where the server itself may not write.
"""

import os
import sys
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

from server.clock import day_hour_minute, hour_minute, in_japan

_FOLDER: Final = Path(__file__).parent / "templates"
_KEPT_IN: Final = "__pycache__"
_DIGEST_BYTES: Final = 32


@cache
def templates() -> jinja2.Environment:
    """All templates of the pages."""
    return templates_in(_FOLDER, keep=not sys.dont_write_bytecode)


def templates_in(folder: Path, *, keep: bool) -> jinja2.Environment:
    """Those in `folder`; `keep`: what is compiled is kept there for the next process."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        bytecode_cache=_Kept(folder / _KEPT_IN, keep),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["hour_minute"] = hour_minute
    made.filters["day_hour_minute"] = day_hour_minute
    made.filters["day"] = lambda utc_s: in_japan(utc_s).strftime("%Y-%m-%d")
    return made


class _Kept(BytecodeCache):
    """One file a template. What cannot be read or written is compiled by each process for itself."""

    def __init__(self, folder: Path, keep: bool) -> None:
        self._folder = folder
        self._keep = keep
        # Jinja itself looks at the template and the version of Python; the options above are compiled in too.
        self._made_by = jinja2.__version__.encode() + Path(__file__).read_bytes()

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            kept = self._file(bucket).read_bytes()
            digest, code = kept[:_DIGEST_BYTES], kept[_DIGEST_BYTES:]
            if digest == self._digest(code):  # else torn by a power cut, or made by another Jinja
                bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if not self._keep:
            return
        code = bucket.bytecode_to_string()
        file = self._file(bucket)
        part = file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            part.write_bytes(self._digest(code) + code)
            os.replace(part, file)  # another process reads the old or the new, never a part

    def _file(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.{sys.implementation.cache_tag}"

    def _digest(self, code: bytes) -> bytes:
        return sha256(self._made_by + code).digest()


def main() -> None:
    """Compile every template and keep it."""
    kept = _FOLDER / _KEPT_IN
    kept.mkdir(exist_ok=True)
    if not os.access(kept, os.W_OK):
        raise SystemExit(
            f"{kept} に書けません。書ける人として実行してください。 / Cannot write there: run it as who may."
        )
    made = templates_in(_FOLDER, keep=True)
    for name in made.list_templates(filter_func=lambda name: not name.startswith(_KEPT_IN)):
        made.get_template(name)


if __name__ == "__main__":
    main()
