"""What must be right before a station starts: each check of the configuration beyond its form, for `up` and `config check` alike."""

import ipaddress
import ssl
from collections.abc import Callable
from functools import partial

from varde.app.config import split_address
from varde.app.context import Context
from varde.app.mailfilters import agents_of
from varde.collect import Address
from varde.deliver import sink_of
from varde.model import VardeError
from varde.store import check_location

TOKEN_MIN = 16
"""Characters of the page's token: shorter ones can be tried through over a network."""


def check_start(context: Context, addresses: list[Address], page: str) -> None:
    """Raises VardeError with a sentence for each thing that would keep a station from doing what is configured.

    `addresses` are the syslog listeners; an empty `page` means none. Nothing is opened or written."""
    problems = [*_said(lambda: certificate(context, addresses)), *_said(lambda: token(context.config.web.token, page)), *_of_files(context)]
    if problems:
        raise VardeError(" ".join(problems))


def _of_files(context: Context) -> list[str]:
    """What the files that the configuration names are worth."""
    checks: tuple[Callable[[], object], ...] = (
        lambda: context.zone, lambda: context.dialects, lambda: context.geography, lambda: check_location(context.location),
        *(partial(sink_of, settings) for settings in context.config.sink), lambda: agents_of(context.config.amavis),
    )  # fmt: skip
    return [sentence for check in checks for sentence in _said(check)]


def _said(check: Callable[[], object]) -> list[str]:
    try:
        check()
    except VardeError as error:
        return [str(error)]
    return []


def certificate(context: Context, addresses: list[Address]) -> ssl.SSLContext | None:
    """What tls:// listeners show. Raises VardeError where they have none, or none that can be used."""
    section = context.config.syslog
    if section.certificate is None:
        if wanting := [str(address) for address in addresses if address.scheme == "tls"]:
            raise VardeError(f"cannot listen on {wanting[0]}: set certificate and key in section [syslog] of the configuration.")
        return None
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        made.load_cert_chain(section.certificate, section.key, password=_no_password)
        if section.client_ca is not None:
            made.load_verify_locations(section.client_ca)
            made.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise VardeError(f"cannot use the certificate {section.certificate}: {error}. It and its key must be PEM files, "
                         "the key without a password.") from error  # fmt: skip
    return made


def _no_password() -> str:
    """A service has nobody to ask."""
    return ""


def token(secret: str | None, page: str) -> None:
    """Raises VardeError for a page that others can reach without a token of some length."""
    if not page or is_loopback(split_address(page)[0]):
        return
    if len(secret or "") < TOKEN_MIN:
        raise VardeError(f"the page would listen on {page}, which others can reach: set [web] token in the configuration "
                         f"(at least {TOKEN_MIN} characters), or listen on 127.0.0.1.")  # fmt: skip


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a listener on `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
