"""What `scripts/front_end.py` brought from npm: where pages find it, and how long browsers keep it."""

import json
from functools import cache
from os import PathLike, stat_result
from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.types import Scope

from server.pages.packed import PackedFiles

VENDOR: Final = Path(__file__).parent / "vendor"
ADDRESS: Final = "/static/vendor"


@cache
def leaflet() -> str | None:
    """The address of Leaflet's folder, which changes with its files; None where it was not brought."""
    try:
        told = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return f"{ADDRESS}/{told['leaflet']}"


class KeptFiles(PackedFiles):
    """Files whose address is another one whenever they are: a browser never asks for them again."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """As any static file, to be kept for a year."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer
