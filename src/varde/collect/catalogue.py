"""Well-known public lists: where each is, how often its owner wants it asked for, and on what terms it is given.

`terms` is where a list's owner says on what terms it is given, `read` where that was read, as a stored copy of the owner's own words.
Without `read` the terms are as they are remembered, and every output says so: read the page before you rely on them. Where nothing is
known of passing a list on, `redistribute` is None, and nobody should guess."""

from collections.abc import Iterable
from dataclasses import dataclass

from varde.collect.list_source import KEY_NEEDED

_ABUSECH = "free; the terms of abuse.ch, of which the page tells"
_DROP = "free of charge under Spamhaus' terms of use, an agreement of its own"
_DROP_TERMS = "https://www.spamhaus.org/blocklists/drop-fair-use-policy/"
_WARNINGLISTS = "https://raw.githubusercontent.com/MISP/misp-warninglists/main/lists/"
_WARNINGLIST_TERMS = "https://github.com/MISP/misp-warninglists#license"
_WARNINGLIST_READ = "README of MISP/misp-warninglists, commit 0217bf8 (2026)"


@dataclass(frozen=True, slots=True)
class Known:
    """A list that many use."""

    name: str
    url: str
    holds: str
    terms: str
    "The page that says on what terms it is given, or what it is."
    every_minutes: int = 1440
    format: str | None = None
    licence: str = "not stated"
    redistribute: bool | None = None
    key_header: str = ""
    role: str = "block"
    read: str = ""
    "Where licence and terms were read; empty where they are only remembered."

    @property
    def needs_key(self) -> bool:
        """Whether it answers nobody without a key."""
        return bool(self.key_header) or self.format in KEY_NEEDED

    def section(self) -> str:
        """The [[list]] of a configuration."""
        lines = ["[[list]]", f'name = "{self.name}"', f'url = "{self.url}"', f"every_minutes = {self.every_minutes}"]
        lines += [f'format = "{self.format}"'] if self.format else []
        lines += [f'key_file = "/etc/varde/{self.name}.key"'] if self.needs_key else []
        lines += [f'key_header = "{self.key_header}"'] if self.key_header else []
        lines += [f'role = "{self.role}"'] if self.role != "block" else []
        lines += [f'licence = "{self.licence}"   # {self.terms}{"" if self.read else " (not verified)"}']
        lines += [] if self.redistribute is None else [f"redistribute = {str(self.redistribute).lower()}"]
        return "\n".join(lines) + "\n"


def _by_name(lists: Iterable[Known]) -> dict[str, Known]:
    return {one.name: one for one in lists}


CATALOGUE = _by_name((
    Known("spamhaus-drop", "https://www.spamhaus.org/drop/drop_v4.json", "networks that spammers and criminals run or hijacked", _DROP_TERMS, licence=_DROP, read=_DROP_TERMS),
    Known("spamhaus-dropv6", "https://www.spamhaus.org/drop/drop_v6.json", "the same, IPv6", _DROP_TERMS, licence=_DROP, read=_DROP_TERMS),
    Known("dshield", "https://feeds.dshield.org/block.txt", "20 networks that attack the most targets", "https://secure.dshield.org/feeds_doc.html", 240,
          licence="CC BY-NC-SA 2.5: attribution, no commercial use, the same licence for what is made of it", redistribute=False,
          read="header of the list itself, as of 2018 and 2022"),
    Known("feodo", "https://feodotracker.abuse.ch/downloads/ipblocklist.csv", "command servers of botnets", "https://feodotracker.abuse.ch/blocklist/", 60, licence=_ABUSECH),
    Known("threatfox", "https://threatfox.abuse.ch/export/csv/recent/", "addresses, names, URLs and hashes of malware", "https://threatfox.abuse.ch/faq/", 60, licence=_ABUSECH),
    Known("urlhaus", "https://urlhaus.abuse.ch/downloads/csv_recent/", "URLs that give out malware", "https://urlhaus.abuse.ch/api/", 60, licence=_ABUSECH),
    Known("sslbl", "https://sslbl.abuse.ch/blacklist/sslipblacklist.csv", "command servers found by their certificates", "https://sslbl.abuse.ch/blacklist/", 60, licence=_ABUSECH),
    Known("ipsum", "https://raw.githubusercontent.com/stamparm/ipsum/master/ipsum.txt", "addresses, with how many of 30 public lists have each",
          "https://github.com/stamparm/ipsum", licence="Unlicense", redistribute=True,
          read="README of stamparm/ipsum, commit 02b6171 (2025)"),
    Known("blocklist-de", "https://lists.blocklist.de/lists/all.txt", "addresses that attacked servers in the last two days", "https://www.blocklist.de/en/export.html", 720),
    Known("cins", "https://cinsscore.com/list/ci-badguys.txt", "addresses with a bad score", "https://cinsscore.com/", 1440),
    Known("greensnow", "https://blocklist.greensnow.co/greensnow.txt", "addresses that scan and guess passwords", "https://greensnow.co/", 720),
    Known("et-compromised", "https://rules.emergingthreats.net/blockrules/compromised-ips.txt", "hosts that were taken over", "https://rules.emergingthreats.net/"),
    Known("tor-exits", "https://check.torproject.org/torbulkexitlist", "exits of Tor: not bad, but worth knowing", "https://check.torproject.org/", 240),
    Known("openphish", "https://openphish.com/feed.txt", "URLs of phishing pages", "https://openphish.com/faq.html", 720,
          licence="for non-commercial and internal business purposes; other commercial use needs OpenPhish's written permission", read="https://openphish.com/faq.html"),
    Known("circl-osint", "https://www.circl.lu/doc/misp/feed-osint", "events of CIRCL as a MISP feed", "https://www.circl.lu/doc/misp/feed-osint/", 720, "misp-feed"),
    Known("botvrij", "https://www.botvrij.eu/data/feed-osint", "events of Botvrij.eu as a MISP feed", "https://www.botvrij.eu/", 1440, "misp-feed"),
    Known("otx", "https://otx.alienvault.com", "the pulses that you subscribed to", "https://otx.alienvault.com/api", 60, "otx-direct"),
    Known("abuseipdb", "https://api.abuseipdb.com/api/v2/blacklist?plaintext", "the addresses reported most", "https://www.abuseipdb.com/legal", 360, "plain",
          key_header="Key"),
    Known("crowdsec", "http://127.0.0.1:8080", "decisions of the CrowdSec on this machine", "https://docs.crowdsec.net/docs/local_api/intro", 5, "crowdsec-lapi"),
    Known("resolvers", f"{_WARNINGLISTS}public-dns-v4/list.json", "public resolvers: never matched", _WARNINGLIST_TERMS, 1440, "warninglist", "CC0 1.0", True, role="allow", read=_WARNINGLIST_READ),
    Known("cloudflare", f"{_WARNINGLISTS}cloudflare/list.json", "Cloudflare's networks: never matched", _WARNINGLIST_TERMS, 1440, "warninglist", "CC0 1.0", True, role="allow", read=_WARNINGLIST_READ),
    Known("tranco10k", f"{_WARNINGLISTS}tranco10k/list.json", "the 10,000 sites visited most: never matched", _WARNINGLIST_TERMS, 1440, "warninglist", "CC0 1.0", True, role="allow", read=_WARNINGLIST_READ),
))  # fmt: skip
"""By name."""
