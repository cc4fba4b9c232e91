"""What can go wrong in an evaluation.

VisionError
└── EvaluationError   data that cannot be evaluated; the message names the file and says what to do
"""

from vision.errors import VisionError


class EvaluationError(VisionError):
    """Data that cannot be evaluated."""
