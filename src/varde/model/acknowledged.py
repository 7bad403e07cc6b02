"""What somebody has said about warnings: seen (ack), or not to be told of (mute)."""

import ipaddress
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any

from varde.model.errors import VardeError
from varde.model.protocols import proto_name

ACK, MUTE = "ack", "mute"
EVERYTHING = "all"

WHAT_MAX = 300
"""Characters of what is acknowledged and of why: a name has at most 253."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """One word about warnings. Moments are ISO 8601 UTC; `until` is empty for an ack of what there is up to now."""

    kind: str
    what: str
    "`all`, an address or network, a list (`otx`), an entry of one (`otx:5f0c` or its id alone), a name, the port of surges and scans (`tcp/7547`), or a kind of scan (`diagonal`)."
    made: str
    until: str = ""
    why: str = ""

    def is_about(self, row: Mapping[str, Any]) -> bool:
        """Whether a warning, as `varde.views.warning.rows_of` gives it, is one that `what` names."""
        if self.what == EVERYTHING:
            return True
        network = network_of(self.what)
        if network is None:
            return self.what.lower() in _names(row)
        ends = (row.get(end) for end in ("src_addr", "dst_addr"))
        return any(_is_inside(str(end), network) for end in ends if end)

    def is_in_force(self, now: str) -> bool:
        """Of a mute: whether it lasts."""
        return now < self.until

    def covers(self, row: Mapping[str, Any]) -> bool:
        """Whether a warning is seen or muted by it: the last of what it stands for came before its end."""
        moment = parsed(str(row.get("end_time") or row["time"]))
        begin = parsed(self.made) if self.kind == MUTE else None
        if moment > parsed(self.until or self.made) or (begin is not None and moment < begin):
            return False
        return self.is_about(row)

    def as_fact(self) -> dict[str, str]:
        return asdict(self)


def acknowledgements(fact: Mapping[str, Any] | None) -> list[Acknowledgement]:
    """Those of the fact `acknowledged`; what is damaged in it is left out."""
    entries = (fact or {}).get("entries", [])
    made = [_of_fact(entry) for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return [each for each in made if each is not None]


def check_what(text: str) -> str:
    """What may be acknowledged or muted. Raises VardeError for what can be nothing of a warning."""
    word = text.strip()
    if not word or len(word) > WHAT_MAX or not word.isprintable() or " " in word:
        raise VardeError(f"{text[:80]!r}: name an address (203.0.113.5), a network (203.0.113.0/24), a list (otx), an entry of one "
                         "(otx:5f0c), a name (evil.example), a port of surges (tcp/7547), a kind of scan (diagonal), or all.")  # fmt: skip
    network = network_of(word)
    return str(network).removesuffix(f"/{network.max_prefixlen}") if network else word


def network_of(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """None where it is neither an address nor a network."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def parsed(moment: str) -> datetime:
    when = datetime.fromisoformat(moment)
    return when if when.tzinfo else when.replace(tzinfo=timezone.utc)


def _is_inside(address: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(address) in network
    except ValueError:
        return False


def _names(row: Mapping[str, Any]) -> set[str]:
    """All that a warning may be called beside its addresses, in lower case."""
    found = {str(row.get("name") or "")}
    if row.get("kind") in ("surge", "scan"):
        found.add(f"{proto_name(int(row.get('proto') or 0))}/{row.get('dst_port')}")
    for entry in row.get("lists", []):
        source, own = str(entry.get("source") or ""), str(entry.get("id") or "")
        found |= {source, own, f"{source}:{own}"}
    return {name.lower() for name in found if name}


def _of_fact(entry: dict[str, Any]) -> Acknowledgement | None:
    try:
        made = Acknowledgement(**{name: str(value) for name, value in entry.items()})
        _ = parsed(made.made), made.until and parsed(made.until)
    except (TypeError, ValueError):
        return None
    return made if made.kind in (ACK, MUTE) else None
