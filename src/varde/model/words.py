"""Counts in sentences."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 line`, `2,000 lines`: the number and the words that go with it; `many` is `one` with an s where it is not given."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
