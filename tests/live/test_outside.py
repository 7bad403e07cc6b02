"""Outside addresses: many trusted records that agree for long teach one, and nothing else does."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from material import NOON, probe_batch

from varde.decode.addresses import octets_of, text_of
from varde.live.outside import AGREEING, NETWORKS, SAMPLES, SLOT, TRACKS_MAX, Agreed, Outside, Track

ONE, OTHER, STRANGER = "80.1.2.3", "80.9.9.9", "93.184.216.34"
STEP = timedelta(microseconds=SLOT)


def probes(*destinations: str, begin: datetime = NOON, nets: int = 200, step: timedelta = STEP, **more: Any) -> Iterator[pl.DataFrame]:
    """One probe a slot to each of the addresses in turn."""
    for number, dst in enumerate(destinations):
        yield probe_batch([{"time": begin + number * step, "src": f"45.{number % nets}.0.1", "dst": dst, **more}])


def taught(*batches: pl.DataFrame, outside: Outside | None = None, table: str = "probes") -> dict[Track, Agreed]:
    outside = outside or Outside(lambda sensor, source: sensor == "fw1")
    for batch in batches:
        outside.watch(table, batch)
    return outside.agreed()


def test_the_address_that_probes_from_everywhere_go_to_is_learnt_with_its_evidence() -> None:
    (agreed,) = taught(*probes(*[ONE] * (SAMPLES + 11))).values()
    assert (text_of(agreed.address), agreed.records) == (ONE, SAMPLES + 10)  # the last slot is still open
    assert (agreed.first, agreed.last) == (int(NOON.timestamp() * 1e6), int((NOON + (SAMPLES + 9) * STEP).timestamp() * 1e6))


def test_one_record_fewer_teaches_nothing() -> None:
    assert taught(*probes(*[ONE] * SAMPLES)) == {}
    assert len(taught(*probes(*[ONE] * (SAMPLES + 1)))) == 1


def test_a_flood_is_one_sample_however_many_records_it_has() -> None:
    flood = probe_batch([{"time": NOON + timedelta(milliseconds=number), "src": f"45.{number % 250}.0.1", "dst": STRANGER} for number in range(5000)])
    assert taught(flood, *probes(*[STRANGER] * (SAMPLES - 2), begin=NOON + STEP)) == {}


def test_records_that_strangers_slip_between_the_true_ones_teach_neither() -> None:
    mixed = [probe_batch([{"time": NOON + number * STEP, "src": f"45.{number % 200}.0.1", "dst": dst} for dst in [ONE] * 4 + [STRANGER]]) for number in range(2 * SAMPLES)]
    assert taught(*mixed) == {}
    few = [ONE] * (AGREEING - 1) + [STRANGER] * (SAMPLES - AGREEING + 1)
    assert taught(*probes(*few, ONE)) == {}


@pytest.mark.parametrize(("why", "more"), [
    ("no trusted sensor", {"sensor": "somebody"}), ("a few sources only", {"nets": NETWORKS - 1}), ("private", {"dst": "192.168.1.1"}),
    ("shared address space", {"dst": "100.64.0.9"}), ("everybody on the link", {"dst": "255.255.255.255"}), ("from within", {"src": "192.168.1.9"}),
    ("from home", {"cc": "--"}),
])  # fmt: skip
def test_what_teaches_nothing(why: str, more: dict[str, Any]) -> None:
    destination, source = more.pop("dst", ONE), more.pop("src", None)
    batches = [batch if source is None else batch.with_columns(src_addr=pl.lit(octets_of(source))) for batch in probes(*[destination] * (SAMPLES + 5), **more)]
    assert taught(*batches) == {}, why


def test_what_the_firewall_passes_on_is_not_sent_to_itself() -> None:
    assert taught(*(batch.with_columns(out_if=pl.lit("eth1")) for batch in probes(*[ONE] * (SAMPLES + 5)))) == {}
    assert len(taught(*(batch.with_columns(out_if=pl.lit("")) for batch in probes(*[ONE] * (SAMPLES + 5))))) == 1


def test_a_router_says_what_it_translates_to() -> None:
    inner = [batch.with_columns(src_addr=pl.lit(octets_of("192.168.1.9")), nat_src_addr=pl.lit(octets_of(ONE)), dst_addr=pl.col("src_addr"), dst_net=pl.col("src_net"))
             for batch in probes(*[STRANGER] * (SAMPLES + 5))]  # fmt: skip
    (agreed,) = taught(*inner, table="nat").values()
    assert text_of(agreed.address) == ONE
    pool = [batch.with_columns(nat_src_addr=pl.lit(octets_of(f"80.1.2.{number % 8}"))) for number, batch in enumerate(inner)]
    assert taught(*pool, table="nat") == {}
    stranger = [batch.with_columns(src_addr=pl.lit(octets_of("45.1.1.1"))) for batch in inner]  # a translation of somebody outside is a claim
    assert taught(*stranger, table="nat") == {}


def test_when_the_address_changes_the_other_one_begins_with_its_first_record() -> None:
    outside = Outside(lambda sensor, source: True)
    taught(*probes(*[ONE] * (SAMPLES + 20)), outside=outside)
    then = NOON + (SAMPLES + 20) * STEP
    assert text_of(taught(*probes(*[OTHER] * 50, begin=then), outside=outside)[Track("fw1", 4)].address) == ONE
    agreed = taught(*probes(*[OTHER] * SAMPLES, begin=then + 50 * STEP), outside=outside)[Track("fw1", 4)]
    assert (text_of(agreed.address), agreed.first) == (OTHER, int(then.timestamp() * 1e6))
    back = then + (SAMPLES + 50) * STEP
    agreed = taught(*probes(*[ONE] * (SAMPLES + 1), begin=back), outside=outside)[Track("fw1", 4)]
    assert (text_of(agreed.address), agreed.first) == (ONE, int(back.timestamp() * 1e6))


def test_families_and_sensors_are_apart_and_bounded() -> None:
    outside = Outside(lambda sensor, source: True)
    taught(*probes(*[ONE, "2a02:fe0::1"] * (SAMPLES + 5), step=STEP / 2), outside=outside)
    six = [batch.with_columns(src_addr=pl.lit(octets_of("2a01::1"))) for batch in probes("2a02:fe0::1")]
    assert {track.version for track in taught(*six, outside=outside)} == {4, 6}
    taught(*(next(probes(ONE, sensor=f"fw{number}")) for number in range(2 * TRACKS_MAX)), outside=outside)
    assert len(outside._trails) == TRACKS_MAX
