r"""Text that a honeypot escaped, as it was: Cowrie writes octets outside printable ASCII as `\xNN`, others as Python does."""

import ast
import re
from collections.abc import Callable

import polars as pl

_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|[\\nrt'\"])")
_NAMED = {"\\": b"\\", "n": b"\n", "r": b"\r", "t": b"\t", "'": b"'", '"': b'"'}

LITERAL_MAX = 64 * 1024
"""Characters of a literal that are read: as many as a line may have."""


def unescaped(text: str) -> str:
    r"""The text behind the escapes, each undone once; octets that are not UTF-8 stay `\xNN`."""
    if "\\" not in text:
        return text
    octets = b"".join(_pieces(text))
    return octets.decode("utf-8", "backslashreplace")


def _pieces(text: str) -> list[bytes]:
    pieces, place = [], 0
    for match in _ESCAPE.finditer(text):
        pieces.append(text[place : match.start()].encode("utf-8", "surrogatepass"))
        word = match[1]
        pieces.append(bytes([int(word[1:], 16)]) if word[0] == "x" else _NAMED[word])
        place = match.end()
    pieces.append(text[place:].encode("utf-8", "surrogatepass"))
    return pieces


def literal(text: str) -> bytes | None:
    """Octets that Python wrote as `b'...'`, `'...'` or `"..."`; None for what is no such literal."""
    if len(text) > LITERAL_MAX or not text.lstrip("b").startswith(("'", '"')):
        return None
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
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


def each(texts: pl.Series, convert: Callable[[str], object], dtype: pl.DataType) -> pl.Series:
    """A series of what `convert` makes of each text; each distinct one is converted once, because attackers repeat."""
    distinct = texts.drop_nulls().unique()
    made = pl.Series("made", [convert(text) for text in distinct.to_list()], dtype=dtype)
    table = pl.DataFrame({"text": distinct, "made": made})
    joined = pl.DataFrame({"text": texts}).join(table, on="text", how="left", maintain_order="left")
    return joined["made"].alias(texts.name)
