"""What contradicts itself in a trial's plan, or will end in "cannot tell", told in time. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from field_tests.study.closing import whole_months
from field_tests.study.folder import Folder
from field_tests.study.measures import LEAST_WASH_IN_DAYS
from field_tests.study.measures_draw import LEAST_STARTS, strange
from field_tests.study.protocol import PhaseKind

# wrong: the verdict cannot be anything but "cannot tell"; doubt: look at it again.
Weight = Literal["wrong", "doubt"]
# Weeks that ended early may leave a share of silent weeks a little off.
_MOST_SHARE_OFF: Final = 0.1


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing, in both languages."""

    weight: Weight
    ja: str
    en: str


def findings(folder: Folder) -> tuple[Finding, ...]:
    """All that is found in the plan and the tables of a folder; nothing is fine."""
    return tuple(finding for look in _LOOKS for finding in look(folder))


def _frozen(folder: Folder) -> Iterator[Finding]:
    plan = folder.protocol
    if plan.frozen >= plan.first:
        yield Finding(
            "wrong",
            f"凍結の日（{plan.frozen}）が、始まり（{plan.first}）より前ではありません",
            f"frozen ({plan.frozen}) is not before first ({plan.first})",
        )
    if not plan.definitions_sha256:
        yield Finding(
            "wrong",
            "まだ凍結していません（shirube study protocol freeze）",
            "it is not frozen yet (shirube study protocol freeze)",
        )
    elif plan.definitions_sha256 != folder.definitions.sha256:
        yield Finding(
            "wrong",
            "definitions_sha256 が definitions.toml と合いません。数え方が凍結の後で変わっています",
            "definitions_sha256 is not that of definitions.toml: it was changed after it was frozen",
        )


def _design(folder: Folder) -> Iterator[Finding]:
    plan = folder.protocol
    if plan.design == "before_after":
        yield Finding(
            "wrong",
            "before_after では季節や目新しさと区別できず、判定は「判定できない」になります",
            "before_after cannot tell the device from season and novelty: the verdict will be “cannot tell”",
        )
    if plan.wash_in_days < LEAST_WASH_IN_DAYS:
        yield Finding(
            "wrong",
            f"慣れの期間が {plan.wash_in_days} 日です。{LEAST_WASH_IN_DAYS} 日は要ります",
            f"wash_in_days is {plan.wash_in_days}: novelty needs {LEAST_WASH_IN_DAYS}",
        )
    if plan.design == "randomised_start" and len(plan.possible_starts) < LEAST_STARTS:
        yield Finding("wrong", "possible_starts が一日だけです", "possible_starts holds one day only")
    elif plan.design == "randomised_start" and not season_is_told(plan.possible_starts, plan.wash_in_days):
        yield Finding(
            "wrong",
            f"開始日の差の最大が、慣れの期間（{plan.wash_in_days} 日）より長くありません。"
            "装置のある人とない人を同じ週で比べられず、季節と区別できません",
            f"the last possible start is not more than wash_in_days ({plan.wash_in_days}) after the first: no"
            " week has persons before and persons after, and season cannot be told",
        )


def season_is_told(starts: Sequence[date], wash_in_days: int) -> bool:
    """Whether somebody is still before the start when the first are past their wash-in."""
    return (max(starts) - min(starts)).days > wash_in_days


def _people(folder: Folder) -> Iterator[Finding]:
    count, least = len(folder.participants), folder.protocol.gates.least_persons
    if count < least:
        yield Finding(
            "wrong",
            f"参加者が {count} 人です。{least} 人は要ります",
            f"{count} participants; {least} are needed",
        )
    for participant in folder.participants:
        if participant.person not in folder.homes:
            yield Finding(
                "wrong",
                f"{participant.person}: 自宅がありません",
                f"{participant.person}: no home in homes.csv",
            )


def _starts(folder: Folder) -> Iterator[Finding]:
    plan = folder.protocol
    started = {one.person: one.start for one in folder.participants if one.start is not None}
    for person in (one.person for one in folder.participants if one.start is None and one.ended is None):
        yield Finding(
            "wrong",
            f"{person}: 開始日がまだ決まっていません（shirube study protocol draw）",
            f"{person}: no start is drawn yet (shirube study protocol draw)",
        )
    if plan.design != "randomised_start":
        return
    for person, start in started.items():
        if start not in plan.possible_starts:
            yield Finding(
                "wrong",
                f"{person}: 開始日 {start} は possible_starts にありません",
                f"{person}: the start {start} is none of possible_starts",
            )
    yield from _lots(folder, started)


