"""Static files come packed to browsers that take it, and as they are to everybody else."""

import gzip
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from server.pages.packed import PackedFiles

WORDS = "// words\n" * 400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "long.js").write_text(WORDS)
    (tmp_path / "short.js").write_text("1\n")
    (tmp_path / "icon.png").write_bytes(bytes(4096))
    return tmp_path


async def got(folder: Path, name: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """The answer, and its bytes as they came over the line."""
    app = Starlette()
    app.mount("/static", PackedFiles(directory=folder))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as http:
        asked = {name.replace("_", "-"): value for name, value in headers.items()}
        http.headers.pop("accept-encoding")
        async with http.stream("GET", f"/static/{name}", headers=asked) as answer:
            raw = b"".join([piece async for piece in answer.aiter_raw()])
    return answer, raw


@pytest.mark.parametrize("takes", ["gzip", "gzip, deflate, br, zstd", "br;q=1.0, gzip;q=0.8"])
async def test_text_is_packed_for_who_takes_it(folder: Path, takes: str) -> None:
    answer, raw = await got(folder, "long.js", accept_encoding=takes)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert int(answer.headers["content-length"]) == len(raw) < len(WORDS) / 10
    assert gzip.decompress(raw).decode() == WORDS


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("long.js", {}),
        ("long.js", {"accept_encoding": "br"}),
        ("long.js", {"accept_encoding": "gzip;q=0, br"}),
        ("short.js", {"accept_encoding": "gzip"}),
        ("icon.png", {"accept_encoding": "gzip"}),
    ],
)
async def test_all_else_comes_as_it_is(folder: Path, name: str, headers: dict[str, str]) -> None:
    answer, raw = await got(folder, name, **headers)
    assert "content-encoding" not in answer.headers
    assert raw == (folder / name).read_bytes()
    assert ("vary" in answer.headers) is name.endswith(".js"), "a cache between must tell the two apart"


async def test_a_part_of_a_file_is_of_the_file_as_it_is(folder: Path) -> None:
    answer, raw = await got(folder, "long.js", accept_encoding="gzip", range="bytes=3-7")
    assert (answer.status_code, raw.decode()) == (206, WORDS[3:8])


async def test_who_has_it_gets_no_body_and_a_changed_file_is_packed_anew(folder: Path) -> None:
    first, _ = await got(folder, "long.js", accept_encoding="gzip")
    tag = first.headers["etag"]
    same, raw = await got(folder, "long.js", accept_encoding="gzip", if_none_match=tag)
    assert (same.status_code, raw) == (304, b"")
    (folder / "long.js").write_text("// other words\n" * 300)
    other, raw = await got(folder, "long.js", accept_encoding="gzip", if_none_match=tag)
    assert (other.status_code, gzip.decompress(raw)[:8]) == (200, b"// other")


async def test_what_is_not_there_is_not_there(folder: Path) -> None:
    answer, _ = await got(folder, "../pyproject.toml", accept_encoding="gzip")
    assert answer.status_code == 404
