"""The corpus: small inputs that show each target what its decoder reads. Written anew by `python -m fuzz.seeds`.

Synthetic ones come from the builders that the tests have; those called `lab` are a few datagrams of real exporters that ran in a
laboratory (`../shared/data/lab`, where that is there), list seeds are the fixtures of `tests/data/intel`."""

import itertools
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.flow_family import (
    LAB,
    NOW,
    V4,
    a_set,
    ipfix,
    ipfix_options,
    lab,
    template,
    v4_record,
    v5,
    v5_record,
    v9,
    v9_options,
)
from tests.wire import FRAMES, ip4, ip6, pcap, pcapng, tcp, udp

from fuzz.file_seeds import FILE_SEEDS, LINE_SEEDS, lines
from fuzz.scenes import scene

CORPUS = Path(__file__).parent / "corpus"
LISTS = Path(__file__).parents[1] / "tests" / "data" / "intel"

LAB_OCTETS = 1500
"""Octets of a datagram that is taken from the laboratory: a frame of Ethernet; what came in fragments teaches nothing more."""

Seeds = dict[str, bytes]
"""By name."""

STRANGERS = (
    v9(a_set(0, template(999, *V4)), a_set(999, v4_record(7) + v4_record(8)), domain=4_000_000_000),
    v9(a_set(999, v4_record(9, proto=17)), sequence=1, domain=4_000_000_000, seconds=NOW + 1),
)
"""What an exporter sends that no input can speak for."""

IPFIX_V4 = ((8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1), (2, 8), (1, 8), (152, 8), (153, 8))
_V6 = ((27, 16), (28, 16), (7, 2), (11, 2), (4, 1), (1, 4))
_TEXTS = ((8, 4), (12, 4), (82, 65535), (4, 1), (371, 65535))
_BIFLOW = ((8, 4), (12, 4), (4, 1), (1, 8), (2, 8), (1, 8, 29305), (2, 8, 29305))
_NAT = ((8, 4), (12, 4), (225, 4), (226, 4), (7, 2), (11, 2), (227, 2), (228, 2), (4, 1), (230, 1), (323, 8))


def _v1(count: int) -> bytes:
    record = struct.pack(">4s4s4sHHIIIIHHHBBB7x", bytes([10, 0, 0, 1]), bytes([203, 0, 113, 5]), bytes(4), 3, 4, 2, 120, 10_000, 20_000, 1024, 443, 0, 6, 0, 18)
    return struct.pack(">HHIII", 1, count, 60_000, NOW, 0) + record * count


def _v7(count: int) -> bytes:
    record = v5_record()[:48] + bytes([192, 0, 2, 9])
    return struct.pack(">HHIIIII", 7, count, 60_000, NOW, 0, 5, 0) + record * count


def fixed() -> Seeds:
    return {
        "v5": scene(v5(v5_record(1), v5_record(2)), v5(v5_record(3, proto=1, dst_port=2048), sequence=2, sampling=0x4064)),
        "v5-lies": scene(v5(v5_record(), count=30), v5(v5_record(), count=0), v5(), v5(v5_record(), count=1)[:-9]),
        "v5-wraps": scene(v5(v5_record(first=2**32 - 5, last=3), uptime=10, sequence=2**32 - 1), v5(v5_record(), sequence=0)),
        "v5-others": scene(v5(v5_record()), v5(v5_record(), engine=7), v5(v5_record(), sequence=9), heads=b"\x00\x01\x06"),
        "v1": scene(_v1(1), _v1(2)), "v7": scene(_v7(2), _v7(0)),
        **_lab("softflowd_v5", 1),
    }  # fmt: skip


