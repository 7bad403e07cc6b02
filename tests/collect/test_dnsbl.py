"""DNS block lists against a name server on loopback: what is asked, how often, what the answers mean, and whom is never asked about."""

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.app import config
from varde.collect import dnsbl as module
from varde.collect.dnsbl import Dnsbl, Suspects, Zone, resolver_address, reversed_name
from varde.intel import Guards
from varde.model import VardeError
from varde.store import Facts

ZONE = "bl.example"
LISTED = {"7.100.51.198.bl.example.": ("127.0.0.2", 900, "https://bl.example/7 \x1b[31m"), "2.0.0.127.bl.example.": ("127.0.0.2", 900, "test")}


@dataclass
class NameServer:
    """Answers A and TXT of `records`; everything else is not there, and its SOA says for how long that is so."""

    port: int = 0
    records: dict[str, tuple[str, int, str]] = field(default_factory=lambda: dict(LISTED))
    minimum: int = 600
    rcode: int = dns.rcode.NOERROR
    silent: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, wire: bytes) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if self.silent:
            return None
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA
        if self.rcode != dns.rcode.NOERROR:
            reply.set_rcode(self.rcode)
        elif found := self.records.get(name):
            address, ttl, text = found
            value = address if kind == "A" else '"' + text.replace("\x1b", "\\027") + '"'
            reply.answer.append(dns.rrset.from_text(name, ttl, "IN", kind, value))
        else:
            reply.set_rcode(dns.rcode.NXDOMAIN)
            reply.authority.append(dns.rrset.from_text("bl.example.", 86400, "IN", "SOA", f"ns.bl.example. x.bl.example. 1 2 3 4 {self.minimum}"))
        return reply.to_wire()


