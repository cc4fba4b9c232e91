"""Where the store is: one address, read once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import SQLAlchemyError as StoreFault

from server.errors import StoreError

_SQLITE: Final = "sqlite:///"
_POSTGRES: Final = ("postgresql://", "postgresql+psycopg://")


@dataclass(frozen=True, slots=True)
class Address:
    """A store's address as the drivers want it. `shown` holds no password: it may go to a log."""

    shown: str
    blocking: str
    asynchronous: str
    path: Path | None  # of an SQLite file; None: PostgreSQL

    @classmethod
    def of(cls, url: str) -> "Address":
        """From `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/DATABASE`; else `StoreError`."""
        if url.startswith(_SQLITE):
            file = url.removeprefix(_SQLITE)
            return cls(url, url, f"sqlite+aiosqlite:///{file}", Path(file))
        if not url.startswith(_POSTGRES):
            raise StoreError("database_url: write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE")
        try:
            parsed = make_url(url).set(drivername="postgresql+psycopg")
        except (ArgumentError, ValueError) as error:
            raise StoreError(
                "database_url: this is no address of PostgreSQL; signs such as @ / : in a password "
                "are written as %40 %2F %3A"
            ) from error
        full = parsed.render_as_string(hide_password=False)
        shown = parsed.set(drivername="postgresql").render_as_string(hide_password=True)
        return cls(shown, full, full, None)


def shown(url: str) -> str:
    """The address without its password."""
    return Address.of(url).shown


def in_one_line(address: Address, error: StoreFault) -> StoreError:
    """What went wrong, for whoever runs the server."""
    told = " ".join(str(getattr(error, "orig", None) or error).split())
    return StoreError(f"{address.shown}: {told}")
