"""Colours, all of them, by name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scheme:
    """One look: ground, ink and a colour for each plane. Colours are #RRGGBB."""

    name: str
    ground: str
    panel: str
    line: str
    ink: str
    quiet: str
    planes: dict[str, str]


def _planes(tcp4: str, udp4: str, tcp6: str, udp6: str, icmp: str, other: str) -> dict[str, str]:
    return {"tcp4": tcp4, "udp4": udp4, "tcp6": tcp6, "udp6": udp6, "icmp": icmp, "other": other}


SCHEMES = {
    # the words of the original (green, light blue, red, white) in colours that stay apart for colour-blind eyes:
    # minimum CIEDE2000 distance 22 (dark) and 19 (light) over normal, protan, deutan and tritan vision
    "dark": Scheme(
        "dark", "#0b0f14", "#11171f", "#1e2833", "#e6edf3", "#8b9aa8",
        _planes("#2b7638", "#60a8d0", "#fba07d", "#ffffff", "#a7b4c0", "#7b8a98"),
    ),
    "light": Scheme(
        "light", "#ffffff", "#f4f6f8", "#d8dee4", "#10161d", "#556270",
        _planes("#06a25d", "#1e61ad", "#a00d01", "#641b4a", "#52606d", "#7a8794"),
    ),
    # as the original Fireplots were drawn
    "classic": Scheme(
        "classic", "#000000", "#000000", "#303030", "#ffffff", "#b0b0b0",
        _planes("#00c000", "#add8e6", "#ff0000", "#ffffff", "#ffff00", "#808080"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LinkColours:
    """Colours of a link graph beside those of its scheme. On a light ground the fills are faint, so the edge carries the shape."""

    source: str
    port: str
    target: str
    edge: str
    "Outline of every object."
    on_port: str
    "Letters that stand on a port's box."
    new: str
    hollow: str
    "Outline of what several are folded into; empty for the colour of its kind."
    flow: float
    "Opacity of the busiest bundle of requests."


LINK_COLOURS = {
    "dark": LinkColours("#ff5a4f", "#9bd7ff", "#ffd84d", "#0b0f14", "#0b0f14", "#7ee787", "", 0.55),
    "light": LinkColours("#e5352b", "#add8e6", "#ffd400", "#333333", "#10161d", "#116329", "#333333", 0.6),
    "classic": LinkColours("#ff0000", "#add8e6", "#ffff00", "#000000", "#000000", "#00ff00", "", 0.55),
}
"""The original's words (red circles, light-blue boxes, yellow triangles) for each scheme; the shape says the same again."""


@dataclass(frozen=True, slots=True)
class MapColours:
    """Colours of a map of the world: ground, land, borders, the least and the most of an amount, and the edge of a bubble."""

    sea: str
    land: str
    border: str
    low: str
    high: str
    bubble: str


MAP_COLOURS = {
    "dark": MapColours("#0f1620", "#222d39", "#0b0f14", "#2c4a63", "#ffb454", "#ffe0ad"),
    "light": MapColours("#eef3f8", "#d9dee4", "#ffffff", "#cfe0ee", "#b4420b", "#7a2c06"),
    "classic": MapColours("#000000", "#303030", "#000000", "#404060", "#ffff00", "#ffffff"),
}
"""One hue that grows lighter (dark ground) or darker (light ground) with the amount, so that it survives without colour."""


def rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
