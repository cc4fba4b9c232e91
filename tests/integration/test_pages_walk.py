"""A wearer walks with a browser: by keyboard, with a phone's positions, without a line, calling for help.

In a real Chromium against a real server; skipped where Chromium is not installed (apt install chromium).
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, expect

from server import commands_people
from tests import pages_fit
from tests.pages_seat import Seat
from tests.pages_town import CHROMIUM, chromium
from tests.server_process import PASSWORD, ServerProcess, running
from tests.waiting import PATIENCE_S, until

PATIENCE_MS = PATIENCE_S * 1000
LON = 131.6066
START = 33.2334


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with running(tmp_path_factory.mktemp("walk")) as made:
        for login, role in {"hanako": "wearer", "ichiro": "caregiver"}.items():
            commands_people.add_user(made.settings, role, login, password=PASSWORD)
        commands_people.link(made.settings, "ichiro", "hanako", wearer_agreed=True)
        commands_people.share_next_trip(made.settings, "hanako")
        yield made


@pytest.fixture(scope="module")
def browser(server: ServerProcess) -> Iterator[Browser]:
    """After all that the command line does: Playwright's own event loop lets no other run beside it."""
    with chromium() as made:
        yield made


class Phone(Seat):
    """Somebody's browser, and where it is."""

    def __init__(self, browser: Browser, server: ServerProcess, login: str, **options: Any) -> None:
        shown = {"viewport": {"width": 390, "height": 844}, "permissions": ["geolocation"], **options}
        super().__init__(browser, server, **shown)
        self.server = server
        self.metres = 0.0
        self.be_at(0.0)
        self.open("/login")
        self.page.fill("#login", login)
        self.page.fill("#password", PASSWORD)
        self.page.locator("main form button").click()

    def be_at(self, metres: float) -> None:
        """So far north of the station."""
        self.metres = metres
        where = {"latitude": START + metres / 110_900.0, "longitude": LON, "accuracy": 5.0}
        self.context.set_geolocation(where)  # type: ignore[arg-type]

    def go_on(self) -> None:
        """A second's walk."""
        self.be_at(self.metres + 1.0)
        self.page.wait_for_timeout(1000)

    def _console(self, message: ConsoleMessage) -> None:
        """No fault: lines are cut here, logins and devices end, and the browser writes down each answer."""

    def is_fit(self) -> None:
        assert [*pages_fit.wrong_in_axe(self.page), *pages_fit.wrong_in_shape(self.page), *self.faults] == []

    def events(self) -> list[tuple[str, int, str, dict[str, Any]]]:
        """What the server has on its disk of walks in browsers: log, number, kind, body."""
        with closing(sqlite3.connect(self.server.database)) as store:
            found = store.execute(
                "select boot, seq, type, body from events join devices on devices.id = device_id"
                " where devices.kind = 'page' order by events.id"
            ).fetchall()
        return [(boot, seq, kind, json.loads(body)["what"]) for boot, seq, kind, body in found]

    def stored(self, kind: str) -> list[dict[str, Any]]:
        return [what for _, _, other, what in self.events() if other == kind]

    def kept(self) -> int:
        """How many events the page keeps, to be sent."""
        count = """() => new Promise((done) => {
            const asked = indexedDB.open("shirube-walk", 1);
            asked.onsuccess = () => {
                const all = asked.result.transaction("events").objectStore("events").count();
                all.onsuccess = () => { asked.result.close(); done(all.result); };
            };
        })"""
        return int(self.page.evaluate(count))


@pytest.fixture(scope="module")
def hanako(browser: Browser, server: ServerProcess) -> Iterator[Phone]:
    made = Phone(browser, server, "hanako")
    yield made
    made.close()


@pytest.fixture(scope="module")
def ichiro(browser: Browser, server: ServerProcess) -> Iterator[Phone]:
    made = Phone(browser, server, "ichiro")
    yield made
    made.close()


