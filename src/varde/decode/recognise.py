"""What a text is when no firewall dialect knows it: told by its first lines, for the doctor."""

import re

_KINDS = (
    ("a Cowrie honeypot log (JSON)", re.compile(r'^\{.*"eventid": ?"cowrie\.')),
    ("a Cowrie honeypot log (text)", re.compile(r"HoneyPot(SSH|Telnet)?Transport|\[(ssh|telnet),[0-9a-f]{12},|\[cowrie\]|cowrie\[")),
    ("an INetSim service log", re.compile(r"^\[[0-9-]+ [0-9:]+\] \[[^\]]*\] \[[a-z0-9_]+ [0-9]+\]")),
    ("an INetSim report", re.compile(r"^=== Report for session")),
    ("a web server's access log", re.compile(r'^\S+ \S+ \S+ \[[^\]]+\] "[A-Z]+ ')),
    ("an SSH server's log", re.compile(r"sshd\[[0-9]+\]: ")),
    ("a Zeek log", re.compile(r"^#(separator|fields)\b")),
    ("JSON lines", re.compile(r"^\{.*\}$")),
    ("XML or HTML", re.compile(r"^\s*<[?!a-zA-Z]")),
    ("a syslog file without firewall lines", re.compile(r"^(<[0-9]+>)?([A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8}|[0-9]{4}-[0-9-]{5}T[0-9:.]+\S*) \S+ ")),
)  # fmt: skip

_LINE = 2000  # characters of a line that are looked at: bounds the work on hostile text


def kind_of(lines: list[str]) -> str:
    """A few words for what most of the first lines are; `text of a kind that Varde does not know` for the rest."""
    for name, pattern in _KINDS:
        if sum(bool(pattern.search(line[:_LINE])) for line in lines) * 2 > len(lines):
            return name
    return "text of a kind that Varde does not know"
