"""`shirube study fees`: a folder with its ledger, told as text and as JSON."""

import csv
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from field_tests.cli_fees import add_fees_verb
from field_tests.errors import FolderError
from tests.fee_records import HEAD, PERSONS, TARIFF, bills, halved

_PLAN = f"""
title_ja = "試験"
title_en = "trial"
frozen = 2026-03-01
first = 2026-04-01
last = 2026-09-30
design = "randomised_start"
definitions_sha256 = "{"d" * 64}"
seed = 7
wash_in_days = 56
possible_starts = [2026-05-25, 2026-06-01]
"""
_PHASES = (
    ("baseline", "2026-04-01", "2026-05-31"),
    ("wash_in", "2026-06-01", "2026-07-26"),
    ("active", "2026-07-27", "2026-09-30"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fees").mkdir()
    (tmp_path / "protocol.toml").write_text(_PLAN, "utf-8")
    (tmp_path / "fees" / "tariff.toml").write_text(TARIFF, "utf-8")
    _write(tmp_path / "participants.csv", "person,enrolled,start,ended,why",
           [(who, "2026-04-01", "2026-06-01", "", "") for who in PERSONS])  # fmt: skip
    _write(tmp_path / "phases.csv", "person,phase,first,last",
           [(who, *phase) for who in PERSONS for phase in _PHASES])  # fmt: skip
    _write(
        tmp_path / "homes.csv", "person,home,lat,lon", [(who, "home", "33.23", "131.6") for who in PERSONS]
    )
    _write(
        tmp_path / "fees" / "ledger.csv", ",".join(HEAD), [tuple(row[c] for c in HEAD) for row in halved()]
    )
    _write(
        tmp_path / "fees" / "bills.csv", "person,month,gross_yen",
        [tuple(bill.values()) for bill in bills(halved())],
    )  # fmt: skip
    return tmp_path


def _write(path: Path, head: str, rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head.split(","), *rows])


def _said(*arguments: str) -> str:
    app = typer.Typer()
    add_fees_verb(app)
    found = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert found.exit_code == 0
    return found.stdout


def test_the_figures_as_text_in_both_languages(folder: Path) -> None:
    told = _said(str(folder)).splitlines()
    assert told[0].startswith("判定できない。")
    assert "実際: ここでは調べていない" in told[0]
    assert "総額: 20,160 -> 9,520 円（一人ひと月）" in told
    assert "○ 請求書の合計: なし (なし)" in told
    assert "自己負担: 2,016 -> 952 円（一人ひと月）" in told
    assert "○ 料金表: なし (なし)" in told
    assert "public: 18,144 -> 8,568 yen a month and person" in _said(str(folder), "--lang", "en").splitlines()


def test_the_figures_as_json(folder: Path) -> None:
    with (folder / "fees" / "ledger.csv").open("a", encoding="utf-8") as file:
        file.write("P01,2026-08-30,同行援護,1.0,1,0,0,\n")
    told = json.loads(_said(str(folder), "--json"))
    assert told["fees"]["before_yen"] == 20_160
    failed = [gate["name"] for gate in told["fees"]["verdict"]["gates"] if not gate["passed"]]
    assert failed == ["frozen", "definitions", "data", "drawn"]  # eight of nine persons are left
    assert [(issue["code"], issue["where"]) for issue in told["issues"]] == [
        ("fee_does_not_add", "fees/ledger.csv:92")
    ]


def test_a_folder_without_fees_is_told_in_one_sentence(folder: Path) -> None:
    for name in ("ledger.csv", "tariff.toml"):
        (folder / "fees" / name).unlink()
    with pytest.raises(FolderError, match=r"fees/ledger\.csv がありません"):
        _said(str(folder))
