"""URLs in a payload, and the form in which nobody follows one by mistake."""

import re

from varde.decode.payload.text import plain

URLS_MAX = 100
"""Distinct URLs that are listed."""

NAMESPACES = ("schemas.xmlsoap.org", "www.w3.org", "schemas.microsoft.com")
"""Hosts whose URLs are names of document types: nobody fetches them, and every SOAP request has some."""

DEFANGED = {"http": "hxxp", "https": "hxxps", "ftp": "fxp", "ftps": "fxps"}
"""Schemes that programs turn into links, and what stands for them; `hxxp` is the articles' own."""

# what ends a URL in a shell line, a header or a document; its length is what browsers take
_URL = re.compile(
    r"(?i)\b(?P<scheme>https?|hxxps?|ftps?|tftp|ldaps?|rmi|dns|iiop|gopher|telnet|stratum\+tcp)://(?P<host>[^\s/?#\"'`<>;|\\^{}()$,&]{1,255})"
    r"(?P<path>[/?#][^\s\"'`<>;|\\^{}()$]{0,2048})?"
)


def urls(data: bytes) -> list[str]:
    """Distinct URLs as they stand there, in the order in which they come."""
    found = (_whole(match) for match in _URL.finditer(plain(data)) if match["host"].lower() not in NAMESPACES)
    return list(dict.fromkeys(found))[:URLS_MAX]


def defang(text: str) -> str:
    """Text in which every URL is written so that it is no link: `hxxp://192[.]0[.]2[.]1/x`."""
    return _URL.sub(_defanged, text)


def _defanged(match: re.Match[str]) -> str:
    scheme = match["scheme"].lower()
    host = match["host"].replace("[.]", ".").replace(".", "[.]")
    return f"{DEFANGED.get(scheme, match['scheme'])}://{host}{match['path'] or ''}"


def _whole(match: re.Match[str]) -> str:
    url = match[0].partition("&&")[0]
    return url.rstrip(".,:!")
