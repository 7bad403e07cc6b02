"""SMTP as a client begins it (RFC 5321): the name that it gives itself."""

import re

from varde.decode.payload.payload import Payload, readable

HEAD_MAX = 4096
"""Octets in which the greeting is looked for: eight command lines of RFC 5321 section 4.5.3.1.4."""

_GREETING = re.compile(rb"(?im)^[ \t]{0,8}(?:EHLO|HELO|LHLO)(?:[ \t]{1,8}([!-~]{1,255})|[ \t]{0,8}\r?$)")
_OPENING = re.compile(rb"(?i)\s{0,8}(?:MAIL FROM:|RCPT TO:|STARTTLS\r?\n|AUTH (?:LOGIN|PLAIN|CRAM-MD5))")
_OTHER_THAN_TEXT = re.compile(rb"[^\t\r\n -~]")


def read_smtp(data: bytes) -> Payload | None:
    """The greeting in the first lines; None where these are not SMTP's."""
    head = data[:HEAD_MAX]
    greeting = _GREETING.search(head)
    if greeting and not _OTHER_THAN_TEXT.search(head, 0, greeting.start()):
        return Payload("smtp", ehlo=readable(greeting[1]) if greeting[1] else None)
    return Payload("smtp") if _OPENING.match(head) else None
