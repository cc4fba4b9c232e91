"""Published trials: who reads what of them, and what is gone with who withdraws or is erased."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from field_tests.study.result import RESULT, StudyResult, Word
from server import accounts, audit, consent, organisations, relations, trial_publishing
from server.access import Actor, Role
from server.audit import By
from server.consent import Purpose
from server.database import Database
from server.erasure import Erasures
from server.errors import Forbidden, NotFound, TrialError
from server.fakes import FakeClock
from server.hub import Hub
from server.looks import looks_at
from server.only_one import OnlyOne
from server.organisations import LOCAL
from server.settings import Settings
from server.tables import trial_files, trial_persons, users
from server.trial_checking import require_consistent
from server.trial_parts import days_of, joined, pieces_of, split
from server.trial_results import TrialResults, lines_of
from tests.people import consented
from tests.trial_result import trial_result
from tests.trial_town import COVERAGE, DAYS, PAPER, VERDICT, files_of, report_of, write_report


@dataclass
class Office:
    """Two participants, an evaluator of theirs, one of nobody's, one of another organisation."""

    db: Database
    clock: FakeClock
    settings: Settings
    ids: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def results(self) -> TrialResults:
        return TrialResults(self.db, self.clock)

    def actor(self, login: str) -> Actor:
        return Actor(self.ids[login], Role.EVALUATOR, login)

    async def add(self, role: Role, login: str, where: str = LOCAL) -> None:
        made = await accounts.add_user(
            self.db, self.clock, role, login, login, "correct horse 12", by=By(where)
        )
        self.ids[login] = made.user_id
        async with self.db.read() as connection:
            query = select(users.c.pseudonym).where(users.c.id == made.user_id)
            self.names[login] = str((await connection.execute(query)).scalar_one())

    async def publish(
        self, result: StudyResult, replaces: str | None = None, where: str = LOCAL
    ) -> trial_publishing.Published:
        async with self.db.write() as connection:
            return await trial_publishing.publish(
                connection, where, result, files_of(result), self.clock.utc_s(), replaces
            )

    async def withdraw(self, login: str) -> None:
        async with self.db.write() as connection:
            await consent.withdraw(connection, self.ids[login], Purpose.TRIAL_RESEARCH, self.clock.utc_s())

    def report(self) -> StudyResult:
        return report_of([self.names["hanako"], self.names["taro"]])

    async def audited(self) -> list[str]:
        async with self.db.read() as connection:
            rows = await audit.of_organisation(connection, LOCAL, 0, 100)
        return [str(row.what) for row in rows if str(row.what).startswith("trial")]