def netflow9() -> Seeds:
    sampler = v9_options(300, ((1, 4),), ((48, 1), (49, 1), (50, 4)))
    names = v9_options(301, ((2, 4),), ((82, 16),))
    return {
        "template-data": scene(v9(a_set(0, template(256, *V4)), a_set(256, v4_record() + v4_record(1)))),
        "data-first": scene(v9(a_set(256, v4_record())), v9(a_set(0, template(256, *V4)), sequence=1)),
        "given-up": scene(v9(a_set(256, v4_record())), v9(a_set(0, template(256, *V4)), sequence=1), heads=b"\x00\x0c"),
        "redefined": scene(v9(a_set(0, template(256, *V4))), v9(a_set(256, v4_record()), a_set(0, template(256, (8, 4), (12, 4), (1, 4))), a_set(256, bytes(range(12))), sequence=1)),
        "overtaken": scene(v9(a_set(0, template(256, *V4)), sequence=5), v9(a_set(0, template(256, (8, 4), (12, 4), (1, 4))), sequence=8), v9(a_set(256, v4_record()), sequence=7), v9(a_set(256, bytes(range(12))), sequence=9), heads=b"\x00\x04\x04\x04"),
        "sampling": scene(v9(a_set(1, sampler), a_set(300, struct.pack(">IBBI", 0, 1, 2, 100))), v9(a_set(0, template(256, *V4, (48, 1))), a_set(256, v4_record() + b"\x01"))),
        "interfaces": scene(v9(a_set(1, names), a_set(301, struct.pack(">I16s", 3, b"ge-0/0/1")), a_set(0, template(256, *V4, (10, 4))), a_set(256, v4_record() + b"\0\0\0\3"))),
        "v6-mpls": scene(v9(a_set(0, template(257, *_V6, (70, 3), (71, 3), (56, 6), (61, 1), (234, 4))), a_set(257, bytes(range(1, 58)) + bytes(10)))),
        "two-exporters": scene(*(v9(a_set(0, template(256, *V4)), a_set(256, v4_record(n)), sequence=n) for n in range(4)), heads=b"\x00\x01\x02\x03"),
        "lies": scene(v9(a_set(256, b"abc", length=2)), v9(a_set(7, b"ab")), v9(a_set(0, template(2, (8, 4)))), v9(a_set(0, template(256, (8, 65535)))), v9(a_set(0, template(256)))),
        **_lab("softflowd_v9", 2), **_lab("pmacct_nfprobe_v9", 1),
    }  # fmt: skip


def ipfix_messages() -> Seeds:
    v4 = struct.pack(">4s4sHHBBQQQQ", bytes([10, 0, 0, 1]), bytes([203, 0, 113, 5]), 51022, 443, 6, 27, 3, 180, NOW * 1000, NOW * 1000 + 5)
    texts = bytes([10, 0, 0, 1, 203, 0, 113, 5, 3]) + b"abc" + b"\x06" + b"\xff\x00\x04user"
    boot = ipfix_options(300, ((149, 4),), ((160, 8),))
    return {
        "template-data": scene(ipfix(a_set(2, template(256, *IPFIX_V4)), a_set(256, v4 * 2))),
        "texts": scene(ipfix(a_set(2, template(257, *_TEXTS)), a_set(257, texts * 2))),
        "texts-cut": scene(ipfix(a_set(2, template(257, *_TEXTS)), a_set(257, texts + texts[:-2]), a_set(257, b"abc"))),
        "biflow": scene(ipfix(a_set(2, template(258, *_BIFLOW)), a_set(258, bytes(range(41))))),
        "withdrawn": scene(ipfix(a_set(2, template(256, *IPFIX_V4))), ipfix(a_set(2, template(256)), a_set(256, v4)), ipfix(a_set(2, struct.pack(">HH", 2, 0)), sequence=1)),
        "options": scene(ipfix(a_set(3, boot), a_set(300, struct.pack(">IQ", 0, (NOW - 60) * 1000))), ipfix(a_set(2, template(256, *IPFIX_V4[:8], (22, 4))), a_set(256, v4[:30] + bytes(4)))),
        "nat": scene(ipfix(a_set(2, template(259, *_NAT)), a_set(259, bytes(range(26)) + struct.pack(">BQ", 1, NOW * 1000)))),
        "lies": scene(ipfix(length=9), ipfix(a_set(2, b""), length=900), ipfix(a_set(3, struct.pack(">HHH", 256, 1, 4) + struct.pack(">HH", 8, 4)))),
        "list": scene(ipfix(a_set(2, template(260, (8, 4), (291, 65535))), a_set(260, bytes(4) + b"\x05\x03\x00\x01\x02\x03"))),
        **_lab("softflowd_v10", 2), **_lab("softflowd_v10_b", 1),
    }  # fmt: skip


