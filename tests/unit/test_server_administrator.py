"""The administrator's pages: what they list, how they are narrowed, and that no position is ever on them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from server import organisations
from server.access import Actor, Role
from server.clock_kept import clock_kept
from server.retention import last_run, note_run
from server.status import Status, apart_s, backup_of, status_of
from server.status_words import lines
from server.tables import audit as audit_table
from server.tables import blockages, devices
from tests.people import consented
from tests.served import Served, moved, served
from wire.api import BlockageReport
from wire.trip import HealthChanged

DAY_S = 86_400.0
# What no page of an administrator may hold: where Hanako was, and who reported.
PLACES = ("33.2343", "131.6066")


class Office(Served):
    """Hanako has walked; the office looks after her account."""

    async def people(self) -> None:
        await self.add(Role.WEARER, "hanako", name="花子")
        for login in ("ichiro", "eva"):
            await self.add(Role.CAREGIVER if login == "ichiro" else Role.EVALUATOR, login)
        await self.person(Role.ADMINISTRATOR, "madoguchi")
        await self.device()
        await consented(self.parts.db, self.clock, self.ids["hanako"])

    async def page(self, path: str, status: int = 200) -> str:
        async with self.http("madoguchi") as http:
            answer = await http.get(f"/administrator{path}")
        assert answer.status_code == status, answer.text
        return answer.text

    async def send(self, path: str, **form: str) -> httpx.Response:
        async with self.http("madoguchi") as http:
            csrf = self.headers["madoguchi"]["X-CSRF-Token"]
            return await http.post(f"/administrator{path}", data={"csrf": csrf, **form})

    async def report(self, client_id: str = "report-1", kind: str = "construction") -> str:
        wanted = BlockageReport(id=client_id, map="oita", lat=33.2335, lon=131.6066, kind=kind)  # type: ignore[arg-type]
        return (await self.parts.blockages.report(self.wearer(), wanted)).id


@pytest.fixture
async def office(store_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """On both stores: the lists are questions to the store."""
    async with served(store_url, tmp_path, Office) as made:
        await made.people()
        yield made


@pytest.fixture
async def small(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with served(sqlite_url, tmp_path, Office) as made:
        await made.people()
        yield made


def named(page: str, *names: str) -> set[str]:
    return {name for name in names if f">{name}</a>" in page or f"<h2>{name}</h2>" in page}


async def test_people_are_found_by_name_role_and_state(office: Office) -> None:
    everybody = ("花子", "ichiro", "eva", "madoguchi")
    elsewhere = await organisations.add_organisation(office.parts.db, office.clock, "別府市")
    await office.add(Role.WEARER, "far", elsewhere)
    assert named(await office.page(""), *everybody, "far") == set(everybody)
    for query, found in (
        ("?q=HANA", {"花子"}),  # by login, whatever the case
        ("?q=花", {"花子"}),
        ("?q=%25", set()),  # a sign of the store's own language is a letter here
        ("?role=evaluator", {"eva"}),
        ("?role=nobody", set(everybody)),
        ("?state=no_factor", {"花子", "ichiro", "eva"}),
        ("?state=disabled", set()),
    ):
        assert named(await office.page(query), *everybody, "far") == found, query
    await office.send(f"/people/{office.ids['ichiro']}/disable")
    assert named(await office.page("?state=disabled"), *everybody) == {"ichiro"}
    assert "この条件に合う人はいません" in await office.page("?q=zzz")


async def test_the_last_login_is_told(office: Office) -> None:
    assert "記録なし" in await office.page("?q=hanako")
    await office.session("hanako")
    office.clock.now_s += 3 * 3600.0
    await office.enter("madoguchi")
    assert "3時間前" in await office.page("?q=hanako")


async def test_a_long_list_comes_in_pages(small: Office) -> None:
    for number in range(55):
        await small.device(f"d{number:02}")
    first = await small.page("/devices?kind=glasses")
    assert "56 件のうち 1〜50 件目" in first
    assert "/administrator/devices?kind=glasses&amp;page=2" in first
    second = await small.page("/devices?kind=glasses&page=2")
    assert "56 件のうち 51〜56 件目" in second
    assert "51〜56" in await small.page("/devices?kind=glasses&page=9999")  # the last there is
    await small.page("/devices?page=0", 422)


async def test_a_device_is_told_by_its_health_and_never_by_its_place(office: Office) -> None:
    trip = await office.start()
    await office.tell(
        trip,
        HealthChanged(part="battery", health="warn", detail="18 %"),
        HealthChanged(part="camera", health="error", detail="33.2343 secret"),
        HealthChanged(part="position", health="stale"),
        HealthChanged(part="position", health="ok"),
        moved(office.clock.now_s, 0.001),
    )
    page = await office.page("/devices")
    assert "電池: 不安定(18 %)" in page
    assert "カメラ: 使えない" in page
    assert "位置: " not in page  # it came back
    for secret in (*PLACES, "secret"):
        assert secret not in page
    async with office.parts.db.write() as connection:
        seen = {"seen_utc_s": office.clock.now_s - 8 * DAY_S, "key_utc_s": office.clock.now_s - 130 * DAY_S}
        await connection.execute(update(devices).values(seen))
    page = await office.page("/devices?state=silent")
    for told in ("8日前", "7日より長く連絡がありません", "鍵が古い", "130日前から"):
        assert told in page
    assert "ありません。" in await office.page("/devices?state=never")


async def test_a_closed_path_is_confirmed_and_ended_and_nobody_is_named(office: Office) -> None:
    reported = await office.report()
    office.clock.now_s += 7200.0
    page = await office.page("/blockages")
    assert "まだ確認していません" in page
    for secret in ("花子", "hanako", office.ids["hanako"]):
        assert secret not in page
    assert (await office.send(f"/blockages/{reported}/confirm", hours="168")).status_code == 303
    assert reported in await office.page("/blockages?checked=yes")
    assert reported not in await office.page("/blockages?checked=no")
    (row,) = await office.rows(select(blockages))
    assert 168 <= (row.expires_utc_s - office.clock.now_s) / 3600.0 < 169
    assert (await office.send(f"/blockages/{reported}/end", reason="because")).status_code == 422
    assert (await office.send(f"/blockages/{reported}/end", reason="open_again")).status_code == 303
    assert await office.parts.blockages.on_map("oita") == ()
    assert "今、通れないと知らされている所はありません" in await office.page("/blockages")
    # The same report, sent late by a device, does not close it again; and a second end finds none.
    await office.report()
    assert await office.parts.blockages.on_map("oita") == ()
    assert (await office.send(f"/blockages/{reported}/end", reason="twice")).status_code == 404
    acts = await office.rows(select(audit_table).where(audit_table.c.what.like("blockage%")))
    assert [(act.what, act.detail) for act in acts] == [
        ("blockage_confirmed", '{"hours": 168}'),
        ("blockage_ended", '{"reason": "open_again"}'),
    ]


async def test_the_audit_is_narrowed_and_saved_as_a_table(office: Office) -> None:
    await office.send(f"/people/{office.ids['ichiro']}/disable")
    office.clock.now_s += 2 * DAY_S
    await office.enter("madoguchi")
    await office.send(f"/people/{office.ids['ichiro']}/enable")
    page = await office.page("/audit")
    assert page.index("<strong>登録を戻しました") < page.index("<strong>登録を止めました")  # newest first
    only = await office.page("/audit?q=ichiro&what=person_disabled")
    assert "<strong>登録を止めました" in only
    assert "<strong>登録を戻しました" not in only
    days = await office.page("/audit?since=2026-11-23&until=2026-11-24")
    assert "<strong>登録を戻しました" in days
    assert "<strong>登録を止めました" not in days
    wrong = await office.page("/audit?since=yesterday", 422)
    assert 'id="since-fault"' in wrong
    assert "2026-11-22 のように" in wrong
    table = await office.page("/audit.csv?what=person_enabled")
    assert table.splitlines()[1].split(",")[1:4] == ["person_enabled", "madoguchi", "ichiro"]
    assert len(table.splitlines()) == 2
    await office.page("/audit.csv?since=yesterday", 422)


async def test_consents_are_counted_and_nobody_is_named(office: Office) -> None:
    page = await office.page("/consents")
    assert "組織の歩く人は 1 人です" in page
    assert "今の文で有効な同意: 1 人" in page
    assert "花子" not in page


async def test_the_clocks_tell_their_last_run(small: Office) -> None:
    assert "まだ一度も動いていません" in await small.page("/kept")
    done = await small.parts.privacy.retention.once()
    for _ in range(2):  # the second moves the same mark
        await note_run(small.parts.db, small.clock.now_s, done)
    run = await last_run(small.parts.db)
    assert run is not None
    assert run.next_utc_s > small.clock.now_s
    assert "最後に動いた時" in await small.page("/kept")


async def of(office: Office) -> Status:
    return await status_of(office.parts, Actor(office.ids["madoguchi"], Role.ADMINISTRATOR, "madoguchi"))


async def test_the_status_counts_and_says_what_to_do(office: Office) -> None:
    trip = await office.start()
    await office.tell(trip, moved(office.clock.now_s, 0.001))
    async with office.parts.db.write() as connection:
        await connection.execute(update(devices).values(seen_utc_s=office.clock.now_s))
    found = await of(office)
    assert (found.connected, found.views, found.waiting, found.last_event_s) == (1, 0, 0, 0.0)
    assert found.commits.count >= 1
    page = await office.page("/status")
    assert "backup_folder" in page
    for secret in (*PLACES, "花子", "hanako"):
        assert secret not in page


async def test_each_fault_of_a_check_comes_with_what_to_do(small: Office) -> None:
    found = await of(small)
    broken = replace(found, checks=dict.fromkeys(found.checks, "OperationalError"))
    said = {line.what[1]: line for line in lines(broken)}
    for name in ("Database", "The watch over walks", "Sending of alerts"):
        assert said[name].state == "bad"
        assert said[name].do is not None
    late = replace(found, retention_s=5 * 3600.0, free_bytes=10**9, whole_bytes=10**12)
    said = {line.what[1]: line for line in lines(late)}
    assert said["Deleting what is over"].state == "bad"
    assert said["Disk"].state == "bad"
    for line in lines(broken):
        assert (line.do is None) is (line.state == "ok"), line


def test_copies_that_cannot_be_read_are_not_good_copies(tmp_path: Path) -> None:
    assert backup_of(None, 0.0).folder is False
    assert backup_of(tmp_path, 0.0).age_s is None
    broken = tmp_path / "20261130T001500.250000Z"
    broken.mkdir()
    (broken / "manifest.json").write_text("{")
    assert backup_of(tmp_path, 0.0).fault == "BackupError"


def test_clocks_are_compared_only_where_devices_say_how_long_they_waited() -> None:
    assert apart_s([]) is None
    assert apart_s([(100.0, 50.0, None)] * 40) is None
    assert apart_s([(100.0, 50.0, 20.0)] * 19) is None
    assert apart_s([(100.0, 50.0, 20.0)] * 30 + [(100.0, 0.0, 0.0)] * 9) == 30.0


def test_the_kernel_is_asked_about_its_clock() -> None:
    kept = clock_kept()
    assert kept.by_ntp in (None, False, True)
    assert (kept.error_s is not None) is (kept.by_ntp is True)
