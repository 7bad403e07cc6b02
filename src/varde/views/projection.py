"""From degrees to the units of the map. The build step that makes the outlines loads this file too, so it needs nothing else.

Equal Earth keeps areas comparable, which a map of amounts must (Savric, Patterson, Jenny: The Equal Earth map projection, 2018)."""

import math

WIDTH = 10_000
"""Units from the map's left to its right; half a unit is less than a pixel of any picture."""

_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796


def project(longitude: float, latitude: float) -> tuple[float, float]:
    """Degrees to the plane of the projection: x to the right, y upwards."""
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    square = theta * theta
    sixth = square**3
    slope = _A1 + 3 * _A2 * square + sixth * (7 * _A3 + 9 * _A4 * square)
    x = 2 * math.sqrt(3) * math.radians(longitude) * math.cos(theta) / (3 * slope)
    return x, theta * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))


_RIGHT, _TOP = project(180, 0)[0], project(0, 90)[1]
_SCALE = WIDTH / (2 * _RIGHT)
HEIGHT = round(2 * _TOP * _SCALE)


def unit(longitude: float, latitude: float) -> tuple[int, int]:
    """To the map's own units: y downwards from the top."""
    x, y = project(longitude, latitude)
    return round((x + _RIGHT) * _SCALE), round((_TOP - y) * _SCALE)
