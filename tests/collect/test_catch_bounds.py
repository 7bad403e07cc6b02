"""Ports as they are written and bound, and every bound of what is caught."""

import os
import socket
import threading

import pytest

from varde.collect.doorkeeper import ROW_OCTETS, Bounds, Doorkeeper, source_of
from varde.collect.ports import PORTS_MAX, Port, bind, close, holder, parse_ports
from varde.model import VardeError

NOW = 1_800_000_000.0


# ---- ports ----


def test_ports_are_read_as_people_write_them() -> None:
    written = ["7547", "53/udp", "8000-8003", "8002/TCP", "9-9/udp", "7547/tcp"]
    assert [str(port) for port in parse_ports(written)] == ["7547/tcp", "8000/tcp", "8001/tcp", "8002/tcp", "8003/tcp", "9/udp", "53/udp"]


@pytest.mark.parametrize("text", ["", "0", "65536", "x", "80/sctp", "90-80", "1-", "-1", "80 81", "٣", "80/", "1-70000", "http"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(VardeError, match=r"is no port\. Write 7547, 53/udp or 8000-8010"):
        parse_ports([text])


def test_more_ports_than_one_process_listens_on_are_refused() -> None:
    assert len(parse_ports([f"1-{PORTS_MAX}"])) == PORTS_MAX
    with pytest.raises(VardeError, match="Lead them to one port in the firewall"):
        parse_ports(["1-65535"])


def test_a_taken_port_is_said_with_who_has_it_and_the_others_are_let_go() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as other:
        number, free = taken.getsockname()[1], other.getsockname()[1]
        other.close()
        with pytest.raises(VardeError, match=rf"cannot listen on {number}/tcp: the port is taken by .*\(process {os.getpid()}\)"):
            bind([Port("tcp", free), Port("tcp", number)], "127.0.0.1")
        close(bind([Port("tcp", free)], "127.0.0.1"))  # it was let go


def test_a_taken_udp_port_is_said() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(VardeError, match=r"taken by .*\(process "):
            bind([Port("udp", taken.getsockname()[1])], "127.0.0.1")


def test_the_holder_of_a_port_nobody_has_is_not_invented() -> None:
    assert holder(Port("udp", 1)).startswith("a process of another user")


def test_an_address_of_another_machine_is_said() -> None:
    with pytest.raises(VardeError, match=r"cannot listen on 192\.0\.2\.1: it is no address of this machine"):
        bind([Port("tcp", 0)], "192.0.2.1")
    with pytest.raises(VardeError, match="cannot listen on 0/tcp at nowhere"):
        bind([Port("tcp", 0)], "nowhere")


# ---- who may come in ----


def test_ipv6_sources_count_by_their_64_and_ipv4_ones_by_themselves() -> None:
    assert source_of("2001:db8:1:2:3::4") == source_of("2001:db8:1:2:ffff::") == "2001:db8:1:2::/64"
    assert source_of("2001:db8:1:3::1") != source_of("2001:db8:1:2::1")
    assert source_of("192.0.2.1") == "192.0.2.1"


def test_connections_at_once_are_bounded_in_all_and_of_each_source() -> None:
    keeper = Doorkeeper(Bounds(connections=5, source_connections=2))
    assert [keeper.enter("a", NOW) for _ in range(3)] == [True, True, False]
    assert [keeper.enter(name, NOW) for name in "bcde"] == [True, True, True, False]
    assert keeper.refused == {"too_many_of_source": 1, "too_many_connections": 1}
    keeper.leave("a")
    assert keeper.enter("e", NOW)
    for name in "abcde":
        keeper.leave(name)
    assert (keeper.connections, dict(keeper.open)) == (0, {})


def test_captures_of_a_source_are_bounded_by_the_hour() -> None:
    keeper = Doorkeeper(Bounds(source_hour=3))
    for _ in range(3):
        assert keeper.may_send("a", "udp", NOW)
        keeper.took("a", "udp", 10, NOW)
    assert not keeper.may_send("a", "udp", NOW)
    assert not keeper.enter("a", NOW)
    assert keeper.may_send("b", "udp", NOW)
    assert keeper.may_send("a", "udp", NOW + 3600)
    assert keeper.refused == {"too_many_in_hour": 2}


def test_a_flood_of_udp_does_not_use_up_the_day_of_tcp() -> None:
    keeper = Doorkeeper(Bounds(day=4 * ROW_OCTETS))
    for number in range(2):
        keeper.took(f"forged{number}", "udp", 0, NOW)
    assert not keeper.may_send("c", "udp", NOW)
    assert keeper.may_send("c", "tcp", NOW)
    assert keeper.may_send("c", "udp", NOW + 86_400)
    assert keeper.refused == {"day_full": 1}


def test_what_an_earlier_run_stored_today_counts() -> None:
    keeper = Doorkeeper(Bounds(day=1000))
    keeper.stored_before(1000, NOW)
    assert not keeper.may_send("a", "tcp", NOW)
    assert keeper.may_send("a", "tcp", NOW + 86_400)


def test_remembered_sources_are_bounded() -> None:
    keeper = Doorkeeper(Bounds(sources=100, source_hour=1))
    for number in range(1000):
        keeper.took(f"s{number}", "udp", 1, NOW)
    assert len(keeper._in_hour) == 100
    assert not keeper.may_send("s999", "udp", NOW)
    assert keeper.may_send("s0", "udp", NOW)


def test_bound_sockets_take_both_families() -> None:
    (entry,) = bind([Port("tcp", 0)])
    got: list[str] = []

    def accept() -> None:
        for _ in range(2):
            connection, peer = entry.socket.accept()
            got.append(peer[0])
            connection.close()

    entry.socket.setblocking(True)
    thread = threading.Thread(target=accept)
    thread.start()
    for address in ("127.0.0.1", "::1"):
        socket.create_connection((address, entry.port.number)).close()
    thread.join()
    close([entry])
    assert got == ["::ffff:127.0.0.1", "::1"]