@pytest.fixture
async def office(store_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(
        Database(store_url), FakeClock(), Settings(database_url=store_url, key_file=tmp_path / "key")
    )
    for login in ("hanako", "taro"):
        await made.add(Role.WEARER, login)
        await consented(made.db, made.clock, made.ids[login], Purpose.TRIAL_RESEARCH)
    await made.add(Role.EVALUATOR, "eva")
    await made.add(Role.EVALUATOR, "new")
    await made.add(
        Role.EVALUATOR, "far", await organisations.add_organisation(made.db, made.clock, "別府 / Beppu")
    )
    for login in ("hanako", "taro"):
        await relations.ask_relation(
            made.db, made.clock, made.ids["eva"], made.ids[login], wearer_agreed=True
        )
    yield made
    await made.db.close()


# --- in parts, pure


def test_a_report_is_its_parts() -> None:
    whole = trial_result(6)
    common, parts = split(whole)
    again = joined(common, parts.values())
    bare = replace(whole, persons=tuple(replace(one, days=()) for one in whole.persons))
    assert set(again.issues) == set(bare.issues)
    assert set(again.sensitivity) == set(bare.sensitivity)
    rest = {"issues": (), "sensitivity": ()}
    assert replace(again, **rest) == replace(bare, **rest)
    assert days_of(whole) == {one.person: one.days for one in whole.persons}


def test_what_is_of_all_names_nobody_but_in_the_list_of_inputs() -> None:
    whole = trial_result(12)
    common, parts = split(whole)
    text = RESULT.encode(replace(common, reproduction=replace(common.reproduction, inputs=())))
    assert [person for person in parts if f'"{person}"' in text] == []
    assert {"P03", "P07", "P11"} <= set(parts)  # who fell, did not use it, had no baseline


def test_a_table_is_cut_by_whom_its_lines_name() -> None:
    text = (
        '\ufeffstep,left\r\n"first, ""one""",P-1\r\n"two\r\nlines",P-2\r\nthird,\r\nboth,P-1 P-2\r\nP-11,\r\n'
    )
    pieces = pieces_of("flow.csv", text.encode(), ["P-1", "P-2"])
    assert [(piece.person, piece.of_all) for piece in pieces] == [
        (None, False),
        ("P-1", False),
        ("P-2", False),
        (None, True),
    ]
    assert pieces[0].body.decode() == "\ufeffstep,left\r\nthird,\r\nP-11,\r\n"
    assert pieces[2].body.decode() == '"two\r\nlines",P-2\r\n'


@pytest.mark.parametrize(
    ("name", "body", "of_all"),
    [
        ("verdict.json", b'{"path": "fixes/P-1.logger.csv"}', False),
        ("verdict.json", b'{"sentence": "without P-1"}', True),
        ("report.ja.pdf", b"%PDF", True),
        ("report.ja.html", b"<p>", True),
        ("coverage.csv", b"phase,days\r\nactive,3\r\n", False),
    ],
)
def test_what_cannot_be_cut_is_everybodys(name: str, body: bytes, of_all: bool) -> None:
    (piece,) = pieces_of(name, body, ["P-1"])
    assert (piece.person, piece.of_all, piece.body) == (None, of_all, body)


# --- on both stores


async def test_an_evaluator_of_the_organisation_reads_all_and_of_another_nothing(office: Office) -> None:
    made = await office.publish(office.report())
    shown = await office.results.of(office.actor("eva"), made.trial_id)
    assert {one.person for one in shown.result.persons} == {office.names["hanako"], office.names["taro"]}
    assert (shown.withheld, made.unknown) == (0, ())
    (line,) = await office.results.listed(office.actor("eva"))
    assert (line.id, line.word, line.simulated) == (made.trial_id, shown.result.verdict.word, False)
    assert await office.results.listed(office.actor("far")) == ()
    for read in (
        office.results.of(office.actor("far"), made.trial_id),
        office.results.of(office.actor("eva"), "0"),
    ):
        with pytest.raises(NotFound):
            await read
    with pytest.raises(Forbidden):
        await office.results.listed(Actor(office.ids["hanako"], Role.WEARER, "hanako"))


async def test_whoever_a_participant_does_not_agree_to_sees_what_is_of_all(office: Office) -> None:
    result = office.report()
    made = await office.publish(result)
    shown = await office.results.of(office.actor("new"), made.trial_id, days=True)
    assert (shown.result.persons, shown.result.adverse) == ((), ())
    assert shown.result.primary == result.primary
    with pytest.raises(NotFound):
        await office.results.days(office.actor("new"), made.trial_id, office.names["hanako"])
    table = (await office.results.file(office.actor("new"), made.trial_id, DAYS)).decode("utf-8-sig")
    assert table == "person,day,minutes\r\n"
    with pytest.raises(NotFound):
        await office.results.file(office.actor("new"), made.trial_id, PAPER)
    whole = files_of(result)
    for name in (COVERAGE, VERDICT):
        assert await office.results.file(office.actor("new"), made.trial_id, name) == whole[name]


async def test_who_withdraws_takes_their_own_out_and_the_figures_of_all_stay(office: Office) -> None:
    result = office.report()
    made = await office.publish(result)
    eva, hanako, taro = office.actor("eva"), office.names["hanako"], office.names["taro"]
    assert await office.results.file(eva, made.trial_id, PAPER) == files_of(result)[PAPER]
    assert await office.results.days(eva, made.trial_id, hanako) == result.persons[0].days
    await office.withdraw("hanako")
    shown = await office.results.of(eva, made.trial_id, days=True)
    assert ([one.person for one in shown.result.persons], shown.withheld) == ([taro], 1)
    assert hanako not in RESULT.encode(shown.result)
    assert shown.result.primary == result.primary
    assert {file.name: file.state for file in shown.files} == {
        VERDICT: "whole",
        COVERAGE: "whole",
        DAYS: "part",
        PAPER: "withheld",
    }
    table = (await office.results.file(eva, made.trial_id, DAYS)).decode("utf-8-sig")
    assert hanako not in table
    assert table.count(taro) == len(result.persons[1].days)
    with pytest.raises(NotFound):
        await office.results.days(eva, made.trial_id, hanako)


async def test_an_erasure_deletes_their_own_and_the_paper_that_shows_it(office: Office) -> None:
    result = office.report()
    made = await office.publish(result)
    erasures = Erasures(office.db, office.clock, Hub(), office.settings, OnlyOne(office.db, "erasure"))
    await erasures.erase(office.ids["hanako"])
    async with office.db.read() as connection:
        left = {row.name: bytes(row.body) for row in await connection.execute(select(trial_files))}
        persons = list((await connection.execute(select(trial_persons.c.person))).scalars())
    assert persons == [office.names["taro"]]
    assert PAPER not in left
    assert not [body for body in left.values() if office.names["hanako"].encode() in body]
    shown = await office.results.of(office.actor("eva"), made.trial_id)
    assert shown.result.primary == result.primary


async def test_who_does_not_take_part_is_kept_out_from_the_beginning(office: Office) -> None:
    await office.withdraw("taro")
    made = await office.publish(office.report())
    assert (made.persons, office.names["taro"] in made.unknown) == (1, True)
    async with office.db.read() as connection:
        bodies = [bytes(body) for body in (await connection.execute(select(trial_files.c.body))).scalars()]
    assert not [body for body in bodies if office.names["taro"].encode() in body]


async def test_of_a_simulation_everybody_is_shown_to_all(office: Office) -> None:
    result = report_of(["P01", "P02"], simulated=True)
    made = await office.publish(result)
    shown = await office.results.of(office.actor("new"), made.trial_id, days=True)
    assert (shown.result.persons, shown.withheld, made.unknown) == (result.persons, 0, ())
    for name, body in files_of(result).items():
        assert sorted(await office.results.file(office.actor("new"), made.trial_id, name)) == sorted(body)


async def test_each_look_at_their_own_figures_is_told_to_the_participant(office: Office) -> None:
    made = await office.publish(office.report())
    await office.results.of(office.actor("new"), made.trial_id)
    await office.results.file(office.actor("eva"), made.trial_id, VERDICT)
    for _ in range(2):
        await office.results.of(office.actor("eva"), made.trial_id)
    async with office.db.read() as connection:
        looks = await looks_at(connection, office.ids["hanako"], None, 10)
    assert [(look.name, look.what) for look in looks] == [("eva", "trial")]


async def test_a_report_is_replaced_and_removed_with_a_record(office: Office, tmp_path: Path) -> None:
    first = await office.publish(office.report())
    newer = replace(office.report(), title_en="newer")
    assert (await office.publish(newer, first.trial_id)).trial_id == first.trial_id
    (line,) = await office.results.listed(office.actor("eva"))
    assert line.title_en == "newer"
    for wrong in ("0", "no such trial"):
        with pytest.raises(TrialError, match="there is no such trial"):
            await office.publish(newer, wrong)
    async with office.db.write() as connection:
        await trial_publishing.remove(connection, LOCAL, first.trial_id, office.clock.utc_s())
        assert await lines_of(connection, LOCAL) == ()
    assert await office.audited() == ["trial_published", "trial_replaced", "trial_removed"]


# --- what a report says of itself


def _achieved() -> StudyResult:
    """All gates hold, and the estimate reaches the target."""
    result = report_of(["P01"])
    gates = tuple(replace(gate, passed=True) for gate in result.verdict.gates)
    verdict = replace(result.verdict, word="achieved", decided_by="estimate", gates=gates)
    primary = replace(result.primary, percent=20.0, low=5.0, high=35.0, p=0.01)
    return replace(result, verdict=verdict, primary=primary)


def test_an_honest_report_is_taken_whatever_its_word() -> None:
    for result in (report_of(["P01"]), _achieved(), replace(_achieved(), fees=None)):
        require_consistent(result, files_of(result))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"word": "achieved", "decided_by": "estimate"}, "verdict on outing time"),
        ({"decided_by": "most_lost"}, "verdict on outing time"),  # not the first that failed
        ({"gates": ()}, "verdict on outing time"),
    ],
)
def test_a_word_that_its_gates_do_not_give_is_not_published(changed: dict[str, object], says: str) -> None:
    result = report_of(["P01"])
    result = replace(result, verdict=replace(result.verdict, **changed))  # type: ignore[arg-type]
    with pytest.raises(TrialError, match=says):
        require_consistent(result, files_of(result))


