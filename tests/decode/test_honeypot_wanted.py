"""Who asks for some tables only gets their records as if all had been read, and every line is still counted."""

from zoneinfo import ZoneInfo

import polars as pl
import pytest
from damage import damaged
from honeypot_family import NAMES, REFERENCE, fixture, golden, golden_lines, read
from hypothesis import given, settings
from hypothesis import strategies as st

from varde.decode import Decoded, Lines, Origin
from varde.decode.honeypot import DIALECTS as HONEYPOTS
from varde.decode.reader import DIALECTS, UNASKED, Reader

TABLES = ("captures", "commands", "downloads", "logins", "mails", "payloads", "sessions", "tunnels")
_GOLDEN = [line for name, line in golden_lines() if name != "cowrie-textlog"]
_PIECES = (b"\\", b"\\u006f", b"\xff", b'"', b"'", b"direct-tcp connection request to ", b"login attempt [", b"cowrie.login.failed", b"[", b"{", b"}", b"\r")


def wanted(data: bytes, *tables: str) -> Decoded:
    origin = Origin("sensor", "source", "file", REFERENCE, ZoneInfo("Europe/Oslo"), REFERENCE)
    return Reader(DIALECTS.values(), wanted=frozenset(tables)).read(Lines.of(data), origin)


def same(one: Decoded, other: Decoded, tables: tuple[str, ...]) -> None:
    """Of these tables both have the same records; the first has no others."""
    assert set(one.others) == set(other.others) & set(tables)
    for name in one.others:
        # which of two dialects comes first depends on what else there is
        ordered = [batch.sort("offset", maintain_order=True) for batch in (one.others[name], other.others[name])]
        assert ordered[0].equals(ordered[1]), name


def counted(data: bytes, decoded: Decoded) -> None:
    """Each line is in one outcome."""
    outcomes = {what: count for (_, what), count in decoded.counts.items()}
    assert outcomes["lines"] == data.count(b"\n") + (data[-1:] not in (b"", b"\n"))
    assert sum(decoded.counts.values()) == 2 * outcomes["lines"]
    told = [offset for _, _, offsets in decoded.fates for offset in offsets.tolist()]
    assert len(told) == len(set(told)) == outcomes["lines"]


@pytest.mark.parametrize("name", NAMES)
def test_a_dialect_names_the_tables_that_its_lines_tell_of(name: str) -> None:
    assert {row["table"] for row in golden(name)} <= set(HONEYPOTS[name].tells) <= set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_records_of_one_table_are_those_that_reading_everything_gives(table: str) -> None:
    data = b"\n".join(_GOLDEN)
    few = wanted(data, table)
    same(few, read(data), (table,))
    counted(data, few)


def test_lines_without_a_record_of_the_table_are_not_looked_at() -> None:
    data = fixture("cowrie-json") + fixture("cowrie-text")
    few = wanted(data, "tunnels")
    requests = len(few.others["tunnels"])
    assert sum(count for (_, what), count in few.counts.items() if what == "records") <= 2 * requests
    assert few.counts["", UNASKED] > few.counts["", "lines"] / 2


@settings(deadline=None, max_examples=150)
@given(st.lists(damaged(_GOLDEN, _PIECES), min_size=1, max_size=25), st.sets(st.sampled_from(TABLES), min_size=1, max_size=2))
def test_damaged_lines_give_the_same_records(lines: list[bytes], tables: set[str]) -> None:
    data = b"\n".join(lines)
    few = wanted(data, *tables)
    same(few, read(data), tuple(tables))
    counted(data, few)


def test_a_name_that_json_escapes_is_the_same_name() -> None:
    escaped = fixture("cowrie-json").replace(b"cowrie.direct-tcpip.request", rb"cowrie.direct\u002dtcpip.request")
    assert len(wanted(escaped, "tunnels").others["tunnels"]) == len(wanted(fixture("cowrie-json"), "tunnels").others["tunnels"]) > 0


def test_a_text_whose_sources_stand_in_other_lines_says_that_it_lacks_them() -> None:
    few, whole = wanted(fixture("cowrie-textlog"), "tunnels"), read(fixture("cowrie-textlog"))
    told = pl.col("session", "target", "target_port", "time", "raw", "offset")
    assert few.others["tunnels"].select(told).equals(whole.others["tunnels"].select(told))
    assert few.unsaid["cowrie-textlog", "source"] == len(few.others["tunnels"]) > 0


def test_with_probes_everything_is_read() -> None:
    data = b"\n".join(_GOLDEN)
    assert wanted(data, "probes", "logins").counts == read(data).counts
