"""Logstalgia's own line format: a ball for each refused probe and each attempt to log in.

    time|host|path|response code|size|success|colour

Fields are what stands between bars, and nothing can be escaped: bars and control characters in what attackers wrote are
replaced. Success and colour always stand, because Logstalgia else guesses both from the number that a password may begin
with. 1 is a ball that the paddle blocks; the colour is that of the code where the ball meets it, while balls have the colour
of their `-g` group, or one of their source's. Source: Logstalgia 1.1.x, `src/custom.cpp`, `src/ncsa.cpp` and README."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from varde.decode.addresses import text_of
from varde.decode.events import paths

REFUSED_COLOUR = "60A8D0"
FAILED_COLOUR = "FF5A4F"
ACCEPTED_COLOUR = "FFE14D"
"""A ball that passes is loud."""

FIELD_MAX = 256
"""Characters of a field: what Logstalgia can still write beside a ball."""
FIELD_OCTETS = 384
"""Octets of a field: Logstalgia reads 1,023 of a line, and takes what is left of a longer one for the next line."""
PIECE_OCTETS = 4096
"""What a pipe takes whole (PIPE_BUF of Linux): Logstalgia reads without waiting and loses a line that has come by half."""

_PROBE_SIZE, _LOGIN_SIZE, _CODE = 10, 20, 200
_REPLACED = dict.fromkeys([*range(32), 0x7F, *range(0x80, 0xA0), ord("|"), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], "_")
# a name like `x - - [20/Nov/2026:10:00:00 +0000] "GET / HTTP/1.0" 200 1` in the first line makes Logstalgia read all as a web server's log
_REPLACED[ord('"')] = "'"


@dataclass(frozen=True, slots=True)
class Feed:
    """How lines are written. `article`: five fields of a probe and six of a login, as in the articles that began this."""

    article: bool = False

    def lines(self, events: pl.DataFrame, now: int | None = None) -> list[str]:
        """A line, without line feed, for each event that has a source; columns as in `varde.query.replay`.

        `now`: seconds since 1970 that all lines carry, for live feeds: `--sync` drops what is older than the start."""
        out = []
        known = events.filter(pl.col("src_addr").is_not_null())
        for row in known.with_columns(paths(known)).iter_rows(named=True):
            moment = row["time"]
            stamp = now if now is not None else (moment // 1_000_000 if isinstance(moment, int) else int(moment.timestamp()))
            host = text_of(row["src_addr"])
            out.append(self._login(stamp, host, row) if row["kind"] == "logins" else self._probe(stamp, host, row))
        return out

    def _probe(self, stamp: int, host: str, row: dict[str, object]) -> str:
        fields = f"{stamp}|{host}|{row['path']}|{_CODE}|{_PROBE_SIZE}"
        return fields if self.article else f"{fields}|1|{REFUSED_COLOUR}"

    def _login(self, stamp: int, host: str, row: dict[str, object]) -> str:
        accepted = row["success"] == 1
        fields = f"{stamp}|{host}|{field(row['path'])}|{field(row['password'])}|{_LOGIN_SIZE}|{0 if accepted else 1}"
        return fields if self.article else f"{fields}|{ACCEPTED_COLOUR if accepted else FAILED_COLOUR}"


def field(text: object) -> str:
    """A text that cannot end its field or its line; an empty one would be no field at all to some readers."""
    harmless = str(text if text is not None else "").translate(_REPLACED)[:FIELD_MAX]
    if not harmless.isprintable():  # marks of direction and what has no width: a terminal obeys them too
        harmless = "".join(letter if letter.isprintable() or 0xD800 <= ord(letter) < 0xE000 else "_" for letter in harmless)
    return harmless.encode("utf-8", "backslashreplace")[:FIELD_OCTETS].decode("utf-8", "ignore") or "(empty)"


def pieces(lines: Iterable[str]) -> Iterator[bytes]:
    """The lines with their line feeds, so many together as one write to a pipe takes whole."""
    held: list[bytes] = []
    size = 0
    for line in lines:
        octets = line.encode() + b"\n"
        if size + len(octets) > PIECE_OCTETS and held:
            yield b"".join(held)
            held, size = [], 0
        held.append(octets)
        size += len(octets)
    if held:
        yield b"".join(held)


PRESETS = {
    "firewall": (
        "-800x640", "--disable-progress", "-x", "--no-bounce", "--hide-response-code", "--sync",
        "-g", "TCP,URI=TCP,45", "-g", "UDP,URI=UDP,45", "-g", "ICMP,URI=ICMP,10", "-",
    ),
    "logins": ("-600x200", "-g", "Login,URI=^.,100", "-x", "-"),
    "logins-article": ("-600x200", "-g", "Login,URI=^[a-zA-Z0-9],100", "-x", "-"),
}  # fmt: skip
"""What follows `logstalgia` on its command line, as in the articles; `^.` also shows names that begin otherwise."""


FILM_GROUPS = (
    f"TCP,URI=^TCP,35,{REFUSED_COLOUR}", f"UDP,URI=^UDP,25,{REFUSED_COLOUR}", f"ICMP,URI=^ICMP|^IPV6-ICMP,10,{REFUSED_COLOUR}",
    f"Login,URI=^.,30,{FAILED_COLOUR}",
)  # fmt: skip
"""What `-g` says of a film that has probes and logins in it: without a colour, balls have one of their source's."""


def command(preset: str) -> str:
    """The whole command as a shell reads it."""
    quoted = [f'"{word}"' if any(sign in word for sign in ",^[") else word for word in PRESETS[preset]]
    return " ".join(["logstalgia", *quoted])
