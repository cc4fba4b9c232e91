"""Every table of a result by its name: what the report shows, and the evaluator's pages."""

from field_tests.report import grids, grids_fees
from field_tests.report.figures import labelled, varied
from field_tests.report.grids import Grid
from field_tests.report.words import Words
from field_tests.study.result import StudyResult


def all_grids(result: StudyResult, words: Words) -> dict[str, Grid]:
    """Each table by its name, in the order of the report; those of fees only where there are any."""
    say = words.say
    all_estimates = (result.primary, *result.others, result.days_out)
    made = [
        grids.gates("gates", result.verdict, words),
        grids.rules("definitions", say("外出の数え方", "How outings are counted"), result.definitions, words),
        grids.rules("plan", say("固定した計画", "The frozen plan"), result.plan, words),
        grids.flow(result, words),
        grids.coverage(result, words),
        grids.persons(result, words),
        grids.estimates(
            "estimates",
            say("外出時間と外出日の推定", "Estimates of outing time and days out"),
            [labelled(one, words) for one in all_estimates],
            words,
        ),
        grids.estimates(
            "bounds",
            say("観測できなかった時間を両極端に扱う", "Unobserved time at its two extremes"),
            [labelled(one, words) for one in result.bounds],
            words,
        ),
        grids.estimates(
            "sensitivity",
            say("定義を変えたときの主な推定", "The primary estimate under other definitions"),
            [varied(one, words) for one in result.sensitivity],
            words,
        ),
        grids.estimates(
            "controls",
            say("変化が出ないはずの比べ方（陰性対照）", "Where no change is due (negative controls)"),
            [labelled(one, words) for one in result.controls],
            words,
        ),
        grids.adverse(result, words),
        grids.issues_by_kind(result, words),
        grids.issues(result, words),
        grids.inputs(result, words),
        *_fee_grids(result, words),
    ]
    return {one.name: one for one in made}


def _fee_grids(result: StudyResult, words: Words) -> list[Grid]:
    fees = result.fees
    if fees is None:
        return []
    say = words.say
    return [
        grids.gates("fee_gates", fees.verdict, words),
        grids_fees.totals(fees, words),
        grids.estimates(
            "fee_estimates",
            say("利用料の変化", "Change of fees"),
            [labelled(one, words) for one in (fees.change, *fees.others)],
            words,
        ),
        grids_fees.monthly(fees, words),
        grids_fees.costs(fees, words),
    ]