def sflow() -> Seeds:
    plain4 = struct.pack(">BBHHHBBH4s4s", 0x45, 8, 60, 1, 0, 64, 6, 0, bytes([10, 0, 0, 5]), bytes([203, 0, 113, 5])) + struct.pack(">HHIIBB", 51022, 443, 1, 2, 0x50, 2) + bytes(6)
    macs = bytes.fromhex("00005e005302") + bytes.fromhex("00005e005301")
    tagged4 = macs + b"\x81\x00\x00\x64\x88\x47" + (16001 << 12 | 0x100).to_bytes(4, "big") + plain4
    plain6 = struct.pack(">IHBB", 6 << 28, 24, 0, 64) + bytes(range(32)) + bytes([58, 0]) + bytes(6) + bytes([128, 0]) + bytes(14)
    switch, router = _tagged(1001, struct.pack(">IIII", 30, 0, 40, 0)), _tagged(1002, struct.pack(">I4sII", 1, bytes([192, 0, 2, 1]), 24, 16))
    gateway = _tagged(1003, struct.pack(">I4sIIII", 1, bytes([192, 0, 2, 1]), 64500, 64512, 64513, 1) + struct.pack(">IIII", 2, 2, 64514, 64515))
    router6 = _tagged(1002, struct.pack(">I16sII", 2, bytes(range(16)), 64, 48))
    gateway6 = _tagged(1003, struct.pack(">I16sIIII", 2, bytes(range(16)), 64500, 64512, 64513, 1) + struct.pack(">III", 2, 1, 64514))
    path = _tagged(1003, struct.pack(">I4sIIII", 1, bytes(4), 64500, 64512, 64513, 2) + struct.pack(">IIIIII", 1, 1, 64514, 2, 1, 64515))
    optioned = bytes([0x46]) + plain4[1:9] + b"\x11" + plain4[10:20] + b"\x01\x01\x01\x00" + plain4[20:]
    stacked = macs + b"\x88\xa8\x00\x64\x81\x00\x00\x65\x86\xdd" + plain6[:6] + b"\x11" + plain6[7:40] + bytes(8)
    v4 = _tagged(3, struct.pack(">II4s4sIIII", 60, 17, bytes([10, 0, 0, 6]), bytes([203, 0, 113, 6]), 5000, 53, 0, 4))
    return {
        "frame": scene(_sflow(_sample(_header(macs + b"\x08\x00" + plain4)), _sample(_header(macs + b"\x08\x00" + plain4), number=2))),
        "same-shape": scene(_sflow(*(_sample(_header(macs + b"\x08\x00" + plain4), switch, router, number=n) for n in range(5)))),
        "labels": scene(_sflow(_sample(_header(tagged4)), _sample(_header(plain6, protocol=12), number=2))),
        "expanded": scene(_sflow(_tagged(3, struct.pack(">11I", 1, 0, 3, 256, 1000, 0, 0, 70_000, 2, 5, 1) + v4 + router + gateway + switch))),
        "mixed": scene(_sflow(*(_sample(_header(one, protocol=kind), more, number=n) for n, (one, kind, more) in enumerate((
            (optioned, 11, router6), (stacked, 1, gateway6), (plain4, 11, path), (plain4[:6] + b"\x00\x10" + plain4[8:], 11, switch),
            (plain4[:9] + b"\x01" + plain4[10:], 11, gateway), (plain6[:40] + b"\x80", 12, switch[:-4])))))),
        "counters": scene(_sflow(_tagged(2, bytes(100)), _tagged(4, bytes(60)), _sample(_header(macs + b"\x08\x06" + bytes(28))))),
        "lies": scene(_sflow(count=3), _sflow(struct.pack(">II", 1, 2**31)), _sflow(_tagged(1, bytes(8))), struct.pack(">II", 5, 9) + bytes(40)),
        "agents": scene(_sflow(sub_agent=1), _sflow(sub_agent=2, sequence=9), _sflow(agent=bytes(range(16)), sequence=3)),
    }  # fmt: skip


def _sflow(*samples: bytes, sequence: int = 1, sub_agent: int = 0, count: int | None = None, agent: bytes = bytes([192, 0, 2, 33])) -> bytes:
    head = struct.pack(">II", 5, 1 if len(agent) == 4 else 2) + agent
    return head + struct.pack(">IIII", sub_agent, sequence, 60_000, len(samples) if count is None else count) + b"".join(samples)


def _tagged(kind: int, body: bytes) -> bytes:
    return struct.pack(">II", kind, len(body)) + body


def _sample(*records: bytes, number: int = 1) -> bytes:
    return _tagged(1, struct.pack(">8I", number, 3, 256, 1000, 0, 3, 4, len(records)) + b"".join(records))


