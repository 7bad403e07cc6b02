"""metrics: what Prometheus is told, from faces.db; the file of node_exporter's textfile collector, kept current; dashboard and rules."""

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from varde.app.board_metrics import board_path, exposition_of
from varde.app.output import say
from varde.faces import STEP_SECONDS
from varde.model.errors import VardeError

MODE = 0o644
"""node_exporter runs as a user of its own."""


@dataclass(frozen=True, slots=True)
class MetricsOptions:
    """The switches of the command."""

    textfile: Path | None = None
    watch: bool = False
    grafana: bool = False
    rules: bool = False


def metrics_command(options: MetricsOptions, store: Path | None, config: Path | None) -> None:
    """Do the one thing that is asked. Exit status 1 where the station tells nothing of now."""
    if options.grafana or options.rules:
        sys.stdout.write(_dashboard() if options.grafana else rules())
        return
    path = board_path(store, config)
    if options.textfile is None:
        if options.watch:
            raise VardeError("--watch keeps a file current: name it with --textfile FILE.prom.")
        text, wrong = exposition_of(path, time.time())
        sys.stdout.write(text)
    elif options.watch:
        _watch(path, options.textfile)
        return
    else:
        wrong = _write(path, options.textfile)
    if wrong:
        raise VardeError(wrong, status=1)


def answer(words: Sequence[str]) -> int | None:
    """The exit status of a call that has nothing but --store and --textfile: what a timer asks, told without the rest of the command line."""
    given = dict(zip(words[::2], words[1::2], strict=False))
    if len(words) != 2 * len(given) or not set(given) <= {"--store", "--textfile"}:
        return None
    store, textfile = (Path(given[name]) if name in given else None for name in ("--store", "--textfile"))
    metrics_command(MetricsOptions(textfile), store, None)
    return 0


def _write(board: Path, target: Path) -> str:
    """Replace the file, so that a reader sees the old one or the new one. Answers what is wrong with the board."""
    if target.suffix != ".prom":
        raise VardeError(f"{target}: node_exporter reads files whose names end in .prom; name it so.")
    text, wrong = exposition_of(board, time.time())
    beside = target.with_name(f".{target.name}.{os.getpid()}")  # which it does not read
    try:
        beside.write_text(text, encoding="utf-8")
        beside.chmod(MODE)
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise VardeError(f"cannot write {target}: {(error.strerror or str(error)).lower()}. Is it in the folder of node_exporter's --collector.textfile.directory?") from None
    return wrong


def _watch(board: Path, target: Path) -> None:
    """Write at each step until interrupted. What goes wrong is said when it is new; a first try that fails ends it."""
    said = _write(board, target)
    if said:
        say(f"varde: {said}")
    try:
        while True:
            time.sleep(STEP_SECONDS - time.time() % STEP_SECONDS + 1)  # after the station's own
            if (wrong := _tried(board, target)) and not said:
                say(f"varde: {wrong}")
            said = wrong
    except KeyboardInterrupt:
        raise SystemExit(128 + signal.SIGINT) from None


def _tried(board: Path, target: Path) -> str:
    try:
        return _write(board, target)
    except VardeError as error:
        return str(error)


def _dashboard() -> str:
    from varde.export.grafana import dashboard
    from varde.model.panels import PANELS

    return json.dumps(dashboard(PANELS), indent=1) + "\n"


def rules() -> str:
    """The shipped alert rules."""
    return (files("varde") / "data" / "prometheus" / "varde-rules.yml").read_text(encoding="utf-8")
