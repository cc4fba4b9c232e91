"""Publishing the report of a trial for an organisation's evaluators, replacing it, taking it back."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from field_tests.study.result import RESULT, StudyResult
from server import audit
from server.access import Role
from server.consent import Purpose, in_force_clause
from server.credentials import new_id
from server.errors import TrialError
from server.tables import trial_files, trial_persons, trials, users
from server.trial_checking import require_consistent
from server.trial_parts import DAYS, OWN_PART, days_of, pieces_of, split
from wire.errors import WireError

RESULT_FILE: Final = "result.json"
MOST_TRIALS: Final = 100  # of an organisation: a list that a person reads
_KINDS: Final = frozenset({".pdf", ".html", ".csv", ".json"})
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MOST_BYTES: Final = 32 << 20  # of one file: a PDF with a drawing of each participant is some MB


@dataclass(frozen=True, slots=True)
class Published:
    """What came of publishing. `unknown`: participants who are kept out, by the names of the report."""

    trial_id: str
    persons: int
    unknown: tuple[str, ...]
    files: int


def read_report(folder: Path) -> tuple[StudyResult, dict[str, bytes]]:
    """The result and the files beside it, as `shirube study report` writes them; pages draw it anew.

    `TrialError`: no result, one of another version, one that contradicts itself, or a file that no evaluator
    could be given.
    """
    path = folder / RESULT_FILE
    try:
        result = RESULT.decode(path.read_bytes())
        files = {
            file.name: file.read_bytes()
            for file in sorted(folder.iterdir())
            if file.is_file() and file != path and file.suffix in _KINDS
        }
    except OSError as error:
        raise TrialError(
            f"{error.filename}: 読めません。`shirube study report --out` のフォルダーを渡してください / "
            f"{error.strerror}: give the folder that `shirube study report --out` wrote"
        ) from error
    except WireError as error:
        raise TrialError(
            f"{path}: {error}: この版で報告を作り直してください / make the report again with this version"
        ) from error
    for name, body in files.items():
        if not _NAME.fullmatch(name):
            raise TrialError(
                f"{folder}: {name!r}: 名前は英数字と . _ - だけにしてください / "
                "a file of a report is named by letters, digits, . _ -"
            )
        if name.endswith((".csv", ".json")) and not _is_text(body):
            raise TrialError(
                f"{folder}: {name}: UTF-8 ではありません。報告を作り直してください / "
                "is not in UTF-8: make the report again"
            )
        if len(body) > _MOST_BYTES:
            raise TrialError(
                f"{folder}: {name}: {_MOST_BYTES >> 20} MB を超えます。除いてください / "
                "is too large: leave it out"
            )
    require_consistent(result, files)
    return result, files


def _is_text(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


async def publish(
    connection: AsyncConnection,
    organisation_id: str,
    result: StudyResult,
    files: Mapping[str, bytes],
    now_s: float,
    replaces: str | None = None,
) -> Published:
    """Keep a report, or put it in the place of `replaces`; in the caller's transaction, with its record.

    Of participants who are no wearers of the organisation, or do not agree to the trial now, nothing is kept.
    `TrialError`: there is no report to replace, there are too many, or one that is said to be simulated tells
    of somebody who is known here.
    """
    if replaces is not None:
        await _delete(connection, organisation_id, replaces)
    await _require_room(connection, organisation_id)
    trial_id = replaces or new_id()
    common, parts = split(result)
    if result.simulated:
        await _require_nobody(connection, parts)
    row = {"id": trial_id, "organisation_id": organisation_id, "published_utc_s": now_s}
    row |= {"simulated": result.simulated, "persons": len(parts), "result": RESULT.encode(common)}
    await connection.execute(insert(trials).values(row))
    wearers = dict.fromkeys(parts) if result.simulated else await _wearers(connection, organisation_id)
    days, kept = days_of(result), {name: part for name, part in parts.items() if name in wearers}
    ids: dict[str, int] = {}
    for name, part in kept.items():
        own = {"trial_id": trial_id, "wearer_id": wearers[name], "person": name}
        own |= {"body": OWN_PART.encode(part), "days": DAYS.encode(days.get(name, ()))}
        made = await connection.execute(insert(trial_persons).values(own).returning(trial_persons.c.id))
        ids[name] = int(made.scalar_one())
    for name, body in files.items():
        await _keep_file(connection, trial_id, name, body, ids, parts)
    what = "trial_published" if replaces is None else "trial_replaced"
    await audit.record(connection, now_s, audit.By(organisation_id), what, trial_id, persons=len(kept))
    return Published(trial_id, len(kept), tuple(sorted(parts.keys() - kept.keys())), len(files))


async def remove(connection: AsyncConnection, organisation_id: str, trial_id: str, now_s: float) -> None:
    """Delete a report, in the caller's transaction, with its record. `TrialError`: there is none."""
    await _delete(connection, organisation_id, trial_id)
    await audit.record(connection, now_s, audit.By(organisation_id), "trial_removed", trial_id)


