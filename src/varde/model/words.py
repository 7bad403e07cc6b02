"""Counts and addresses in sentences."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 line`, `2,000 lines`: the number and the words that go with it; `many` is `one` with an s where it is not given."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def at_port(host: str, port: int | None) -> str:
    """`192.0.2.1:80` and `[2001:db8::1]:80`, so that it can be told where an IPv6 address ends (RFC 3986 3.2.2); `?` where no port is known."""
    return f"{f'[{host}]' if ':' in host else host}:{'?' if port is None else port}"


def octets(number: float) -> str:
    """`1.5 MB` and the like, in decimal units, as disks and traffic are counted."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} PB"
