"""Real name servers on free ports of the loopback, and what they answer. Every name of the world resolves to ANSWER."""

import contextlib
import re
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.conftest import find_peer
from tests.peers.running import wait_for

ANSWER = "192.0.2.1"
ZONE = "rpz.varde"
_ROOT = f"$TTL 60\n@ IN SOA localhost. root.localhost. 1 3600 600 604800 60\n@ IN NS localhost.\n* IN A {ANSWER}\n"


def free_port() -> int:
    """A port that is free for UDP and TCP."""
    for _ in range(50):
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", tcp.getsockname()[1]))
                return int(tcp.getsockname()[1])
    raise AssertionError("no port is free")


def named(folder: Path, zone: Path, *, more_names: str = "") -> contextlib.AbstractContextManager[int]:
    """named with a policy zone; the port. `more_names` are lines of the root zone beside the wildcard."""
    return named_running(folder, zone, more_names=more_names, controls="controls { };\n")


@contextlib.contextmanager
def named_running(folder: Path, zone: Path, *, more_names: str = "", controls: str, own_logging: bool = False, interval: int = 0) -> Iterator[int]:
    """The same with its `controls` as they are written in its configuration. `own_logging`: there is a `logging` among them.
    `interval`: seconds that named lets pass before it takes another policy."""
    (folder / "root.zone").write_text(_ROOT + more_names)
    port = free_port()
    config = folder / "named.conf"
    config.write_text(
        f'options {{ directory "{folder}"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; pid-file "{folder}/named.pid";\n'
        f'  session-keyfile "{folder}/session.key"; managed-keys-directory "{folder}"; lock-file none; recursion yes; dnssec-validation no;\n'
        f"  empty-zones-enable no; max-udp-size 4096; minimal-responses yes;\n"
        f'  response-policy {{ zone "{ZONE}" policy given min-update-interval {interval}; }} qname-wait-recurse no break-dnssec yes; }};\n'
        f'{controls}zone "." {{ type primary; file "root.zone"; }};\nzone "{ZONE}" {{ type primary; file "{zone}"; }};\n'
    )  # fmt: skip
    log = folder / "named.log"
    said_where = ["-f", "-L", str(log)] if own_logging else ["-g"]  # with -g all categories go to standard error
    with log.open("wb") as said:
        process = subprocess.Popen([find_peer("named"), *said_where, "-c", str(config)], cwd=folder, stderr=said, stdout=said)
    try:
        wait_for(lambda: process.poll() is not None or "rpz: rpz.varde: reload done" in log.read_text(errors="replace"))
        assert process.poll() is None, log.read_text(errors="replace")
        yield port
    finally:
        process.terminate()
        process.wait(20)


_STATUS = re.compile(r"status: ([A-Z]+)")
_QUESTION = re.compile(r"^;(\S+)\s+IN\s+(?:A|AAAA|SOA)", re.MULTILINE)


def dig(port: int, names: Iterable[str], kind: str = "A") -> dict[str, tuple[str, tuple[str, ...]]]:
    """Status and answers of each name, by one dig for all. A server on a busy machine fails to ask its own at times: those are asked again."""
    found = _dig(port, names, kind)
    for _ in range(_AGAIN):
        failed = [name for name, (status, _) in found.items() if status == "SERVFAIL"]
        if not failed:
            break
        time.sleep(_FORGOTTEN_SECONDS)
        found |= _dig(port, failed, kind)
    return found


_AGAIN = 2
_FORGOTTEN_SECONDS = 1.2
"""named keeps for a second that it failed (servfail-ttl)."""


def _dig(port: int, names: Iterable[str], kind: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    asked = list(dict.fromkeys(names))
    done = subprocess.run(
        [find_peer("dig"), "-p", str(port), "@127.0.0.1", "+noall", "+comments", "+question", "+answer", "+tries=2", "+time=5", "-f", "/dev/stdin"],
        input="".join(f"{name}. {kind}\n" for name in asked), capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    found = {}
    for block in done.stdout.split("->>HEADER<<-")[1:]:
        status, question = _STATUS.search(block), _QUESTION.search(block)
        assert status and question, block
        answers = [line.split()[4] for line in block.splitlines()[1:] if line and not line.startswith(";") and len(line.split()) > 4]
        found[question[1].rstrip(".").lower()] = (status[1], tuple(answers))
    return found


def passes(answer: tuple[str, tuple[str, ...]]) -> bool:
    """Whether a question was answered as if there were no policy."""
    return answer[0] == "NOERROR" and ANSWER in answer[1]
