"""What the store holds about one person, table by table.

So an export leaves nothing out and an erasure leaves nothing behind. A test walks the tables: a new one fails
it until it stands here.

A row is a person's own (`own`: it goes with them), or another's that names them (`named`: it stays, and names
nobody once the user's row has lost its name).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Select, Table, and_, or_, select

from server.tables import (
    alerts,
    audit,
    blockages,
    channels,
    consents,
    days,
    deliveries,
    devices,
    erasures,
    events,
    invitations,
    links,
    login_failures,
    logs,
    looks,
    map_jobs,
    marks,
    notices,
    organisations,
    pairings,
    plans,
    recovery_codes,
    relations,
    routes,
    saved_places,
    sessions,
    shares,
    trial_files,
    trial_persons,
    trials,
    trip_logs,
    trips,
    users,
    watching,
    zones,
)

Whose = Callable[[str], ColumnElement[bool]]
# Secrets, or hashes of them: of no use to their owner, of much to a thief of the file.
SECRETS: Final = frozenset(
    {
        "password_hash",
        "totp_sealed",
        "totp_last_step",
        "code_hash",
        "token_hash",
        "csrf",
        "key_hash",
        "next_key_hash",
        "confirm_hash",
    }
)


@dataclass(frozen=True, slots=True)
class Holding:
    """One table.

    `own`, `named`: which rows; None: no row is anybody's. `not_exported`: why no row stands in the export;
    empty where all of one's own do. `named_columns`: what the export tells of a row that names the person.
    `kept_back`: columns that may hold another person's address.
    `stays`: why an erasure leaves the own rows; empty where it deletes them.
    """

    table: Table
    own: Whose | None = None
    named: Whose | None = None
    named_columns: tuple[str, ...] = ()
    kept_back: tuple[str, ...] = ()
    not_exported: str = ""
    stays: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """What is exported of one's own rows."""
        return tuple(
            column.name for column in self.table.columns if column.name not in SECRETS | {*self.kept_back}
        )


def _by(column: ColumnElement[str]) -> Whose:
    return lambda user_id: column == user_id


def _of_devices(table: Table) -> Whose:
    return lambda user_id: table.c.device_id.in_(select(devices.c.id).where(devices.c.wearer_id == user_id))


def _logs_of(user_id: str) -> Select[tuple[int]]:
    mine = select(logs.c.id).join(devices, devices.c.id == logs.c.device_id)
    return mine.where(devices.c.wearer_id == user_id)


def _of_routes(user_id: str) -> ColumnElement[bool]:
    planned = select(plans.c.route_id).where(plans.c.wearer_id == user_id)
    walked = [
        select(column).where(trips.c.wearer_id == user_id, column.is_not(None))
        for column in (trips.c.route_id, trips.c.followed_route_id)
    ]
    return or_(routes.c.id.in_(planned), *(routes.c.id.in_(query) for query in walked))


def _of_trial_files(user_id: str) -> ColumnElement[bool]:
    """Their lines of tables; and what holds everybody's and cannot be cut, of reports that they are in."""
    mine = trial_persons.c.wearer_id == user_id
    about = select(trial_persons.c.trial_id).where(mine)
    return or_(
        trial_files.c.person_id.in_(select(trial_persons.c.id).where(mine)),
        and_(trial_files.c.of_all.is_(True), trial_files.c.trial_id.in_(about)),
    )


def _of_deliveries(user_id: str) -> ColumnElement[bool]:
    about = select(alerts.c.id).where(alerts.c.wearer_id == user_id)
    return or_(deliveries.c.user_id == user_id, deliveries.c.alert_id.in_(about))


_ALL: Final = (
    Holding(organisations, not_exported="no person's", stays="no person's"),
    Holding(
        users, _by(users.c.id), stays="loses name, login, password and pseudonym; others' rows end at it"
    ),
    Holding(recovery_codes, _by(recovery_codes.c.user_id), not_exported="secrets only"),
    Holding(sessions, _by(sessions.c.user_id)),
    Holding(
        login_failures,
        not_exported="hashes that name nobody, deleted within a day",
        stays="hashes that name nobody, deleted within a day",
    ),
    Holding(devices, _by(devices.c.wearer_id)),
    Holding(pairings, _by(pairings.c.wearer_id)),
    Holding(
        invitations,
        _by(invitations.c.wearer_id),
        _by(invitations.c.accepted_by),
        ("id", "wearer_id", "created_utc_s", "accepted_utc_s"),
    ),
    Holding(consents, _by(consents.c.wearer_id)),
    Holding(
        relations,
        _by(relations.c.wearer_id),
        _by(relations.c.viewer_id),
        ("id", "wearer_id", "asked_utc_s", "agreed_utc_s", "ended_utc_s", "alert_order"),
    ),
    Holding(routes, _of_routes, stays="a way between places, the same for all; deleted when nobody has it"),
    Holding(plans, _by(plans.c.wearer_id)),
    Holding(trips, _by(trips.c.wearer_id)),
    Holding(shares, _by(shares.c.wearer_id)),
    Holding(logs, _of_devices(logs)),
    Holding(trip_logs, lambda user_id: trip_logs.c.log_id.in_(_logs_of(user_id))),
    Holding(events, lambda user_id: events.c.log_id.in_(_logs_of(user_id))),
    Holding(
        looks,
        _by(looks.c.wearer_id),
        _by(looks.c.viewer_id),
        ("id", "wearer_id", "trip_id", "what", "utc_s"),
    ),
    Holding(
        blockages,
        _by(blockages.c.reporter_id),
        stays="keeps others off a closed path, names nobody then, and is deleted when it expires",
    ),
    Holding(links, _by(links.c.wearer_id)),
    Holding(notices, _by(notices.c.wearer_id)),
    Holding(
        alerts,
        _by(alerts.c.wearer_id),
        _by(alerts.c.acknowledged_by),
        ("id", "wearer_id", "kind", "state", "acknowledged_utc_s"),
    ),
    Holding(channels, _by(channels.c.user_id)),
    Holding(deliveries, _of_deliveries, kept_back=("channel_id", "error")),
    Holding(zones, _by(zones.c.wearer_id)),
    Holding(saved_places, _by(saved_places.c.wearer_id)),
    Holding(days, _by(days.c.wearer_id)),
    Holding(trials, not_exported="of all participants together", stays="of all participants together"),
    Holding(trial_persons, _by(trial_persons.c.wearer_id)),
    Holding(
        trial_files,
        _of_trial_files,
        not_exported="the figures of `trial_persons` once more, and other participants' beside them",
    ),
    Holding(erasures, _by(erasures.c.user_id), stays="the ledger itself: a random id and two times"),
    Holding(
        audit,
        lambda user_id: or_(audit.c.actor_id == user_id, audit.c.object_id == user_id),
        stays="what administrators did must stay accountable; it holds no names, and has a clock",
    ),
    Holding(
        watching,
        not_exported="who looks at this very second; `looks` tells it",
        stays="over within seconds",
    ),
    Holding(map_jobs, not_exported="no person's", stays="no person's"),
    Holding(marks, not_exported="no person's", stays="no person's"),
)
HOLDINGS: Final[Mapping[str, Holding]] = {holding.table.name: holding for holding in _ALL}
