"""Which way flows went and who began them."""

import polars as pl
import pytest

from varde.decode import schema_of
from varde.live.orient import orient
from varde.model import FLOWS


def flow(**fields: object) -> pl.DataFrame:
    return pl.DataFrame([fields], schema=schema_of(FLOWS))


@pytest.mark.parametrize(
    ("src", "dst", "direction"),
    [("--", "NO", "outbound"), ("SE", "--", "inbound"), ("--", "--", "internal"), ("SE", None, "transit"), (None, "--", "inbound")],
)
def test_direction_is_told_by_the_own_networks(src: str | None, dst: str | None, direction: str) -> None:
    assert orient(flow(src_cc=src, dst_cc=dst), has_home=True)["direction"].item() == direction


def test_without_own_networks_no_direction_is_claimed() -> None:
    assert orient(flow(src_cc="NO", dst_cc="SE"), has_home=False)["direction"].item() is None


@pytest.mark.parametrize(
    ("src", "dst", "initiator"),
    [(51022, 443, "src"), (443, 51022, "dst"), (50000, 50001, "dst"), (40001, 51022, None), (53, 123, None), (None, None, None), (40000, 8080, "src"),
     (8080, 22, "src")],
)  # fmt: skip
def test_who_began_is_told_by_the_port_that_only_a_server_has(src: int | None, dst: int | None, initiator: str | None) -> None:
    assert orient(flow(src_port=src, dst_port=dst), has_home=False)["initiator"].item() == initiator


def test_a_flow_of_both_directions_is_exported_by_who_began() -> None:
    assert orient(flow(src_port=443, dst_port=51022, rev_packets=3), has_home=False)["initiator"].item() == "src"
    assert orient(flow(src_port=443, dst_port=51022, rev_packets=0), has_home=False)["initiator"].item() == "dst"


def test_behind_an_address_that_was_learnt_nothing_is_said_to_be_in_transit() -> None:
    inside = flow(src_cc=None, dst_cc="SE")
    assert orient(inside, has_home=True, is_told=False)["direction"].item() is None
    assert orient(inside, has_home=True)["direction"].item() == "transit"
    assert orient(flow(src_cc="SE", dst_cc="--"), has_home=True, is_told=False)["direction"].item() == "inbound"
