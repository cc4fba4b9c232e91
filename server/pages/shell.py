"""What a browser keeps to open Shirube as a program, and without a line: never anything of a person.

`templates/sw.js` is the worker, for the shell and for notifications; it is another one whenever a file of the
shell is. The pages here ask for no session: whoever holds the browser may see them.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from routing.manner import Lang
from server.late_routes import LateRoute
from server.pages.render import lang_of, page, script

router = APIRouter(include_in_schema=False, route_class=LateRoute)

OFFLINE: Final = "/offline"
SAVED_ROUTE: Final = "/wearer/saved-route"
# What the pages without a line are made of.
FILES: Final = (
    "shirube.css",
    "theme-dark.css",
    "theme-contrast.css",
    "kept-route.js",
    "saved-route.js",
    "icon.svg",
    "icon-192.png",
)
_TEMPLATES: Final = ("base.html", "offline.html", "saved_route.html", "sw.js")
_PAGES: Final = Path(__file__).parent
_NAMES: Final[dict[Lang, str]] = {"ja": "標 Shirube", "en": "Shirube"}
_TOLD: Final[dict[Lang, str]] = {
    "ja": "目の見えない人、見えにくい人の外出と、見守る人のために",
    "en": "For blind and low-vision people who go out, and for those who watch over them",
}
_SIZES: Final = (192, 512)


@cache
def version() -> str:
    """Of the shell: another one whenever a file of it is."""
    digest = hashlib.sha256()
    files = [
        *(_PAGES / "static" / name for name in FILES),
        *(_PAGES / "templates" / name for name in _TEMPLATES),
    ]
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@router.get("/sw.js")
async def worker(request: Request) -> Response:
    """The service worker."""
    told = {
        "version": version(),
        "files": [f"/static/{name}" for name in FILES],
        "offline": OFFLINE,
        "saved_route": SAVED_ROUTE,
    }
    return script("sw.js", told)


@router.get("/manifest.webmanifest")
async def manifest(request: Request) -> Response:
    """By which a browser installs it. It begins at "/", which leads each role to its own page."""
    return Response(
        json.dumps(_manifest(lang_of(request)), ensure_ascii=False), media_type="application/manifest+json"
    )


def _manifest(lang: Lang) -> dict[str, Any]:
    plain = [_icon(f"icon-{size}.png", size, "any") for size in _SIZES]
    return {
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "lang": lang,
        "dir": "ltr",
        "name": _NAMES[lang],
        "short_name": "標" if lang == "ja" else "Shirube",
        "description": _TOLD[lang],
        "background_color": "#123a5c",
        "theme_color": "#123a5c",
        "icons": [*plain, _icon("icon-maskable-512.png", 512, "maskable")],
    }


def _icon(file: str, size: int, purpose: str) -> dict[str, str]:
    return {"src": f"/static/{file}", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


@router.get(OFFLINE)
async def offline(request: Request) -> Response:
    """What a browser shows where the server cannot be reached."""
    return page(request, "offline.html", kept=True)


@router.get(SAVED_ROUTE)
async def saved_route(request: Request) -> Response:
    """The frame in which this browser shows the route that it keeps: the server does not know which."""
    return page(request, "saved_route.html", kept=True)
