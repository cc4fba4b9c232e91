"""Thirteen tasks by keyboard alone, in a real Chromium: Tab, Shift+Tab, Enter, Space, Escape, arrows.

No click and no focus by a script. At each stop the focus is seen; after a page changed it is on something.
Skipped where Chromium is not installed (apt install chromium).
"""

import json
import zipfile
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages_seat import Seat
from tests.pages_town import STATES, Town, chromium, town_in
from tests.server_process import PASSWORD
from tests.waiting import PATIENCE_S

expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town_in(tmp_path_factory.mktemp("keys")) as made:
        yield made


@pytest.fixture(scope="module")
def browser(town: Town) -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def hanako(browser: Browser, town: Town) -> Iterator[Seat]:
    here = {"latitude": 33.2334, "longitude": 131.6066, "accuracy": 5.0}
    made = Seat(browser, town, "hanako", permissions=["geolocation"], geolocation=here)
    made.page.clock.install()
    yield made
    made.close()


@pytest.fixture(scope="module")
def ichiro(browser: Browser, town: Town) -> Iterator[Seat]:
    made = Seat(browser, town, "ichiro")
    yield made
    made.close()


@pytest.fixture(scope="module")
def eva(browser: Browser, town: Town) -> Iterator[Seat]:
    made = Seat(browser, town, "eva")
    yield made
    made.close()


def told(page: Page, words: str) -> None:
    """What the last form did is said, once, where a screen reader begins."""
    expect(page.locator("main [role=status]").first).to_contain_text(words)


def test_1_start_a_trip(hanako: Seat) -> None:
    hanako.open("/wearer/walk")
    hanako.skip()
    hanako.tab("textbox", "行き先を書く")
    hanako.write("県立美術館")
    hanako.tab("button", "経路を調べる")
    hanako.key("Enter")
    expect(hanako.page.locator("h1")).to_have_text("今いる所から県立美術館へ")
    hanako.skip()
    hanako.tab("button", "経路1で出発する")
    hanako.key("Space")
    told(hanako.page, "外出を始めました。")
    expect(hanako.page.locator("h1")).to_contain_text("県立美術館へ歩いています")


def on_the_walk(hanako: Seat) -> Page:
    """The page of a walk that goes on, whichever test is the first."""
    hanako.open("/wearer/walk")
    if hanako.page.locator("#plan").count():
        hanako.tab("button", "行き先なしで出発する", "Shift+Tab")
        hanako.key("Enter")
    expect(hanako.page.locator("#sos")).to_be_visible()
    return hanako.page


def test_2_call_for_help_and_think_better_of_it(hanako: Seat) -> None:
    page = on_the_walk(hanako)
    hanako.skip()
    hanako.tab("button", "SOS(助けを呼ぶ)")
    hanako.key("Enter")
    expect(page.locator("#sos")).to_have_text("やめる(助けを呼ばない)")
    hanako.is_held()
    hanako.key("Escape")
    expect(page.locator("#answer")).to_contain_text("助けは呼んでいません")
    expect(page.locator("#sos")).to_be_focused()
    hanako.key("Space", "Space")  # the same button stops it too
    expect(page.locator("#sos")).to_have_text("SOS(助けを呼ぶ)")
    page.clock.fast_forward(10_000)
    expect(page.locator("#call")).to_be_hidden()
    hanako.is_held()


def test_3_call_for_help_and_take_it_back(hanako: Seat) -> None:
    page = on_the_walk(hanako)
    hanako.tab("button", "SOS(助けを呼ぶ)")
    hanako.key("Enter")
    page.clock.fast_forward(6_000)
    expect(page.locator("#call-title")).to_be_focused()
    hanako.tab_to(page.locator("#back summary"))
    hanako.key("Enter")
    hanako.is_held()
    hanako.tab("button", "はい、取り消す")
    hanako.key("Enter")
    expect(page.locator("#call")).to_be_hidden()
    hanako.is_held()
    # Forwards and backwards out of the part that came back: no trap.
    hanako.tab("button", "SOS(助けを呼ぶ)")
    hanako.tab("link", "本文へ", "Shift+Tab")


