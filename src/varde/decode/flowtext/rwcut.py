"""Flows as SiLK's rwcut prints them.

    sIP|dIP|sPort|dPort|pro|packets|bytes|flags|sTime|duration|eTime|sensor|
    192.0.2.7|203.0.113.9|29617|53|17|1|56||2009/02/12T00:00:02.696|0.049|2009/02/12T00:00:02.745|S6|

Which columns there are and in what order is the user's choice; a header names them. Stamps are UTC. The port of ICMP is its
type times 256 and its code. Source: rwcut(1), https://tools.netsa.cert.org/silk/rwcut.html."""

from varde.decode.flowtext._dialect import Dialect

_NAMES = {
    "sip": "src", "dip": "dst", "sport": "src_port", "dport": "dst_port", "pro": "proto", "protocol": "proto", "packets": "packets", "pkts": "packets",
    "bytes": "octets", "flags": "flags", "stime": "stamp", "stime+msec": "stamp", "etime": "end", "etime+msec": "end", "duration": "duration",
    "dur": "duration", "dur+msec": "duration", "in": "in_if", "out": "out_if", "nhip": "next_hop", "itype": "icmp_type", "icode": "icmp_code",
    "ity": "icmp_type", "ico": "icmp_code", "type": "way",
}  # fmt: skip

WAYS = {
    **dict.fromkeys(("in", "inweb", "inicmp", "innull"), "inbound"), **dict.fromkeys(("out", "outweb", "outicmp", "outnull"), "outbound"),
    "int2int": "internal", "ext2ext": "transit",
}  # fmt: skip
"""Types of class `all` in SiLK's own site configuration, as directions."""

RWCUT = Dialect(
    name="silk-rwcut",
    title="SiLK, rwcut",
    manual="https://tools.netsa.cert.org/silk/rwcut.html",
    pivots=("sIP|", "sTime|", "sIP |"),
    header=r"^ *[A-Za-z]{2,12}(?:\+msec)? *\|.*(?:sIP|sTime) *\||^ *(?:sIP|sTime) *\|",
    delimiter="|",
    names=_NAMES,
    example="sIP|dIP|sPort|dPort|pro|packets|bytes|flags|sTime|eTime\n192.0.2.7|203.0.113.9|29617|53|17|1|56||2009/02/12T00:00:02.696|2009/02/12T00:00:02.745",
    utc=True,
    ways=WAYS,
    fix="rwcut --fields=sIP,dIP,sPort,dPort,protocol,packets,bytes,flags,sTime,eTime,in,out,nhIP,type,iType,iCode --delimited",
)  # fmt: skip
