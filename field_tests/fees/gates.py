"""When a verdict on fees may be given, and what it is: gates of its own, as strict as those of outings."""

from dataclasses import dataclass
from typing import Final, cast

from field_tests.study import gate_words as words
from field_tests.study import names
from field_tests.study.conditions import Condition, Measured, gates_of, refusal
from field_tests.study.gates import GATES
from field_tests.study.measures import Trial
from field_tests.study.protocol import Design, FeeTarget, Gates
from field_tests.study.result import WORDS, Estimate, Gate, Verdict, Word

# Fees are compared month by month and not adjusted for season. Season alone moves walking time by up to 19 %:
# a fall of fees counts as more than that only where its whole interval lies beyond.
SEASON_PERCENT: Final = 19.0
# What makes a trial's data those of its plan, whatever is judged by them.
_OF_THE_TRIAL: Final = ("frozen", "definitions", "data", "drawn")


@dataclass(frozen=True, slots=True)
class FeeTrial:
    """What the gates on fees look at. Yen: mean month before and after; `after_low`: its lower end.

    `outing`: the gates of the verdict on outing time, as they came out.
    """

    outing: tuple[Gate, ...]
    design: Design
    gates: Gates
    target: FeeTarget
    enrolled: int
    persons: int  # with a whole record of both sides
    unusable: int  # lines that nobody can place
    without_bill: int  # months compared whose total the office did not tell
    without_tariff: int  # lines compared, on days whose price the tariff does not tell
    gross: Estimate
    fixed: Estimate  # gross at the prices of the first day
    before_yen: int | None
    after_yen: int | None
    after_low: float | None


def judge(trial: FeeTrial) -> Verdict:
    """The verdict on fees, with every gate and what decided."""
    gates = gates_of(FEE_GATES, trial)
    return refusal(gates) or _compared(trial, gates)


def _claimed(trial: FeeTrial) -> float:
    """The change that is claimed: half, -50 %."""
    return (trial.target.after_yen / trial.target.before_yen - 1.0) * 100.0


def _room(trial: FeeTrial) -> float:
    """By how many percent season may have moved fees either way, beside what the target asks for.

    With silent weeks everybody has the device in the same months: nothing averages the season.
    """
    return SEASON_PERCENT if trial.design == "silent_weeks" else 0.0


def _if_season(trial: FeeTrial, moved: float) -> float:
    """The change that is seen where season moves a change as claimed by so many percent."""
    return trial.target.after_yen / trial.target.before_yen * (100.0 + moved) - 100.0


def _compared(trial: FeeTrial, gates: tuple[Gate, ...]) -> Verdict:
    # The gates `record` and `interval` hold: none of them is None.
    ends = (trial.gross.percent, trial.gross.low, trial.gross.high, trial.after_yen, trial.after_low)
    percent, low, high, after, after_low = cast(tuple[float, float, float, int, float], ends)
    room = _room(trial)
    most = trial.target.before_yen * (1.0 + _if_season(trial, room) / 100.0)
    if low > _if_season(trial, room) or after_low > most:
        return _verdict("not_achieved", "interval", trial, gates)
    if percent <= _if_season(trial, -room) and after <= trial.target.after_yen and high < -SEASON_PERCENT:
        return _verdict("achieved", "estimate", trial, gates)
    return _verdict("cannot_tell", "interval", trial, gates)


def _verdict(word: Word, by: str, trial: FeeTrial, gates: tuple[Gate, ...]) -> Verdict:
    ja, en = WORDS[word]
    why_ja, why_en = _why(word)
    found_ja, found_en = _found(trial)
    return Verdict(
        word=word,
        decided_by=by,
        sentence_ja=f"{ja}。{found_ja}{why_ja}",
        sentence_en=f"{en.capitalize()}. {found_en} {why_en}",
        gates=gates,
    )


def _found(trial: FeeTrial) -> tuple[str, str]:
    before, after, target = trial.before_yen or 0, trial.after_yen or 0, trial.target
    moved_ja, moved_en = words.estimate(trial.gross)
    room_ja, room_en = words.with_room(_if_season(trial, -_room(trial))) if _room(trial) else ("", "")
    return (
        f"総額は一人ひと月 {before:,} 円（主張では {target.before_yen:,} 円）から {after:,} 円"
        f"（目標 {target.after_yen:,} 円）に、変化は {moved_ja}"
        f"（目標 {_claimed(trial):+.1f} %{room_ja}）です。",
        f"Gross fees a month and person went from {before:,} yen (claimed: {target.before_yen:,})"
        f" to {after:,} (target {target.after_yen:,}); change {moved_en}"
        f" (target {_claimed(trial):+.1f} %{room_en}).",
    )


def _why(word: Word) -> tuple[str, str]:
    told: dict[Word, tuple[str, str]] = {
        "achieved": (
            f"推定が目標に達し、減り方は季節だけで起こりうる大きさを超えています。{words.MEANWHILE[0]}",
            "The estimate reaches the target, and the fall is larger than season alone could make it."
            f" {words.MEANWHILE[1]}",
        ),
        "not_achieved": (
            f"区間のすべてが目標に届きません。{words.MEANWHILE[0]}",
            f"All of the interval misses the target. {words.MEANWHILE[1]}",
        ),
        "cannot_tell": (
            "目標に達したとも、達していないとも言えません。",
            "It neither reaches the target for sure nor misses it for sure.",
        ),
    }
    return told[word]


