"""The corpus of log lines and of files: what tests have as fixtures, and small files made here. All of it is synthetic."""

import gzip
import hashlib
import io
import json
import lzma
import re
import struct
import tarfile
import tomllib
from pathlib import Path

import zstandard
from tests.intel.test_ipset import FILES
from tests.silk_family import FORMS, Flow, silk_file

from varde.decode.reader import DIALECTS

DATA = Path(__file__).parents[1] / "tests" / "data"
LINES = 6
"""Of a fixture: the first lines have most of the forms."""

KEPT = "kept-"
"""How names of seeds begin that another version of a library would pack into other octets."""

Seeds = dict[str, bytes]


def lines(name: str) -> Seeds:
    """Of a dialect: the first lines of its fixture, each for itself, and all of them together."""
    for folder in ("firewall", "honeypot", "sightings"):
        if (path := DATA / folder / f"{name}.log").exists():
            found = path.read_bytes().splitlines(keepends=True)[:LINES]
            return {f"line-{number:02}": line for number, line in enumerate(found, 1)} | {"together": b"".join(found)}
    return {"together": _FLOW_TEXTS[name], "cut": _FLOW_TEXTS[name][:-40]}


_FLOW_TEXTS = {
    "silk-rwcut": b"sIP|dIP|sPort|dPort|pro|packets|bytes|flags|sTime|eTime|\n192.0.2.7|203.0.113.9|29617|53|17|1|56||2009/02/12T00:00:02.696|2009/02/12T00:00:02.745|\n",
    "nfdump-csv": b"".join((DATA / "flowtext" / "nfdump-1.7.1.csv").read_bytes().splitlines(keepends=True)[:5]),
    "nfdump-json": b"".join((DATA / "flowtext" / "nfdump-1.7.1.json").read_bytes().splitlines(keepends=True)[:60]),
}


def silk() -> Seeds:
    flows = [Flow(), Flow(src_port=53, proto=17)]
    made = {f"{form:02x}-{version}{'-big' if big else ''}": silk_file(form, version, flows, big=big) for form, version in FORMS for big in (False, True)}
    made["kept-packed"] = silk_file(0x16, 5, flows, compressed=True)
    return {name: b"\x20" + data for name, data in made.items()}


def sets() -> Seeds:
    texts = {"text": b"# hosts\n192.0.2.1\n198.51.100.0/24\n203.0.113.5-203.0.113.9\n2001:db8::/32\n", "wildcards": b"10.x.1-3.0,7\n"}
    return {name.replace(", ", "-").replace(" ", "-"): data for name, (data, _) in FILES.items()} | texts


def pmaps() -> Seeds:
    return {path.stem: path.read_bytes() for path in sorted(DATA.glob("labels-*.pmap"))} | {
        "numbers": b"map-name a\nlabel 0 one two\nmode ip\n10.0.0.0 10.0.0.9 0\n::/0 rest\n", "ports": b"mode proto-port\n6/22 6/22 ssh\n17 17 udp # all\n",
    }  # fmt: skip


def properties() -> Seeds:
    rules = (
        'color.source="yellow" if ($fields[0]=~/^192\\.168\\..*/);\ncolor.event="green"\ncolor.target="red" if (field() eq "x")\n',
        'cluster.source=regex_replace("(\\\\d\\+)\\\\.\\\\d+")."/8"\nsize.source=$sourceCount{$sourceName};\nmaxnodesize=1\n',
        'shape.source=triangle\nlabel.target=substr(field(),0,3) . "x" if (match("^a") && !($fields[1] > 22))\nsum.source=0\nurl=\n',
        'cluster.target=any(subnet(field(),"198.51.100.0/24")) || "o"\nlabel=0\nthreshold=2\nexclude.source=1 if ($targetCount{$targetName} < 2)\n',
    )
    return {f"rules-{number}": rule.encode() for number, rule in enumerate(rules, 1)}


