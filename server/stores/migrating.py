"""The schema: made and changed in one transaction, on both databases."""

from importlib.resources import as_file, files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from server.errors import StoreTooNew
from server.stores import postgres, rights, sqlite
from server.stores.address import Address, in_one_line


def migrate(address: Address) -> None:
    """Bring the database to this server's schema; make it where it is missing.

    Raises `StoreTooNew` when a newer server has written it, `StoreError` when it cannot be opened.
    """
    # One transaction from the look at the revision to the last change: a kill in the middle or a
    # second server that starts at the same moment finds all of it or nothing.
    engine = postgres.migrator(address) if address.path is None else sqlite.migrator(address)
    try:
        with as_file(files("server") / "migrations") as scripts, engine.begin() as connection:
            _upgrade(connection, scripts, address)
    except SQLAlchemyError as error:
        raise in_one_line(address, error) from error
    finally:
        engine.dispose()


def _upgrade(connection: Connection, scripts: Path, address: Address) -> None:
    config = Config()
    # Alembic reads this value with interpolation: a percent sign in a folder's name must be doubled.
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        raise StoreTooNew(
            f"{address.shown}: schema {current} was written by a newer server; install that version"
        )
    command.upgrade(config, "head")
    if address.path is not None:
        sqlite.check_references(connection)
    rights.install(connection)