def test_a_walk_is_planned_and_begun_by_keyboard_alone(hanako: Phone) -> None:
    page = hanako.page
    hanako.open("/wearer/walk")
    hanako.is_fit()
    assert page.locator("#origin").input_value() == "here"  # chosen: where the phone is
    hanako.tab("textbox", "行き先を書く")
    hanako.write("県立美術館")
    hanako.tab("button", "経路を調べる")
    hanako.key("Enter")
    expect(page.locator("h1")).to_have_text("今いる所から県立美術館へ")
    expect(page.locator("main")).to_contain_text("約200 m、約3分、横断する所1か所")
    hanako.is_fit()
    hanako.tab("button", "経路1で出発する")
    hanako.key("Enter")
    expect(page.locator("[role=status]").first).to_have_text("外出を始めました。")
    expect(page.locator("h1")).to_contain_text("県立美術館へ歩いています")
    # It says what it is not.
    expect(page.locator("main")).to_contain_text("カメラがありません")
    expect(page.locator("main")).not_to_contain_text("安全")
    until(lambda: hanako.stored("moved"), "a position")
    hanako.is_fit()


def test_a_caregiver_follows_it(hanako: Phone, ichiro: Phone) -> None:
    ichiro.open("/caregiver")
    ichiro.page.locator("main a[href^='/caregiver/trips/']").first.click()
    for _ in range(3):
        hanako.go_on()
    now = ichiro.page.locator(".now")
    expect(now).to_have_attribute("data-state", "live", timeout=PATIENCE_MS)
    expect(now).to_contain_text("昭和通りの横断歩道まで", timeout=PATIENCE_MS)
    # Who is told of it, and sees who it is.
    expect(hanako.page.locator("#watching")).to_have_text("ichiroさん", timeout=PATIENCE_MS)


def test_where_next_and_repeat_are_answered_in_words(hanako: Phone) -> None:
    page, said = hanako.page, hanako.page.locator("#answer")
    hanako.go_on()
    hanako.press("今どこ")
    expect(said).to_contain_text("昭和通りの横断歩道の手前", timeout=PATIENCE_MS)
    expect(said).to_contain_text("秒前")
    for words in ("1/2 県立美術館まで200メートルです。", "2/2 80メートル先で昭和通りを渡ります。"):
        hanako.press("つぎ")
        expect(said).to_have_text(words)
    expect(page.locator("#steps li[aria-current=step]")).to_have_count(1)
    # Both at one moment: what nobody asked for may be the last that was said.
    page.evaluate("document.querySelector('#next').click(); document.querySelector('#repeat').click()")
    expect(said).to_contain_text("これで全部です")
    page.locator("#steps").evaluate("steps => steps.ownerDocument.querySelector('#answer').replaceChildren()")
    hanako.press("もう一度")
    expect(said).not_to_be_empty()
    hanako.is_fit()


def test_without_a_line_nothing_is_lost_and_it_says_so(hanako: Phone) -> None:
    page = hanako.page
    hanako.context.set_offline(True)
    before = len(hanako.stored("moved"))
    while hanako.kept() < 5:
        hanako.go_on()
    expect(page.locator("#problem")).to_contain_text("サーバーにつながりません", timeout=PATIENCE_MS)
    hanako.press("今どこ")
    expect(page.locator("#answer")).to_contain_text("最後に分かっていたこと", timeout=PATIENCE_MS)
    assert len(hanako.stored("moved")) <= before + 1  # one may have been on its way
    hanako.is_fit()
    hanako.context.set_offline(False)
    until(lambda: hanako.kept() == 0, "everything sent")
    expect(page.locator("#problem")).not_to_contain_text("つながりません", timeout=PATIENCE_MS)
    there = [what["fix"]["lat"] for what in hanako.stored("moved")]
    assert len(there) >= before + 5
    assert len(there) == len(set(there))  # each once: no two were at one place
    places = [(boot, seq) for boot, seq, _, _ in hanako.events()]
    assert len(places) == len(set(places))