FILTERS = (
    "src in DE and dport 22 and octets > 1M since yesterday", "inbound and not src home", "tcp and flags S/SA and packets 1-3", "dport telnet,2323 or (dst 10.0.0.0/8 and not udp)",
    'user "root" since 2026-11-20 until 2026-11-21T12:00', "scc != NO and sas 64500 on 2026-11-20", "last 3h and time > 2026-11-20T00:00:00Z", "src in hosts.set and icmp",
)  # fmt: skip


def filters() -> Seeds:
    return {f"filter-{number}": text.encode() for number, text in enumerate(FILTERS, 1)}


def configurations() -> Seeds:
    texts = (
        '[store]\nflush = 5\n[syslog]\nlisten = ["127.0.0.1:5514"]\naccept = ["192.0.2.0/24"]\n[web]\naddress = "127.0.0.1:8420"\nbase_path = "/varde"\n',
        '[[sensor]]\nname = "edge"\naddress = "192.0.2.1"\ntz = "Europe/Oslo"\n[[home]]\nnetwork = "198.51.100.0/24"\n[[override]]\nnetwork = "198.18.0.0/15"\ncountry = "NO"\nas = 64500\n',
        '[[list]]\nname = "bad"\nurl = "https://lists.example/bad.txt"\nformat = "plain"\n[[allow]]\nnetwork = "192.0.2.0/24"\n[warn]\nsince = 30\n',
        '[[publish]]\nname = "rpz"\nformat = "rpz"\npath = "/tmp/rpz.zone"\n[[amavis]]\naddress = "127.0.0.1:161"\n[insight]\n[view]\n[engine]\nurl = "sc://127.0.0.1:15002"\n',
    )
    return {f"configuration-{number}": text.encode() for number, text in enumerate(texts, 1)}


def dialects() -> Seeds:
    form = "[[dialect]]\nname = 'mine'\npivot = ' DROP '\n[[dialect.form]]\npattern = '(?P<src>[0-9.]+) > (?P<dst>[0-9.]+)'\n"
    found = re.search(r'(?s)```toml\n(\[\[dialect\]\].*?)```', "".join(path.read_text() for path in sorted((DATA.parents[1] / "docs" / "how-to").glob("*.md"))))
    return {"short": form.encode(), "no-toml": b"[[dialect", "guide": (found[1] if found else "").encode()}


def recordings() -> Seeds:
    def record(operation: int, text: bytes, direction: int = 2, at: int = 1_795_300_000) -> bytes:
        return struct.pack("<iLiiLL", operation, 0, len(text), direction, at, 250_000) + text

    shown = record(1, b"", 0) + record(3, b"$ ") + record(3, b"ls\n", 1) + record(3, "æøå\x1b[2J\r\n".encode(), at=1_795_300_002) + record(2, b"", 0)
    return {"session": shown, "cut": shown[:-9], "split": record(1, b"", 0) + record(3, b"\xc3") + record(3, b"\xa6")}


def archives() -> Seeds:
    """Beside `kept-store`, which `varde store export` wrote: Parquet is not the same octets in every version."""
    fact, name = b'{"path": "x.log", "sources": {"a": "b"}, "chain": {"links": [], "length": 7, "rest": ""}}', "facts/sources/" + "ab" * 16 + ".json"
    heads = name.replace("sources", "heads")
    return {
        "facts": _tar({name: fact, heads: fact}), "facts-list": _tar({heads: b'{"sources": []}'}), "no-json": _tar({heads: b"{"}), "no-table": _tar({"tables/probes/day=2026-11-20/0.parquet": b"PAR1PAR1"}),
        "no-day": _tar({"tables/probes/day=2026-13-40/0.parquet": b"PAR1"}), "path": _tar({"../x": b""}), "torn": _tar({name: fact})[:1500],
    }  # fmt: skip


