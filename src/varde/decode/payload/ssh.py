"""SSH as a client begins it: its version string (RFC 4253 section 4.2)."""

from varde.decode.payload.payload import Payload


def read_ssh(data: bytes) -> Payload | None:
    """None where the octets do not begin with an SSH version string."""
    return Payload("ssh") if data.lstrip(b"\r\n")[:4] == b"SSH-" else None
