"""The nouns: tables and their columns, protocols, services, planes, the one error. Standard library only."""

from varde.model.actions import ALLOWED, REFUSED
from varde.model.errors import VardeError
from varde.model.planes import PLANES, Plane
from varde.model.protocols import PROTOCOLS, proto_name, proto_number
from varde.model.services import service_name
from varde.model.tables import COUNTERS, PROBES, REJECTS, TABLES, Field, Table
from varde.model.tcp import TCP_FLAGS, tcp_flag_names
from varde.model.words import counted

__all__ = [
    "ALLOWED",
    "COUNTERS",
    "PLANES",
    "PROBES",
    "PROTOCOLS",
    "REFUSED",
    "REJECTS",
    "TABLES",
    "TCP_FLAGS",
    "Field",
    "Plane",
    "Table",
    "VardeError",
    "counted",
    "proto_name",
    "proto_number",
    "service_name",
    "tcp_flag_names",
]
