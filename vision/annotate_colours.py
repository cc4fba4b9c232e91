"""The colours of what is drawn for people who check it. None says "safe": nothing is green."""

from typing import Final

from vision.lettering import Colour

RED: Final[Colour] = (60, 60, 255)
AMBER: Final[Colour] = (20, 170, 255)
GREY: Final[Colour] = (200, 200, 200)
BLUE: Final[Colour] = (255, 150, 40)
WHITE: Final[Colour] = (255, 255, 255)
INK: Final[Colour] = (24, 20, 20)
