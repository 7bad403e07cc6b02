"""Where strangers can write text: one line a source, each a function from a number and octets to a line of that source.

The sender is 198.18.SOURCE.NUMBER, so that a record is known by its address whatever became of its text."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from tests.hostile.texts import TEXTS, shown, words
from varde.decode import Decoded, Lines, Origin
from varde.decode.reader import DIALECTS, Reader
from varde.store import Store

NOW = 1_795_305_600_000_000
"""us: 2026-11-22T00:00:00Z."""

DAY = "2026-11-20"
Made = Callable[[str, bytes], bytes]
"""From the sender's address and a text to a line, without its line feed."""


def _line(before: str, after: str) -> Made:
    """A line of text: a program that writes one cannot write a line feed into it."""
    def made(src: str, text: bytes) -> bytes:
        return before.replace("{SRC}", src).encode() + text.replace(b"\n", b" ") + after.replace("{SRC}", src).encode()

    return made


def _json(document: dict[str, object]) -> Made:
    """A line of JSON in which the word TEXT stands for the text and {SRC} for the sender."""
    def made(src: str, text: bytes) -> bytes:
        return json.dumps(_filled(document, src, words(text))).encode()

    return made


def _filled(value: object, src: str, text: str) -> object:
    if isinstance(value, dict):
        return {key: _filled(each, src, text) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, src, text) for each in value]
    return value.replace("{SRC}", src).replace("TEXT", text) if isinstance(value, str) else value


def _cowrie(event: str, **fields: object) -> Made:
    base = {"eventid": f"cowrie.{event}", "src_ip": "{SRC}", "src_port": 4000, "dst_ip": "192.0.2.1", "dst_port": 22, "session": "s{SRC}", "protocol": "ssh", "message": "", "sensor": "pot",
            "timestamp": f"{DAY}T12:00:00.000000Z"}  # fmt: skip
    return _json(base | fields)


def _tunnel(src: str, text: bytes) -> bytes:
    """A request through a tunnel, with the text wherever a stranger may put some; Cowrie writes it as Python does."""
    sent = b"GET /" + text + b" HTTP/1.1\r\nHost: " + text + b"\r\nUser-Agent: " + text + b"\r\nX: http://192.0.2.7/" + text + b"\r\n\r\n" + text
    return _cowrie("direct-tcpip.data", dst_ip="198.51.100.9", dst_port=80, data=repr(sent), id=0)(src, b"")


_UFW = f"{DAY}T12:00:00+00:00 gw kernel: "
_PACKET = " OUT= MAC=00:00:5e:00:53:02:00:00:5e:00:53:01:08:00 SRC={SRC} DST=198.51.100.2 LEN=40 TOS=0x00 PREC=0x00 TTL=241 ID=1 PROTO=TCP SPT=1024 DPT=23 WINDOW=1024 RES=0x00 SYN URGP=0"
_CANARY = {"dst_host": "192.0.2.10", "dst_port": 22, "local_time": f"{DAY} 12:00:00.000000", "logtype": 4002, "node_id": "canary", "src_host": "{SRC}", "src_port": 60831}
_DIONAEA = {"connection": {"protocol": "mssqld", "transport": "tcp", "type": "accept"}, "dst_ip": "192.0.2.10", "dst_port": 1433, "src_hostname": "TEXT", "src_ip": "{SRC}", "src_port": 1, "timestamp": f"{DAY}T12:00:00.0"}
_ALERT = {"timestamp": f"{DAY}T12:00:00.0+0000", "event_type": "alert", "src_ip": "{SRC}", "src_port": 5353, "dest_ip": "192.0.2.53", "dest_port": 53, "proto": "UDP",
          "alert": {"action": "allowed", "signature_id": 1, "signature": "TEXT"}, "dns": {"query": [{"rrname": "TEXT", "rrtype": "A"}]}}  # fmt: skip
_INETSIM = f"[{DAY} 12:00:00] [7] [smtp_25_tcp 25165] [{{SRC}}:54711] "

