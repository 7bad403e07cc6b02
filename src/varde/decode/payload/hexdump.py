"""Octets in hexadecimal and as characters, as network people look at them."""

WIDTH = 16
_GROUP = 8
_REPEATED = "*"


def hexdump(data: bytes, *, fold: bool = True) -> list[str]:
    """Lines of an offset, sixteen octets in two groups, and the same as characters, a dot where one is not printable.

    A row that says the same as the one before is left out, and `*` stands for all of those (`fold`); the offset behind
    the last octet then ends the dump."""
    lines: list[str] = []
    before = b""
    for offset in range(0, len(data), WIDTH):
        row = data[offset : offset + WIDTH]
        if fold and row == before:
            if lines[-1] != _REPEATED:
                lines.append(_REPEATED)
            continue
        lines.append(_line(offset, row))
        before = row
    if lines and lines[-1] == _REPEATED:
        lines.append(f"{len(data):08X}")
    return lines


def _line(offset: int, row: bytes) -> str:
    halves = row[:_GROUP], row[_GROUP:]
    hexadecimal = "  ".join(half.hex(" ").ljust(3 * _GROUP - 1) for half in halves)
    return f"{offset:08X}  {hexadecimal}  {' '.join(_characters(half) for half in halves if half)}"


def _characters(half: bytes) -> str:
    return "".join(chr(octet) if 32 <= octet < 127 else "." for octet in half)
