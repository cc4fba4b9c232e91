"""The administrator's pages in a real Chromium: lists that are narrowed by keyboard, a map that is made anew.

Skipped where Chromium is not installed (apt install chromium). The map is fetched from a stand-in for
Overpass on this machine.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from routing.fetch.fakes import OverpassStandIn
from routing.network import load_map, save_map
from server import commands_people
from tests.map_fetching import PRACTICE
from tests.pages_seat import Seat
from tests.pages_town import CHROMIUM, LOGINS, Town, chromium
from tests.server_process import PASSWORD, running
from tests.waiting import PATIENCE_S

# The work on a map gives way to everything else on the machine.
MAP_PATIENCE_MS = 4 * PATIENCE_S * 1000
UNDER_WAY = "#job:is([data-state=waiting], [data-state=running])"
QUARTER = "33.2330,131.6000,33.2380,131.6100"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("maps")
    save_map(load_map(PRACTICE), made / "city.shirube")
    return made


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Town]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with OverpassStandIn(PRACTICE) as overpass:
        told = {"maps": {"city": str(folder / "city.shirube")}, "overpass": overpass.url}
        with running(tmp_path_factory.mktemp("office"), **told) as server:
            for login, role in LOGINS.items():
                commands_people.add_user(server.settings, role, login, password=PASSWORD)
            with closing(Town(server)) as made:
                made.person("madoguchi")
                yield made
            assert overpass.agents  # it was asked, because somebody had pressed the button


@pytest.fixture(scope="module")
def browser(town: Town) -> Iterator[Browser]:
    """After all that the command line does: Playwright's own event loop lets no other run beside it."""
    with chromium() as made:
        yield made


def test_lists_are_narrowed_and_saved_by_keyboard_alone(browser: Browser, town: Town) -> None:
    seat = Seat(browser, town, "madoguchi")
    seat.open("/administrator")
    seat.skip()
    seat.tab("searchbox", "名前かログイン名")
    seat.write("ichi")
    seat.key("Enter")
    expect(seat.page.locator("#counted")).to_have_text("1 件です。")
    expect(seat.page.get_by_role("rowheader")).to_contain_text("ichiro")
    seat.skip()
    seat.tab("link", "ichiro")
    seat.key("Enter")
    seat.tab_to(seat.page.locator("summary", has_text="登録を止める"))
    seat.key("Enter")
    seat.tab("button", "はい、止める")
    seat.key("Enter")
    expect(seat.page.locator("main > [role=status]")).to_have_text("登録を止めました。")
    seat.open("/administrator/audit?what=person_disabled")
    seat.skip()
    seat.tab("link", "この一覧を CSV で保存する")
    with seat.page.expect_download() as coming:
        seat.key("Enter")
    table = coming.value.path().read_text("utf-8-sig").splitlines()
    assert len(table) == 2
    assert "person_disabled,madoguchi,ichiro" in table[1]
    assert seat.faults == []
    seat.close()


def test_a_worse_map_is_told_of_and_used_only_where_that_is_said_twice(
    browser: Browser, town: Town, folder: Path
) -> None:
    in_use = (folder / "city.shirube").read_bytes()
    seat = Seat(browser, town, "madoguchi")
    seat.open("/administrator/maps/city")
    seat.page.fill("#area", "どこか")
    seat.press("取り寄せて作る")
    expect(seat.page.locator("#area")).to_have_attribute("aria-invalid", "true")
    seat.forgive("Failed to load resource")
    seat.page.fill("#area", QUARTER)
    seat.press("取り寄せて作る")
    expect(seat.page.locator(UNDER_WAY)).to_be_visible()
    seat.open("/administrator/maps")  # whoever goes away and comes back finds it where it is
    seat.open("/administrator/maps/city")
    expect(seat.page.locator("#job")).to_have_attribute("data-state", "asks", timeout=MAP_PATIENCE_MS)
    expect(seat.page.locator("#job li").first).to_contain_text("今の地図の")
    assert (folder / "city.shirube").read_bytes() == in_use
    seat.page.get_by_text("新しい地図に替える").click()
    seat.press("はい、替える")
    expect(seat.page.locator("#job")).to_have_attribute("data-state", "done")
    assert (folder / "city.shirube").read_bytes() != in_use
    assert (folder / "city.old.shirube").read_bytes() == in_use
    assert seat.faults == []
    seat.close()


def test_the_pages_do_without_scripts(browser: Browser, town: Town) -> None:
    seat = Seat(browser, town, "madoguchi", java_script_enabled=False)
    seat.open("/administrator/devices")
    seat.page.get_by_label("装置か持ち主の名前").fill("眼鏡 sos")
    seat.press("しぼりこむ")
    expect(seat.page.locator("#counted")).to_have_text("1 件です。")
    seat.page.get_by_role("link", name="すべて見る").click()
    expect(seat.page.locator("#counted")).to_have_text("4 件です。")
    seat.open("/administrator/status")
    expect(seat.page.locator(".summary")).to_be_visible()
    seat.close()
