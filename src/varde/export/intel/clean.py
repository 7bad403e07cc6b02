"""Texts of lists, written by anybody, as a comment of a machine's file may have them; and what a name or a hash must look like."""

import re
import unicodedata

from varde.model import visible

TEXT_MAX = 200
"""Characters of a remark: what a person reads in a file for machines. ipset allows 255 octets."""

NAME = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:xn--[a-z0-9-]{1,59}|[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)", re.ASCII
)
"""A domain name as every format may have it: lower case, labels of at most 63, two of them or more, no dot at the end."""

NAME_MAX = 253
"""Characters (RFC 1035 section 2.3.4, without the length octets)."""

HASH = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}", re.ASCII)
URL = re.compile(r"[!-~]+", re.ASCII)
"""RFC 3986 has no other characters; what else people put into URLs is percent-encoded on the wire."""

_PLAIN = re.compile(r"[^A-Za-z0-9 .,:;_/@()+-]")


def remark(text: str | None) -> str:
    """One line of visible characters: no controls, no marks that turn the direction of writing, no halves of surrogate pairs."""
    if not text:
        return ""
    one_line = " ".join(text.split())
    if one_line.isascii() and one_line.isprintable():
        return one_line[:TEXT_MAX]
    kept = "".join(c for c in one_line if unicodedata.category(c)[0] != "C")
    return visible(kept)[:TEXT_MAX]


def plain(text: str | None) -> str:
    """The same without every character that any format of ours knows as a sign: for formats whose own escapes are not trusted."""
    return _PLAIN.sub("_", remark(text)).strip()
