"""Known payloads: attacks, probes and scanners that tell themselves by a few octets.

Each row has a name, one sentence, where to read about it, and what its octets have that others do not. The particular
stands before the general: the first row that fits is the answer. Needles are in lower case and are looked for in the
payload as it came and with its percent signs resolved.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from varde.decode.payload.payload import READ_MAX

_CVE = "https://nvd.nist.gov/vuln/detail/"
_MIRAI = "https://github.com/jgamblin/Mirai-Source-Code/blob/master/"


@dataclass(frozen=True, slots=True)
class Seen:
    """A payload in the forms in which needles are looked for."""

    data: bytes
    lower: bytes
    "In lower case; where it has percent signs, once more behind it without them."

    @classmethod
    def of(cls, data: bytes) -> "Seen":
        data = data[:READ_MAX]
        lower = data.lower()
        return cls(data, lower + b"\n" + unquote_to_bytes(lower).lower() if b"%" in lower else lower)


Sign = Callable[[Seen], bool]
"""Whether a payload has what makes it known."""


@dataclass(frozen=True, slots=True)
class Known:
    """A known payload."""

    name: str
    sentence: str
    reference: str
    sign: Sign


def has(*needles: bytes) -> Sign:
    """All of these stand somewhere."""
    return lambda seen: all(needle in seen.lower for needle in needles)


def begins(*prefixes: bytes) -> Sign:
    """It begins with one of these."""
    return lambda seen: seen.data.startswith(prefixes)


def at(offset: int, octets: bytes) -> Sign:
    """These stand at this place."""
    return lambda seen: seen.data[offset : offset + len(octets)] == octets


def both(*signs: Sign) -> Sign:
    return lambda seen: all(sign(seen) for sign in signs)


def either(*signs: Sign) -> Sign:
    return lambda seen: any(sign(seen) for sign in signs)


_SHELL = either(has(b"`"), has(b"$("), has(b";wget"), has(b";curl"), has(b"; wget"), has(b";sh"), has(b";cd"))
_HTTP = either(has(b" http/1."), has(b" http/2"))

KNOWN = (
    # home routers, cameras and recorders
    Known("TR-069 SetNTPServers injection", "A command in the name of a time server, sent to the management port 7547 of home routers by a Mirai variant of November 2016.",
          "https://www.exploit-db.com/exploits/40740/", has(b"setntpservers", b"newntpserver")),
    Known("Dahua UPnP port map", "A configuration that makes a Dahua or Amcrest recorder forward its ports, telnet among them, through the router before it.",
          _CVE + "CVE-2013-6117", both(at(0, b"\xc1"), has(b"maptable", b"innerport", b"outerport"))),
    Known("Dahua binary protocol", "A login or a question in the protocol of port 37777, which older Dahua recorders answer without a password.",
          _CVE + "CVE-2013-6117", both(begins(*(bytes([kind, 0, 0, 0]) for kind in (0xA1, 0xA3, 0xA4, 0xA6, 0xA8))), at(17, bytes(15)))),
    Known("GPON router command injection", "A ping test of Dasan GPON routers with a command as its host, past the login by the word images.",
          _CVE + "CVE-2018-10562", has(b"/gponform/diag_form")),
    Known("GPON router login bypass", "The word images behind an address, which gets past the login of Dasan GPON routers.",
          _CVE + "CVE-2018-10561", both(_HTTP, has(b"?images/"))),
    Known("Realtek SDK UPnP injection", "A port mapping whose internal client is a command, for the miniigd service of devices built with Realtek's SDK.",
          _CVE + "CVE-2014-8361", both(has(b"addportmapping", b"newinternalclient"), _SHELL)),
    Known("Realtek SDK UDPServer injection", "A command for the diagnostic server that Realtek's Jungle SDK leaves on UDP port 9034.",
          _CVE + "CVE-2021-35394", begins(b"orf;")),
    Known("Huawei HG532 injection", "A firmware upgrade whose address is a command, sent to port 37215 of Huawei HG532 routers.",
          _CVE + "CVE-2017-17215", has(b"/ctrlt/deviceupgrade_1")),
    Known("D-Link HNAP injection", "A command in the SOAPAction header of D-Link's Home Network Administration Protocol.",
          _CVE + "CVE-2015-2051", both(has(b"soapaction", b"purenetworks.com/hnap1/"), _SHELL)),
    Known("HNAP probe", "A look whether a router speaks the Home Network Administration Protocol.",
          _CVE + "CVE-2015-2051", both(_HTTP, either(has(b" /hnap1"), has(b"purenetworks.com/hnap1/")))),
    Known("Netgear setup.cgi injection", "A command for Netgear DGN1000 and DGN2200 routers, which take it without a password.",
          "https://www.exploit-db.com/exploits/25978/", has(b"setup.cgi", b"todo=syscmd")),
    Known("JAWS recorder shell", "A command for the page /shell of MVPower recorders, which run it for anyone.",
          _CVE + "CVE-2016-20016", has(b" /shell?")),
    Known("Zyxel ViewLog injection", "A command as the log server of a Zyxel P660HN-T1A router.",
          _CVE + "CVE-2017-18368", either(has(b"viewlog.asp"), has(b"remote_submit_flag", b"remote_host="))),
    Known("Zyxel firewall ZTP injection", "A command as the MTU of an interface, for the zero-touch page of Zyxel firewalls.",
          _CVE + "CVE-2022-30525", has(b"/ztp/cgi-bin/handler")),
    Known("Linksys tmUnblock injection", "A command in the test page of Linksys E routers: the worm TheMoon and those after it.",
          "https://thepcn3rd.blogspot.com/2015/03/whats-in-honeypot-moon-malware-is-self.html", either(has(b"/tmunblock.cgi"), has(b"ttcp_ip="))),
    Known("TP-Link Archer injection", "A command as the country of a TP-Link Archer AX21 router.",
          _CVE + "CVE-2023-1389", has(b"/cgi-bin/luci/;stok=/locale")),
    Known("Hikvision webLanguage injection", "A command as the language of a Hikvision camera.",
          _CVE + "CVE-2021-36260", has(b"/sdk/weblanguage")),
    Known("Boa form login", "A login with a factory password on fibre routers whose web server is Boa.",
          "https://www.securityweek.com/several-botnets-using-zero-day-vulnerability-target-fiber-routers/", has(b"/boaform/")),
    Known("Netis and Netcore backdoor", "A command for the service that Netis and Netcore routers leave on UDP port 53413.",
          "https://www.securityweek.com/easily-exploitable-vulnerability-found-netis-routers/", begins(b"AA\x00\x00AAAA", b"AAAAAAAAnetcore\x00")),
    # telnet and shells
    Known("Mirai login", "What Mirai and its kin type after a login, to get a shell and to see whether it is one.",
          _MIRAI + "mirai/bot/scanner.c", either(has(b"enable\r\nsystem\r\nshell\r\nsh"), has(b"enable\r\nshell\r\nsh"), has(b"/bin/busybox mirai"))),
    Known("Mirai loader", "BusyBox commands by which Mirai's loader finds out how to bring its program over.",
          _MIRAI + "loader/src/server.c", either(has(b"/bin/busybox wget; /bin/busybox tftp"), has(b"/bin/busybox ecchi"), has(b"/bin/busybox cat /proc/mounts"))),
    # servers
    Known("Log4Shell", "A look-up that makes Log4j 2 fetch and run a class from the named server.",
          _CVE + "CVE-2021-44228", either(has(b"${jndi:"), has(b"${${", b":-j}"), has(b"${${lower:j"), has(b"${${upper:j"))),
    Known("Shellshock", "A command behind a function in a header, which old bash runs when it starts.",
          _CVE + "CVE-2014-6271", either(has(b": () {"), has(b":() {"), has(b"=() {"))),
    Known("PHPUnit eval-stdin", "PHP code for a test page that PHPUnit left in public folders.",
          _CVE + "CVE-2017-9841", has(b"eval-stdin.php")),
    Known("ThinkPHP invokefunction", "A function of the visitor's choice, called through the router of ThinkPHP 5.",
          _CVE + "CVE-2018-20062", either(has(b"invokefunction", b"call_user_func_array"), has(b"think\\app/invokefunction"))),
    Known("PHP-CGI argument injection", "Switches for php-cgi in an address, past the check by a soft hyphen.",
          _CVE + "CVE-2024-4577", both(_HTTP, has(b"%add+allow_url_include"))),
    Known("Spring4Shell", "A parameter that reaches the class loader of Spring and Tomcat.",
          _CVE + "CVE-2022-22965", has(b"class.module.classloader")),
    Known("Confluence OGNL injection", "An expression in an address that Confluence evaluates.",
          _CVE + "CVE-2022-26134", both(_HTTP, has(b"${", b"java.lang.runtime@getruntime"))),
    Known("Apache path traversal", "Dots in an encoding that Apache 2.4.49 took for a name, up to the shell.",
          _CVE + "CVE-2021-41773", both(_HTTP, either(has(b"/.%2e/"), has(b"/%2e%2e/%2e%2e/"), has(b"/.%%32%65/")))),
    Known("F5 BIG-IP path traversal", "A semicolon that leads past the login of F5's management page.",
          _CVE + "CVE-2020-5902", has(b"/tmui/login.jsp/..;/")),
    Known("Citrix path traversal", "Dots that lead out of the public folder of Citrix ADC and Gateway.",
          _CVE + "CVE-2019-19781", either(has(b"/vpn/../vpns/"), has(b"/vpns/portal/"))),
    Known("Hadoop YARN application", "A request for a new application, which an open YARN resource manager runs for anyone.",
          "https://www.extrahop.com/company/blog/2018/detect-demonbot-exploiting-hadoop-yarn-remote-code-execution/", has(b"/ws/v1/cluster/apps")),
    Known("Docker API", "Requests to an open Docker daemon, which starts containers for anyone.",
          "https://www.legba.app/recon/exposures/exposed-docker-engine-api", both(_HTTP, either(has(b"/containers/json"), has(b"/containers/create"), has(b"/images/create?")))),
    Known("Redis commands", "Commands for an open Redis database, which can be made to write files.",
          "https://redis.io/docs/latest/operate/oss_and_stack/management/security/",
          either(both(begins(b"*"), has(b"\r\n$")), begins(b"INFO\r\n", b"info\r\n"), has(b"config set dir"), has(b"slaveof "))),
    Known("memcached stats", "A small question over UDP with a large answer, of use to who forges the sender.",
          _CVE + "CVE-2018-1000115", either(at(8, b"stats"), begins(b"stats\r\n", b"stats items"))),
    Known("Android Debug Bridge", "The greeting of the Android Debug Bridge, which gives a shell where port 5555 is open.",
          "https://android.googlesource.com/platform/packages/modules/adb/+/842d331f/docs/dev/protocol.md", begins(b"CNXN\x00\x00\x00\x01", b"CNXN\x01\x00\x00\x01")),
    Known("EternalBlue transaction", "The transaction with which tools ask whether an SMBv1 server lacks the update MS17-010.",
          _CVE + "CVE-2017-0144", both(at(4, b"\xffSMB\x25"), has(b"#\x00\x00\x00\x07\x00\\pipe\\"))),
    Known("SMBv1 negotiate", "The first message of SMB version 1, with which EternalBlue and its worms begin too.",
          "https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-cifs/96ccc2bd-67ba-463a-bb73-fd6a9265199e", at(4, b"\xffSMBr")),
    Known("SMBv2 negotiate", "The first message of SMB version 2 or 3.",
          "https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-smb2/e14db7ff-763a-4263-8b10-0c3944f52fc5", both(at(4, b"\xfeSMB"), at(16, b"\x00\x00"))),
    Known("RDP connection request", "The first message of a remote desktop client; scanners put a name behind mstshash.",
          "https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-rdpbcgr/18a27ef9-6f9a-4501-b000-94b1fe3c2c10",
          both(begins(b"\x03\x00"), at(5, b"\xe0"))),
    # UDP services that answer with more than they were asked
    Known("NTP monlist", "A question for the last clients of a time server, with a large answer, of use to who forges the sender.",
          _CVE + "CVE-2013-5211", both(begins(b"\x17\x00\x02", b"\x17\x00\x03"), at(3, b"\x2a"))),
    Known("DNS version.bind", "A question for the version of a name server.",
          "https://www.rfc-editor.org/rfc/rfc4892", either(at(12, b"\x07version\x04bind\x00\x00\x10\x00\x03"), at(12, b"\x07VERSION\x04BIND\x00\x00\x10\x00\x03"),
                                                          at(14, b"\x07version\x04bind\x00\x00\x10\x00\x03"))),
    Known("SSDP search", "A search for UPnP devices, with large answers, of use to who forges the sender.",
          "https://www.scworld.com/news/flurry-of-ultra-amplified-attacks-point-to-udp-port-emanating-from-memcached-servers", both(begins(b"M-SEARCH "), has(b"ssdp:discover"))),
    # scanners
    Known("SIPVicious", "The scanner for telephone exchanges that calls itself friendly.",
          "https://github.com/EnableSecurity/sipvicious", both(has(b" sip/2.0"), either(has(b"friendly-scanner"), has(b"sipvicious")))),
    Known("Nmap SIP probe", "Nmap asks whether telephony is spoken.",
          "https://svn.nmap.org/nmap/nmap-service-probes", begins(b"OPTIONS sip:nm SIP/2.0")),
    Known("SIP request", "A question to a telephone exchange: scanners ask for its options, or try a call or a login.",
          "https://www.rfc-editor.org/rfc/rfc3261", both(begins(b"OPTIONS sip:", b"REGISTER sip:", b"INVITE sip:"), has(b" sip/2.0"))),
    Known("Nmap page probe", "Nmap asks for a page that nobody has, to see how the server refuses it.",
          "https://svn.nmap.org/nmap/nmap-service-probes", either(has(b"/nice%20ports%2c/tri%6eity.txt%2ebak"), has(b"/nice ports,/trinity.txt.bak"))),
    Known("masscan", "A scanner that gives its name.", "https://github.com/robertdavidgraham/masscan", both(_HTTP, has(b"user-agent: masscan/"))),
    Known("ZGrab", "The scanner for applications that belongs to ZMap, by its name.", "https://github.com/zmap/zgrab2", both(_HTTP, has(b"zgrab/"))),
)  # fmt: skip
"""The particular before the general: of an HTTP request the attack before the scanner that sends it."""


def known(data: bytes) -> Known | None:
    """The first row that fits, or None."""
    seen = Seen.of(data)
    return next((row for row in KNOWN if row.sign(seen)), None)
