"""Which version of the program this is."""

from functools import cache


@cache
def program_version() -> str | None:
    """As its package says; None where it is run without having been installed."""
    from importlib.metadata import PackageNotFoundError, version  # late: a start needs none of it

    try:
        return version("shirube")
    except PackageNotFoundError:
        return None
