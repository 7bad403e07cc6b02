"""Where `varde up` looks when it is told nothing: firewall logs in the usual places, as far as they may be read."""

import glob
import os
from dataclasses import dataclass
from pathlib import Path

from varde.app.commands.files import decode_file
from varde.app.context import Context
from varde.collect import JOURNAL, recent_kernel_lines, what_is
from varde.decode import Lines
from varde.decode.reader import Reader
from varde.model import VardeError

PLACES = (
    "/var/log/ufw.log", "/var/log/firewalld", "/var/log/kern.log", "/var/log/iptables.log", "/var/log/nftables.log",
    "/var/log/firewall.log", "/var/log/ulog/syslogemu.log", "/var/log/pve-firewall.log", "/var/log/filter.log",
    "/var/log/filter/latest.log", "/var/log/mikrotik*.log", "/var/log/remote/*.log", "/var/log/remote/*/*.log",
    "/var/log/messages", "/var/log/syslog",
)  # fmt: skip
"""The particular before the general: kernel lines often stand in both kern.log and syslog, and count once."""

ENOUGH_LINES = 20_000
"""Lines looked at before a file is said to hold no firewall lines."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file that was looked at: whether it is taken, and why or why not."""

    path: str
    taken: bool
    why: str


def look_around(context: Context) -> list[Found]:
    """Look at the usual places and the journal. Of those that repeat each other's lines only the first is taken."""
    found: list[Found] = []
    kernel_seen = False
    for path in _paths():
        entry, dialects = _look(context, path)
        if entry.taken and "linux" in dialects:
            if kernel_seen and Path(path).name in GENERAL:
                entry = Found(path, taken=False, why="its kernel lines are in a file already taken; name it to read it too")
            kernel_seen = True
        found.append(entry)
    if text := recent_kernel_lines(ENOUGH_LINES):
        found.append(_look_at_journal(context, text, kernel_seen))
    return found


def _look_at_journal(context: Context, text: bytes, kernel_seen: bool) -> Found:
    lines = Lines.of(text)
    decoded = Reader(context.dialects).read(lines, context.origin(context.blank_summary("-")))
    if decoded.batch.is_empty():
        return Found(JOURNAL, taken=False, why="the kernel's lines in it are no firewall lines")
    if kernel_seen:
        return Found(JOURNAL, taken=False, why="its kernel lines are in a file already taken; `varde up journal` reads it")
    return Found(JOURNAL, taken=True, why="kernel lines of the systemd journal")


GENERAL = ("messages", "syslog", "kern.log")
"""Files that hold the kernel's lines beside others, so that they repeat those of a file of its own."""


def _paths() -> list[str]:
    return list(dict.fromkeys(path for place in PLACES for path in sorted(glob.glob(place)) if Path(path).is_file()))


def _look(context: Context, path: str) -> tuple[Found, set[str]]:
    if not os.access(path, os.R_OK):
        return Found(path, taken=False, why="may not be read; add yourself to its group (often adm) or start as root"), set()
    try:
        if what := what_is(path):
            return Found(path, taken=False, why=f"is {what}"), set()
        summary = context.blank_summary(path)
        for _, _, summary, _ in decode_file(context, path):
            if summary.records or summary.lines > ENOUGH_LINES:
                break
    except VardeError as error:
        return Found(path, taken=False, why=str(error)), set()
    dialects = {name for (name, outcome), count in summary.counts.items() if outcome == "records" and count}
    if not dialects:
        return Found(path, taken=False, why="holds no firewall lines"), set()
    return Found(path, taken=True, why=", ".join(sorted(dialects))), dialects
