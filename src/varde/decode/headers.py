"""What stands before the message: the time stamp and, in RFC 5424, host and program.

Each pattern is ASCII and one-pass (no two ways to match an octet), which is what makes Rust's regex engine fast:
a negated class such as `[^ ]` would admit all of Unicode and cost four times as much.
"""

from dataclasses import dataclass

PRI = r"(?:<[0-9]{1,3}>)?:? ?"
WORD = r"[!-~]+"
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_UTC = "(?: UTC| GMT)?"  # other zone names mean different things in different places


@dataclass(frozen=True, slots=True)
class Header:
    """A kind of header: its pattern, the kind of stamp in it, and whether host and program follow it in plain syslog
    (a dialect's `tags`) or the message does."""

    name: str
    pattern: str
    stamp: str
    then_message: bool = False


HEADERS = (
    Header("rfc3164", PRI + rf"(?P<stamp>[A-Z][a-z][a-z] +[0-9]{{1,2}} {_CLOCK}(?:\.[0-9]+)?{_UTC}):? ", "bsd"),
    Header("iso", PRI + rf"(?P<stamp>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ]{_CLOCK}(?:[.,][0-9]+)?(?:[Z+\-][Z0-9:]*)?) ", "iso"),
    Header(
        "rfc5424",
        rf"<[0-9]{{1,3}}>1 (?P<stamp>[0-9T:.Z+\-]+) (?P<hostname>{WORD}) (?P<app>{WORD}) {WORD} {WORD} "
        r"(?:-|(?:\[(?:[ -\[^-~]|\\[ -~])*\])+) ",
        "iso",
        then_message=True,
    ),
    Header("rfc3164 with year", PRI + rf"(?P<stamp>[A-Z][a-z][a-z] +[0-9]{{1,2}} [0-9]{{4}} {_CLOCK}{_UTC}):? ", "bsd_year"),
    Header(
        "proxmox",
        rf"[0-9]+ [0-9]+ (?P<chain>{WORD}) (?P<stamp>[0-9]{{2}}/[A-Z][a-z][a-z]/[0-9]{{4}}:{_CLOCK} [+\-][0-9]{{4}}) ",
        "apache",
        then_message=True,
    ),
    Header("colons", PRI + rf"(?P<stamp>[0-9]{{4}}:[0-9]{{2}}:[0-9]{{2}}-{_CLOCK}) ", "colons"),
    Header("uptime", r"\[ *(?P<stamp>[0-9]{1,12}\.[0-9]{1,9})\] ?", "uptime", then_message=True),
    Header("routeros", PRI + rf"(?P<stamp>[a-z]{{3}}/[0-9]{{2}}(?:/[0-9]{{4}})? {_CLOCK}) ", "routeros"),
    Header("clock", PRI + rf"(?P<stamp>{_CLOCK}) ", "clock"),
    Header("epoch", PRI + r"(?:1 )?(?P<stamp>[0-9]{10}(?:\.[0-9]+)?) ", "epoch"),
    Header("none", PRI + r"(?P<stamp>)", "none", then_message=True),
)
"""In the order in which they are tried: from the particular to the general, `none` matches anything."""
