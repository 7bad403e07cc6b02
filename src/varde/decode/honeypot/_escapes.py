r"""Text that a honeypot escaped, as it was: Cowrie writes octets of names outside printable ASCII as `\xNN`."""

import ast
import re
from collections.abc import Callable

import polars as pl

from varde.decode.distinct import of_each

_ESCAPE = re.compile(r"\\(\\|x[01][0-9a-fA-F]|x7[fF]|x[89a-fA-F][0-9a-fA-F])")

_PYTHON = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U000[0-9a-fA-F]{5}|U0010[0-9a-fA-F]{4}|.)", re.DOTALL)
_NAMED = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t", "'": "'", '"': '"'}
SINGLE = r"'[^'\\]*(?:\\.[^'\\]*)*'"
DOUBLE = r'"[^"\\]*(?:\\.[^"\\]*)*"'
"""How Python writes a text: a quote within is escaped."""

_WORD = r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\\'\"nrt])"
_LITERAL = re.compile(rf"""[bu]?(?:'[^'\\]*(?:{_WORD}[^'\\]*)*'|"[^"\\]*(?:{_WORD}[^"\\]*)*")""", re.DOTALL)
"""Only what Python writes: its own reader warns of other escapes, on standard error."""

LITERAL_MAX = 64 * 1024
"""Characters of a literal that are read: as many as a line may have."""


def unescaped(text: str) -> str:
    r"""The text behind Cowrie's escapes, each undone once; octets that are not UTF-8 stay `\xNN`.

    Only octets that are not printable are ever written so (Cowrie, core/utils.py): `\x41` is what somebody typed."""
    if "\\" not in text:
        return text
    octets = b"".join(_pieces(text))
    return octets.decode("utf-8", "backslashreplace")


def _pieces(text: str) -> list[bytes]:
    pieces, place = [], 0
    for match in _ESCAPE.finditer(text):
        pieces.append(text[place : match.start()].encode("utf-8", "surrogatepass"))
        word = match[1]
        pieces.append(bytes([int(word[1:], 16)]) if word[0] == "x" else b"\\")
        place = match.end()
    pieces.append(text[place:].encode("utf-8", "surrogatepass"))
    return pieces


def named(text: str) -> str:
    """A name that Python wrote as octets (`b'root'`), as text."""
    octets = literal(text)
    return text if octets is None else octets.decode("utf-8", "backslashreplace")


def version(text: str) -> str:
    """A client's version string, which Cowrie has printed as octets, escaped, and bare."""
    return named(text) if text.startswith(("b'", 'b"')) else unescaped(text)


def literal(text: str) -> bytes | None:
    """Octets that Python wrote as `b'...'`, `'...'` or `"..."`; None for what is no such literal."""
    if len(text) > LITERAL_MAX or not _LITERAL.fullmatch(text):
        return None
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):  # a line feed, or a character that is no octet
        return None
    if isinstance(value, str):
        return _octets(value)
    return value if isinstance(value, bytes) else None


def _octets(value: str) -> bytes:
    """Python 2 wrote octets as a text of them; a text beyond that is its UTF-8."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "backslashreplace")


def quoted(text: str) -> str:
    """A text that Python wrote in quotes."""
    return _PYTHON.sub(_character, text[1:-1]) if "\\" in text else text[1:-1]


def _character(found: re.Match[str]) -> str:
    word = found[1]
    return chr(int(word[1:], 16)) if word[0] in "xuU" and len(word) > 1 else _NAMED.get(word, found[0])


def encodable(text: str) -> str:
    r"""The text with halves of surrogate pairs, which JSON can say and UTF-8 cannot, as `\uNNNN`."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def each(texts: pl.Series, convert: Callable[[str], object], dtype: pl.DataType) -> pl.Series:
    """A series of what `convert` makes of each text; each distinct one is converted once, because attackers repeat."""
    made = of_each(texts, lambda distinct: pl.DataFrame({"made": pl.Series([convert(text) for text in distinct.to_list()], dtype=dtype)}))
    return made["made"].alias(texts.name)


SIGNS = ("\\", "b'", 'b"')
"""Texts one of which stands in all that `unescaped`, `named` or `version` change."""


def each_escaped(texts: pl.Series, convert: Callable[[str], str]) -> pl.Series:
    """As `each`, for a function that leaves texts without SIGNS alone: those, which are most, are not looked at."""
    if texts.null_count() == len(texts):
        return texts
    odd = texts.str.contains_any(list(SIGNS))
    return texts.scatter(odd.arg_true(), each(texts.filter(odd), convert, pl.String())) if odd.any() else texts
