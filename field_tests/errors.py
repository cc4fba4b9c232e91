"""What can go wrong when outings are counted.

OutingError    positions, homes or settings that cannot be counted from
"""


class OutingError(Exception):
    """One sentence: what is wrong and what to do."""
