"""Names of the ports that people look for: the IANA service name or the product that made the port known."""

_BOTH = {
    7: "echo", 9: "discard", 13: "daytime", 17: "qotd", 19: "chargen", 37: "time", 43: "whois", 49: "tacacs",
    53: "dns", 88: "kerberos", 111: "rpcbind", 123: "ntp", 135: "msrpc", 137: "netbios-ns", 138: "netbios-dgm",
    139: "netbios", 161: "snmp", 162: "snmptrap", 177: "xdmcp", 389: "ldap", 427: "slp", 443: "https", 445: "smb",
    500: "ike", 514: "syslog", 520: "rip", 623: "ipmi", 636: "ldaps", 853: "dot", 873: "rsync", 902: "vmware",
    1194: "openvpn", 1434: "mssql-m", 1701: "l2tp", 1812: "radius", 1900: "ssdp", 2049: "nfs", 2055: "netflow",
    2123: "gtp", 3389: "rdp", 3478: "stun", 3702: "ws-discovery", 4500: "ipsec-nat", 4739: "ipfix", 5060: "sip",
    5061: "sips", 5351: "nat-pmp", 5353: "mdns", 5355: "llmnr", 5683: "coap", 6343: "sflow", 6881: "bittorrent",
    8443: "https-alt", 10001: "ubiquiti", 11211: "memcached", 17185: "vxworks", 27015: "steam", 51413: "bittorrent",
    51820: "wireguard",
}  # fmt: skip

_TCP = {
    1: "tcpmux", 20: "ftp-data", 21: "ftp", 22: "ssh", 23: "telnet", 25: "smtp", 70: "gopher", 79: "finger", 80: "http",
    81: "http-alt", 102: "s7comm", 109: "pop2", 110: "pop3", 113: "ident", 119: "nntp", 143: "imap", 179: "bgp",
    194: "irc", 222: "ssh-alt", 264: "checkpoint", 465: "smtps", 502: "modbus", 512: "rexec", 513: "rlogin",
    515: "printer", 548: "afp", 554: "rtsp", 587: "submission", 631: "ipp", 860: "iscsi", 989: "ftps-data",
    990: "ftps", 992: "telnets", 993: "imaps", 995: "pop3s", 1080: "socks", 1099: "rmi", 1433: "mssql", 1521: "oracle",
    1723: "pptp", 1883: "mqtt", 1935: "rtmp", 2000: "cisco-sccp", 2082: "cpanel", 2083: "cpanels", 2181: "zookeeper",
    2222: "ssh-alt", 2323: "telnet-alt", 2375: "docker", 2376: "dockers", 2379: "etcd", 2404: "iec-104",
    3000: "grafana", 3128: "squid", 3260: "iscsi", 3306: "mysql", 3690: "svn", 4444: "metasploit", 4567: "tr-069",
    4786: "cisco-smi", 4899: "radmin", 5000: "upnp", 5222: "xmpp", 5432: "postgresql", 5555: "adb", 5601: "kibana",
    5672: "amqp", 5800: "vnc-http", 5900: "vnc", 5901: "vnc-1", 5938: "teamviewer", 5984: "couchdb", 5985: "winrm",
    5986: "winrms", 6000: "x11", 6379: "redis", 6443: "kubernetes", 6667: "irc", 7001: "weblogic", 7547: "cwmp",
    8000: "http-alt", 8008: "http-alt", 8080: "http-alt", 8081: "http-alt", 8088: "http-alt", 8123: "home-assistant",
    8291: "winbox", 8333: "bitcoin", 8545: "ethereum", 8728: "routeros-api", 8883: "mqtts", 8888: "http-alt",
    9000: "http-alt", 9042: "cassandra", 9090: "prometheus", 9100: "jetdirect", 9200: "elasticsearch", 9418: "git",
    10000: "webmin", 10250: "kubelet", 20000: "dnp3", 27017: "mongodb", 32764: "router-backdoor", 37215: "huawei-upnp",
    37777: "dahua-dvr", 44818: "ethernet-ip", 47808: "bacnet", 49152: "upnp", 50000: "db2", 52869: "realtek-upnp",
    60001: "jaws-dvr",
}  # fmt: skip

_UDP = {
    67: "dhcp", 68: "dhcp-client", 69: "tftp", 80: "quic", 546: "dhcpv6-client", 547: "dhcpv6", 1604: "citrix",
    5093: "sentinel", 30120: "fivem", 37810: "dahua-discovery", 47808: "bacnet",
}  # fmt: skip

NAMED_PORTS = frozenset(_BOTH | _TCP | _UDP)
"""Ports with a name, of either protocol."""

_NAMES = {"tcp": _BOTH | _TCP, "udp": _BOTH | _UDP}


def service_name(proto: str, port: int) -> str:
    """The service of a TCP or UDP port, or an empty string where none is well known."""
    return _NAMES.get(proto, {}).get(port, "")


def service_names(proto: str) -> dict[int, str]:
    """Names of services by their port, of "tcp" or "udp"."""
    return dict(sorted(_NAMES[proto].items()))


def service_ports() -> dict[str, list[int]]:
    """Ports by the name of their service, the lowest first. A port may have a name of either protocol: 80 is http and quic."""
    found: dict[str, list[int]] = {}
    for port, name in sorted({*_TCP.items(), *_UDP.items(), *_BOTH.items()}):
        found.setdefault(name, []).append(port)
    return found