def on_the_consent(hanako: Seat) -> None:
    hanako.skip()
    hanako.tab_to(hanako.page.locator("main a[href='/wearer/consents/model_improvement']"))
    hanako.key("Enter")
    expect(hanako.page.locator("h1")).to_have_text("写真を装置の改良に使うこと")
    hanako.skip()


def test_4_give_consent(hanako: Seat) -> None:
    hanako.open("/wearer/consents")
    on_the_consent(hanako)
    hanako.tab("button", "同意する")
    hanako.key("Enter")
    told(hanako.page, "同意しました。")


def test_5_withdraw_consent(hanako: Seat, town: Town) -> None:
    town.agree("model_improvement")
    hanako.open("/wearer/consents")
    on_the_consent(hanako)
    hanako.tab("button", "同意をやめる")
    hanako.key("Enter")
    told(hanako.page, "同意をやめました。")


def test_6_follow_a_trip(ichiro: Seat, town: Town) -> None:
    trip_id, page = STATES["live"](town), ichiro.page
    ichiro.open("/caregiver")
    ichiro.skip()
    ichiro.tab_to(page.locator(f"main a[href='/caregiver/trips/{trip_id}']").first)
    ichiro.key("Enter")
    expect(page.locator(".now")).to_have_attribute("data-state", "live")
    ichiro.skip()
    ichiro.tab("button", "自動の更新を止める")
    ichiro.key("Space")
    expect(page.locator(".now")).to_have_attribute("data-state", "paused")
    ichiro.is_held()
    town.devices["walking"].moved(70.0)
    ichiro.key("Space")
    expect(page.locator(".now")).to_have_attribute("data-state", "live")
    expect(page.locator("#pause")).to_be_focused()
    # What is longer than its box is read with the arrows; the list goes on meanwhile, and the focus stays.
    ichiro.tab_to(page.locator("[role=group][aria-labelledby=events-title]"))
    STATES["live"](town)
    ichiro.key("ArrowDown", "ArrowUp")
    ichiro.is_held()
    ichiro.tab("button", "自動の更新を止める", "Shift+Tab")


def test_7_acknowledge_an_alert(ichiro: Seat, town: Town) -> None:
    alert, page = town.alert(), ichiro.page
    ichiro.open("/caregiver")
    ichiro.skip()
    ichiro.tab_to(page.locator(f"#alerts-now a[href='/alerts/{alert}']"))
    STATES["live"](town)  # news while it is focused
    ichiro.is_held()
    ichiro.key("Enter")
    expect(page.locator("#alert")).to_be_visible()
    ichiro.skip()
    ichiro.tab("button", "わたしが対応します")
    ichiro.key("Enter")
    told(page, "対応")
    expect(page.get_by_role("button", name="わたしが対応します")).to_have_count(0)


def test_8_make_a_link_and_take_it_back(hanako: Seat, browser: Browser, town: Town) -> None:
    STATES["live"](town)
    page = hanako.page
    hanako.open("/wearer/links")
    hanako.skip()
    hanako.tab("textbox", "誰のためのリンクか(例: 妹)")
    hanako.write("妹")
    hanako.tab("combobox", "何時間")
    hanako.key("ArrowUp")
    hanako.tab("button", "今の外出のリンクを作る")
    hanako.key("Enter")
    address = page.get_by_label("リンクの住所")
    hanako.skip()
    hanako.tab_to(address)
    path = httpx.URL(address.input_value()).path
    stranger = Seat(browser, town)
    stranger.open(path)
    stranger.skip()
    stranger.tab("button", "見る")
    stranger.key("Enter")
    expect(stranger.page.locator(".now")).to_be_visible()
    hanako.tab_to(page.locator("summary", has_text="妹のリンクを取り消す"))
    hanako.key("Enter")
    hanako.tab("button", "はい、取り消す")
    hanako.key("Enter")
    told(page, "取り消しました")
    expect(stranger.page.locator(".now")).to_contain_text("見守りは終わりました")
    stranger.close()


