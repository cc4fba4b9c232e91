"""The store itself notices when somebody's right to look may have changed, whoever changed it.

Triggers on what rights are made of: relations, consents, shares, sessions, keys, links, accounts, and alerts
(which open a trip while they are open). They act within the change's own transaction, so that neither a kill
between the commit and the word about it, nor a command in another process, leaves an open view that nobody
closes. On PostgreSQL they send `NOTIFY`; on SQLite they count in `marks`, where the server looks.
"""

from typing import Final

from sqlalchemy import Connection

MARK: Final = "rights"  # the row of `marks`
CHANNEL: Final = "shirube"
WORD: Final = "rights"  # the topic, as in `server.hub`

# Table: the columns whose change may end or begin a right. Deleting a row always may.
_WATCHED: Final[dict[str, tuple[str, ...]]] = {
    "relations": ("agreed_utc_s", "ended_utc_s"),
    "shares": ("trip_id", "withdrawn_utc_s"),
    "consents": ("withdrawn_utc_s",),
    "sessions": ("second_factor_utc_s", "token_hash"),
    "devices": ("revoked_utc_s", "key_hash", "wearer_id"),
    "links": ("revoked_utc_s", "expires_utc_s"),
    "users": ("role", "organisation_id", "password_hash", "disabled_utc_s", "erased_utc_s"),
    "alerts": ("state",),
}
_COUNT: Final = f"UPDATE marks SET value = CAST(value AS INTEGER) + 1 WHERE name = '{MARK}'"  # noqa: S608
_FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION shirube_rights() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('{CHANNEL}', ':{WORD}'); RETURN NULL; END $$
"""


def install(connection: Connection) -> None:
    """Make what is missing; within the migration's transaction, as a copied table loses its triggers."""
    postgres = connection.dialect.name == "postgresql"
    if postgres:
        connection.exec_driver_sql(_FUNCTION)
    else:
        connection.exec_driver_sql(f"INSERT OR IGNORE INTO marks (name, value) VALUES ('{MARK}', '0')")  # noqa: S608
    for table, columns in _WATCHED.items():
        for name, what in (("changed", f"UPDATE OF {', '.join(columns)}"), ("deleted", "DELETE")):
            make = _on_postgres if postgres else _on_sqlite
            connection.exec_driver_sql(make(f"rights_{table}_{name}", what, table))


def _on_sqlite(name: str, what: str, table: str) -> str:
    return f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {what} ON {table} BEGIN {_COUNT}; END"


def _on_postgres(name: str, what: str, table: str) -> str:
    return (
        f"CREATE OR REPLACE TRIGGER {name} AFTER {what} ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION shirube_rights()"
    )
