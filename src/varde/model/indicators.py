"""The noun of threat intelligence: an indicator with where it comes from. Kept as a file of facts, not as a table of the store."""

from varde.model.tables import Field, Table

INDICATOR_TYPES = ("ipv4", "ipv6", "cidr", "domain", "url", "hash", "other")
"""ipv4 and ipv6 are single addresses; what a list calls by another name is `other`: counted and kept, never matched."""

INDICATORS = Table(
    "indicators",
    "Something that a list calls bad, once for each list and entry (pulse) that has it.",
    (
        Field("type", "text", "ipv4, ipv6, cidr, domain, url, hash or other."),
        Field("value", "text", "As it is matched: addresses in RFC 5952 text, names in lower case without a last dot."),
        Field("address", "address", "Its first address; null where it is none."),
        Field("prefix", "integer", "Length of its prefix: at most 32 for IPv4, 128 for IPv6; null where it is no address.", "bits"),
        Field("source", "text", "Name of the list."),
        Field("id", "text", "What the list calls the entry: a pulse, a case."),
        Field("name", "text", "The entry's title."),
        Field("url", "text", "Where to read about it."),
        Field("description", "text", "What the list says about it."),
        Field("first_seen", "time", "Since when it is listed: as the list says, else when Varde first read it there.", "us since 1970 UTC"),
        Field("last_seen", "time", "When it was last seen to be bad, as the list says.", "us since 1970 UTC"),
        Field("expires", "time", "When it ends to be matched; null for as long as it is listed.", "us since 1970 UTC"),
        Field("confidence", "integer", "0 to 100, as the list says."),
    ),
)  # fmt: skip

EXACT = "exact"
"""What the description of a name says in a list of what is harmless, where the names under it are not meant."""
