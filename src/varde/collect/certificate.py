"""A certificate of our own making, for strangers who want TLS before they say what they want."""

import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path

from varde.model import VardeError

OPENSSL_SECONDS = 30.0
"""A key on a curve takes milliseconds; a machine without randomness must not keep us for ever."""

_REQUEST = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650", "-subj", "/CN=localhost")


def welcoming_context() -> ssl.SSLContext:
    """A server's context that takes anyone, old clients too. Raises VardeError where no certificate can be made.

    The key never leaves a folder of our own, which is gone when this returns."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="varde-") as folder:
        certificate, key = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
        _make(certificate, key)
        context.load_cert_chain(certificate, key)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")  # bots are old; nothing of ours is protected by this
    context.set_alpn_protocols(["http/1.1"])  # what is sent is to be read without HTTP/2's compression
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    return context


def _make(certificate: Path, key: Path) -> None:
    program = shutil.which("openssl")
    if program is None:
        raise VardeError("--tls needs a certificate, and the program openssl, which makes one, is not installed. Install openssl, or leave out --tls.")
    command = [program, *_REQUEST, "-keyout", str(key), "-out", str(certificate)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=OPENSSL_SECONDS, check=False, stdin=subprocess.DEVNULL)  # noqa: S603 - a fixed command
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VardeError(f"cannot make a certificate: {program}: {error}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise VardeError(f"cannot make a certificate: {program} ended with status {done.returncode}: {said}")
