"""Whether a report says of itself what its figures say, before anybody is shown it. Pure.

Not a seal: who writes all files of a report anew writes what they like. It finds a word that was changed, a
file that was copied from another report, and a report made by hand.
"""

from collections.abc import Iterator, Mapping

from field_tests.study.deciding import outing_word
from field_tests.study.result import Fees, StudyResult, Verdict
from field_tests.study.verdict_file import VERDICT_FILE, VERDICT_NAME, verdict_file
from server.errors import TrialError
from wire.errors import WireError


def require_consistent(result: StudyResult, files: Mapping[str, bytes]) -> None:
    """`TrialError` where gates, figures, words and `verdict.json` do not go together."""
    for ja, en in _contradictions(result, files):
        raise TrialError(
            f"{ja}。`shirube study report` で作り直したフォルダーを渡してください / "
            f"{en}: give a folder that `shirube study report` made"
        )


def _contradictions(result: StudyResult, files: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    verdict, fees = result.verdict, result.fees
    if not _follows(verdict, _outing_words(result)):
        yield (
            "外出時間の判定が、条件か推定と合いません",
            "the verdict on outing time is not what its gates say",
        )
    if fees is not None and not _follows(fees.verdict, _fee_words(fees)):
        yield "利用料の判定が、条件か金額と合いません", "the verdict on fees is not what its gates say"
    yield from _beside(result, files)


def _follows(verdict: Verdict, words: frozenset[tuple[str, str]]) -> bool:
    """Whether it is what the first gate that failed decides or, where all hold, one of `words`."""
    failed = [gate.name for gate in verdict.gates if not gate.passed]
    said = (verdict.word, verdict.decided_by)
    return bool(verdict.gates) and (said == ("cannot_tell", failed[0]) if failed else said in words)


def _outing_words(result: StudyResult) -> frozenset[tuple[str, str]]:
    seen = result.primary
    if seen.percent is None or seen.low is None or seen.high is None:
        return frozenset()
    return frozenset({outing_word(seen, result.target_percent)})


def _fee_words(fees: Fees) -> frozenset[tuple[str, str]]:
    """What the figures allow; the interval of the mean month after, which they do not hold, chooses."""
    seen, after, target = fees.change, fees.after_yen, fees.target_after_yen
    if seen.percent is None or seen.low is None or seen.high is None or after is None:
        return frozenset()
    claimed = (target / fees.target_before_yen - 1.0) * 100.0
    reached = seen.percent <= claimed and after <= target
    missed = seen.low > claimed
    words = {("cannot_tell", "interval")} if not missed else set()
    if reached and not missed:
        words.add(("achieved", "estimate"))
    if missed or after > target:
        words.add(("not_achieved", "interval"))
    return frozenset(words)


def _beside(result: StudyResult, files: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    told = files.get(VERDICT_NAME)
    if told is None:
        yield f"{VERDICT_NAME} がありません", f"there is no {VERDICT_NAME}"
        return
    try:
        same = VERDICT_FILE.decode(told) == verdict_file(result)
    except WireError as error:
        yield f"{VERDICT_NAME} が読めません（{error}）", f"{VERDICT_NAME}: {error}"
        return
    if not same:
        yield (
            f"{VERDICT_NAME} と result.json が違うことを言っています",
            f"{VERDICT_NAME} and result.json do not say the same",
        )
