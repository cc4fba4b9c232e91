"""What can go wrong with a message."""


class WireError(ValueError):
    """A message that is not what the protocol says."""