def _header(frame: bytes, protocol: int = 1) -> bytes:
    return _tagged(1, struct.pack(">4I", protocol, 1000, 4, len(frame)) + frame + bytes(-len(frame) % 4))


def ipfix_stream() -> Seeds:
    v4 = struct.pack(">4s4sHHBBQQQQ", bytes([10, 0, 0, 1]), bytes([203, 0, 113, 5]), 51022, 443, 6, 27, 3, 180, NOW * 1000, NOW * 1000 + 5)
    whole = [ipfix(a_set(2, template(256, *IPFIX_V4))), ipfix(a_set(256, v4)), ipfix(a_set(256, v4 * 3), sequence=1)]
    return {
        "messages": b"\x05" + b"".join(whole), "octets": b"\x01" + b"".join(whole), "cut": b"\x40" + b"".join(whole)[:-7],
        "damaged": b"\x20" + whole[0] + whole[1] + b"\x00\x0a\x00\x02" + whole[2], "other": b"\x08GET / HTTP/1.1\r\n\r\n", "short": b"\x03" + ipfix() * 3,
    }  # fmt: skip


def captures() -> Seeds:
    export, v10 = v5(v5_record(1)), ipfix(a_set(2, template(256, *IPFIX_V4)), a_set(256, bytes(range(58))))
    plain = [ip4(udp(export)), ip4(udp(b"hello", port=53)), ip6(udp(export))]
    stream = [ip4(tcp(b"", 100, flags=2), proto=6), ip4(tcp(v10[:40], 101), proto=6), ip4(tcp(v10[40:], 141), proto=6), ip4(tcp(b"", 101 + len(v10), flags=0x11), proto=6)]
    found = {f"pcap-{name.replace(' ', '-')}": pcap([frame(ip4(udp(export)))], link=link) for name, (link, frame) in FRAMES.items()}
    found |= {"pcap-big-nano": pcap(plain, order=">", nano=True), "pcapng": pcapng(plain), "pcapng-big": pcapng(plain, order=">", resolution=9)}
    found |= {"pcap-tcp": pcap(stream), "pcap-tcp-late": pcap([stream[0], stream[2], stream[1]]), "pcap-fragment": pcap([ip4(udp(export), fragment=0x2000)])}
    found |= {"messages": v10 + v10, "datagrams": export + v5(v5_record(2), v5_record(3), sequence=1), "padded": export + bytes(1440 - 48) + export + bytes(1440 - 48)}
    return {name: b"\x10" + data for name, data in found.items()}


def lists(name: str) -> Seeds:
    """Of one format: its fixture whole, and each of its entries behind its first lines."""
    whole = (LISTS / f"{name}.txt").read_bytes()
    lines = whole.splitlines(keepends=True)
    return {"whole": whole} | {f"line-{number}": b"".join(lines[:1]) + line for number, line in enumerate(lines[1:9], 2)}


def _lab(name: str, count: int) -> Seeds:
    """The first datagrams of a real exporter. Without the lab's files those that the corpus has are kept."""
    if not LAB.is_dir():
        return {}
    payloads = itertools.islice((one for one in lab(name)[0] if len(one) <= LAB_OCTETS), count)
    return {f"lab-{name}-{number}": scene(one) for number, one in enumerate(payloads, 1)}


FLOW_SEEDS = {"fixed": fixed, "netflow9": netflow9, "ipfix": ipfix_messages, "sflow": sflow, "ipfix-stream": ipfix_stream, "capture": captures}
LIST_NAMES = (
    "abusech", "crowdsec", "csv", "drop", "drop-json", "dshield", "entries", "ipsum", "misp", "otx", "plain", "stix", "warninglist", "zeek",
)  # fmt: skip


def seeds() -> Iterator[tuple[str, Seeds]]:
    """Of each target."""
    for name, made in FLOW_SEEDS.items():
        yield name, made()
    for name in LIST_NAMES:
        yield f"list-{name}", lists(name)
    for name, files in FILE_SEEDS.items():
        yield name, files()
    for name, dialect in LINE_SEEDS.items():
        yield name, lines(dialect)


def main() -> None:
    for name, made in seeds():
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        for seed, data in made.items():
            (folder / seed).write_bytes(data)
        sys.stdout.write(f"{name}: {len(made)} seeds, {sum(map(len, made.values()))} octets\n")


if __name__ == "__main__":
    main()
