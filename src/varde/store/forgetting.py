"""Which rows say something of an address: what is deleted when somebody asks to be forgotten."""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from varde.model import FLOWS, LOSSES, NAT, Table, VardeError

NO_WORDS = frozenset({FLOWS.name, NAT.name, LOSSES.name})
"""Tables of which no text is anybody's words: exporters send numbers."""

OURS = frozenset({"sensor", "source", "dialect", "action", "kind", "direction", "side", "level", "protocol", "unit", "outcome", "sha256", "initiator"})
"""Texts that Varde writes itself, and codes; countries and fingerprints besides."""

_NETWORKS = ("src_net", "dst_net")
"""What a row's addresses say already."""

_MAPPED = bytes(10) + b"\xff\xff"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """An address or a network, first and last as 16 octets, and how one is spelled that texts are searched for."""

    first: bytes
    last: bytes
    spellings: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> "Forgotten":
        """Raises VardeError for what is no address and no network."""
        try:
            network = ipaddress.ip_network(text.strip(), strict=False)
        except ValueError as error:
            raise VardeError(f"{text!r} is no address or network. Write 203.0.113.5, 203.0.113.0/24 or 2001:db8::/32.") from error
        mapped = _MAPPED if network.version == 4 else b""
        address = network.network_address
        spellings = tuple(dict.fromkeys((address.compressed, address.exploded))) if network.num_addresses == 1 else ()
        return cls(mapped + network.network_address.packed, mapped + network.broadcast_address.packed, spellings)

    @property
    def addresses(self) -> int:
        return int.from_bytes(self.last) - int.from_bytes(self.first) + 1

    def stands_in(self, text: str) -> bool:
        """Whether a text names it as a word of its own."""
        return any(re.search(pattern, text, re.IGNORECASE) for pattern in self._patterns())

    def rows(self, table: Table) -> str:
        """A condition in SQL, of DataFusion's kind, for the rows of a table that say something of it; empty where none can."""
        return " or ".join((*self._in_columns(table), *self._in_words(table)))

    def _in_columns(self, table: Table) -> Iterator[str]:
        for field in table.fields:
            if field.type == "address" and field.name not in _NETWORKS:
                yield f"({field.name} >= X'{self.first.hex()}' and {field.name} <= X'{self.last.hex()}')"

    def _in_words(self, table: Table) -> Iterator[str]:
        names = () if table.name in NO_WORDS else _words(table)
        for name in names:
            yield from (f"{name} ~* '{pattern}'" for pattern in self._patterns())

    def _patterns(self) -> Iterable[str]:
        """A longer number or address that begins or ends like it is another one; the full stop of a sentence is none of it."""
        for spelling in self.spellings:
            part = "0-9." if "." in spelling else "0-9a-f:"
            end = "[.]?([^0-9.]|$)" if "." in spelling else "([^0-9a-f:]|$)"
            yield f"(^|[^{part}]){re.escape(spelling)}{end}"


def _words(table: Table) -> Iterator[str]:
    return (field.name for field in table.fields if field.type == "text" and field.name not in OURS and not field.name.endswith("_cc"))
