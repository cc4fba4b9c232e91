"""What can go wrong with copies of the store."""

from server.errors import ServerError


class BackupError(ServerError):
    """A copy cannot be taken, or one that was taken cannot be used; the message says what to do."""


class MissedError(BackupError):
    """What was written in between cannot be known any more: a new whole copy is needed."""


class BusyError(BackupError):
    """Whoever writes to the store leaves no gap."""
