"""`varde check NAME`: one of the table of checks, run as Nagios, Icinga and NRPE run plugins. What it cannot do is UNKNOWN, never OK."""

import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from varde import __version__
from varde.app.thin import store_of
from varde.faces.checks import CHECKS, Asked, Check, Surged
from varde.faces.nagios import Deadline, Result, State, printed, told
from varde.model.errors import VardeError

PAGE_MAX = 1024 * 1024
"""Octets of a status page; one has a few hundred."""

MEMORY = "640MB"
"""For a question of a check."""

HELP, VERSION = ("-h", "--help"), ("-V", "--version")


def answer(words: Sequence[str]) -> int:
    """Run what the words behind `varde check` ask for; answers the exit status."""
    first, *rest = words or [""]
    if first in HELP:
        return _said(_help().list_of(list(CHECKS.values())), State.OK)
    if first in VERSION:
        return _said(f"varde {__version__}\n", State.UNKNOWN)
    if first.partition("=")[0] == "--definitions":
        return _definitions([*first.partition("=")[2:], *rest])
    if first not in CHECKS:
        return _fail("CHECK", f"there is no check {first!r}: {', '.join(CHECKS)}" if first else f"which one? {', '.join(CHECKS)}")
    return run(CHECKS[first], rest)


def run(check: Check, words: Sequence[str]) -> int:
    """Run one check, in the time that it has; answers the exit status."""
    if any(word in (*HELP, *VERSION) for word in words):
        return _said(_help().help_of(check) if any(word in HELP for word in words) else f"varde {__version__}\n", State.UNKNOWN)
    try:
        values = check.read(words)
        store = store_of(str(values["store"]) if values.get("store") else None)
    except VardeError as error:
        return _fail(check.name, str(error))
    asked = Asked(values, store, fetch=_fetch, trial=_trial, surges=_surges)
    result = Deadline(values["timeout"], values[check.late]).result(lambda: check.run(asked))
    return _said(printed(check.name, result, values["verbose"]), result.state)


def _help() -> ModuleType:
    """Only where it is asked for: a check has little time."""
    from varde.app import check_help

    return check_help


def _definitions(words: Sequence[str]) -> int:
    from varde.faces.definitions import DEFINITIONS, Machine, program

    kind, _, store = " ".join(word for word in words if word).replace("--store=", "--store ").partition(" --store ")
    if kind not in DEFINITIONS:
        return _fail("CHECK", f"--definitions is for one of {', '.join(DEFINITIONS)}; --store DIR behind it says whose store is meant")
    return _said(DEFINITIONS[kind](list(CHECKS.values()), Machine(program(), str(store_of(store or None)))), State.OK)


def _fail(service: str, sentence: str) -> int:
    return _said(printed(service, Result(State.UNKNOWN, sentence)), State.UNKNOWN)


def _said(text: str, state: State) -> int:
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # who runs plugins often has no language set
    return told(text, state)


def _fetch(url: str, seconds: float) -> bytes:
    """A status page: bounded in octets and time. Raises VardeError."""
    from varde.collect.feed_terms import Limits
    from varde.collect.feeds import fetch

    return fetch(url, limits=Limits(PAGE_MAX, seconds, seconds, "status page")).data or b""


def _trial(store: Path, seconds: float) -> list[tuple[str, str, str]]:
    """Test the station of a store from the wire to every end, in about so many seconds."""
    from varde.app.context import Context
    from varde.app.selftest import selftest

    return [(one.name, one.state, one.said) for one in selftest(Context(store, quiet=True), seconds)]


def _surges(store: Path, over: float, seconds: float) -> Surged:
    """Surges of a store, which is asked for no longer than there is time. Raises VardeError."""
    from datetime import timedelta

    from varde.app.context import Context
    from varde.app.engine import engine_of
    from varde.detect import open_keys
    from varde.detect.surge import HOURS_MIN
    from varde.query import Window
    from varde.query.hold import Hold
    from varde.query.surges import surges
    from varde.views.surges import basis, sentences

    context = Context(store, quiet=True)
    engine, now = engine_of(context), context.now()
    window = Window(now - timedelta(seconds=over), now, action="refused")
    with engine.held(Hold(seconds, "give -t more seconds, or look back less far with --over"), MEMORY):
        answer = surges(engine, window, open_keys(context.config.insight.open_ports))
        (stored,) = engine.ask(window, lambda table: engine.execute(table.aggregate(rows=table.count())))
    told = tuple((one.surge.level, next(iter(sentences(one, context.world, context.zone)))) for one in answer.findings)
    return Surged(told, basis(answer.known), answer.known.hours >= HOURS_MIN, bool(stored["rows"]))


def words_of(check: Check, values: dict[str, Any]) -> list[str]:
    """The command line of options that another parser has read."""
    words = [str(values[option.name]) for option in check.options if option.placed and values.get(option.name)]
    for option in check.all_options:
        given = values.get(option.name) if not option.placed else None
        if option.kind == "flag":
            words += [f"--{option.name}"] if given else []
            continue
        words += [f"--{option.name}={text}" for text in (given if isinstance(given, (list, tuple)) else [given]) if text is not None]
    return [*["-v"] * int(values.get("verbose") or 0), *words]