def test_a_page_that_is_opened_again_goes_on_and_sends_what_was_left(hanako: Phone) -> None:
    before = len(hanako.stored("moved"))
    hanako.page.route("**/api/v1/walk/events", lambda route: route.abort())
    for _ in range(3):
        hanako.go_on()
    left = until(hanako.kept, "something kept")
    hanako.page.unroute("**/api/v1/walk/events")
    hanako.page.reload()
    until(lambda: hanako.kept() == 0, "everything sent")
    assert len(hanako.stored("moved")) >= before + left


def test_one_tab_walks_at_a_time(hanako: Phone) -> None:
    other = hanako.context.new_page()
    other.goto(hanako.server.http + "/wearer/walk")
    expect(other.locator("#other-tab")).to_be_visible(timeout=PATIENCE_MS)
    expect(other.locator("#ask-where")).to_be_hidden()
    # A call for help is never out of reach.
    expect(other.get_by_text("SOS(助けを呼ぶ)").first).to_be_visible()
    other.get_by_role("button", name="このタブで歩く").click()
    expect(other.locator("#ask-where")).to_be_visible(timeout=PATIENCE_MS)
    expect(hanako.page.locator("#problem")).to_contain_text("ほかのタブで歩いています", timeout=PATIENCE_MS)
    other.close()
    hanako.page.reload()
    expect(hanako.page.locator("#ask-where")).to_be_visible(timeout=PATIENCE_MS)


def test_a_call_for_help_can_be_stopped_in_time(hanako: Phone) -> None:
    page = hanako.page
    # As it looks while it counts; to look takes longer than to count.
    counting = page.locator("#sos")
    counting.evaluate("button => { button.dataset.counting = ''; }")
    hanako.is_fit()
    counting.evaluate("button => { delete button.dataset.counting; }")
    for stop in ("Escape", "Enter"):
        page.locator("#sos").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#cried")).to_contain_text("5秒後に助けを呼びます")
        expect(page.locator("#sos")).to_have_text("やめる(助けを呼ばない)")
        page.keyboard.press(stop)
        expect(page.locator("#answer")).to_contain_text("助けは呼んでいません")
        expect(page.locator("#sos")).to_have_text("SOS(助けを呼ぶ)")
    assert hanako.stored("sos") == []  # nor later: the next test finds one call


def test_a_call_for_help_is_raised_answered_and_taken_back(hanako: Phone, ichiro: Phone) -> None:
    page = hanako.page
    hanako.go_on()
    page.locator("#sos").press("Enter")
    expect(page.locator("#call-title")).to_be_focused(timeout=PATIENCE_MS)
    (raised,) = until(lambda: hanako.stored("sos"), "the call")
    assert (raised["state"], raised["lon"], raised["accuracy_m"]) == ("raised", LON, 5.0)
    expect(page.locator("#call-said")).to_contain_text("まだ誰も応えていません", timeout=PATIENCE_MS)
    hanako.is_fit()
    # The caregiver's open page cries out at once.
    expect(ichiro.page.locator("#alarm[role=alert]")).to_be_visible(timeout=PATIENCE_MS)
    ichiro.page.locator("#alerts-now a").first.click()
    ichiro.press("わたしが対応します")
    expect(page.locator("#call-said")).to_contain_text("ichiroさんが対応", timeout=PATIENCE_MS)
    hanako.is_fit()
    # Meanwhile she has stood still for long enough that no position came.
    expect(page.locator("#problem")).to_contain_text("15秒以上、新しい位置がありません", timeout=PATIENCE_MS)
    page.get_by_text("助けの呼び出しを取り消す").click()
    hanako.press("はい、取り消す")
    expect(page.locator("#call")).to_be_hidden()
    until(lambda: [what["state"] for what in hanako.stored("sos")] == ["raised", "cancelled"], "taken back")
    expect(page.locator("#sos")).to_be_visible()


