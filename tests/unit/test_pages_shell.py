"""What a browser keeps of the pages: the worker, the manifest, the pages without a line, the settings."""

import importlib.util
import json
import re
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image, ImageChops

from server.access import Role
from server.pages import shell
from tests.served import Served, served

TOP = Path(__file__).parents[2]
STATIC = TOP / "server" / "pages" / "static"


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with served(sqlite_url, tmp_path) as made:
        await made.person(Role.WEARER, "hanako")
        yield made


def _told(worker: str, name: str) -> object:
    found = re.search(rf"^const {name} = (.*);$", worker, re.MULTILINE)
    assert found is not None
    return json.loads(found[1])


async def test_the_worker_keeps_what_is_there_and_nothing_of_a_person(site: Served) -> None:
    async with site.http("hanako") as http:
        answer = await http.get("/sw.js")
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["cache-control"] == "no-store"  # else a browser would stay with an old one
        files = _told(answer.text, "FILES")
        assert isinstance(files, list)
        assert files
        pages = [_told(answer.text, name) for name in ("OFFLINE", "SAVED_ROUTE")]
        for address in [*files, *pages]:
            kept = await http.get(address)
            assert kept.status_code == 200, address
        for address in pages:
            page = (await http.get(str(address))).text
            # Asked with her session, and the same as a stranger's.
            assert "hanako" not in page
            assert site.ids["hanako"] not in page
            async with site.http() as stranger:
                assert (await stranger.get(str(address))).text == page


async def test_a_page_that_is_kept_takes_no_word_of_a_form_with_it(site: Served) -> None:
    async with site.http() as http:
        http.cookies.set("shirube-done", "logged_out")
        kept = await http.get("/offline")
        assert "ログアウトしました" not in kept.text
        assert "shirube-done" not in kept.headers.get("set-cookie", "")
        assert "ログアウトしました" in (await http.get("/settings")).text


def test_the_shell_is_another_one_when_a_file_of_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, names in (
        ("static", shell.FILES),
        ("templates", ("base.html", "offline.html", "saved_route.html", "sw.js")),
    ):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / name).write_bytes((TOP / "server" / "pages" / folder / name).read_bytes())
    before = shell.version.__wrapped__()
    monkeypatch.setattr(shell, "_PAGES", tmp_path)
    assert shell.version.__wrapped__() == before
    (tmp_path / "static" / "shirube.css").write_text("a { color: red; }")
    assert shell.version.__wrapped__() != before


@pytest.mark.parametrize(("lang", "name"), [("ja", "標 Shirube"), ("en", "Shirube")])
async def test_what_installs_it_names_it_and_has_its_icons(site: Served, lang: str, name: str) -> None:
    async with site.http() as http:
        page = (await http.get(f"/login?lang={lang}")).text
        link = re.search(r'rel="manifest" href="([^"]+)"', page)
        assert link is not None
        told = (await http.get(link[1])).json()
        assert (told["name"], told["lang"], told["start_url"], told["scope"]) == (name, lang, "/", "/")
        for icon in told["icons"]:
            image = Image.open(BytesIO((await http.get(icon["src"])).content))
            assert f"{image.width}x{image.height}" == icon["sizes"]
        assert {"192x192", "512x512"} <= {icon["sizes"] for icon in told["icons"]}
        assert "maskable" in {icon["purpose"] for icon in told["icons"]}


def test_the_icons_are_drawn_of_the_svg() -> None:
    script = _script()
    for name, drawn in script.icons(script.SVG.read_text(encoding="utf-8")).items():
        with Image.open(STATIC / name) as kept:
            assert ImageChops.difference(drawn, kept.convert(drawn.mode)).getbbox() is None, name


def test_no_launcher_cuts_into_the_masked_icon() -> None:
    """Within the circle of 80 % stands all that is not ground (W3C, maskable icons)."""
    with Image.open(STATIC / "icon-maskable-512.png") as icon:
        ground = icon.convert("RGB").getpixel((0, 0))
        figures = ImageChops.difference(icon.convert("RGB"), Image.new("RGB", icon.size, ground))  # type: ignore[arg-type]
        left, top, right, bottom = figures.point(lambda level: 255 if level > 8 else 0).getbbox()
    corners = ((x - 256, y - 256) for x in (left, right) for y in (top, bottom))
    assert max(x * x + y * y for x, y in corners) <= (0.4 * 512) ** 2


async def test_the_colours_stay_and_are_those_of_the_page(site: Served) -> None:
    async with site.http() as http:
        page = await http.get("/settings")
        assert 'data-theme="system"' in page.text
        assert 'media="screen and (prefers-color-scheme: dark)"' in page.text
        kept = await http.post("/settings", data={"lang": "en", "theme": "contrast"})
        assert (kept.status_code, kept.headers["location"]) == (303, "/settings")
        for path in ("/settings", "/login", "/offline"):
            page = await http.get(path)
            assert 'lang="en" data-theme="contrast"' in page.text
            assert "theme-contrast.css" in page.text
            assert "theme-dark.css" not in page.text
        assert (await http.post("/settings", data={"lang": "en", "theme": "pink"})).status_code == 422


async def test_what_a_browser_claims_to_have_chosen_is_not_put_into_the_page(site: Served) -> None:
    async with site.http() as http:
        http.cookies.set("theme", "&quot;><script>")
        assert 'data-theme="system"' in (await http.get("/settings")).text


async def test_over_https_no_other_host_sets_the_colours(sqlite_url: str, tmp_path: Path) -> None:
    async with served(sqlite_url, tmp_path, https=True) as site, site.http(base="https://server") as http:
        answer = await http.post("/settings", data={"lang": "ja", "theme": "dark"})
        cookies = [value for key, value in answer.headers.multi_items() if key == "set-cookie"]
        theme = next(value for value in cookies if value.startswith("__Host-theme=dark"))
        assert {"Secure", "HttpOnly", "Path=/"} <= set(theme.split("; "))


async def test_whom_the_settings_are_for(site: Served) -> None:
    await site.person(Role.CAREGIVER, "ichiro")
    device, sound = "装置の声", "知らせの音"
    async with site.http("hanako") as http:
        wearer = (await http.get("/settings")).text
    async with site.http("ichiro") as http:
        caregiver = (await http.get("/settings")).text
    assert device in wearer
    assert sound not in wearer
    assert device not in caregiver
    assert sound in caregiver


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("icons", TOP / "scripts" / "icons.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
