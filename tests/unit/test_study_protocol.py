"""A plan from its template to its lots: frozen once, before the first day, drawn from its seed, checked."""

import hashlib
import json
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from tomllib import loads as parsed

import pytest
from typer.testing import CliRunner

pytest.importorskip("numba", reason="needs the extra `study`")

from device.config_uris import days
from field_tests.cli import study_app
from field_tests.errors import FolderError, ProtocolError
from field_tests.study import drawing
from field_tests.study.freezing import freeze
from field_tests.study.lots import draw
from field_tests.study.planning import findings, season_is_told
from field_tests.study.protocol import Design, Protocol
from field_tests.study.reading_folder import read
from field_tests.study.template_folder import New, write

REPO = Path(__file__).parents[2]
FIRST, BEFORE = date(2026, 4, 13), date(2026, 4, 1)
PERSONS = [f"P{number:02d}" for number in range(1, 13)]


def planned(root: Path, design: Design = "randomised_start", persons: int = 12, seed: int = 7) -> Path:
    write(root, New(design, FIRST, 52, seed))
    with (root / "participants.csv").open("a") as file:
        file.writelines(f"{person},2026-03-01,,,\n" for person in PERSONS[:persons])
    with (root / "homes.csv").open("a") as file:
        file.writelines(f"{person},home,33.235,131.6064,,,\n" for person in PERSONS[:persons])
    return root


def told(root: Path) -> list[str]:
    return [finding.en for finding in findings(read(root))]


@pytest.mark.parametrize("design", ["randomised_start", "silent_weeks"])
def test_a_plan_that_is_frozen_and_drawn_has_no_contradiction(tmp_path: Path, design: Design) -> None:
    planned(tmp_path / "t", design)
    freeze(tmp_path / "t", BEFORE)
    assert set(draw(tmp_path / "t")) == set(PERSONS)
    assert told(tmp_path / "t") == []
    folder = read(tmp_path / "t")
    assert {issue.code for issue in folder.issues} == {"no_fixes", "weather_missing"}


def test_before_and_after_is_told_to_be_no_plan(tmp_path: Path) -> None:
    freeze(planned(tmp_path / "t", "before_after"), BEFORE)
    draw(tmp_path / "t")
    assert ["before_after" in line for line in told(tmp_path / "t")] == [True]