def test_a_question_of_the_server_is_asked_and_its_answer_stored(hanako: Phone) -> None:
    with closing(sqlite3.connect(hanako.server.database, timeout=PATIENCE_S)) as store, store:
        store.execute(
            "insert into notices (id, wearer_id, trip_id, kind, name, count, created_utc_s, expires_utc_s)"
            " select 'asked', wearer_id, id, 'are_you_ok', '', 0, unixepoch(), unixepoch() + 300 from trips"
        )
    expect(hanako.page.locator("#question")).to_be_visible(timeout=PATIENCE_MS)
    hanako.is_fit()
    hanako.press("大丈夫です")
    expect(hanako.page.locator("#question")).to_be_hidden()
    answers = until(lambda: [one for one in hanako.stored("answered") if one["notice_id"] == "asked"], "it")
    assert [one["answer"] for one in answers] == ["ok"]


def test_it_ends_when_the_wearer_says_so_twice(hanako: Phone, ichiro: Phone) -> None:
    page = hanako.page
    assert not page.get_by_role("button", name="着きました。終える").is_visible()
    page.locator("#stop summary").click()
    hanako.is_fit()
    hanako.press("着きました。終える")
    expect(page.locator("[role=status]").first).to_have_text("外出を終えました。")
    assert hanako.stored("trip_ended") == [{"type": "trip_ended", "arrived": True, "reason": "arrived"}]
    expect(page.locator("#plan")).to_be_visible()
    # Where she went is there to be chosen.
    expect(page.locator("#destination")).to_contain_text("県立美術館")
    hanako.is_fit()
    ichiro.open("/caregiver")
    ichiro.page.locator("main a[href^='/caregiver/trips/']").first.click()
    expect(ichiro.page.locator(".now")).to_have_attribute("data-state", "ended", timeout=PATIENCE_MS)


def test_a_revoked_browser_and_a_lost_login_end_it_in_words(hanako: Phone) -> None:
    page, problem = hanako.page, hanako.page.locator("#problem")
    hanako.press("行き先なしで出発する")
    expect(page.locator("h1")).to_contain_text("行き先のない外出")
    hanako.is_fit()
    account = hanako.context.new_page()
    account.goto(hanako.server.http + "/wearer/people")
    ask = account.locator("details.ask", has_text="このブラウザ").first
    ask.locator("summary").click()
    ask.get_by_role("button", name="はい、取り消す").click()
    hanako.go_on()
    expect(problem).to_contain_text("取り消されました", timeout=PATIENCE_MS)
    page.locator("#sos").press("Enter")
    expect(page.locator("#cried")).to_contain_text(
        "このページからは、もう助けを呼べません", timeout=PATIENCE_MS
    )
    page.reload()
    expect(page.locator("main [role=alert]").first).to_contain_text("取り消されました")
    page.get_by_text("その外出を終わりにする").click()
    hanako.press("はい、終わりにする")
    hanako.press("行き先なしで出発する")
    expect(page.locator("#ask-where")).to_be_visible(timeout=PATIENCE_MS)
    account.goto(hanako.server.http + "/account")
    account.get_by_role("button", name="ログアウト").click()
    hanako.go_on()
    expect(problem).to_contain_text("ログインが切れました", timeout=PATIENCE_MS)
    account.close()


def test_all_of_it_works_without_scripts(browser: Browser, server: ServerProcess) -> None:
    phone = Phone(browser, server, "hanako", java_script_enabled=False)
    page = phone.page
    phone.open("/wearer/walk")
    page.fill("#find", "大分")
    phone.press("地図で探す")
    assert page.locator("#destination option").first.inner_text().startswith("大分駅")
    page.fill("#start", "県立美術館")
    phone.press("経路を調べる")
    phone.press("経路2で出発する")
    expect(page.locator("noscript p").first).to_be_visible()
    page.locator(".sos-form summary").click()
    phone.press("はい、助けを呼ぶ")
    expect(page.locator("#call")).to_be_visible()
    page.get_by_text("助けの呼び出しを取り消す").click()
    phone.press("はい、取り消す")
    expect(page.locator("[role=status]").first).to_have_text("助けの呼び出しを取り消しました。")
    page.locator("#stop summary").click()
    phone.press("とちゅうで終える")
    expect(page.locator("[role=status]").first).to_have_text("外出を終えました。")
    phone.close()
