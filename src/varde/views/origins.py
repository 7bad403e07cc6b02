"""Where sources are, as sentences say it: country, autonomous system and its holder."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from varde.intel import Geography
from varde.views.world import World

_WITH_ARTICLE = frozenset(["AE", "BS", "CD", "CF", "DO", "FK", "GB", "GM", "KM", "KY", "MH", "NL", "PH", "SB", "TC", "US", "VA", "VG", "VI"])
"""Countries whose names take `the` in English."""

_HOME = "--"


@dataclass(frozen=True, slots=True)
class Origin:
    """Of one source; what is not known is empty."""

    country: str = ""
    "The code: ISO 3166 alpha-2, `--` for home."
    name: str = ""
    "As it stands behind `in`: `Norway`, `the Netherlands`."
    asn: int | None = None
    holder: str = ""


Origins = Mapping[bytes, Origin]
"""By the 16 octets of a source."""


def origins_of(sources: Iterable[bytes], moment: int, geography: Geography, world: World) -> dict[bytes, Origin]:
    """Where each was at a moment, us since 1970 UTC."""
    distinct = list(dict.fromkeys(sources))
    if not distinct:
        return {}
    octets = np.frombuffer(b"".join(distinct), dtype=np.uint8).reshape(-1, 16)
    codes, systems = geography.locate(octets, np.full(len(distinct), moment, dtype=np.int64))
    return {
        source: Origin(code or "", _name(code or "", world), asn, geography.as_name(asn))
        for source, code, asn in zip(distinct, codes, systems, strict=True)
    }


def countries(sources: Iterable[bytes], origins: Origins) -> list[tuple[str, int]]:
    """Names of countries and how many of the sources are there, the most first; unknown ones are left out."""
    found = Counter(origins[source].name for source in sources if source in origins and origins[source].name)
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))


def _name(code: str, world: World) -> str:
    if code in ("", _HOME):
        return "a network of your own" if code else ""
    return f"the {world.name(code)}" if code in _WITH_ARTICLE else world.name(code)
