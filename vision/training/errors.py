"""Errors of training.

TrainingError
├── DataError      a picture, label or source that cannot be used
├── RecipeError    a recipe that says something impossible
├── CheckpointError  a checkpoint or starting weights that do not fit
└── ExportError    a format that could not be written
"""


class TrainingError(Exception):
    """Root of the room's errors. The message says in one line what is wrong and what to do."""


class DataError(TrainingError):
    """A picture, a label file or a source folder that cannot be used."""


class RecipeError(TrainingError):
    """A recipe that lacks something or says something impossible."""


class CheckpointError(TrainingError):
    """A checkpoint or starting weights that do not fit the network."""


class ExportError(TrainingError):
    """A format that could not be written."""
