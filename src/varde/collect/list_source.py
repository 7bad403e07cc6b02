"""A list as it is configured: where it is, how it is read, and on what terms its owner gives it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

EXPIRE_DAYS: Mapping[str, int] = {"ipv4": 90, "ipv6": 90, "cidr": 90, "domain": 90, "url": 90, "hash": 365, "other": 90}
"""How long an indicator is matched after it was last said to be bad, by its type, where the list gives it no end: addresses and names
change hands (90 days is what Elastic's OTX integration takes too), a file stays what it is."""


OTX_DIRECT, MISP_FEED, TAXII, CROWDSEC_LAPI = CLIENT_FORMATS = ("otx-direct", "misp-feed", "taxii", "crowdsec-lapi")
"""Formats of lists that are asked for by a client of their own (`varde.collect.clients`)."""

KEY_NEEDED = (OTX_DIRECT, CROWDSEC_LAPI)
"""Of these, those that answer nobody without a key."""


@dataclass(frozen=True, slots=True)
class ListSource:
    """A configured list: `url` is https, or the whole path of a file (also as file://)."""

    name: str
    url: str
    format: str | None = None
    every: float = 3600.0
    "Seconds between fetches; files are read when they change."
    expire_days: Mapping[str, int] = field(default_factory=lambda: EXPIRE_DAYS)
    role: Literal["block", "allow"] = "block"
    "What it names is bad, or is harmless: then it is never matched, whatever other lists say."
    columns: Mapping[str, str] = field(default_factory=dict)
    "The owner's mapping of a CSV or JSON that is of no known format."
    key_file: str | None = None
    "The file with the key or with `user:password`, for what asks for one."
    key_header: str = ""
    "The header by which the key of a list that is one file is sent."
    collection: str | None = None
    "Of a TAXII server: the collection's id or title, where there are several."
    confidence: int | None = None
    "Of its indicators, where the list says none itself."
    licence: str = ""
    redistribute: bool | None = None
    "Whether its owner lets others pass it on; None: not known."

    @property
    def path(self) -> str | None:
        """The file, where it is one."""
        bare = self.url.removeprefix("file://")
        return bare if bare.startswith("/") else None

    @property
    def watched(self) -> str | None:
        """The file by which a list on this machine is seen to change."""
        return f"{self.path.rstrip('/')}/manifest.json" if self.path is not None and self.format == MISP_FEED else self.path

    @property
    def needs_key(self) -> bool:
        """Whether it is asked for with a key."""
        return self.key_file is not None or self.format in KEY_NEEDED
