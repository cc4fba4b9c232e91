"""Fixtures that tests of several folders share."""

from tests.people import _cheap_passwords  # noqa: F401
from tests.stores import (  # noqa: F401
    _migrated_file,
    bare_postgres_url,
    cluster,
    postgres_url,
    sqlite_url,
    store_url,
)
