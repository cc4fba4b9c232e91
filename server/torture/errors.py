"""What ends a torture before its time."""

from server.errors import ServerError


class TortureError(ServerError):
    """The server did not come back, or the test itself cannot be trusted."""
