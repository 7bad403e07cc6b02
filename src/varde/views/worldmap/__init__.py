"""Where traffic comes from and goes to, as a map of the world with a table beside it."""

from varde.views.worldmap.drawing import Drawing, drawing_of
from varde.views.worldmap.formats import FORMATS, draw_map

__all__ = ["FORMATS", "Drawing", "draw_map", "drawing_of"]
