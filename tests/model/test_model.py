"""The nouns hold what the rest relies on."""

import subprocess
import sys

import pytest
from material import SOURCES

from varde.model import (
    ALLOWED,
    PLANES,
    PROTOCOLS,
    REFUSED,
    TABLES,
    WARNINGS,
    Field,
    VardeError,
    at_port,
    counted,
    proto_name,
    proto_number,
    service_name,
    tcp_flag_names,
)
from varde.model.services import service_ports


def test_every_protocol_is_found_by_its_name_and_number() -> None:
    for number, name in PROTOCOLS.items():
        assert proto_number(name.upper()) == proto_number(str(number)) == number
        assert proto_name(number) == name


@pytest.mark.parametrize("word", ["", "256", "-1", "1e2", "٣", "0x6", "tcpp", "99999999999", "6.0"])
def test_what_is_no_protocol_is_none(word: str) -> None:
    assert proto_number(word) is None


def test_unnamed_protocols_show_their_number() -> None:
    assert proto_name(253) == "253"


def test_flags_are_named_in_the_order_of_their_bits() -> None:
    assert [tcp_flag_names(bits) for bits in (0, 2, 18, 255)] == ["none", "SYN", "SYN,ACK", "FIN,SYN,RST,PSH,ACK,URG,ECE,CWR"]


def test_services_differ_between_tcp_and_udp_and_are_plain_words() -> None:
    assert (service_name("tcp", 7547), service_name("udp", 7547), service_name("tcp", 53)) == ("cwmp", "", "dns")
    assert (service_ports()["http"], service_ports()["quic"]) == ([80], [80])
    assert service_name("sctp", 22) == service_name("tcp", -1) == ""
    for port in range(65536):
        for proto in ("tcp", "udp"):
            assert service_name(proto, port).replace("-", "").isalnum() or service_name(proto, port) == ""


def test_every_table_has_time_day_and_origin_and_each_column_a_sentence() -> None:
    for table in TABLES.values():
        assert len(set(table.names)) == len(table.names)
        assert {"time", "sensor", "day"} <= set(table.names)
        assert table is WARNINGS or {"source", "file", "offset"} <= set(table.names)  # a warning is ours, and read from nowhere
        assert all(field.meaning.endswith(".") for field in table.fields), table.name


def test_a_column_of_an_unknown_type_is_refused_when_it_is_written_down() -> None:
    with pytest.raises(ValueError, match="unknown type"):
        Field("x", "varchar", "No.")


def test_actions_and_planes_are_disjoint_words() -> None:
    assert not set(REFUSED) & set(ALLOWED)
    assert [plane.key for plane in PLANES] == ["tcp4", "udp4", "tcp6", "udp6", "icmp", "other"]


def test_the_one_error_carries_its_exit_status() -> None:
    assert (VardeError("x").status, VardeError("x", status=1).status) == (2, 1)


def test_the_model_imports_the_standard_library_alone() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import varde.model; print(*{m.partition('.')[0] for m in sys.modules} - set(sys.stdlib_module_names))"
    loaded = subprocess.run([sys.executable, "-I", "-S", "-c", code, str(SOURCES)], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) == {"varde"} | ({"__main__"} & set(loaded))


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [(0, ("line",), "0 lines"), (1, ("line",), "1 line"), (2000, ("line",), "2,000 lines"), (1, ("address", "addresses"), "1 address"),
     (2, ("address", "addresses"), "2 addresses"), (1, ("stamp has", "stamps have"), "1 stamp has")],
)  # fmt: skip
def test_a_count_and_its_words_agree(number: int, words: tuple[str, ...], said: str) -> None:
    assert counted(number, *words) == said


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [("192.0.2.1", 80, "192.0.2.1:80"), ("2001:db8::25", 25, "[2001:db8::25]:25"), ("mail.example.net", None, "mail.example.net:?")],
)
def test_where_an_ipv6_address_ends_and_its_port_begins_can_be_told(host: str, port: int | None, words: str) -> None:
    assert at_port(host, port) == words
