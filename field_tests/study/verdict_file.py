"""`verdict.json`: the verdicts of a report alone. Light, as `field_tests.study.result`."""

from typing import Final

from pydantic import TypeAdapter

from field_tests.study.result import Estimate, Reproduction, StudyResult, Verdict
from wire.base import message
from wire.codec import Codec

VERDICT_NAME: Final = "verdict.json"


@message
class VerdictFile:
    """The verdicts alone, for who wants nothing else."""

    verdict: int
    title_ja: str
    title_en: str
    simulated: bool
    outing_time: Verdict
    primary: Estimate
    fees: Verdict | None  # None: there is no record of fees
    fee_change: Estimate | None
    reproduction: Reproduction


VERDICT_FILE: Final[Codec[VerdictFile]] = Codec("verdict of a trial", TypeAdapter(VerdictFile))


def verdict_file(result: StudyResult) -> VerdictFile:
    """What `verdict.json` says of a result."""
    fees = result.fees
    return VerdictFile(
        verdict=1,
        title_ja=result.title_ja,
        title_en=result.title_en,
        simulated=result.simulated,
        outing_time=result.verdict,
        primary=result.primary,
        fees=None if fees is None else fees.verdict,
        fee_change=None if fees is None else fees.change,
        reproduction=result.reproduction,
    )
