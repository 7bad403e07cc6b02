"""ArcSight Common Event Format, version 0: https://www.microfocus.com/documentation/arcsight/ (CEF implementation standard)."""

from varde.export.warning.row import MESSAGE_IDS, Row, milliseconds, names, scan_of, severity, title, urls
from varde.model import proto_name

_DIRECTIONS = {"inbound": 0, "outbound": 1}
VERSION = "1.0"
"""Of what we write, not of the program: rules of a SIEM compare it."""


def cef(row: Row) -> str:
    """One line: a header with | between, then an extension of key=value."""
    kind = row["kind"]
    header = ("Varde", "varde", VERSION, MESSAGE_IDS[kind].lower(), title(row), str(severity(row)))
    pairs = (f"{key}={_value(value)}" for key, value in _extension(row).items() if value not in (None, ""))
    return f"CEF:0|{'|'.join(map(_head, header))}|{' '.join(pairs)}"


def _extension(row: Row) -> Row:
    return {
        "rt": milliseconds(row.get("received") or row["time"]), "start": milliseconds(row["time"]),
        "end": milliseconds(row.get("end_time") or row["time"]),
        **_address(row, "src", "c6a2", "Source IPv6 Address"), "spt": row.get("src_port"),
        **_address(row, "dst", "c6a3", "Destination IPv6 Address"), "dpt": row.get("dst_port"),
        "proto": proto_name(row["proto"]).upper() if "proto" in row else None, "cnt": row.get("count"),
        "deviceDirection": _DIRECTIONS.get(row.get("direction", "")), "dvchost": row.get("sensor"), "duser": row.get("name") if row["kind"] == "login" else None,
        "dhost": row.get("name") if row["kind"] == "dns" else None,
        **_labelled("cs1", "pulse", " ".join(urls(row))), **_labelled("cs2", "list", " ".join(names(row))),
        **_labelled("cs3", "communityId", row.get("community_id")), **_labelled("cs4", "side", row.get("side")),
        **_labelled("cn1", "packets", row.get("packets")), **_labelled("cn2", "octets", row.get("octets")),
        **_labelled("cn3", "oneWay", row.get("one_way")), **_labelled("cs5", "level", row.get("level")),
        **_labelled("cn2", "networks", row.get("networks")), **_labelled("cs6", "scan", scan_of(row)), "reason": row.get("reason"), "msg": row.get("line"),
    }  # fmt: skip


def _address(row: Row, end: str, long: str, label: str) -> Row:
    """IPv6 has keys of its own in version 0."""
    address = row.get(f"{end}_addr")
    return _labelled(long, label, address) if address and ":" in address else {end: address}


def _labelled(key: str, label: str, value: object) -> Row:
    return {} if value in (None, "") else {f"{key}Label": label, key: value}


def _head(text: str) -> str:
    return _spaced(text).replace("\\", "\\\\").replace("|", "\\|")


def _value(value: object) -> str:
    """The standard escapes a backslash, an equals sign and line feeds, nothing else."""
    text = str(value).replace("\\", "\\\\").replace("=", "\\=").replace("\r", "\\r").replace("\n", "\\n")
    return _spaced(text)


def _spaced(text: str) -> str:
    """Other controls, and what is no character, are of no use to anybody."""
    return "".join(c if c.isprintable() else " " for c in text)
