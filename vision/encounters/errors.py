"""What can go wrong with scripted encounters.

VisionError
└── FiguresError   a file of figures that cannot be used; the message names the figure
"""

from vision.errors import VisionError


class FiguresError(VisionError):
    """Figures that cannot be simulated."""
