"""Honeypot dialects: one file each; a block of lines in, batches of logins, tunnels, commands and so on out.

To add one: write `NAME.py` with a `Dialect`, add it to DIALECTS below, put `NAME.log` and `NAME.jsonl` into
`tests/data/honeypot/`. The family tests find it by its name.
"""

from varde.decode.honeypot._dialect import Dialect
from varde.decode.honeypot._reader import HoneypotReader
from varde.decode.honeypot.cowrie_cef import COWRIE_CEF
from varde.decode.honeypot.cowrie_json import COWRIE_JSON
from varde.decode.honeypot.cowrie_ocsf import COWRIE_OCSF
from varde.decode.honeypot.cowrie_repr import COWRIE_REPR
from varde.decode.honeypot.cowrie_text import COWRIE_TEXT
from varde.decode.honeypot.cowrie_textlog import COWRIE_TEXTLOG
from varde.decode.honeypot.dionaea import DIONAEA
from varde.decode.honeypot.endlessh import ENDLESSH
from varde.decode.honeypot.inetsim import INETSIM
from varde.decode.honeypot.opencanary import OPENCANARY
from varde.decode.honeypot.sshd import SSHD

_ALL = (
    COWRIE_JSON, COWRIE_CEF, COWRIE_OCSF, COWRIE_REPR, COWRIE_TEXT, COWRIE_TEXTLOG, INETSIM, OPENCANARY, DIONAEA, ENDLESSH, SSHD,
)  # fmt: skip

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in _ALL}
"""In the order in which they are asked."""

__all__ = ["DIALECTS", "Dialect", "HoneypotReader"]
