"""Every key that a result can hold has a name in both languages."""

from dataclasses import fields

import pytest

from field_tests.issues import ISSUES
from field_tests.outings.definitions import Definitions
from field_tests.study import names
from field_tests.study.protocol import FeeTarget, Gates, ValidDay
from field_tests.study.result import WORDS

TABLES = {
    "issues": ISSUES,
    "words": WORDS,
    **{name: table for name, table in vars(names).items() if name.isupper()},
}
ROWS = [(name, key) for name, table in TABLES.items() for key in table]


@pytest.mark.parametrize(("table", "key"), ROWS, ids=lambda value: str(value))
def test_a_row_has_a_japanese_and_an_english_name(table: str, key: str) -> None:
    ja, en = TABLES[table][key]  # type: ignore[literal-required,index]
    assert any("\u3040" <= letter <= "\u9fff" for letter in ja), ja
    assert en.isascii(), en


def test_what_the_definitions_and_the_plan_freeze_has_a_name() -> None:
    assert {field.name for field in fields(Definitions)} - {"sha256"} == set(names.DEFINITIONS)
    for part in (ValidDay, Gates, FeeTarget):
        assert {field.name for field in fields(part)} <= set(names.PLAN)


def test_every_gate_has_a_name() -> None:
    pytest.importorskip("scipy", reason="the extra `study` is not installed: scipy")
    from field_tests.fees.gates import FEE_GATES
    from field_tests.study.gates import GATES

    assert {row.name for row in (*GATES, *FEE_GATES)} <= set(names.GATES)


def test_a_key_without_a_row_is_told_as_it_is() -> None:
    assert names.name(names.LEFT, "引っ越し", "en") == "引っ越し"
    assert names.name(names.PHASES, "active", "ja") == "使用期（装置あり）"
