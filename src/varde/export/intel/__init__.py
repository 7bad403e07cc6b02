"""Lists as the files that other programs block and watch by: one file a format.

    rows of the lists --select--> Selection (nothing allowed in it) --Format.write--> Written (parts, what was left out)

To add one: `NAME.py` with a `Format`, a line in FORMATS; the tests of the family take it from there."""

from varde.export.intel.cdb import CDB
from varde.export.intel.csv_table import CSV
from varde.export.intel.dnsmasq import DNSMASQ
from varde.export.intel.edl import EDL
from varde.export.intel.hosts import HOSTS
from varde.export.intel.ipset import IPSET
from varde.export.intel.nft import NFT
from varde.export.intel.pf import PF
from varde.export.intel.routeros import ROUTEROS
from varde.export.intel.rpz import RPZ
from varde.export.intel.selection import Selection, select
from varde.export.intel.silk import SILK
from varde.export.intel.silk_set import SILK_SET, SILK_SET4
from varde.export.intel.stix import STIX
from varde.export.intel.suricata import SURICATA
from varde.export.intel.unbound import UNBOUND
from varde.export.intel.written import ExportOptions, Format, Part, Written
from varde.export.intel.zeek import ZEEK

FORMATS: dict[str, Format] = {
    "rpz": RPZ,
    "unbound": UNBOUND,
    "dnsmasq": DNSMASQ,
    "hosts": HOSTS,
    "silk": SILK,
    "silk-set": SILK_SET,
    "silk-set4": SILK_SET4,
    "ipset": IPSET,
    "nft": NFT,
    "pf": PF,
    "routeros": ROUTEROS,
    "zeek": ZEEK,
    "suricata": SURICATA,
    "cdb": CDB,
    "stix": STIX,
    "csv": CSV,
    "edl": EDL,
}
"""By the word that is written on the command line."""

__all__ = ["FORMATS", "ExportOptions", "Format", "Part", "Selection", "Written", "select"]
