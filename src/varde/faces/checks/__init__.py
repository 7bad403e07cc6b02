"""`varde check`: what Nagios, Icinga and NRPE run. One file each, a table of options, states and numbers in it.

    words -> Check.read -> Asked (values, store, time, how pages come) -> Check.run -> Result -> one line and an exit status

To add one: write `NAME.py` with a `CHECK`, and add it to CHECKS. Help, the manual and the definitions for Icinga 2, Nagios and
NRPE follow from it."""

from varde.faces.checks import (
    amavis,
    collector,
    feed,
    logins,
    loss,
    metric,
    signatures,
    sophos,
    surge,
    warnings,
)
from varde.faces.checks.terms import Asked, Check, Fetch, Option, Surged

CHECKS = {
    check.name: check
    for check in (
        collector.CHECK, loss.CHECK, feed.CHECK, warnings.CHECK, logins.CHECK, surge.CHECK, metric.CHECK, amavis.CHECK, signatures.CHECK, sophos.CHECK,
    )
}  # fmt: skip
"""By their names, in the order in which they are told."""

__all__ = ["CHECKS", "Asked", "Check", "Fetch", "Option", "Surged"]
