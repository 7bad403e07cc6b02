"""What the doctor says of honeypot logs: which command reads them, what they do not say, and what is told twice."""

from itertools import combinations

from varde.collect import Summary
from varde.decode.honeypot import DIALECTS
from varde.model import FLOWS, PROBES, TABLES, counted

_COMMANDS = {
    "logins": (("login", "logins"), "honeypot logins"), "tunnels": (("tunnel", "tunnels"), "linkgraph"),
    "mails": (("note of mail", "notes of mail"), "honeypot mails"), "commands": (("event of a command", "events of commands"), "honeypot commands"),
    "payloads": (("payload", "payloads"), "honeypot payloads"), "downloads": (("file", "files"), "honeypot downloads"),
    "sessions": (("event of a session", "events of sessions"), "honeypot sessions"), "dns": (("hit on a list", "hits on lists"), "read"),
}  # fmt: skip
"""What a record of each table is called and what several are, and the command that shows it; the most telling first."""

COMMANDS_SHOWN = 2
"""Commands that a sentence names: more is a manual."""

_SAME_KIND = "-"  # cowrie-json and cowrie-text are of one program


def told(summary: Summary) -> str:
    """What a honeypot's file tells of, and which commands show it; empty for one that tells of packets too, or of nothing."""
    if summary.tables[PROBES.name] or not summary.tables.total():
        return ""
    known = [name for name in _COMMANDS if summary.tables[name]]
    if not known:
        return _flows_told(summary)
    events = ", ".join(called(name, summary.tables[name]) for name in known)
    commands = [f"`varde {_COMMANDS[name][1]} {summary.path}`" for name in known[:COMMANDS_SHOWN]]
    return f"It tells of {events}, not of packets that a firewall met: {', '.join(commands)}."


def called(name: str, count: int) -> str:
    """How many records of a table there are, in words: one session leaves several events."""
    return counted(count, *_COMMANDS[name][0]) if name in _COMMANDS else counted(count, TABLES[name].one, name)


def _flows_told(summary: Summary) -> str:
    flows = summary.tables[FLOWS.name]
    commands = "`varde stats --fields=sip,dport --values=bytes` and `varde filter 'octets > 1M'` ask the store about them"
    of_file = "" if summary.path == "-" else f", and with `--from {summary.path}` the file itself"
    return f"It tells of {counted(flows, 'flow')}: {commands}{of_file}." if flows else ""


def unsaid(summary: Summary) -> list[str]:
    """What a dialect has lost of who did it, how often, and which setting brings it back."""
    found = []
    for name, dialect in DIALECTS.items():
        missing = {what: count for (dialect_name, what), count in summary.unsaid.items() if dialect_name == name and count}
        if missing and dialect.lost:
            counts = ", ".join(f"{counted(count, 'record')} without a {what}" for what, count in sorted(missing.items(), reverse=True))
            found.append(f"{counts}. {dialect.lost}")
    return found


def twice(summaries: list[Summary]) -> list[str]:
    """Pairs of files that tell of the same time at the same honeypot in two forms: their events count twice."""
    pairs = [(one, two) for one, two in combinations(summaries, 2) if one.sensor == two.sensor and _same_events(one, two)]
    return [
        f"{one.path} and {two.path} tell of the same time at {one.sensor}, {_of_both(one, two)} in one and {_of_both(two, one)} in the other: "
        "if they are of one honeypot, each of its events counts twice. Read one of them; JSON says most."
        for one, two in pairs
    ]


def _of_both(one: Summary, other: Summary) -> str:
    """How many records the first has of the most telling table that both have; of logins where they have none in common."""
    name = next((name for name in _COMMANDS if one.tables[name] and other.tables[name]), "logins")
    return called(name, one.tables[name])


def _same_events(one: Summary, two: Summary) -> bool:
    if one.first is None or one.last is None or two.first is None or two.last is None:
        return False
    forms = [{name for (name, outcome), count in each.counts.items() if outcome == "records" and count and name in DIALECTS} for each in (one, two)]
    programs = [{name.partition(_SAME_KIND)[0] for name in each} for each in forms]
    return bool(programs[0] & programs[1]) and not forms[0] & forms[1] and one.first <= two.last and two.first <= one.last
