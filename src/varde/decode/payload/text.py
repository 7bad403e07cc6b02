"""The text of a payload, as the program that it is meant for would read it."""

import re
from urllib.parse import unquote_plus

from varde.decode.payload.http import Request, split_request
from varde.decode.payload.payload import READ_MAX

_FORM = re.compile(rb"[!-~]{1,1024}")


def plain(data: bytes) -> str:
    """Text with octets that are not UTF-8 escaped; of an HTTP request the target and a form's body without their encoding."""
    data = data[:READ_MAX]
    request = split_request(data)
    if request is None:
        return _text(data)
    head = [unquote_plus(_text(request.target))]
    head += [f"{_text(name)}: {_text(value)}" for name, value in request.headers]
    body = _text(request.body)
    return "\n".join([*head, "", unquote_plus(body) if _is_form(request) else body])


def _is_form(request: Request) -> bool:
    """Whether the body is a form: it says so, or begins as a form does (bots leave the header out)."""
    kind = (request.header(b"content-type") or b"").lower()
    begin = _FORM.match(request.body.lstrip())
    return kind.startswith(b"application/x-www-form-urlencoded") or (not kind and begin is not None and b"=" in begin[0])


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "backslashreplace")
