"""A synthetic recorded terminal: what a visitor typed and what a honeypot would have answered, in Cowrie's format."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from varde.decode.ttylog import CLOSE, HEAD, INPUT, OPEN, OUTPUT, WRITE

_PROMPT = "\x1b[1;32mroot@svr04\x1b[0m:\x1b[1;34m~\x1b[0m# "
_ANSWERS = {
    "uname": "Linux svr04 3.2.0-4-amd64 #1 SMP Debian 3.2.68-1 x86_64 GNU/Linux\r\n",
    "cat": "2\r\n",
    "free": "             total       used       free     shared    buffers     cached\r\nMem:          3953        926       3026          0        156        342\r\n",
    "w": " 14:07:33 up 18 days,  3:12,  1 user,  load average: 0.00, 0.00, 0.00\r\nUSER     TTY      FROM              LOGIN@   IDLE   JCPU   PCPU WHAT\r\n",
    "/bin/busybox": "MIRAI: applet not found\r\n",
    "crontab": "no crontab for root\r\n",
}  # fmt: skip
_FETCHED = (
    "--{time}--  {url}\r\nConnecting to {host}:80... connected.\r\nHTTP request sent, awaiting response... 200 OK\r\n"
    "Length: 1204 (1.2K) [text/x-sh]\r\nSaving to: `/tmp/{name}'\r\n\r\n",
    "\r 0% [                                       ]       0  --.-K/s", "\r45% [=================>                     ]     541  8.1K/s",
    "\r100%[======================================>]   1,204  17.6K/s\r\n\r\nsaved [1204/1204]\r\n",
)  # fmt: skip
"""What wget shows while it fetches."""

_KEY_SECONDS = 0.09
_SLIP = "echo"
"""A command whose first letter is typed wrong, erased and typed again."""


def recorded_terminal(commands: list[str], began: datetime) -> bytes:
    """Octets of a recording: a prompt, each command typed letter by letter, its answer, and the end."""
    moment = began
    out = [_record(OPEN, b"", 0, moment)]
    for after, direction, text in _shown(commands, began):
        moment += timedelta(seconds=after)
        out.append(_record(WRITE, text.encode(), direction, moment))
    return b"".join([*out, _record(CLOSE, b"", 0, moment + timedelta(seconds=0.4))])


def _record(operation: int, data: bytes, direction: int, moment: datetime) -> bytes:
    return HEAD.pack(operation, 0, len(data), direction, int(moment.timestamp()), moment.microsecond) + data


def _shown(commands: list[str], began: datetime) -> Iterator[tuple[float, int, str]]:
    """Seconds since what was before it, direction, text."""
    yield 0.3, OUTPUT, "\r\nThe programs included with the Debian GNU/Linux system are free software.\r\n\r\n" + _PROMPT
    for command in commands:
        word = command.split()[0]
        for letter in ("w\x7f" if word == _SLIP else "") + command:
            yield _KEY_SECONDS, INPUT, letter
            yield 0.0, OUTPUT, "\b\x1b[P" if letter == "\x7f" else letter
        yield 0.5, INPUT, "\r"
        yield 0.0, OUTPUT, "\r\n"
        if "wget" in command:
            for part in _FETCHED:
                yield 0.5, OUTPUT, _filled(part, command, began)
        yield 0.4, OUTPUT, _ANSWERS.get(word, "") + _PROMPT


def _filled(part: str, command: str, began: datetime) -> str:
    url = next(word.rstrip(";") for word in command.split() if word.startswith("http"))
    return part.format(time=f"{began:%Y-%m-%d %H:%M:%S}", url=url, host=url.split("/")[2], name=url.rpartition("/")[2])