def _lots(folder: Folder, started: dict[str, date]) -> Iterator[Finding]:
    used = Counter(started.values())
    if started and len(used) < LEAST_STARTS:
        yield Finding("wrong", "全員が同じ日に始めます", "everybody begins on the same day")
    if started and max(used.values()) - min(used[day] for day in folder.protocol.possible_starts) > 1:
        yield Finding("doubt", "開始日の人数がそろっていません", "the starts are not in equal numbers")


def _again(folder: Folder) -> Iterator[Finding]:
    """What the frozen seed draws again."""
    plan = folder.protocol
    if not plan.possible_starts or not any(one.start for one in folder.participants):
        return
    if not folder.lots:
        yield Finding(
            "wrong",
            "くじの記録（lots.csv）がありません（shirube study protocol draw が書きます）",
            "there is no record of the draw (lots.csv, written by shirube study protocol draw)",
        )
        return
    for person in strange(folder.lots, folder.participants, folder.phases, plan):
        yield Finding(
            "wrong",
            f"{person}: 開始日か期間が、種 {plan.seed} のくじと違います",
            f"{person}: start or phases are not those that seed {plan.seed} draws",
        )


def _phases(folder: Folder) -> Iterator[Finding]:
    compared: tuple[PhaseKind, PhaseKind] = (
        ("active", "silent") if folder.protocol.design == "silent_weeks" else ("baseline", "active")
    )
    least = folder.protocol.valid.days_per_phase
    for participant in folder.participants:
        if participant.ended is not None:
            continue
        days = Counter(folder.phase_days(participant.person).values())
        for kind in compared:
            if days[kind] < least:
                yield Finding(
                    "wrong",
                    f"{participant.person}: {kind} が {days[kind]} 日です。有効な日が {least} 日要ります",
                    f"{participant.person}: {days[kind]} days of {kind}; {least} valid days are needed",
                )
        yield from _around_start(folder, participant.person, participant.start)


def _around_start(folder: Folder, person: str, start: date | None) -> Iterator[Finding]:
    """The device comes with the first day of wash-in, or of what is compared."""
    kinds = folder.phase_days(person)
    with_device = [day for day, kind in kinds.items() if kind != "baseline"]
    if start is None or not with_device:
        return
    if min(with_device) != start:
        yield Finding(
            "wrong",
            f"{person}: 開始日は {start} ですが、装置のある期間は {min(with_device)} からです",
            f"{person}: the start is {start}, but phases with the device begin on {min(with_device)}",
        )
    after = [day for day, kind in kinds.items() if kind in ("active", "silent")]
    if after and min(after) - start < timedelta(days=folder.protocol.wash_in_days):
        yield Finding(
            "wrong", f"{person}: 慣れの期間が計画より短い", f"{person}: wash-in is shorter than planned"
        )


def _silent(folder: Folder) -> Iterator[Finding]:
    if folder.protocol.design != "silent_weeks":
        return
    days = Counter(phase for one in folder.participants for phase in folder.phase_days(one.person).values())
    compared = days["silent"] + days["active"]
    share = days["silent"] / compared if compared else 0.0
    if abs(share - folder.protocol.silent_share) > _MOST_SHARE_OFF:
        yield Finding(
            "wrong",
            f"無案内の週が {share:.0%} です。計画は {folder.protocol.silent_share:.0%} です",
            f"{share:.0%} of the weeks are silent; the plan says {folder.protocol.silent_share:.0%}",
        )


def _fees(folder: Folder) -> Iterator[Finding]:
    """What would leave the verdict on fees at "cannot tell", where it can be mended before the trial."""
    plan = folder.protocol
    if plan.design == "silent_weeks" and plan.closing_from is None:
        yield Finding(
            "doubt",
            "closing_from（無案内の週のない、結びの期間の初日）がありません。利用料は「判定できない」になります",
            "there is no closing_from (first day of a stretch without silent weeks): the verdict on fees will"
            " be “cannot tell”",
        )
    starts = [one.start for one in folder.participants if one.start is not None]
    first = min((*starts, *plan.possible_starts), default=plan.first)
    if whole_months(plan.first, first - timedelta(days=1)) == 0:
        yield Finding(
            "doubt",
            f"始まり（{plan.first}）から最初の開始日（{first}）までに、暦の丸ひと月がありません。"
            "利用料は、試験の前の請求書がなければ「判定できない」になります",
            f"no whole calendar month lies between first ({plan.first}) and the first start ({first}): fees"
            " need bills from before the trial",
        )


_LOOKS: Final[tuple[Callable[[Folder], Iterator[Finding]], ...]] = (
    _frozen, _design, _people, _starts, _again, _phases, _silent, _fees,
)  # fmt: skip