async def _keep_file(
    connection: AsyncConnection,
    trial_id: str,
    name: str,
    body: bytes,
    ids: Mapping[str, int],
    named: Collection[str],
) -> None:
    for number, piece in enumerate(pieces_of(name, body, named)):
        if piece.person is not None and piece.person not in ids:
            continue  # nobody may see it
        # What holds everybody's is for those who may see everybody: where one is kept out, for none.
        body_kept = b"" if piece.of_all and len(ids) < len(named) else piece.body
        row = {"trial_id": trial_id, "name": name, "number": number, "body": body_kept}
        row |= {"person_id": None if piece.person is None else ids[piece.person], "of_all": piece.of_all}
        await connection.execute(insert(trial_files).values(row))


async def _require_room(connection: AsyncConnection, organisation_id: str) -> None:
    mine = select(func.count()).where(trials.c.organisation_id == organisation_id)
    if (await connection.execute(mine)).scalar_one() >= MOST_TRIALS:
        raise TrialError(
            f"結果は {MOST_TRIALS} 件までです。一つ下げるか、入れ替えてください / "
            f"{MOST_TRIALS} results are kept at most: remove one, or replace it"
        )


async def _delete(connection: AsyncConnection, organisation_id: str, trial_id: str) -> None:
    mine = select(trials.c.id).where(trials.c.id == trial_id, trials.c.organisation_id == organisation_id)
    if (await connection.execute(mine)).one_or_none() is None:
        raise TrialError(
            f"{trial_id!r}: この組織にその結果はありません。`shirube server trial list` で見てください / "
            "there is no such trial of this organisation: see `shirube server trial list`"
        )
    for table in (trial_files, trial_persons):
        await connection.execute(delete(table).where(table.c.trial_id == trial_id))
    await connection.execute(delete(trials).where(trials.c.id == trial_id))


async def _require_nobody(connection: AsyncConnection, names: Collection[str]) -> None:
    """Nobody is behind a simulation: their consent is not asked for, so they must not be anybody's."""
    wearers = select(users.c.pseudonym).where(
        users.c.role == Role.WEARER.value, users.c.pseudonym.in_(list(names))
    )
    known = sorted((await connection.execute(wearers)).scalars())
    if known:
        raise TrialError(
            f"模擬（simulated）の結果に、実在の装着者の仮名があります: {', '.join(known)} / "
            "it is said to be simulated, and holds pseudonyms of wearers of this server"
        )


async def _wearers(connection: AsyncConnection, organisation_id: str) -> dict[str, str | None]:
    """Who takes part now, by pseudonym."""
    query = select(users.c.pseudonym, users.c.id).where(takes_part(organisation_id))
    return {str(row.pseudonym): str(row.id) for row in await connection.execute(query)}


def takes_part(organisation_id: str) -> ColumnElement[bool]:
    """The outer query's user is a wearer of the organisation who agrees to the trial."""
    return and_(
        users.c.role == Role.WEARER.value,
        users.c.organisation_id == organisation_id,
        users.c.erased_utc_s.is_(None),
        in_force_clause(Purpose.TRIAL_RESEARCH, users.c.id),
    )
