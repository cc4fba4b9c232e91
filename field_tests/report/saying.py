"""What figures mean for who reads them, in sentences."""

from field_tests.report.words import Words
from field_tests.study.result import Estimate, StudyResult


def differing(result: StudyResult, words: Words) -> str:
    """That the mixed model contradicts the primary estimate; empty where their intervals overlap.

    Signs that differ surely are two intervals that do not overlap, too.
    """
    mixed = next((one for one in result.others if one.key == "mixed_model"), None)
    if mixed is None or not _apart(result.primary, mixed):
        return ""
    return words.say(
        f"主な推定は{words.estimate(result.primary)}、混合モデルは{words.estimate(mixed)}で、区間が重なりません。"
        "二つは季節を別の手がかりから求めます：主な推定は同じ週の比べる相手から、混合モデルは天気と日の長さから。"
        "どちらかの前提が、このデータに合っていません。判定は、前もって固定した主な推定によりますが、"
        "なぜ違うのかが分かるまで、その数字をほかで引かないでください。",
        f"The primary estimate is {words.estimate(result.primary)} and the mixed model"
        f" {words.estimate(mixed)}: their intervals do not overlap. They tell the season by different means:"
        " the primary by what is compared in the same weeks, the model by weather and daylight. One of them"
        " assumes what these data do not bear out. The verdict goes by the primary estimate, which was frozen"
        " beforehand; until it is known why they differ, its figure should not be quoted elsewhere.",
    )


def _apart(one: Estimate, other: Estimate) -> bool:
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.high < other.low or other.high < one.low


def reach(result: StudyResult, words: Words) -> str:
    """What the trial could find and what the target would take; empty where the baseline does not tell."""
    found, needed, persons = (
        result.power.detectable_percent,
        result.power.persons_needed,
        result.primary.persons,
    )
    if found is None or needed is None:
        return ""
    target = words.percent(result.target_percent)
    told = words.say(
        f"この試験（{words.persons(persons)}）が80％の確かさで見つけられたのは、{words.percent(found)}以上の変化です。"
        f"{target}を見つけるには、同じ計画で{words.persons(needed)}が必要です。",
        f"This trial ({words.persons(persons)}) could find, with 80 % power, a change of"
        f" {words.percent(found)} or more. To find {target} by the same plan takes {words.persons(needed)}.",
    )
    return told + _too_small(needed > persons, words) + _weak(result.design == "randomised_start", words)


def _too_small(too_small: bool, words: Words) -> str:
    if not too_small:
        return ""
    return words.say(
        "人数が足りないので、効果が本当にあっても「判定できない」になりやすい試験です。",
        ' With fewer, a trial is likely to end in "cannot tell" even where the device does help.',
    )


def _weak(few_starts: bool, words: Words) -> str:
    if not few_starts:
        return ""
    return words.say(
        "達成の判定には無作為化検定も要り、開始日の数が少ないとこれはさらに弱いので、実際に要る人数はもっと多くなります。",
        " A verdict of achieved also asks for the randomisation test, which is weaker still with few"
        " different starts: in truth it takes more.",
    )
