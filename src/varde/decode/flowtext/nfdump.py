"""Flows as nfdump prints them with `-o csv`.

    ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,smk,dmk,...,ra,eng,exid,tr
    2009-02-12 00:00:02,2009-02-12 00:00:02,0.049,192.0.2.7,203.0.113.9,29617,53,UDP,........,0,0,1,56,0,0,192,172,0,0,24,16,...

Versions from 1.7.3 on have firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes. Stamps are local time.
Source: nfdump(1) and what 1.7.1 prints."""

from varde.decode.flowtext._dialect import Dialect

_NAMES = {
    "ts": "stamp", "te": "end", "td": "duration", "sa": "src", "da": "dst", "sp": "src_port", "dp": "dst_port", "pr": "proto", "flg": "flags",
    "stos": "tos", "ipkt": "packets", "ibyt": "octets", "in": "in_if", "out": "out_if", "sas": "src_as", "das": "dst_as", "smk": "src_mask",
    "dmk": "dst_mask", "nh": "next_hop", "ra": "exporter", "opkt": "rev_packets", "obyt": "rev_octets", "svln": "vlan", "ismc": "src_mac", "idmc": "dst_mac",
    "firstseen": "stamp", "lastseen": "end", "duration": "duration", "proto": "proto", "srcaddr": "src", "srcport": "src_port", "dstaddr": "dst",
    "dstport": "dst_port", "packets": "packets", "bytes": "octets", "flags": "flags", "tos": "tos", "srctos": "tos",
}  # fmt: skip

NFDUMP_CSV = Dialect(
    name="nfdump-csv",
    title="nfdump -o csv",
    manual="https://github.com/phaag/nfdump",
    pivots=("ts,te,td,sa,da,", "firstSeen,"),
    header=r"^(?:ts,te,td,sa,da,|firstSeen,)",
    delimiter=",",
    names=_NAMES,
    example="firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n2009-02-12 00:00:02.696,0.049,17,192.0.2.7,29617,203.0.113.9,53,1,56,1",
    end="Summary",
    fix="nfdump -r FILE -o csv",
    clock="TZ=UTC nfdump -r FILE -o csv, and varde read --tz UTC",
)  # fmt: skip
