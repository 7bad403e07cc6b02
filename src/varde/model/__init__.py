"""The nouns: tables and their columns, protocols, services, planes, the one error. Standard library only."""

from varde.model.acknowledged import ACK, MUTE, Acknowledgement, acknowledgements
from varde.model.actions import ALLOWED, REFUSED
from varde.model.errors import VardeError
from varde.model.indicators import EXACT, INDICATOR_TYPES, INDICATORS
from varde.model.planes import PLANES, Plane
from varde.model.protocols import PROTOCOLS, proto_name, proto_number
from varde.model.services import NAMED_PORTS, service_name
from varde.model.tables import (
    CAPTURES,
    COLLECTOR,
    COMMANDS,
    COUNTERS,
    DNS,
    DOWNLOADS,
    FLOWS,
    LOGINS,
    LOSSES,
    MAILS,
    NAT,
    PAYLOADS,
    PROBES,
    READINGS,
    RECORDS,
    REJECTS,
    SESSIONS,
    TABLES,
    TUNNELS,
    WARNINGS,
    Field,
    Table,
)
from varde.model.tcp import TCP_FLAGS, tcp_flag_names
from varde.model.visible import FORMULA, no_formula, visible
from varde.model.words import at_port, counted, octets

__all__ = [
    "ACK",
    "ALLOWED",
    "CAPTURES",
    "COLLECTOR",
    "COMMANDS",
    "COUNTERS",
    "DNS",
    "DOWNLOADS",
    "EXACT",
    "FLOWS",
    "FORMULA",
    "INDICATORS",
    "INDICATOR_TYPES",
    "LOGINS",
    "LOSSES",
    "MAILS",
    "MUTE",
    "NAMED_PORTS",
    "NAT",
    "PAYLOADS",
    "PLANES",
    "PROBES",
    "PROTOCOLS",
    "READINGS",
    "RECORDS",
    "REFUSED",
    "REJECTS",
    "SESSIONS",
    "TABLES",
    "TCP_FLAGS",
    "TUNNELS",
    "WARNINGS",
    "Acknowledgement",
    "Field",
    "Plane",
    "Table",
    "VardeError",
    "acknowledgements",
    "at_port",
    "counted",
    "no_formula",
    "octets",
    "proto_name",
    "proto_number",
    "service_name",
    "tcp_flag_names",
    "visible",
]
