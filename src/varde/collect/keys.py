"""Keys and passwords of feeds: read from files, and shown to nobody."""

from pathlib import Path

from varde.model import VardeError

KEY_MAX = 4096
"""Characters of a key: more is another file."""


def key_of(path: str | None, name: str) -> str:
    """The key or password in a file, without the line feed at its end. Raises VardeError that never shows it."""
    if path is None:
        raise VardeError(f"list {name} needs a key: write it into a file that only Varde reads, and name that with key_file")
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise VardeError(f"cannot read the key of list {name} in {path}: {str(getattr(error, 'strerror', None) or 'no UTF-8').lower()}") from error
    if not text or len(text) > KEY_MAX or not text.isascii() or not text.isprintable():
        raise VardeError(f"{path} holds no key: one line of printable ASCII is expected, and nothing else")
    return text