def _tar(files: dict[str, bytes]) -> bytes:
    contents = {"version": 1, "files": [{"name": name, "octets": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()], "progress": {"probes": {"ab" * 16: 7}}}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in (files | {"varde-store.json": json.dumps(contents).encode()}).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def payloads() -> Seeds:
    samples = tomllib.loads((DATA / "payload" / "known.toml").read_text())["sample"]
    hello = bytes.fromhex("16030100300100002c0303") + bytes(32) + bytes.fromhex("00000213010100000100")
    made = {f"sample-{number:02}": bytes.fromhex(one["hex"]) if "hex" in one else one["text"].encode("latin-1") for number, one in enumerate(samples[:30], 1)}
    return made | {"tls": hello, "ssh": b"SSH-2.0-Go\r\n", "smtp": b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"}


def zones() -> Seeds:
    head = b"$TTL 60\n@ IN SOA localhost. root.localhost. ( 1 3600\n 600 86400 60 ) ; x\n  NS localhost.\n"
    return {"names": head + b"bad.example CNAME .\n*.bad.example CNAME .\n", "addresses": head + b"24.0.2.0.192.rpz-ip CNAME .\ngood.example CNAME rpz-passthru.\n",
            "odd": b"$ORIGIN rpz.example.\n$INCLUDE /etc/passwd\n\\097b\\.c TXT \"a;b\" ; c\nx.example A 127.0.0.1\n"}  # fmt: skip


def status_pages() -> Seeds:
    page = b'<?xml version="1.0"?><r><f><name>a.ide</name><md5>%s</md5><timestamp>2026-11-20T10:00:00</timestamp></f></r>' % (b"0" * 32)
    return {"page": page, "dtd": b'<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>', "mail-date": page.replace(b"2026-11-20T10:00:00", b"Fri, 20 Nov 2026 10:00:00 GMT"), "utf-16": page.decode().encode("utf-16")}


def heads() -> Seeds:
    return {"head": b"ClamAV-VDB:20 Nov 2026 10-00 +0000:27000:2000000:90:0123456789abcdef:sig:builder:1795168800".ljust(512), "cut": b"ClamAV-VDB:x"}


def histories() -> Seeds:
    day = {"date": "2026-11-20", "records": 10, "sources": "5", "targets": 3}
    return {"object": json.dumps({"0": day, "number": 22}).encode(), "list": json.dumps([day]).encode(), "data": json.dumps({"data": [day, None]}).encode()}


def asked() -> Seeds:
    return {"session": b"PING\nget\n.1.3.6.1.4.1.8072.9999.9999.1.1.0\ngetnext\n.1.3.6.1.4.1.8072.9999.9999\nset\n.1.3\ninteger 1\n\n", "odd": b"getnext\n.1..3\nget\n"}


def thresholds() -> Seeds:
    return {f"range-{number}": text for number, text in enumerate((b"10", b"10:", b"~:10", b"@10:20", b"1.5e3:", b"3h", b"5m:2d", b"20 %"), 1)}


def readings() -> Seeds:
    return {"numbers": bytes(range(128, 160)), "texts": b"\x00\x01abcdefgh\x00\x02ij"}


def frames() -> Seeds:
    return {"counted": b"11 <14>a b c d12 <14>another.", "ended": b"<14>a\n<15>b\x00<16>c\n", "mixed": b"99999 <1>a\n5 <1>ab7 x\n", "half": b"123"}


def packed() -> Seeds:
    text = b"".join(b"line %d\n" % number for number in range(20))
    return {
        "plain": text, "no-feed": text[:-1], "long": b"x" * 3000, "kept-gzip": gzip.compress(text, mtime=0), "kept-gzip-two": gzip.compress(text, mtime=0) * 2,
        "kept-xz": lzma.compress(text), "kept-zstd": zstandard.compress(text), "kept-gzip-cut": gzip.compress(text, mtime=0)[:-9], "bzip2": b"BZh91AY&SY" + bytes(20),
    }  # fmt: skip


FILE_SEEDS = {
    "silk": silk, "set": sets, "pmap": pmaps, "properties": properties, "filter": filters, "config": configurations, "dialects": dialects, "ttylog": recordings, "archive": archives, "payload": payloads, "zone": zones,
    "status-page": status_pages, "signatures": heads, "port-history": histories, "snmp-pass": asked, "nagios": thresholds, "amavis": readings, "syslog-frames": frames, "text-file": packed,
}  # fmt: skip
LINE_SEEDS = {f"lines-{name}": name for name in DIALECTS}
