"""What can go wrong when a trial is counted.

StudyError
├── OutingError    positions, homes or definitions that cannot be counted from
├── FolderError    a file of a trial's folder that cannot be read
├── ProtocolError  a protocol that contradicts itself
├── TariffError        a tariff or ledger that cannot be added up
└── MissingExtraError  a library of the extra `study` or `bench` is not installed
"""


class StudyError(Exception):
    """One sentence: what is wrong and what to do."""


class OutingError(StudyError):
    """Positions, homes or definitions that cannot be counted from."""


class FolderError(StudyError):
    """A file of a trial's folder that cannot be read."""


class ProtocolError(StudyError):
    """A protocol that contradicts itself."""


class TariffError(StudyError):
    """A tariff or a ledger that cannot be added up."""


class MissingExtraError(StudyError):
    """A library of an extra is not installed; the sentence names the command."""
