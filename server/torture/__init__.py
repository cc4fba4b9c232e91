"""The server killed at any moment, its disk cut off in the middle: what was acknowledged must be there."""