def test_lots_come_again_from_the_seed_and_only_from_it(tmp_path: Path) -> None:
    drawn = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        freeze(planned(tmp_path / name, seed=seed), BEFORE)
        drawn.append(draw(tmp_path / name))
    assert drawn[0] == drawn[1] != drawn[2]
    for name in ("participants.csv", "phases.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def plan(**changed: object) -> Protocol:
    starts = tuple(FIRST + timedelta(weeks=weeks) for weeks in (4, 6, 8))
    usual: dict[str, object] = {
        "title_ja": "", "title_en": "", "frozen": BEFORE, "first": FIRST,
        "last": FIRST + timedelta(weeks=24), "design": "randomised_start", "definitions_sha256": "",
        "sha256": "", "seed": 7, "possible_starts": starts,
    }  # fmt: skip
    return Protocol(**(usual | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("persons", [1, 3, 8, 11])
def test_as_many_begin_at_each_start(persons: int) -> None:
    used = Counter(drawing.starts(PERSONS[:persons], plan()).values())
    assert max(used.values()) - min(used[start] for start in plan().possible_starts) <= 1


def test_every_lot_is_as_likely() -> None:
    counts = Counter(drawing.starts(PERSONS[:4], plan(seed=seed))["P02"] for seed in range(600))
    assert min(counts.values()) > 150  # 200 each; 600 draws of a third have a spread of 11.5
    orders = {tuple(drawing.starts(PERSONS[:3], plan(seed=seed)).values()) for seed in range(100)}
    assert len(orders) == 6


def test_the_order_of_the_list_changes_no_lot() -> None:
    assert drawing.starts(PERSONS, plan()) == drawing.starts(PERSONS[::-1], plan())


def test_who_comes_later_changes_nobody_s_lot(tmp_path: Path) -> None:
    freeze(planned(tmp_path / "t", persons=8), BEFORE)
    first = draw(tmp_path / "t")
    with (tmp_path / "t" / "participants.csv").open("a") as file:
        file.write("P09,2026-04-10,,,\n")
    assert set(draw(tmp_path / "t")) == {"P09"}
    started = {one.person: one.start for one in read(tmp_path / "t").participants}
    assert {person: started[person] for person in first} == first
    assert draw(tmp_path / "t") == {}
    assert [lot.round for lot in read(tmp_path / "t").lots] == [0] * 8 + [1]
    assert told(tmp_path / "t") == ["P09: no home in homes.csv"]


def test_a_start_that_nobody_drew_is_not_drawn_around(tmp_path: Path) -> None:
    root = planned(tmp_path / "t")
    freeze(root, BEFORE)
    text = (root / "participants.csv").read_text("utf-8")
    (root / "participants.csv").write_text(
        text.replace("P03,2026-03-01,", "P03,2026-03-01,2026-06-08"), "utf-8"
    )
    with pytest.raises(ProtocolError, match=r"P03 is not in lots\.csv"):
        draw(root)


def test_somebody_who_was_drawn_stays_on_the_list(tmp_path: Path) -> None:
    root = planned(tmp_path / "t")
    freeze(root, BEFORE)
    draw(root)
    for name in ("participants.csv", "phases.csv", "homes.csv"):
        kept = [line for line in (root / name).read_text("utf-8").splitlines() if not line.startswith("P05,")]
        (root / name).write_text("\n".join(kept) + "\n", "utf-8")
    refused = [issue for issue in read(root).issues if issue.effect == "refused"]
    assert [(issue.code, issue.person) for issue in refused] == [("lot_unlisted", "P05")]


def test_silent_weeks_are_whole_weeks_of_the_planned_share() -> None:
    weeks = plan(design="silent_weeks", silent_share=0.4)
    phases = drawing.phases(dict.fromkeys(PERSONS, FIRST + timedelta(weeks=4)), weeks)
    for person in PERSONS:
        own = [phase for phase in phases if phase.person == person]
        days = dict.fromkeys(("active", "silent"), 0)
        for phase in own:
            if phase.kind in days:
                length = (phase.last - phase.first).days + 1
                assert length % 7 == 0
                days[phase.kind] += length
        assert (days["silent"], days["active"]) == (35, 49)  # of 12 weeks
    assert (
        len(
            {
                tuple(p.first for p in phases if p.person == person and p.kind == "silent")
                for person in PERSONS
            }
        )
        > 6
    )


def test_a_start_that_leaves_no_time_to_compare_is_refused() -> None:
    with pytest.raises(ProtocolError, match="1 weeks are left"):
        drawing.phases({"P01": FIRST + timedelta(weeks=15)}, plan())


def test_what_is_frozen_stays(tmp_path: Path) -> None:
    root = planned(tmp_path / "t")
    lines = freeze(root, BEFORE)
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((root / name).read_bytes()).hexdigest() == digest
    assert read(root).protocol.frozen == BEFORE
    assert "目新しさ" in (root / "protocol.toml").read_text("utf-8")
    with pytest.raises(ProtocolError, match="frozen already"):
        freeze(root, BEFORE)


def test_a_trial_that_has_begun_is_not_frozen_any_more(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match="before it begins"):
        freeze(planned(tmp_path / "t"), FIRST)


def test_no_lots_without_a_frozen_plan(tmp_path: Path) -> None:
    root = planned(tmp_path / "t")
    with pytest.raises(ProtocolError, match="not frozen"):
        draw(root)
    freeze(root, BEFORE)
    text = (root / "protocol.toml").read_text("utf-8")
    (root / "protocol.toml").write_text(text.replace("seed = 7", "seed = 8"), "utf-8")
    with pytest.raises(ProtocolError, match="changed since"):
        draw(root)


LINK = re.compile(r"\]\(([^)#:]+)\)")


def test_a_new_folder_has_all_forms_and_its_links_lead_somewhere(tmp_path: Path) -> None:
    planned(tmp_path / "t")
    forms = {path.name for path in (REPO / "field_tests/study/forms").glob("*.md")}
    assert {path.name for path in (tmp_path / "t/forms").iterdir()} == forms
    pages = [*(tmp_path / "t").rglob("*.md"), REPO / "docs/field-trial.md"]
    links = [(page, link) for page in pages for link in LINK.findall(page.read_text("utf-8"))]
    assert len(links) > 10
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("x")
    with pytest.raises(FolderError, match="empty"):
        write(tmp_path, New("randomised_start", FIRST, 52, 7))
    with pytest.raises(ProtocolError, match="weeks are needed"):
        write(tmp_path / "short", New("randomised_start", FIRST, 40, 7))


@pytest.mark.parametrize(
    ("name", "old", "new", "wrong"),
    [
        ("protocol.toml", "frozen = 2026-04-01", "frozen = 2026-04-13", "not before first"),
        (
            "definitions.toml",
            "least_minutes = 10.0",
            "least_minutes = 12.0",
            "definitions_sha256 is not that",
        ),
        ("protocol.toml", "wash_in_days = 84", "wash_in_days = 28", "novelty needs 42"),
        ("protocol.toml", "least_persons = 8", "least_persons = 13", "13 are needed"),
        ("participants.csv", "P02,2026-03-01,2026", "P02,2026-03-01,2025", "none of possible_starts"),
        ("participants.csv", "P02,2026-03-01,2026-06-08", "P02,2026-03-01,", "no start is drawn"),
        (
            "participants.csv",
            "P02,2026-03-01,2026-06-08",
            "P02,2026-03-01,2026-08-03",
            "not those that seed 7",
        ),
        ("phases.csv", "P02,wash_in,2026-06-08", "P02,wash_in,2026-06-15", "the start is 2026-06-08"),
        ("phases.csv", "08-30\nP02,active,2026-08-31", "08-16\nP02,active,2026-08-17", "wash-in is shorter"),
        ("phases.csv", "P02,baseline,2026-04-13", "P02,baseline,2026-05-29", "10 days of baseline"),
        ("phases.csv", "2027-04-11\nP02", "2027-04-04\nP02", "P01: start or phases are not those"),
        ("lots.csv", "P02,0,2026-06-08", "P02,1,2026-06-08", "not those that seed 7"),
        ("protocol.toml", "2026-08-03, 2026-09-28, 2026-11-23", "2026-08-03", "season cannot be told"),
        ("homes.csv", "P02,home", "P99,home", "no home"),
    ],
)
def test_a_contradiction_is_told(tmp_path: Path, name: str, old: str, new: str, wrong: str) -> None:
    root = planned(tmp_path / "t")
    freeze(root, BEFORE)
    draw(root)
    text = (root / name).read_text("utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new), "utf-8")
    assert any(wrong in line for line in told(root))


def test_a_new_plan_has_the_wash_in_that_its_comparison_needs(tmp_path: Path) -> None:
    """Active and silent weeks are equally new; docs/field-trial.md says the same numbers."""
    asked: dict[Design, int] = {"randomised_start": 84, "silent_weeks": 56, "before_after": 84}
    for design, wash_in in asked.items():
        assert read(planned(tmp_path / design, design)).protocol.wash_in_days == wash_in
    said = (REPO / "docs/field-trial.md").read_text("utf-8")
    assert "84 days of wash-in (56 with silent\n   weeks" in said


def test_the_shipped_starts_can_tell_the_season() -> None:
    weeks = (8, 16, 24, 32)
    assert season_is_told([FIRST + timedelta(weeks=week) for week in weeks], 84)
    assert not season_is_told([FIRST, FIRST + timedelta(days=84)], 84)
    assert season_is_told([FIRST, FIRST + timedelta(days=85)], 84)


def test_a_new_plan_with_silent_weeks_can_tell_of_fees(tmp_path: Path) -> None:
    root = planned(tmp_path / "t", "silent_weeks")
    assert read(root).protocol.closing_from == date(2027, 2, 1)
    text = (root / "protocol.toml").read_text("utf-8")
    (root / "protocol.toml").write_text(text.replace("closing_from", "# closing_from"), "utf-8")
    assert any("there is no closing_from" in line for line in told(root))
    with pytest.raises(ProtocolError, match="35 weeks are needed"):
        write(tmp_path / "short", New("silent_weeks", date(2026, 3, 2), 32, 7))


def test_a_device_is_told_its_silent_weeks_as_they_were_drawn(tmp_path: Path) -> None:
    root = planned(tmp_path / "t", "silent_weeks", persons=2)
    freeze(root, BEFORE)
    draw(root)
    done = CliRunner().invoke(study_app, ["protocol", "silent", str(root), "--json"])
    told_days = {
        (person, first + timedelta(days=n))
        for person, spans in json.loads(done.stdout).items()
        for first, last in map(days, spans)
        for n in range((last - first).days + 1)
    }
    folder = read(root)
    drawn_days = {
        (person, day)
        for person in PERSONS[:2]
        for day, kind in folder.phase_days(person).items()
        if kind == "silent"
    }
    assert told_days == drawn_days != set()
    shown = CliRunner().invoke(study_app, ["protocol", "silent", str(root)]).stdout.splitlines()
    assert parsed(shown[0].removeprefix("P01: "))["silent"] == json.loads(done.stdout)["P01"]


def test_no_silent_weeks_are_no_empty_list_for_a_device(tmp_path: Path) -> None:
    root = planned(tmp_path / "t", "silent_weeks", persons=2)
    with pytest.raises(ProtocolError, match="study protocol draw first"):
        CliRunner().invoke(study_app, ["protocol", "silent", str(root)], catch_exceptions=False)


def test_fees_without_a_month_before_the_start_are_told(tmp_path: Path) -> None:
    root = planned(tmp_path / "t", "silent_weeks")
    assert not any("fees need bills" in line for line in told(root))
    text = (root / "protocol.toml").read_text("utf-8")
    starts = "possible_starts = [2026-06-08]"
    assert starts in text
    (root / "protocol.toml").write_text(text.replace(starts, "possible_starts = [2026-05-31]"), "utf-8")
    assert any("(2026-05-31): fees need bills from before the trial" in line for line in told(root))


def test_before_it_is_frozen_that_is_what_is_told(tmp_path: Path) -> None:
    assert any("not frozen yet" in line for line in told(planned(tmp_path / "t")))
