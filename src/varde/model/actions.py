"""What the firewall did with a packet, as far as its line says."""

REFUSED = ("block", "reject", "unknown")
"""Plotted by default. A line that does not say what was done counts as refused: rules that log are mostly those
that refuse, and hiding a refused packet is worse than showing an accepted one."""

ALLOWED = ("allow", "audit")
"""Let through, or logged before anything was decided (ufw's AUDIT lines)."""
