"""What a text is when no firewall dialect knows it: told by its first lines, for the doctor; and who reads such files."""

import re
from dataclasses import dataclass

_STAMP = r"^(?:<[0-9]{1,3}>)?(?:1 )?(?:[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8}|[0-9]{4}-[0-9-]{5}[T ][0-9:.]+\S*)"
_PROGRAM = rf"{_STAMP} (?:\S+ )?"  # the host may be missing, as in `podman logs`
_COWRIE_SAYS = "New connection: |Remote SSH version: |SSH client hassh |login attempt \\[|Connection lost after |CMD: |Command found: |Terminal Size: |request_env: "

_LOGINS = "It tells of logins and what came after them, not of packets that a firewall met."
_FLOWS = "It tells of flows, not of packets that a firewall met."
_EXPORTS = "`varde decode FILE` and `varde read FILE` read the flow exports in it."
_OF_NFDUMP = "Varde reads what `nfdump -r FILE -o csv` prints: `nfdump -r FILE -o csv | varde read -`."
_NEVER = "Varde has no command that reads it."
UNKNOWN = "text of a kind that Varde does not know"


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    pattern: re.Pattern[str]
    advice: str = ""
    opens: bool = False
    "Whether the first line alone tells: others say nothing."


def _kind(name: str, pattern: str, *advice: str, opens: bool = False) -> _Kind:
    return _Kind(name, re.compile(pattern), " ".join(advice), opens)


_READ = "`varde honeypot logins FILE` and `varde linkgraph FILE` read such logs; of these lines none tells of anything, or --as asked for another format."
_HONEYPOT = (_LOGINS, _READ)
_REPORT = "It says how many mails were sent, but not by whom: `varde honeypot mails service.log` reads the log that it was made from (log/service.log)."
_KINDS = (
    _kind("a Cowrie honeypot log (JSON)", r'^\{.*"eventid": ?"cowrie\.', *_HONEYPOT),
    _kind("a Cowrie honeypot log (text)", r"HoneyPot(?:SSH|Telnet)?Transport|\[(?:ssh|telnet),[0-9a-f]{12},|\[cowrie[\].]|cowrie\[", *_HONEYPOT),
    _kind("a Cowrie honeypot log (one line of text an event)", rf"{_STAMP} [0-9a-f]{{8,12}} (?:{_COWRIE_SAYS})", *_HONEYPOT),
    _kind("an INetSim service log", r"^\[[0-9-]+ [0-9:]+\] \[[^\]]*\] \[[a-z0-9_]+ [0-9]+\]", *_HONEYPOT),
    _kind("an INetSim report", r"^=== Report for session", _REPORT, opens=True),
    _kind("an endlessh tarpit log", rf"{_PROGRAM}(?:endlessh(?:\[[0-9]+\])?: )?(?:(?:ACCEPT|CLOSE) host=|(?:Port|Delay|MaxLineLength|MaxClients) [0-9]+$)",
          "It tells of connections that were held, not of packets that a firewall met.", "`varde honeypot sessions FILE` reads its ACCEPT and CLOSE."),
    _kind("a web server's access log", r'^\S+ \S+ \S+ \[[^\]]+\] "[A-Z]+ ', _NEVER),
    _kind("an SSH server's log", rf"{_PROGRAM}sshd(?:-session)?(?:\[[0-9]+\]: | [0-9-]+ )", _LOGINS, "`varde honeypot logins FILE` reads who tried to log in; of these lines none says it."),
    _kind("an OpenCanary log", r'"logdata": ?\{', *_HONEYPOT),
    _kind("a Dionaea log (JSON)", r'"name": ?"dionaea"|"src_hostname": ?"', *_HONEYPOT),
    _kind("a log of the Linux audit system", r"^(?:node=\S+ )?type=[A-Z_0-9]+ msg=audit\(", "It tells of what programs did.", _NEVER),
    _kind("a Zeek log", r"^#(?:separator|set_separator|empty_field|unset_field|path|open|fields|types)\b", _FLOWS, _NEVER),
    _kind("a Zeek log (JSON)", r'^\{.*"(?:uid|id\.orig_h)":', _FLOWS, _NEVER),
    _kind("flows as nfdump prints them for people", rf"^Date first seen +|{_STAMP} +[0-9:.]+ +\S+ +\S+ +<?->|^(?:2|10)\|[0-9]{{10,13}}\|[0-9]{{1,13}}\|", _FLOWS, _OF_NFDUMP),
    _kind("flows as SiLK's rwcut prints them", r"^ *(?:sIP|sTime)\||^(?: *[0-9a-fA-F.:]+\|){2,3}(?: *[0-9]+\|){2,}", _FLOWS, "`varde read FILE` reads it where the header is there that names the columns."),
    _kind("JSON lines", r"^\{.*\}$"),
    _kind("XML or HTML", r"^\s*<[?!a-zA-Z]"),
    _kind("a syslog file without firewall lines", _STAMP + r" \S+ "),
)  # fmt: skip

_BINARY = {
    **dict.fromkeys(("a packet capture (pcap)", "a packet capture (pcapng)"), (_EXPORTS, "What a firewall logged there can be printed: `tcpdump -n -e -tttt -r FILE` for pflog.")),
    **dict.fromkeys(("NetFlow v5 datagrams", "IPFIX messages"), (_FLOWS, _EXPORTS)),
    **dict.fromkeys(("NetFlow v9 datagrams", "sFlow datagrams"), (_FLOWS, "Where one ends and the next begins is not in the file: Varde reads them from packet captures (pcap).")),
    "an nfdump file": (_FLOWS, _OF_NFDUMP),
    "a SiLK flow file": (_FLOWS, "`varde decode FILE` and `varde read FILE` read it."),
    "a SiLK file": ("It holds no flows. `varde set cat FILE` reads sets.",),
    "a systemd journal": ("`varde up journal` reads the journal of this machine; or print it: `journalctl --file FILE -k -o short-iso | varde read -`.",),
}  # fmt: skip

_LINE = 2000  # characters of a line that are looked at: bounds the work on hostile text


def kind_of(lines: list[str]) -> str:
    """A few words for what most of the first lines are; UNKNOWN for the rest."""
    for kind in _KINDS:
        told = lines[:1] if kind.opens else lines
        if sum(bool(kind.pattern.search(line[:_LINE])) for line in told) * 2 > len(told):
            return kind.name
    return UNKNOWN


def advice_on(name: str) -> str:
    """What to do with a file of a kind that is no firewall log, by the kind's name; empty where there is nothing to say."""
    texts = {kind.name: kind.advice for kind in _KINDS}
    return texts.get(name, "") or " ".join(_BINARY.get(name, ()))