@pytest.mark.parametrize(
    "changed",
    [
        {"percent": 14.9},
        {"low": 0.0},
        {"high": 14.0},
        {"p": 0.05},
        {"p": None},
        {"percent": None},
        {"low": None},
    ],
)
def test_an_estimate_that_misses_is_not_published_as_achieved(changed: dict[str, float | None]) -> None:
    result = _achieved()
    result = replace(result, primary=replace(result.primary, **changed))  # type: ignore[arg-type]
    with pytest.raises(TrialError, match="verdict on outing time"):
        require_consistent(result, files_of(result))


def test_fees_that_did_not_fall_to_half_are_not_published_as_achieved() -> None:
    result = report_of(["P01"])
    assert result.fees is not None

    def said(word: Word, by: str, **changed: float | None) -> StudyResult:
        assert result.fees is not None
        after = 14_805 if changed.get("percent") != -60.0 else 8_000
        fees = replace(
            result.fees,
            after_yen=after,
            change=replace(result.fees.change, **changed),  # type: ignore[arg-type]
            verdict=replace(result.fees.verdict, word=word, decided_by=by),
        )
        return replace(result, fees=fees)

    for good in (
        said("not_achieved", "interval"),
        said("achieved", "estimate", percent=-60.0, low=-70.0, high=-50.0),
        said("cannot_tell", "interval", percent=-60.0, low=-70.0, high=-10.0),
    ):
        require_consistent(good, files_of(good))
    for wrong in (
        said("achieved", "estimate"),
        said("cannot_tell", "interval"),
        said("achieved", "estimate", percent=-60.0, low=None),
        said("not_achieved", "interval", percent=-60.0, low=-70.0, high=-50.0),
        said("cannot_tell", "record"),
    ):
        with pytest.raises(TrialError, match="verdict on fees"):
            require_consistent(wrong, files_of(wrong))


