"""The table behind `shirube device announcements`: every kind, how it is told, and an example."""

from dataclasses import dataclass

from device.announcements import KINDS, Lang
from device.examples import example
from device.policy import POLICY, Evidence, Policy
from device.words import render

_EVIDENCE: dict[Lang, tuple[str, str, str, str, str, str]] = {
    "ja": ("{:g} m 以内", "接触まで {:g} 秒未満", "{:g} 秒つづく", "確からしさ {:g} 以上", "か", "、"),
    "en": ("within {:g} m", "contact in < {:g} s", "for {:g} s", "score >= {:g}", " or ", ", "),
}


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One row in words and numbers; `example` is what the wearer would hear."""

    kind: str
    urgency: str
    earcon: str
    preempts: str
    evidence: str
    escalation: str
    gap_s: float
    lifetime_s: float
    resumes: bool
    example: str


def policy_table(lang: Lang) -> tuple[PolicyRow, ...]:
    """Every row, the most urgent first."""
    rows = sorted(KINDS, key=lambda kind: (-POLICY[kind].urgency, -POLICY[kind].rank))
    return tuple(_row(str(kind), POLICY[kind], render(example(kind), lang).text, lang) for kind in rows)


def _row(kind: str, row: Policy, text: str, lang: Lang) -> PolicyRow:
    return PolicyRow(
        kind=kind,
        urgency=row.urgency.wire,
        earcon=row.earcon,
        preempts=row.preempts,
        evidence=_evidence(row.evidence, lang),
        escalation="" if row.escalation is None else _evidence(row.escalation.evidence, lang),
        gap_s=row.gap_s,
        lifetime_s=row.lifetime_s,
        resumes=row.resumes,
        example=text,
    )


def _evidence(evidence: Evidence | None, lang: Lang) -> str:
    if evidence is None:
        return ""
    within, soon, held, score, either, comma = _EVIDENCE[lang]
    reasons = [
        words.format(value)
        for words, value in ((within, evidence.within_m), (soon, evidence.ttc_s))
        if value is not None
    ]
    conditions = [either.join(reasons)] if reasons else []
    conditions += [
        words.format(value)
        for words, value in ((held, evidence.held_s), (score, evidence.score))
        if value > 0.0
    ]
    return comma.join(conditions)
