"""The live view as a film: refused probes and logins as balls, with the geometry of the page.

`frames` turns events in order of time into pictures; a program writes them as a film.
"""

from varde.views.live.ball import Ball, balls_of, fold
from varde.views.live.film import LARGEST, SMALLEST, Film, frames, palette_image
from varde.views.live.flight import Flight, Shot, spot_of

__all__ = ["LARGEST", "SMALLEST", "Ball", "Film", "Flight", "Shot", "balls_of", "fold", "frames", "palette_image", "spot_of"]