def _of_the_trial(row: Condition[Trial]) -> Condition[FeeTrial]:
    """A row of the gates on outing time, asked for of fees too."""

    def measure(trial: FeeTrial) -> Measured:
        seen = [gate for gate in trial.outing if gate.name == row.name]
        if not seen:
            return Measured(False, words.NOT_LOOKED_AT, words.LOOKED_AT)
        (gate,) = seen
        return Measured(gate.passed, (gate.measured_ja, gate.measured_en), (gate.limit_ja, gate.limit_en))

    return Condition(name=row.name, measure=measure, ja=row.ja, en=row.en, why=row.why)


def _record(trial: FeeTrial) -> Measured:
    known = trial.persons > 0 and trial.after_yen is not None
    return Measured(known, words.persons(trial.persons), words.at_least(words.persons(1)))


def _ledger(trial: FeeTrial) -> Measured:
    return Measured(trial.unusable == 0, words.lines(trial.unusable), words.NONE)


def _bills(trial: FeeTrial) -> Measured:
    return Measured(trial.without_bill == 0, words.months(trial.without_bill), words.NONE)


def _design(trial: FeeTrial) -> Measured:
    return Measured(trial.design != "before_after", names.DESIGNS[trial.design], words.MORE)


def _least_persons(trial: FeeTrial) -> Measured:
    asked = trial.gates.least_persons
    return Measured(
        trial.persons >= asked, words.persons(trial.persons), words.at_least(words.persons(asked))
    )


def _most_lost(trial: FeeTrial) -> Measured:
    lost = trial.enrolled - trial.persons
    limit = trial.gates.most_lost
    return Measured(
        lost <= limit * trial.enrolled, _lost_told(lost, trial.enrolled), words.at_most(words.share(limit))
    )


def _lost_told(lost: int, enrolled: int) -> tuple[str, str]:
    return (f"{enrolled}人のうち{lost}人", f"{lost} of {words.persons(enrolled)[1]}")


def _same_side(gross: Estimate) -> tuple[str, str]:
    ja, en = words.UNKNOWN if gross.percent is None else words.percent(gross.percent)
    return (
        f"目標に対して、請求額の変化（{ja}）と同じ側",
        f"the same side of the target as what was billed, {en}",
    )


def _tariff(trial: FeeTrial) -> Measured:
    return Measured(trial.without_tariff == 0, words.lines(trial.without_tariff), words.NONE)


def _interval(trial: FeeTrial) -> Measured:
    seen = trial.gross
    known = seen.percent is not None and seen.low is not None and seen.high is not None
    return Measured(known and trial.after_low is not None, words.estimate(seen), words.COMPUTED)


def _prices(trial: FeeTrial) -> Measured:
    """At the prices of the first day the change is on the same side of the target."""
    gross, fixed = trial.gross.percent, trial.fixed.percent
    limit = _claimed(trial)
    same = gross is not None and fixed is not None and (gross <= limit) == (fixed <= limit)
    return Measured(same, words.estimate(trial.fixed), _same_side(trial.gross))


FEE_GATES: Final[tuple[Condition[FeeTrial], ...]] = (
    *(_of_the_trial(row) for row in GATES if row.name in _OF_THE_TRIAL),
    Condition(
        name="record",
        measure=_record,
        ja="同じ人の、装置の前と後の、丸ひと月ごとの利用料の記録が必要です。",
        en="There must be a record of fees of whole months, before and with the device, of the same persons.",
        why="20,160 yen is a claim about before: without a record of it, a fall cannot be told.",
    ),
    Condition(
        name="ledger",
        measure=_ledger,
        ja="誰の何月のものか分からない利用の行があってはなりません。",
        en="Every line of the ledger must tell whose it is, and of which month.",
        why="A sum from which a line is missing is a fall of fees that did not happen.",
    ),
    Condition(
        name="bills",
        measure=_bills,
        ja="比べるすべての月の利用の行が、事業所の請求書の合計と照らし合わされていなければなりません。",
        en="The lines of every month that is compared must have been held against the total of its bill.",
        why="A line that was never written cannot be seen in a ledger; a month that lacks it looks cheap.",
    ),
    Condition(
        name="design",
        measure=_design,
        ja="前後比較だけの計画であってはなりません。",
        en="The design must be more than before and after.",
        why="Season, health and the rules of the service change fees too.",
    ),
    Condition(
        name="least_persons",
        measure=_least_persons,
        ja="前後の記録がそろった人が、計画で決めた人数以上でなければなりません。",
        en="As many persons as the plan asks for must have a whole record.",
        why="The same number as for outing time, frozen with the plan.",
    ),
    Condition(
        name="most_lost",
        measure=_most_lost,
        ja="記録のそろわない人が多すぎてはなりません。",
        en="Not too many of those enrolled may lack a whole record.",
        why="Who has no bills may be who stopped going out, or who could not pay.",
    ),
    Condition(
        name="tariff",
        measure=_tariff,
        ja="比べるすべての利用の日に、料金表の値段がなければなりません。",
        en="The tariff must know the price of every service that is compared.",
        why="Otherwise it cannot be told whether the price or the use fell.",
    ),
    Condition(
        name="interval",
        measure=_interval,
        ja="変化とその区間が計算できなければなりません。",
        en="The change and its interval must be computable.",
        why="A figure without its interval cannot be judged.",
    ),
    Condition(
        name="prices",
        measure=_prices,
        ja="初日の料金で計算しても、結論が同じでなければなりません。",
        en="At the prices of the first day the result must be the same.",
        why="Tariffs are revised every three years: a cheaper hour is not an hour less.",
    ),
)
