"""`python -m soak.scene FOLDER [short] [careless]`: all that Varde writes, in small pieces, for the power to go in the midst of.

What it reads is below FOLDER/in, what it writes below FOLDER/disk. A line of FOLDER/marks says what was acknowledged."""

import os
import sys
from datetime import timedelta
from pathlib import Path

from material import NOON, firewall_lines, import_file, make_small, probe_batch, write_old

from varde.deliver.journal import Journal
from varde.deliver.publisher import Output, Publisher
from varde.faces import Ring, board_of, write_board
from varde.store import Store, durable
from varde.store import store as store_module

FILES = {"a": (0, 300), "b": (1000, 300), "c": (2000, 120), "gone": (3000, 60)}
"""First number and count of the lines of each log."""

DATAGRAMS = 7
"""Probes in each batch that came from a socket."""

FAMILIES = {"varde_logins_total": ("counter", "Logins.")}
SAMPLES: dict[str, dict[tuple[tuple[str, str], ...], float]] = {"varde_logins_total": {(("outcome", "failed"),): 3.0}}


class Scene:
    def __init__(self, folder: Path) -> None:
        self.folder, self.disk = folder, folder / "disk"
        self._marks = os.open(folder / "marks", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.store = Store(self.disk / "store")
        self.publisher = Publisher(self.disk / "published", 2)
        self.journal = Journal(self.disk / "journal", segment=600)
        self.journal.join("sink")
        self.socket_rows = 0
        self.warnings = 0

    def mark(self, what: str) -> None:
        os.write(self._marks, f"{what}\n".encode())

    def read(self, name: str) -> None:
        import_file(self.store, self.folder / "in" / f"{name}.log", name)
        self.mark(f"read:{name}")

    def datagrams(self) -> None:
        """As a listener commits what came: no offset says how far."""
        first = self.socket_rows
        rows = probe_batch({"time": NOON + timedelta(seconds=first + n), "source": "syslog:1", "offset": first + n} for n in range(DATAGRAMS))
        self.store.append("probes", rows)
        self.socket_rows += DATAGRAMS
        self.mark(f"sockets:{self.socket_rows}")

    def publish(self, number: int) -> None:
        content = f"list {number}\n".encode() * 900
        output = Output("dns", "pf", ((self.disk / "list.txt", content),), 900, digest=str(number))
        self.publisher.publish([output], f"2026-11-22T12:00:0{number}Z")
        self.mark(f"published:{number}")

    def warn(self) -> None:
        self.warnings += 1
        self.journal.append([{"number": self.warnings, "text": "x" * 200}])
        self.mark(f"warned:{self.warnings}")

    def board(self) -> None:
        write_board(board_of(self.store.path), {"written": "1795345290"}, FAMILIES, SAMPLES, Ring())

    def forget(self) -> None:
        source = next(name for name in self.store.facts.names("sources") if (self.store.facts.get(name) or {}).get("sensor") == "gone")
        self.mark("forgetting")
        self.store.forget(source.removeprefix("sources/"))
        self.store.facts.put(source, {"forgotten": True})
        self.mark("forgotten")


def prepare(folder: Path, *, short: bool) -> None:
    """What is there before: logs, and an empty disk."""
    for name in ("in", "disk"):
        (folder / name).mkdir(parents=True)
    for name, (first, count) in FILES.items():
        write_old(folder / "in" / f"{name}.log", firewall_lines(first, count // 5 if short else count))


def play(scene: Scene, *, short: bool) -> None:
    """Each kind of writing at least twice, with others between."""
    scene.read("a")
    scene.datagrams()
    scene.publish(1)
    scene.warn()
    scene.board()
    if not short:
        scene.read("gone")
        scene.store.compact(keep_hours=0)
    scene.read("b")
    scene.datagrams()
    scene.warn()
    scene.publish(2)
    if not short:
        scene.forget()
        scene.board()
        scene.warn()
        scene.journal.delivered("sink", 2)
        scene.publish(3)
    scene.store.compact(keep_hours=0)
    scene.datagrams()
    scene.read("c")


def main(arguments: list[str]) -> int:
    folder, short = Path(arguments[0]), "short" in arguments
    if "careless" in arguments:
        durable.Durable.begin = durable.Durable.settle_checkpoint = lambda *_: None  # type: ignore[method-assign, assignment]
        durable.Durable.settle = lambda self: durable.Mark()  # type: ignore[method-assign, assignment]
    store_module.CHECKPOINT_AFTER = 4
    make_small(60 if short else 100, 8 * 1024)
    play(Scene(folder), short=short)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
