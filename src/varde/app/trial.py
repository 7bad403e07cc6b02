"""A warning that is marked as a test: what `varde warn --test` sends, and what a station tells when a self-test asks for it."""

from datetime import datetime, timezone

from varde.decode.addresses import octets_of
from varde.decode.community import community_id
from varde.decode.rows import iso
from varde.deliver import Row
from varde.views.warning import line_of


def test_row() -> Row:
    """A warning of addresses that are nobody's (RFC 5737), marked as a test."""
    ours, theirs = octets_of("192.0.2.5"), octets_of("203.0.113.5")
    assert ours is not None and theirs is not None
    now = iso(datetime.now(timezone.utc).replace(microsecond=0))
    row: Row = {
        "time": now, "end_time": now, "received": now, "sensor": "varde", "src_addr": "192.0.2.5", "src_port": 443, "dst_addr": "203.0.113.5",
        "dst_port": 51022, "proto": 6, "proto_name": "tcp", "kind": "flow", "side": "dst", "packets": 0, "octets": 0, "sampled": 0, "one_way": 1,
        "late": 0, "retro": 0, "count": 1, "community_id": community_id(ours, theirs, 6, (443, 51022)), "test": 1,
        "lists": [{"source": "test", "id": "varde-warn-test", "name": "A test: nothing happened", "url": None, "first_seen": now}],
    }  # fmt: skip
    return row | {"line": line_of(row)}
