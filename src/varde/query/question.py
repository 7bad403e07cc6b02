"""What somebody may ask `why` about, and the filters that select it."""

import re
from dataclasses import dataclass, field
from typing import Any

from varde.decode.addresses import octets_of
from varde.model import VardeError, service_name
from varde.query.engine import network_range

AS_MAX = 2**32 - 1  # RFC 6793

_AS = re.compile(r"(?i)as ?([0-9]{1,10})")
_PORT = re.compile(r"(?i)(?:(port|tcp|udp)[/ ])?([0-9]{1,5})")
_PLANES = {"": (), "port": (), "tcp": ("tcp4", "tcp6"), "udp": ("udp4", "udp6")}


@dataclass(frozen=True, slots=True)
class Question:
    """Its kind, the text as we write it, the filter that selects its probes, and the one that selects probes at it."""

    kind: str
    title: str
    filters: dict[str, Any]
    aimed: dict[str, Any] = field(default_factory=dict)
    "Empty where only sources have it: an AS, a country."


def understand(text: str) -> Question:
    """An address, network, port (`7547`, `tcp/23`), AS (`AS64521`) or country code. Raises VardeError that says what a
    question may be."""
    word = text.strip()
    question = _country(word) or _as(word) or _port(word) or _network(word)
    if question is None:
        raise VardeError(f"{word!r}: ask about an address (203.0.113.5), a network (203.0.113.0/24), a port (7547 or tcp/23), "
                         "an AS (AS64500) or a country (NO).")  # fmt: skip
    return question


def _country(word: str) -> Question | None:
    if not (len(word) == 2 and word.isalpha()) and word != "--":
        return None
    return Question("country", word.upper(), {"country": word.upper()})


def _as(word: str) -> Question | None:
    found = _AS.fullmatch(word)
    if found is None or int(found[1]) > AS_MAX:
        return None
    return Question("as", f"AS{int(found[1])}", {"src_as": int(found[1])})


def _port(word: str) -> Question | None:
    found = _PORT.fullmatch(word)
    if found is None or int(found[2]) > 65535:
        return None
    proto, number = (found[1] or "").lower(), int(found[2])
    planes = _PLANES[proto]
    name = service_name(proto if planes else "tcp", number)
    title = f"{proto.upper() if planes else 'port'} {number}" + (f" ({name})" if name else "")
    return Question("port", title, {"port_min": number, "port_max": number, "planes": planes})


def _network(word: str) -> Question | None:
    kind = "address" if octets_of(word) is not None else "network"
    try:
        network_range(word)
    except VardeError:
        return None
    return Question(kind, word, {"src": word}, {"dst": word})
