"""On what terms lists are fetched: their size, the time they may take, and where they may be."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from varde.model import VardeError, visible

LIST_MAX = 256 * 1024 * 1024
"""Octets of a list, uncompressed: ten million addresses have 140 MB, and the largest public lists 30."""

FETCH_SECONDS = 180.0
"""For a whole list: 30 MB over a slow line; a server that sends an octet now and then does not hold us for ever."""

SILENCE_SECONDS = 20.0


class FeedError(VardeError):
    """A list that could not be fetched. `wait`: seconds for which the server asks not to be asked again."""

    def __init__(self, message: str, *, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds in force."""

    octets: int = LIST_MAX
    seconds: float = FETCH_SECONDS
    silence: float = SILENCE_SECONDS
    what: str = "list"
    "What is fetched, in sentences about it."


_HTML = (b"<!doctype html", b"<html")
_HEAD = 4096


_NUMBERED = re.compile(r"^\[Errno -?[0-9]+\] ")


def reason_of(error: Exception) -> str:
    """Why a server could not be asked, in words: without the number that the system gives the error."""
    return visible(_NUMBERED.sub("", str(error))).lower() or type(error).__name__


def check_octets(data: bytes, where: str, what: str = "list") -> bytes:
    """What may be a list (or `what`), whatever its format: no page that says sorry, no archive, no picture. Raises FeedError."""
    if data[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_HTML):
        raise FeedError(f"{visible(where)}: that is a web page, no {what}")
    from varde.collect.foreign import name_of  # which knows every format there is

    if name := name_of(data[:_HEAD]):
        more = ": unpack it first" if "archive" in name else ": `varde set cat` prints it as text" if "SiLK" in name else ""
        raise FeedError(f"{visible(where)}: that is {name}, no {what}{more}")
    return data


def check_url(url: str) -> str:
    """The address, if it is one that is fetched: https, and http only from this machine, without a password in it. Raises VardeError."""
    try:
        parsed = urlsplit(url)
        host, _ = parsed.hostname, parsed.port
    except ValueError as error:
        raise VardeError(f"{visible(url)} is no URL: {error}") from None
    if parsed.username is not None:
        raise VardeError(f"the URL of {visible(host or '')} has a user's name in it, and a password would stand in every log. Fetch the list with a program of yours and name its file.")
    if not host or not (parsed.scheme == "https" or (parsed.scheme == "http" and _is_here(host))):
        raise VardeError(f"{visible(url)}: lists are fetched over https (http only from this machine), or read from a file: give its whole path.")
    return url


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
