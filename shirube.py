"""The command line: the only file that knows every room."""


def main() -> None:
    """Placeholder until the command line is written."""
    raise SystemExit(2)
