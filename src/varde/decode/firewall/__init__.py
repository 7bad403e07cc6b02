"""Firewall dialects: one file each; a block of lines in, a batch of probes and the rejects out.

To add one: write `NAME.py` with a `Dialect`, add it to DIALECTS below, put `NAME.log` and `NAME.jsonl` into
`tests/data/firewall/`. The family tests find it by its name.
"""

from varde.decode.firewall._custom import load_dialects
from varde.decode.firewall._dialect import Dialect, Form, Pairs
from varde.decode.firewall._reader import Boot, FirewallReader, Start, check
from varde.decode.firewall.asa import ASA
from varde.decode.firewall.cef import CEF
from varde.decode.firewall.checkpoint import CHECKPOINT
from varde.decode.firewall.filterlog import FILTERLOG
from varde.decode.firewall.fortigate import FORTIGATE
from varde.decode.firewall.junos import JUNOS
from varde.decode.firewall.linux import LINUX
from varde.decode.firewall.meraki import MERAKI
from varde.decode.firewall.mikrotik import MIKROTIK
from varde.decode.firewall.panos import PANOS
from varde.decode.firewall.pf import PF
from varde.decode.firewall.sonicwall import SONICWALL
from varde.decode.firewall.sophos import SOPHOS

_ALL = (
    MIKROTIK, LINUX, FILTERLOG, PF, ASA, FORTIGATE, JUNOS, PANOS, SONICWALL, SOPHOS, CHECKPOINT, MERAKI, CEF,
)  # fmt: skip

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in _ALL}
"""In the order in which they are asked."""

__all__ = [
    "DIALECTS",
    "Boot",
    "Dialect",
    "FirewallReader",
    "Form",
    "Pairs",
    "Start",
    "check",
    "load_dialects",
]
