"""When a verdict on outing time may be given at all: one table, each row measured from a trial's tables.

A row that fails turns the verdict into "cannot tell". That a change of any row here, and of any constant or
comparison in `measures`, is noticed is tested: `tests/unit/test_study_gate_mutations.py`.
"""

from typing import Final

from field_tests.study import measures, measures_data, measures_draw
from field_tests.study.conditions import Condition
from field_tests.study.measures import Trial

GATES: Final[tuple[Condition[Trial], ...]] = (
    Condition(
        name="frozen",
        measure=measures_draw.frozen,
        ja="計画は、試験の初日より前に固定され、そのハッシュが残っていなければなりません。",
        en="The plan must have been frozen before the trial's first day, and its hashes kept.",
        why="A formula chosen after the data can be chosen by the data (CONSORT 2010 item 23, SCRIBE 2016).",
    ),
    Condition(
        name="definitions",
        measure=measures.definitions,
        ja="外出の数え方は、固定したものと同じでなければなりません。",
        en="Outings must be counted by the definitions that were frozen.",
        why="Radius and minimum length move weekly minutes by as much as the effect that is looked for.",
    ),
    Condition(
        name="data",
        measure=measures.data,
        ja="判定を止めるほどのデータの誤りがあってはなりません。",
        en="The data must have no fault that forbids a verdict.",
        why="Issues with the effect `refused`: what was recorded contradicts itself.",
    ),
    Condition(
        name="design",
        measure=measures.design,
        ja="季節や目新しさと、装置の効果を区別できる計画でなければなりません。",
        en="The design must be able to tell the device from season and novelty.",
        why="Season alone moves walking time by 15-19 %: before and after show nothing of the device.",
    ),
    Condition(
        name="least_persons",
        measure=measures.least_persons,
        ja="解析できる人が、計画で決めた人数以上でなければなりません。",
        en="As many persons as the plan asks for must be analysed.",
        why="An interval over few persons is itself uncertain; randomised starts are used with 5 to 12.",
    ),
    Condition(
        name="drawn",
        measure=measures_draw.drawn,
        ja="凍結した種から引き直したくじのとおりに、全員の開始日と期間が行われていなければなりません。",
        en="Everybody's start and phases must be those that the frozen seed draws again.",
        why="A randomisation test is exact only for the draw that was made (Edgington and Onghena, 2007).",
    ),
    Condition(
        name="wash_in",
        measure=measures.wash_in,
        ja="使い始めの慣れの期間は、比べる期間から除かれていなければなりません。",
        en="The first weeks with the device must be kept out of the comparison.",
        why="Novelty peaks about week 5: what is compared before that is curiosity.",
    ),
    Condition(
        name="logger",
        measure=measures.logger,
        ja="比べる両方の期間で、装置とは別の記録器が記録していなければなりません。",
        en="A logger beside the device must have recorded in both phases that are compared.",
        why="The key confound: the device logs only when worn, and sees the outings of those who wear it.",
    ),
    Condition(
        name="baseline",
        measure=measures.baseline,
        ja="解析する人の全員に、比べる相手となる期間が必要です。",
        en="Everybody analysed needs a phase to compare to.",
        why="A change has two ends. Days asked for: the frozen plan's.",
    ),
    Condition(
        name="most_lost",
        measure=measures.most_lost,
        ja="解析できなかった人が多すぎてはなりません。",
        en="Not too many of those enrolled may be lost.",
        why="Those who stop are those whom it helped least (CONSORT 2010 item 13).",
    ),
    Condition(
        name="least_valid_share",
        measure=measures.least_valid_share,
        ja="比べる両方の期間で、十分に観測された日の割合が必要です。",
        en="Enough of the planned days must be valid in both phases.",
        why="Days that nobody saw are not days without outings.",
    ),
    Condition(
        name="most_coverage_difference",
        measure=measures.most_coverage_difference,
        ja="観測の割合は、二つの期間で（区間まで含めて）ほぼ同じでなければなりません。",
        en="Coverage must be nearly equal in both phases, its interval included.",
        why="Errors grow with what is missing (standard tools +4 to +16 % at half) and cancel where equal.",
    ),
    Condition(
        name="most_bounds_width",
        measure=measures.most_bounds_width,
        ja="外出か在宅か分からない時間は、外出と数えた時間より長くてはなりません。",
        en="There must not be more time that may have been out or at home than time counted as out.",
        why="With more unknown than counted, the figure would be mostly the model's and not the record's.",
    ),
    Condition(
        name="homes_alike",
        measure=measures_data.homes_alike,
        ja="登録された自宅で過ごした夜の割合は、二つの期間でほぼ同じでなければなりません。",
        en="Nights at a registered home must be about as frequent in both phases.",
        why="A home that is wrong in one phase makes its days whole days out, or takes them away.",
    ),
    Condition(
        name="evidence_alike",
        measure=measures_data.evidence_alike,
        ja="日誌や介護者の言葉でわかった時間の割合は、二つの期間でほぼ同じでなければなりません。",
        en="As much of the day must be told by diaries and caregivers in both phases.",
        why="Somebody's word goes before positions: in one phase alone it would be another way of measuring.",
    ),
    Condition(
        name="bounds_alike",
        measure=measures_data.bounds_alike,
        ja="外出か在宅か分からない時間は、二つの期間でほぼ同じでなければなりません。",
        en="Time that may have been out or at home must be about as much in both phases.",
        why="Unknown time that moves between phases moves the figure: phones left at home, a wrong clock.",
    ),
    Condition(
        name="interval",
        measure=measures.interval,
        ja="主な推定とその区間が計算できなければなりません。",
        en="The primary estimate and its interval must be computable.",
        why="A figure without its interval cannot be judged.",
    ),
    Condition(
        name="controls",
        measure=measures.controls,
        ja="効果がないはずの比較では、効果が見えてはなりません。",
        en="Where there can be no effect, none may be seen.",
        why="Negative controls find confounding that nobody thought of (Lipsitch et al., Epidemiology 2010).",
    ),
    Condition(
        name="robust",
        measure=measures.robust,
        ja="別の数え方をしても、一人を除いても、結論が覆ってはなりません。",
        en="Neither another way of counting nor leaving one person out may reverse the result.",
        why="A result of one radius or one person is a result about that radius or that person.",
    ),
)