def test_the_verdict_beside_a_result_must_be_its_own() -> None:
    result = _achieved()
    for beside, says in (
        (files_of(report_of(["P01"]))[VERDICT], "do not say the same"),
        (b"{}", "verdict of a trial"),
        (None, "there is no verdict.json"),
    ):
        files = {name: body for name, body in files_of(result).items() if name != VERDICT}
        with pytest.raises(TrialError, match=says):
            require_consistent(result, files if beside is None else {**files, VERDICT: beside})


async def test_nobody_who_is_known_here_hides_behind_a_simulation(office: Office) -> None:
    result = replace(office.report(), simulated=True)
    with pytest.raises(TrialError, match="holds pseudonyms of wearers") as caught:
        await office.publish(result)
    assert office.names["hanako"] in str(caught.value)
    assert await office.results.listed(office.actor("eva")) == ()


def test_a_folder_that_is_no_report_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TrialError, match=r"result\.json: .*No such file.*shirube study report"):
        trial_publishing.read_report(tmp_path)
    report = write_report(tmp_path / "report", report_of(["P01"]))
    (report / "figures").mkdir()
    (report / "figures" / "estimates.ja.svg").write_text("<svg/>")
    (report / "notes.txt").write_text("not of the report")
    result, files = trial_publishing.read_report(report)
    assert result == report_of(["P01"])
    assert set(files) == {COVERAGE, DAYS, PAPER, VERDICT}
    (report / "day 1.csv").write_text("x")
    with pytest.raises(TrialError, match="is named by letters"):
        trial_publishing.read_report(report)
    (report / "day 1.csv").unlink()
    (report / "result.json").write_text(RESULT.encode(result).replace('"flow"', '"flew"'))
    with pytest.raises(TrialError, match="make the report again"):
        trial_publishing.read_report(report)
