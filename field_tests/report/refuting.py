"""What would refute the claim, and how each stands in this trial."""

from collections.abc import Sequence
from dataclasses import dataclass

from field_tests.report.saying import differing
from field_tests.report.words import Words
from field_tests.study import names
from field_tests.study.result import Estimate, Fees, StudyResult


@dataclass(frozen=True, slots=True)
class Refutation:
    """A finding that would speak against the claim, and what this trial found."""

    would: str
    found: tuple[str, ...]


def refutations(result: StudyResult, words: Words) -> tuple[Refutation, ...]:
    """In the order in which a sceptic asks."""
    told = (
        _interval(result, words),
        _bounds(result, words),
        _adjusted(result, words),
        _controls(result, words),
        _coverage(result, words),
        _definitions(result, words),
        _design(result, words),
        _again(result, words),
    )
    return told if result.fees is None else (*told[:-1], _fees(result.fees, words), told[-1])


def _interval(result: StudyResult, words: Words) -> Refutation:
    target = words.percent(result.target_percent)
    return Refutation(
        words.say(
            f"95％区間の上端が目標（{target}）に届かなければ、目標は否定されます。下端が0を超えなければ、"
            "増えたこと自体が示されていません。",
            f"An interval whose upper end lies below the target ({target}) refutes the target; one whose "
            "lower end is not above 0 does not show any rise.",
        ),
        (words.estimate(result.primary),),
    )


def _bounds(result: StudyResult, words: Words) -> Refutation:
    return Refutation(
        words.say(
            "観測できなかった時間の扱いを変えるだけで結論が逆になるなら、結論はデータからは出ていません。",
            "If the answer turns round by treating unobserved time otherwise, the data do not give it.",
        ),
        _each(result.bounds, words),
    )


def _adjusted(result: StudyResult, words: Words) -> Refutation:
    apart = (told,) if (told := differing(result, words)) else ()
    return Refutation(
        words.say(
            "天気・季節・曜日・慣れを調整すると変化が消えるなら、変化は装置によるものではありません。",
            "If the change goes away once weather, season, weekday and novelty are adjusted for, it is not "
            "the device's.",
        ),
        (*_each([one for one in result.others if one.key == "mixed_model"], words), *apart),
    )


def _controls(result: StudyResult, words: Words) -> Refutation:
    return Refutation(
        words.say(
            "装置を使い始めていない日付や、混ぜた名札でも同じような変化が出るなら、変化は装置と関係がありません。",
            "If a like change shows at a date on which nothing began, or under permuted labels, the change "
            "has nothing to do with the device.",
        ),
        _each(result.controls, words),
    )


def _coverage(result: StudyResult, words: Words) -> Refutation:
    one = result.coverage_difference
    told = words.points(one.percent)
    if one.low is not None and one.high is not None:
        told += words.say(
            f"（95％区間 {words.points(one.low)}～{words.points(one.high)}）",
            f" (95 % interval {words.points(one.low)} to {words.points(one.high)})",
        )
    return Refutation(
        words.say(
            "前と後で観測のされ方が違えば、変化は見え方の違いかもしれません。",
            "If the phases were not observed equally well, the change may be one of seeing, not of going "
            "out.",
        ),
        (told,),
    )


def _definitions(result: StudyResult, words: Words) -> Refutation:
    seen = [one.estimate.percent for one in result.sensitivity if one.estimate.percent is not None]
    found = words.say("調べていません。", "Not examined.")
    if seen:
        low, high, count = words.percent(min(seen)), words.percent(max(seen)), len(seen)
        found = words.say(f"{count}通りで {low}～{high}", f"{count} variants: {low} to {high}")
    return Refutation(
        words.say(
            "自宅の半径、外出の最短時間、有効な日の決め方、または一人を除くだけで結論が変わるなら、"
            "結論は決め方の産物です。",
            "If another radius, shortest outing or valid-day rule, or leaving one person out, changes the "
            "answer, it is a product of the rules.",
        ),
        (found,),
    )


def _design(result: StudyResult, words: Words) -> Refutation:
    return Refutation(
        words.say(
            "くじで決めた開始日や無案内の週がない試験では、季節と目新しさを装置と区別できません。",
            "Without starts or silent weeks drawn by lot, season and novelty cannot be told from the device.",
        ),
        (words.named(names.DESIGNS, result.design),),
    )


def _fees(fees: Fees, words: Words) -> Refutation:
    note = words.say(fees.change.note_ja, fees.change.note_en)
    return Refutation(
        words.say(
            "比べた月の間に、制度、事業所、健康、季節が全員の利用料を変えたのなら、その分は装置によるものではありません。"
            "月はくじで決めていないので、この試験では区別できません。",
            "If rules, offices, health or the season changed everybody's fees between the months compared, "
            "that part is not the device's. Months are not drawn by lot, so this trial cannot tell it apart.",
        ),
        tuple(told for told in (words.estimate(fees.change), note) if told),
    )


def _again(result: StudyResult, words: Words) -> Refutation:
    return Refutation(
        words.say(
            "同じ入力・版・種から違う数字が出るなら、この報告は信用できません。",
            "If the same inputs, version and seed give other figures, this report cannot be trusted.",
        ),
        (
            words.say(
                "下のコマンドで、だれでも確かめられます。",
                "Anybody can see for themselves, by the command below.",
            ),
        ),
    )


def _each(estimates: Sequence[Estimate], words: Words) -> tuple[str, ...]:
    told = (
        f"{words.named(names.ESTIMATES, one.key)}{words.say('：', ': ')}{words.estimate(one)}"
        for one in estimates
    )
    return tuple(told) or (words.say("調べていません。", "Not examined."),)
