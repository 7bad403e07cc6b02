"""The ledger's sums are those of the changes, and what the kernel dropped is somebody's only where there is one."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from varde.collect.ledger import KERNEL, Ledger
from varde.decode import schema_of
from varde.model import LOSSES

COUNTS = ("datagrams", "flows", "lost", "reordered", "duplicated", "undecodable", "unknown_template", "late", "restarts")


def changes(*rows: tuple[str, int, dict[str, int]]) -> pl.DataFrame:
    """(exporter, domain, counts) as the decoder tells them."""
    full = [
        {"time": 1_000_000 * number, "end_time": 1_000_000 * number + 1, "sensor": name, "exporter": name.encode().ljust(16, b"\0"), "domain": domain,
         "protocol": "netflow9", "unit": "datagrams"} | dict.fromkeys(COUNTS, 0) | counts
        for number, (name, domain, counts) in enumerate(rows)
    ]  # fmt: skip
    schema = {name: dtype for name, dtype in schema_of(LOSSES).items() if name != "day"}
    return pl.DataFrame(full, schema=schema).with_columns(pl.from_epoch("time", "us").dt.date().alias("day")).select(list(schema_of(LOSSES)))


@given(st.lists(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 1), st.fixed_dictionaries({name: st.integers(-3, 9) for name in COUNTS})), max_size=5), max_size=5))
@settings(deadline=None)
def test_spans_add_up_to_the_changes(spans: list[list[tuple[str, int, dict[str, int]]]]) -> None:
    ledger, rows = Ledger(), []
    for span in spans:
        ledger.add(changes(*span))
        rows.append(ledger.close(9, []))
    told = pl.concat(rows) if rows else pl.DataFrame(schema=schema_of(LOSSES))
    for name in COUNTS:
        assert told[name].sum() == sum(counts[name] for span in spans for _, _, counts in span)
    assert [len(span) for span in rows] == [len({(who, domain) for who, domain, _ in span}) for span in spans]


def test_a_span_without_changes_has_no_rows() -> None:
    assert Ledger().close(9, [0]).is_empty()


def test_what_the_kernel_dropped_is_the_only_exporters() -> None:
    ledger = Ledger()
    ledger.add(changes(("a", 0, {"lost": 7}), ("a", 1, {})))
    assert ledger.close(9, [5])["dropped"].to_list() == [5, 0]
    ledger.add(changes(("a", 0, {})))
    assert ledger.close(9, [6, 2])["dropped"].to_list() == [3]


def test_of_several_exporters_nobody_knows_whose_was_dropped() -> None:
    ledger = Ledger()
    ledger.add(changes(("a", 0, {}), ("b", 0, {})))
    rows = ledger.close(9, [5])
    assert rows.filter(pl.col("sensor") == KERNEL)["dropped"].to_list() == [5]
    assert rows.filter(pl.col("sensor") != KERNEL)["dropped"].to_list() == [None, None]


def test_a_kernel_that_does_not_tell_is_not_taken_for_one_that_dropped_nothing() -> None:
    ledger = Ledger()
    ledger.add(changes(("a", 0, {})))
    assert ledger.close(9, [None])["dropped"].to_list() == [None]
