"""A comparison of fees as lines of text."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from field_tests.issues import ISSUES, Issue
from field_tests.study import names
from field_tests.study.gate_words import estimate
from field_tests.study.names import Lang, name
from field_tests.study.result import Fees, Gate

_WORDS: Final = {
    "ja": {"yen": "円（一人ひと月）", "unknown": "不明", "target": "目標", "cost": "費用", "issue": "データ"},
    "en": {
        "yen": "yen a month and person",
        "unknown": "unknown",
        "target": "target",
        "cost": "cost",
        "issue": "data",
    },
}


def lines(fees: Fees, issues: Sequence[Issue], lang: Lang) -> Iterator[str]:
    """The verdict, the figures, costs, gates and what was wrong, in this order."""
    verdict = fees.verdict
    yield verdict.sentence_ja if lang == "ja" else verdict.sentence_en
    yield from _figures(fees, lang)
    yield from _gates(verdict.gates, lang)
    for issue in issues:
        sentence = ISSUES[issue.code][0 if lang == "ja" else 1]
        effect = name(names.EFFECTS, issue.effect, lang)
        who = f" {issue.person}" if issue.person else ""
        where = f"{_WORDS[lang]['issue']}: {issue.where}{who}"
        yield f"{where}: {sentence} x{issue.count} ({effect}) {issue.detail}"


def _figures(fees: Fees, lang: Lang) -> Iterator[str]:
    words = _WORDS[lang]
    head = ("総額", "自己負担", "公費") if lang == "ja" else ("gross", "self-pay", "public")
    before = (fees.before_yen, fees.self_pay_before_yen, fees.public_before_yen)
    after = (fees.after_yen, fees.self_pay_after_yen, fees.public_after_yen)
    for what, one, other in zip(head, before, after, strict=True):
        yield f"{what}: {_yen(one, lang)} -> {_yen(other, lang)} {words['yen']}"
    yield f"{words['target']}: {fees.target_before_yen:,} -> {fees.target_after_yen:,} {words['yen']}"
    for seen in (fees.change, *fees.others):
        yield f"{name(names.ESTIMATES, seen.key, lang)}: {estimate(seen)[0 if lang == 'ja' else 1]}"
    for what, yen in fees.costs:
        yield f"{words['cost']}: {name(names.COSTS, what, lang)} {yen:,} {words['yen']}"


def _yen(amount: int | None, lang: Lang) -> str:
    return _WORDS[lang]["unknown"] if amount is None else f"{amount:,}"


def _gates(gates: Iterable[Gate], lang: Lang) -> Iterator[str]:
    for gate in gates:
        mark = "○" if gate.passed else "×"
        ja = lang == "ja"
        seen, asked = (gate.measured_ja, gate.limit_ja) if ja else (gate.measured_en, gate.limit_en)
        yield f"{mark} {name(names.GATES, gate.name, lang)}: {seen} ({asked})"
