"""What can go wrong while scenes are made.

SceneError
├── NoRendererError   no EGL or OpenGL here: the scenes cannot be drawn
└── BadWalkError      the route, the path or the size asked for cannot be filmed
"""

from vision.errors import VisionError


class SceneError(VisionError):
    """Root of what this package raises."""


class NoRendererError(SceneError):
    """No off-screen OpenGL: install libegl1, libgl1 and libgl1-mesa-dri."""


class BadWalkError(SceneError):
    """A route, a path or an option that cannot be rendered; the message says which and why."""