def test_9_invite_a_caregiver_who_accepts(hanako: Seat, ichiro: Seat) -> None:
    hanako.open("/wearer/people")
    hanako.skip()
    hanako.tab("textbox", "誰を招きますか(あなたの呼び方で)")
    hanako.write("一郎")
    hanako.tab_to(hanako.page.locator("#invite-password"))
    hanako.write(PASSWORD)
    hanako.key("Enter")
    code = hanako.page.locator("#code").inner_text()
    ichiro.open("/invitation")
    ichiro.skip()
    ichiro.tab("textbox", "招待の番号")
    ichiro.write(code)
    ichiro.key("Enter")
    expect(ichiro.page.locator("h1")).to_have_text("見守り者になりました")


def test_10_pair_a_device(hanako: Seat, town: Town) -> None:
    hanako.open("/wearer/people")
    hanako.skip()
    hanako.tab("textbox", "装置の呼び名")
    hanako.write("新しい眼鏡")
    hanako.tab_to(hanako.page.locator("#pair-password"))
    hanako.write(PASSWORD)
    hanako.tab("button", "つなぐための番号を作る")
    hanako.key("Enter")
    code = hanako.page.locator("#code").inner_text().replace(" ", "")
    typed = httpx.post(f"{town.server.http}/api/v1/pairings/redeem", json={"code": code})
    assert typed.status_code == 201, typed.text
    hanako.open("/wearer/people")
    expect(hanako.page.locator("main")).to_contain_text("新しい眼鏡")


def test_11_take_a_copy_of_ones_own_data(hanako: Seat) -> None:
    hanako.open("/account/data")
    hanako.skip()
    hanako.tab_to(hanako.page.locator("#copy-password"))
    hanako.write(PASSWORD)
    with hanako.page.expect_download() as download:
        hanako.key("Enter")
    with zipfile.ZipFile(download.value.path()) as copy:
        texts = {name: copy.read(name) for name in copy.namelist()}
    assert any(name.endswith(".csv") for name in texts)
    assert all(json.loads(text) is not None for name, text in texts.items() if name.endswith(".json"))


def test_12_open_the_rows_behind_a_figure(eva: Seat, town: Town) -> None:
    STATES["ended"](town)
    page = eva.page
    eva.open("/evaluator")
    eva.skip()
    eva.tab("link", "CSV で保存")
    with page.expect_download() as download:
        eva.key("Enter")
    assert download.value.path().read_text("utf-8-sig").startswith("pseudonym,")
    eva.tab_to(page.get_by_role("region", name="外出: "))
    eva.key("ArrowRight", "ArrowLeft")
    eva.is_held()
    eva.tab_to(page.locator(f"main a[href='/evaluator/trips/{town.ids['ended']}/map']"))
    eva.key("Enter")
    expect(page.locator("h1")).to_have_text("ぼかした地図")
    eva.skip()
    eva.tab("link", "外出時間の表へもどる")
    eva.key("Enter")
    expect(page.locator("h1")).to_have_text("外出時間の表")


def test_13_read_a_verdict_down_to_the_days_behind_it(eva: Seat, town: Town) -> None:
    STATES["ended"](town)
    town.publish()
    page, trial, person = eva.page, town.ids["trial"], town.ids["participant"]
    eva.open("/evaluator/trials")
    eva.skip()
    eva.tab_to(page.locator(f"main a[href='/evaluator/trials/{trial}']"))
    eva.key("Enter")
    expect(page.locator(".verdict .word").first).to_have_text("判定できない")
    eva.skip()
    eva.tab("link", "解析した人数")  # what decided
    eva.key("Enter")
    eva.tab_to(page.get_by_role("group", name="判定の前に満たすべき条件").first)
    eva.key("ArrowRight", "ArrowLeft")
    eva.is_held()
    eva.tab("link", "一人ずつ", "Shift+Tab")
    eva.key("Enter")
    eva.tab("link", person)
    eva.key("Enter")
    expect(page.locator("h1")).to_have_text(f"参加者 {person}")
    eva.skip()
    eva.tab_to(page.get_by_role("group", name="日ごとの記録("))
    eva.key("ArrowDown", "ArrowUp")
    eva.is_held()
    eva.tab("link", "結果へもどる", "Shift+Tab")
    eva.key("Enter")
    eva.tab_to(page.locator("#files ~ ul a[href$='/days.csv']"))
    with page.expect_download() as download:
        eva.key("Enter")
    assert person in download.value.path().read_text("utf-8-sig")
