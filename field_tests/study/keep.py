"""`study count`: weeks that are complete are counted in every way that a report asks for, and kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from field_tests.errors import StudyError
from field_tests.issues import Issue
from field_tests.japan import JST
from field_tests.outings.definitions import ESTIMATOR
from field_tests.study.folder import Folder
from field_tests.study.forgetting import erase, forget, forgotten_issues
from field_tests.study.found import Found, in_order
from field_tests.study.keeping import is_gone, known_sha256, otherwise
from field_tests.study.kept import FORM, MAIN, MANIFEST, Forgotten, KeptWeek, Manifest, Variant, write
from field_tests.study.measured import MeasuredDay
from field_tests.study.moments import day_of
from field_tests.study.recounts import ways
from field_tests.study.weeks import Held, Week, held, week_days, weeks_of

_DAY: Final = timedelta(days=1)
# Figures that differ by less are the same: sums of the same parts in another order.
_SAME_MINUTES: Final = 1e-6

Progress = Callable[[int, int], None]
Days = dict[Variant, dict[str, dict[date, MeasuredDay]]]


@dataclass(frozen=True, slots=True)
class KeptNow:
    """What a run of `study count` did. `until`: the last day that is complete in the files of positions.

    `days` are kept now, of them `new_days` since before; of `forgotten` persons positions were deleted.
    """

    until: date
    days: int
    new_days: int
    forgotten: tuple[Forgotten, ...]
    deleted: int
    issues: tuple[Issue, ...]


@dataclass(slots=True)
class _State:
    """What is kept, while it grows."""

    days: Days
    weeks: dict[tuple[str, date], KeptWeek]
    forgotten: dict[str, date]
    found: Found = field(default_factory=Found)


def count_and_keep(
    folder: Folder,
    *,
    now: datetime,
    version: str,
    until: date | None = None,
    forgets: bool = False,
    erased: Sequence[str] = (),
    progress: Progress = lambda done, of: None,
) -> KeptNow:
    """Count what is complete, keep it, and with `forgets` delete positions that no week needs any more.

    `until`: the last day of which all positions are there; None: the day before the latest position.
    Of those `erased` neither counted days nor positions stay.
    """
    whole_until = until or _reached(folder)
    state = _begun(folder, erased)
    before = _number(state.days)
    _refuse_other_counting(folder)
    persons = [one.person for one in folder.participants if one.person not in erased]
    for done, person in enumerate(persons, start=1):
        _count_person(folder, person, whole_until, state, forgets)
        progress(done, len(persons))
    manifest = _manifest(folder, state, erased, now, version)
    write(folder.path, manifest, state.days)
    for person in erased:
        erase(folder, person)
    deleted = sum(forget(folder, *one) for one in state.forgotten.items()) if forgets else 0
    days = _number(state.days)
    return KeptNow(
        until=whole_until,
        days=days,
        new_days=days - before,
        forgotten=manifest.forgotten if forgets else (),
        deleted=deleted,
        issues=in_order(state.found.issues()),
    )


def _reached(folder: Folder) -> date:
    """The day before the latest position of anybody: that day itself may go on."""
    latest = [
        float(track.utc_s[-1])
        for participant in folder.participants
        for track in folder.tracks(participant.person)
    ]
    return day_of(max(latest)) - _DAY if latest else folder.protocol.first - _DAY


def _begun(folder: Folder, erased: Sequence[str]) -> _State:
    kept = folder.kept
    _check_known(folder, erased)
    if kept is None:
        return _State({}, {}, {})
    days = {
        way: {person: dict(own) for person, own in persons.items() if person not in erased}
        for way, persons in kept.days.items()
    }
    weeks = {key: week for key, week in kept.weeks.items() if week.person not in erased}
    forgotten = {person: day for person, day in kept.forgotten.items() if person not in erased}
    return _State(days, weeks, forgotten)


def _check_known(folder: Folder, erased: Sequence[str]) -> None:
    known = {one.person for one in folder.participants}
    known |= {week.person for week in (folder.kept.manifest.weeks if folder.kept else ())}
    for person in erased:
        if person not in known:
            raise StudyError(f"--erase {person}: 名簿にいません / is not on the list")


def _refuse_other_counting(folder: Folder) -> None:
    """Days by other definitions or another estimator would stand beside those that are kept."""
    kept = folder.kept
    how = otherwise(kept, folder.definitions) if kept is not None else ""
    if kept is not None and how and kept.forgotten:
        raise StudyError(
            f"{MANIFEST}: 位置を消した日が別の数え方です（{how}）。"
            "definitions.toml か Shirube を、数えたときのものに戻してください。 / "
            f"Days whose positions are deleted were counted otherwise ({how}): put back the definitions, or "
            f"the Shirube ({kept.manifest.shirube}), by which they were counted."
        )


def _count_person(folder: Folder, person: str, until: date, state: _State, forgets: bool) -> None:
    own = held(folder, person, Found())
    needed: date | None = None  # the first day of which positions are still needed
    for week in weeks_of(folder.protocol, folder.definitions):
        complete = week.until <= until
        logger, device, _ = own.of(week)
        if complete and logger + device and folder.homes.get(person):
            _count_week(folder, person, week, own, state)
        kept = (person, week.first) in state.weeks
        if needed is None and (not complete or (logger + device and not kept)):
            needed = week.since
    last_s = own.last_s()
    if not forgets or last_s is None:
        return
    # Until the trial is over, later positions of somebody whose record ended may still come.
    before = folder.protocol.last + _DAY if needed is None else min(needed, day_of(last_s) + _DAY)
    if before > max(folder.protocol.first, state.forgotten.get(person, date.min)):
        state.forgotten[person] = before


def _count_week(folder: Folder, person: str, week: Week, own: Held, state: _State) -> None:
    """Keep a week's days, unless they are kept already and nothing could change them."""
    key = (person, week.first)
    known = state.weeks.get(key)
    if known is not None and folder.kept is not None:
        same = own.of(week)[2] == known.sha256 and key not in folder.outdated
        if same or is_gone(folder.kept, week, known, own):
            return
    main = week_days(folder, person, week, own)
    if known is not None:
        before = state.days[MAIN][person]
        differ = sum(not _same(before.get(one.day.day), one) for one in main)
        state.found.add("counted_anew", "note", MANIFEST, person=person, detail=f"{week.first}", count=differ)
    radii = {home.radius_m for home in folder.homes[person]}
    for what, value, other in (("main", "", folder), *ways(folder)):
        same = other is folder or (what == "home_radius_m" and radii == {float(value)})
        days = main if same else week_days(other, person, week, own)
        kept = state.days.setdefault((what, value), {}).setdefault(person, {})
        kept.update((one.day.day, one) for one in days)
    logger, device, digest = own.of(week)
    state.weeks[key] = KeptWeek(
        person=person,
        first=week.first.isoformat(),
        last=week.last.isoformat(),
        positions=logger,
        device_positions=device,
        sha256=digest,
        known_sha256=known_sha256(folder, person, week.first, week.last),
    )


