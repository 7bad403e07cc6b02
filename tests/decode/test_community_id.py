"""Community IDs are those that everyone computes: the specification's own reference data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.decode.addresses import octets_of
from varde.decode.community import community_id

REFERENCE = [
    (58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="),
    (58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 0, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="),
    (58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 135, 0, "1:zavyT/cezQr1fmImYCwYnMXbgck="),
    (58, "3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0, "1:2ObVBgIn28oZvibYZhZMBgh7WdQ="),
    (58, "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da", 1, 4, "1:hLZd0XGWojozrvxqE0dWB1iM6R0="),
    (58, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128, 0, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="),
    (58, "3ffe:501:0:1001::2", "3ffe:507:0:1:200:86ff:fe05:80da", 129, 0, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="),
    (58, "fe80::200:86ff:fe05:80da", "ff02::2", 133, 0, "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0="),
    (58, "fe80::260:97ff:fe07:69ea", "ff02::1", 134, 0, "1:pkvHqCL88/tg1k4cPigmZXUtL00="),
    (1, "192.168.0.89", "192.168.0.1", 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
    (1, "192.168.0.1", "192.168.0.89", 0, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
    (1, "10.0.0.1", "10.0.0.2", 11, 0, "1:YHxtAirCG//0OzkcVAukqKQN9xM="),
    (1, "1.2.3.4", "5.6.7.8", 11, 0, "1:f/YiSyWqczrTgfUCZlBUnvHRcPk="),
    (6, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="),
    (6, "2607:f8b0:400c:c03::1a", "2001:470:e5bf:dead:4957:2174:e82c:4887", 25, 63943, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="),
    (132, "192.168.170.8", "192.168.170.56", 7, 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="),
    (6, "128.232.110.120", "66.35.250.204", 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    (6, "66.35.250.204", "128.232.110.120", 80, 34855, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    (17, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
    (46, "10.1.12.1", "10.1.12.2", None, None, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="),
    (46, "10.1.12.2", "10.1.12.1", None, None, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="),
]
"""Protocol, ends, ports (or ICMP type and code), ID: baseline_deflt.json of corelight/community-id-spec, and of its other readers."""


def of(proto: int, source: str, destination: str, one: int | None, two: int | None, seed: int = 0) -> str:
    ends = octets_of(source), octets_of(destination)
    assert ends[0] is not None and ends[1] is not None
    is_icmp = proto in (1, 58)
    return community_id(*ends, proto, (None, None) if is_icmp else (one, two), (one, two) if is_icmp else (None, None), seed=seed)


@pytest.mark.parametrize(("proto", "source", "destination", "one", "two", "expected"), REFERENCE)
def test_the_id_is_that_of_the_reference_data(proto: int, source: str, destination: str, one: int | None, two: int | None, expected: str) -> None:
    assert of(proto, source, destination, one, two) == expected


def test_another_seed_gives_another_id() -> None:
    assert of(6, "1.2.3.4", "5.6.7.8", 1122, 3344, seed=1) == "1:HhA1B+6CoLbiKPEs5nhNYN4XWfk="


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16), st.sampled_from((6, 17, 132, 47)), st.integers(0, 65535), st.integers(0, 65535))
def test_both_directions_of_a_flow_have_one_id(one: bytes, two: bytes, proto: int, here: int, there: int) -> None:
    assert community_id(one, two, proto, (here, there)) == community_id(two, one, proto, (there, here))


def test_without_what_it_is_made_of_there_is_none() -> None:
    assert of(6, "1.2.3.4", "5.6.7.8", None, 80) == ""
    assert of(1, "1.2.3.4", "5.6.7.8", None, None) == ""