SOURCES: dict[str, Made] = {
    "firewall prefix": _line(f"{_UFW}[", f"] IN=eth0{_PACKET}"),
    "firewall interface": _line(f"{_UFW}[UFW BLOCK] IN=", _PACKET),
    "firewall name": _line(f"{DAY}T12:00:00+00:00 ", f" kernel: [UFW BLOCK] IN=eth0{_PACKET}"),
    "fortigate name": _line(f'date={DAY} time=12:00:00 tz="+0000" logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" srcip={{SRC}} srcport=1 dstip=198.51.100.2 dstport=22 proto=6 action="deny" srcname="', '"'),
    "cowrie user": _cowrie("login.failed", username="TEXT", password="x"),
    "cowrie password": _cowrie("login.success", username="root", password="TEXT"),
    "cowrie command": _cowrie("command.input", input="TEXT"),
    "cowrie version": _cowrie("client.version", version="TEXT"),
    "cowrie target": _cowrie("direct-tcpip.request", dst_ip="TEXT", dst_port=80, id=0),
    "cowrie request": _tunnel,
    "cowrie download": _cowrie("session.file_download", url="http://192.0.2.7/TEXT", shasum="ab" * 32, outfile="dl/TEXT"),
    "cowrie session": _cowrie("login.failed", username="a", password="b", session="TEXT"),
    "cowrie sensor": _cowrie("login.failed", username="a", password="b", sensor="TEXT"),
    "opencanary user": _json(_CANARY | {"logdata": {"USERNAME": "TEXT", "PASSWORD": "TEXT", "REMOTEVERSION": "TEXT"}}),
    "dionaea user": _json(_DIONAEA | {"credentials": [{"username": "TEXT", "password": "TEXT"}]}),
    "sshd user": _line("Nov 20 12:00:00 host sshd[1]: Failed password for invalid user ", " from {SRC} port 38926 ssh2"),
    "inetsim mail": lambda src, text: b"\n".join(_line(_INETSIM + word, "")(src, text) for word in ("recv: MAIL FROM:<", "recv: RCPT TO:<", "recv: Subject: ", "stat: 1 mail: ")),
    "dns name": _line(f"{DAY}T12:00:00.000Z rpz: info: client @0x7f {{SRC}}#1 (", "): rpz QNAME NXDOMAIN rewrite evil.example/A/IN via evil.example.rpz.varde"),
    "suricata name": _json(_ALERT),
}  # fmt: skip
"""By name. A source that escapes itself (JSON) carries any text; a line of text carries what has no line feed."""

NAMED = ("sensor", "file")
"""What the administrator names, and whoever may put a file where Varde looks."""


def sender(source: str, number: int) -> str:
    return f"198.18.{[*SOURCES, *NAMED].index(source)}.{number}"


@dataclass(frozen=True)
class Carried:
    """What came through: for each source how many strings are in at least one record, and how many records each table has."""

    texts: dict[str, int]
    rows: dict[str, int]


def fill(store: Store) -> Carried:
    """All strings through all sources, into a store."""
    read = {source: _read(b"\n".join(made(sender(source, number), text) for number, text in enumerate(TEXTS.values()))) for source, made in SOURCES.items()}
    for place in NAMED:
        parts = [_read(SOURCES["firewall interface"](sender(place, number), b"eth0"), **{place: shown(text)}) for number, text in enumerate(TEXTS.values())]
        read[place] = Decoded(batch=pl.concat([part.batch for part in parts]), rejects=pl.concat([part.rejects for part in parts]))
    rows: dict[str, int] = {}
    for table in {name for decoded in read.values() for name, _ in decoded.tables()} | {"rejects"}:
        frames = [batch for decoded in read.values() for name, batch in (*decoded.tables(), ("rejects", decoded.rejects)) if name == table]
        rows[table] = store.append(table, pl.concat(frames, how="diagonal"))
    return Carried({source: _carried(decoded) for source, decoded in read.items()}, rows)


def _carried(decoded: Decoded) -> int:
    return len({address for _, batch in decoded.tables() for address in batch["src_addr"].drop_nulls().to_list()})


def _read(data: bytes, sensor: str = "edge", file: str = "x.log") -> Decoded:
    return Reader(DIALECTS.values()).read(Lines.of(data), Origin(sensor, "source", file, NOW, ZoneInfo("UTC"), NOW))


def named_files(folder: Path) -> list[Path]:
    """A file of a firewall's for each string that may be a file's name."""
    made = []
    for number, text in enumerate(TEXTS.values()):
        if text and b"/" not in text and b"\0" not in text and len(text) < 200:
            path = folder / words(text)
            path.write_bytes(SOURCES["firewall interface"](sender("file", number), b"eth0") + b"\n")
            made.append(path)
    return made
