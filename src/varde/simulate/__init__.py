"""Synthetic days: logs of a made-up network's firewalls and honeypot for demo, tests and benchmarks. Nothing here is real.

A day is `Packets` (columns), made by `_background` and `_campaigns`, dressed by `_tools` with what the
sending program leaves in the headers, and printed by the line form of each sensor (`_mikrotik`, `_linux`,
`_filterlog`). Every address comes from benchmarking or documentation space; `_places` invents who owns it,
and `HOME_TOML` is the configuration that says the same. Pure functions: the same arguments, the same bytes.

To add a campaign: one function and one line in `_campaigns.CAMPAIGNS`.
To add a line form: one file with a `Form`, one line in `_forms.FORMS`.
"""

from varde.simulate._bulk import synthetic_lines
from varde.simulate._day import SyntheticLog, synthetic_day
from varde.simulate._honeypot import FILE as HONEYPOT_FILE
from varde.simulate._honeypot import SENSOR as HONEYPOT_SENSOR
from varde.simulate._honeypot import honeypot_day, honeypot_recordings
from varde.simulate._places import HOME_TOML
from varde.simulate._strangers import MAIL_FILE, MAIL_SENSOR, honeypot_captures, spam_day

__all__ = [
    "HOME_TOML",
    "HONEYPOT_FILE",
    "HONEYPOT_SENSOR",
    "MAIL_FILE",
    "MAIL_SENSOR",
    "SyntheticLog",
    "honeypot_captures",
    "honeypot_day",
    "honeypot_recordings",
    "spam_day",
    "synthetic_day",
    "synthetic_lines",
]
