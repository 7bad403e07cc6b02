"""Shell commands in a payload: what it wants a machine to run. They are read, never run."""

import re
from collections.abc import Iterator

from varde.decode.payload.text import plain

COMMANDS_MAX = 100
"""Commands that are listed."""

COMMAND_MAX = 1000
"""Characters of one that are kept."""

TELLING = frozenset([
    "wget", "curl", "tftp", "ftpget", "ftp", "lwp-download", "fetch", "busybox", "chmod", "nohup", "base64",
    "powershell", "certutil", "bitsadmin",
])  # fmt: skip
"""Programs whose name before an argument makes a command anywhere: fetching, unpacking, making runnable."""

COMMON = frozenset([
    "cd", "sh", "bash", "ash", "rm", "cp", "mv", "cat", "echo", "printf", "mkdir", "touch", "kill", "killall",
    "pkill", "sleep", "export", "dd", "tar", "uname", "id", "ps", "nc", "ncat", "telnet", "python", "python3",
    "perl", "php", "ruby", "crontab", "enable", "system", "shell", "linuxshell", "exec", "eval", "source",
])  # fmt: skip
"""Words that make a command only beside telling ones, because they are words of other languages too."""

_SUBSTITUTED = re.compile(r"`([^`\r\n]{1,4096})`|\$\(([^()\r\n]{1,4096})\)")
_ENDS = re.compile(r"[;|&\r\n`]+|\$\(")
_TOLD = re.compile(
    r"(?<![\w./-])(?:/[\w./-]{0,64}/)?(?:" + "|".join(sorted(map(re.escape, TELLING))) + r")[ \t]+[^\s<>\"'=:][^<>\"']{0,1000}"
)
_RUN = re.compile(r"(?:\./|/tmp/|/var/|/dev/shm/|/bin/|/usr/bin/|sh |bash )[^\s<>\"']{1,256}")


def commands(data: bytes) -> list[str]:
    """Distinct commands in the order in which they come: of substitutions, and of lines that name a telling program."""
    found = dict.fromkeys(command[:COMMAND_MAX] for command in _all(plain(data)))
    return list(found)[:COMMANDS_MAX]


def _all(text: str) -> Iterator[str]:
    is_shell = _TOLD.search(text) is not None or _SUBSTITUTED.search(text) is not None
    at = 0
    for inside in _SUBSTITUTED.finditer(text):
        yield from _outside(text[at : inside.start()], is_shell=is_shell)
        yield from _clauses(inside[1] or inside[2])
        at = inside.end()
    yield from _outside(text[at:], is_shell=is_shell)


def _clauses(text: str) -> Iterator[str]:
    return (clause.strip() for clause in _ENDS.split(text) if clause.strip())


def _outside(text: str, *, is_shell: bool) -> Iterator[str]:
    for clause in _clauses(text):
        if told := _TOLD.search(clause):
            yield told[0].strip()
        elif is_shell and _is_common(clause):
            yield _behind_the_question(clause)


def _is_common(clause: str) -> bool:
    words = _behind_the_question(clause).split(maxsplit=1)
    return bool(words) and (words[0] in COMMON or _RUN.match(_behind_the_question(clause)) is not None)


def _behind_the_question(clause: str) -> str:
    """What an address asks for, as in `/shell?cd /tmp`."""
    return clause.rpartition("?")[2].strip()