def _same(before: MeasuredDay | None, now: MeasuredDay) -> bool:
    if before is None:
        return False
    a, b = before.day, now.day
    pairs = ((a.minutes, b.minutes), (a.minutes_min, b.minutes_min), (a.minutes_max, b.minutes_max))
    return all(abs(x - y) <= _SAME_MINUTES for x, y in pairs) and (a.outings, a.out) == (b.outings, b.out)


def _manifest(folder: Folder, state: _State, erased: Sequence[str], now: datetime, version: str) -> Manifest:
    old = folder.kept.manifest if folder.kept is not None else None
    large = [file for file in folder.inputs() if file.path.startswith("fixes/")]
    sources = {(file.path, file.sha256): file for file in (*(old.sources if old else ()), *large)}
    issues = [*(old.issues if old else ()), *forgotten_issues(folder, state.forgotten)]
    return Manifest(
        form=FORM,
        counted=now.astimezone(JST).isoformat(timespec="seconds"),
        shirube=version,
        estimator=ESTIMATOR,
        definitions_sha256=folder.definitions.sha256,
        tables=(),
        weeks=tuple(state.weeks[key] for key in sorted(state.weeks)),
        forgotten=tuple(
            Forgotten(person=person, before=day.isoformat())
            for person, day in sorted(state.forgotten.items())
        ),
        sources=tuple(sources[key] for key in sorted(sources) if _person_of(sources[key].path) not in erased),
        issues=in_order(issue for issue in (*issues, *state.found.issues()) if issue.person not in erased),
    )


def _person_of(path: str) -> str:
    return path.removeprefix("fixes/").partition(".")[0]


def _number(days: Mapping[Variant, Mapping[str, Mapping[date, MeasuredDay]]]) -> int:
    return sum(len(own) for own in days.get(MAIN, {}).values())
