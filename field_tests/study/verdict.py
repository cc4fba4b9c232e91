"""Achieved, not achieved, or cannot tell: the gates first, then the estimate against its target.

The reasons for these words and this rule: docs/decisions/0035-three-words.md.
"""

from collections.abc import Callable, Mapping
from typing import Final

from field_tests.study import gate_words as words
from field_tests.study.analyse import Analysis
from field_tests.study.conditions import gates_of, refusal
from field_tests.study.deciding import ALPHA, outing_word
from field_tests.study.gates import GATES
from field_tests.study.measures import Trial
from field_tests.study.result import WORDS, Estimate, Gate, Verdict, Word
from field_tests.study.tables import TrialTables


def judge(tables: TrialTables, analysis: Analysis) -> Verdict:
    """The verdict on outing time, with every gate and what decided."""
    gates = gates_of(GATES, Trial(tables, analysis))
    return refusal(gates) or _compared(analysis.primary, tables.protocol.target_percent, gates)


def _compared(seen: Estimate, target: float, gates: tuple[Gate, ...]) -> Verdict:
    word, by = outing_word(seen, target)
    return _verdict(word, by, _WHY[word, by](seen, target), gates)


def _verdict(word: Word, by: str, why: tuple[str, str], gates: tuple[Gate, ...]) -> Verdict:
    ja, en = WORDS[word]
    return Verdict(
        word=word,
        decided_by=by,
        sentence_ja=f"{ja}。{why[0]}",
        sentence_en=f"{en.capitalize()}. {why[1]}",
        gates=gates,
    )


def _found(seen: Estimate) -> tuple[str, str]:
    return (
        f"外出時間の変化の推定は {seen.percent:+.1f} %"
        f"（95 % 区間 {seen.low:+.1f} % から {seen.high:+.1f} %）です。",
        f"Outing time changed by an estimated {seen.percent:+.1f} % (95 % interval {seen.low:+.1f} % to"
        f" {seen.high:+.1f} %).",
    )


def _missed(seen: Estimate, target: float) -> tuple[str, str]:
    ja, en = _found(seen)
    fell = seen.high is not None and seen.high < 0.0
    return (
        f"{ja}区間のすべてが目標の {target:+.1f} % に届きません。"
        f"{'区間のすべてが 0 % より下で、外出時間は減りました。' if fell else ''}",
        f"{en} All of the interval is below the target of {target:+.1f} %."
        f"{' All of it is below 0 %: outing time fell.' if fell else ''}",
    )


def _open(seen: Estimate, target: float) -> tuple[str, str]:
    ja, en = _found(seen)
    return (
        f"{ja}目標の {target:+.1f} % に届いたとも、届かないとも言えません。",
        f"{en} It neither reaches the target of {target:+.1f} % for sure nor misses it for sure.",
    )


def _by_chance(seen: Estimate, target: float) -> tuple[str, str]:
    ja, en = _found(seen)
    p = words.probability(seen.p)
    return (
        f"{ja}目標の {target:+.1f} % 以上ですが、くじの結果だけでもこの差は起こりえます"
        f"（無作為化検定 {p}、基準 {ALPHA}）。",
        f"{en} It reaches the target of {target:+.1f} %, but the draw alone could give this difference"
        f" (randomisation test {p}, asked: < {ALPHA}).",
    )


def _reached(seen: Estimate, target: float) -> tuple[str, str]:
    ja, en = _found(seen)
    sure = seen.low is not None and seen.low >= target
    more_ja = "区間のすべてが目標以上です。" if sure else "目標を確実に超えたという意味ではありません。"
    more_en = (
        "All of the interval reaches the target."
        if sure
        else "It does not say that the target was surely exceeded."
    )
    return (
        f"{ja}推定は目標の {target:+.1f} % 以上で、区間の下端は 0 % より上です"
        f"（無作為化検定 {words.probability(seen.p)}）。{more_ja}",
        f"{en} The estimate is at least the target of {target:+.1f} %, and the interval lies above 0 %"
        f" (randomisation test {words.probability(seen.p)}). {more_en}",
    )


# What is said of each outcome of `outing_word`.
_WHY: Final[Mapping[tuple[Word, str], Callable[[Estimate, float], tuple[str, str]]]] = {
    ("not_achieved", "interval"): _missed,
    ("cannot_tell", "interval"): _open,
    ("cannot_tell", "randomisation"): _by_chance,
    ("achieved", "estimate"): _reached,
}
