"""Fixtures that tests of several folders share, and each failure's name as soon as it is known."""

import os
import sys

import pytest

from tests.people import _cheap_passwords  # noqa: F401
from tests.stores import (  # noqa: F401
    _migrated_file,
    bare_postgres_url,
    cluster,
    postgres_url,
    sqlite_url,
    store_url,
)


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name what failed at once: a run that is ended from outside prints no summary."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        sys.stdout.write(f"\nFAILED {report.nodeid} ({report.when}, {report.duration:.0f} s)\n")
        sys.stdout.flush()
