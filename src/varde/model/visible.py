"""Text that others wrote, as a person or a program may safely have it."""

_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}


def visible(text: str) -> str:
    """Control and bidirectional characters, and octets that are no UTF-8, are written as escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() and ord(c) not in _BIDI else c.encode("unicode_escape").decode() for c in text)


FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets take for the beginning of a formula; some take the wide forms of East Asian keyboards for the same."""


def no_formula(text: str) -> str:
    """A cell that no spreadsheet computes: an apostrophe goes before what looks like a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