@pytest.fixture
def server() -> Iterator[NameServer]:
    made, done = NameServer(), threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.05)
        made.port = listener.getsockname()[1]

        def serve() -> None:
            while not done.is_set():
                try:
                    wire, sender = listener.recvfrom(4096)
                except TimeoutError:
                    continue
                if (reply := made.answer(wire)) is not None:
                    listener.sendto(reply, sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield made
        done.set()
        thread.join(2)


class Desk:
    """Zones with a clock that is set, and what was waited."""

    def __init__(self, folder: Path, server: NameServer, guards: Guards | None = None, **about: object) -> None:
        self.now, self.paused = 1_795_300_000.0, list[float]()
        zone = Zone("bl", ZONE, f"127.0.0.1:{server.port}", **about)  # type: ignore[arg-type]
        self.dnsbl = Dnsbl([zone], Facts(folder), guards or Guards.of(), clock=lambda: self.now, pause=self._pause)

    def _pause(self, seconds: float) -> bool:
        self.paused.append(seconds)
        self.now += seconds
        return False


def test_a_listed_address_is_told_with_code_and_reason_and_without_control_characters(tmp_path: Path, server: NameServer) -> None:
    desk = Desk(tmp_path, server)
    (found,) = desk.dnsbl.ask("198.51.100.7")
    assert (found.listed, found.codes, found.error) == (True, ("127.0.0.2",), "")
    assert found.text == "https://bl.example/7 \\x1b[31m" and found.said() == "listed (127.0.0.2): https://bl.example/7 \\x1b[31m"
    assert server.asked == [("7.100.51.198.bl.example.", "A"), ("7.100.51.198.bl.example.", "TXT")]


def test_the_meaning_of_codes_is_the_owners_where_he_gives_it(tmp_path: Path, server: NameServer) -> None:
    (found,) = Desk(tmp_path, server, codes={"127.0.0.2": "SBL"}).dnsbl.ask("198.51.100.7")
    assert found.text == "SBL" and len(server.asked) == 1


def test_an_answer_is_not_asked_for_again_before_it_runs_out_and_outlives_a_restart(tmp_path: Path, server: NameServer) -> None:
    desk = Desk(tmp_path, server)
    assert [one.listed for address in ("198.51.100.7", "198.51.100.8") for one in desk.dnsbl.ask(address)] == [True, False]
    desk.dnsbl.save()
    other = Desk(tmp_path, server)
    count = len(server.asked)
    other.now += 599
    assert [one.listed for address in ("198.51.100.7", "198.51.100.8") for one in other.dnsbl.ask(address)] == [True, False]
    assert len(server.asked) == count
    other.now += 2  # the SOA says 600 s of what is not there
    other.dnsbl.ask("198.51.100.8")
    other.dnsbl.ask("198.51.100.7")
    assert len(server.asked) == count + 1
    other.now += 300
    other.dnsbl.ask("198.51.100.7")
    assert len(server.asked) == count + 3


@pytest.mark.parametrize(("ttl", "kept"), [(0, 300), (10**9, 86_400)])
def test_how_long_an_answer_is_kept_is_bounded(tmp_path: Path, server: NameServer, ttl: int, kept: int) -> None:
    server.records["7.100.51.198.bl.example."] = ("127.0.0.4", ttl, "x")
    (found,) = Desk(tmp_path, server).dnsbl.ask("198.51.100.7")
    assert found.until - found.asked == kept * 1_000_000


def test_a_zone_is_asked_at_its_pace(tmp_path: Path, server: NameServer) -> None:
    desk = Desk(tmp_path, server, per_minute=30)
    for last in range(1, 5):
        desk.dnsbl.ask(f"198.51.100.{last}")
    assert desk.paused == pytest.approx([2.0, 2.0, 2.0])


@pytest.mark.parametrize(
    ("address", "said"), [("127.255.255.254", "public resolvers"), ("127.255.255.255", "too many"), ("127.255.255.1", "not why"), ("203.0.113.80", "makes answers up")],
)  # fmt: skip
def test_a_refusal_is_no_listing_and_the_zone_is_left_alone(tmp_path: Path, server: NameServer, address: str, said: str) -> None:
    server.records["7.100.51.198.bl.example."] = (address, 60, "x")
    desk = Desk(tmp_path, server)
    (found,) = desk.dnsbl.ask("198.51.100.7")
    assert (found.listed, said in found.error) == (False, True)
    count = len(server.asked)
    assert "left alone" in desk.dnsbl.ask("198.51.100.8")[0].error and len(server.asked) == count and desk.paused == []
    desk.now += 3_700
    assert desk.dnsbl.ask("198.51.100.8")[0].error == ""


def test_a_server_that_fails_or_is_silent_is_no_listing(tmp_path: Path, server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIFETIME_SECONDS", 0.3)
    desk = Desk(tmp_path, server)
    server.rcode = dns.rcode.SERVFAIL
    assert desk.dnsbl.ask("198.51.100.7")[0].error
    server.rcode, server.silent = dns.rcode.NOERROR, True
    for last in range(10, 14):
        assert desk.dnsbl.ask(f"198.51.100.{last}")[0].error
    count = len(server.asked)
    assert "left alone" in desk.dnsbl.ask("198.51.100.20")[0].error and len(server.asked) == count, "after five in a row"


def test_nobody_is_asked_about_special_space_or_our_own(tmp_path: Path, server: NameServer) -> None:
    desk = Desk(tmp_path, server, Guards.of(own=[ipaddress.ip_network("203.0.113.0/24")]))
    for address in ("10.0.0.1", "127.0.0.2", "fe80::1", "203.0.113.9", "::ffff:192.168.1.1"):
        with pytest.raises(VardeError, match="no one is asked"):
            desk.dnsbl.ask(address)
    with pytest.raises(VardeError, match="is no address"):
        desk.dnsbl.ask("evil.example")
    assert server.asked == []


def test_a_zone_is_tested_by_what_every_zone_lists_and_none_does(tmp_path: Path, server: NameServer) -> None:
    assert Desk(tmp_path, server).dnsbl.test() == []
    server.records["1.0.0.127.bl.example."] = ("127.0.0.2", 60, "x")
    assert "which no zone does" in Desk(tmp_path, server).dnsbl.test()[0][1]
    server.records.clear()
    assert "does not list 127.0.0.2" in Desk(tmp_path, server).dnsbl.test()[0][1]


def test_suspects_are_asked_about_in_the_background_each_once(tmp_path: Path, server: NameServer) -> None:
    desk, said = Desk(tmp_path, server, per_minute=6000), list[str]()
    suspects = Suspects(desk.dnsbl, said.append, threading.Event())
    suspects.start()
    suspects.suspect(["198.51.100.7", "10.0.0.1", "198.51.100.7"])
    _until(lambda: bool(desk.dnsbl.known("198.51.100.7")) and (tmp_path / "dnsbl.json").exists())
    suspects.suspect(["198.51.100.7"])
    server.rcode = dns.rcode.REFUSED
    suspects.suspect(["198.51.100.8", "198.51.100.9"])
    _until(lambda: bool(desk.dnsbl.known("198.51.100.9")))
    suspects.stop()
    assert [name for name, kind in server.asked if kind == "A"].count("7.100.51.198.bl.example.") == 1
    assert len(said) == 1 and said[0].startswith("DNS block list bl: ")


def _until(true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not come about in ten seconds")


@given(st.ip_addresses())
def test_a_reversed_name_is_what_python_calls_the_reverse_pointer(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    pointer = address.reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
    assert reversed_name(str(address), ZONE).to_text() == f"{pointer}.bl.example."


@pytest.mark.parametrize(("text", "found"), [("192.0.2.53", ("192.0.2.53", 53)), ("192.0.2.53:5353", ("192.0.2.53", 5353)), ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
                                             ("2001:db8::53", ("2001:db8::53", 53))])  # fmt: skip
def test_a_resolver_is_an_address_with_a_port_or_without(text: str, found: tuple[str, int]) -> None:
    assert resolver_address(text) == found


@pytest.mark.parametrize("text", ["", "ns.example", "192.0.2.300", "192.0.2.53:", "192.0.2.53:0", "192.0.2.53:99999", "[::1", "1.2.3.4:5:6"])
def test_what_is_no_resolver_is_said(text: str) -> None:
    with pytest.raises(VardeError, match="is no resolver"):
        resolver_address(text)
    with pytest.raises(VardeError, match=r"dnsbl\.0"):
        config.parse(f'[[dnsbl]]\nname = "x"\nzone = "bl.example"\nresolver = "{text}"', "varde.toml")


def test_kept_answers_that_cannot_be_read_are_asked_for_anew(tmp_path: Path, server: NameServer) -> None:
    (tmp_path / "dnsbl.json").write_text('{"198.51.100.7": [{"zone": "bl"}], "198.51.100.8": [7]}')
    assert Desk(tmp_path, server).dnsbl.ask("198.51.100.7")[0].listed
