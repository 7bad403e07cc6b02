"""A search for inputs that break a target: guided by coverage where atheris is installed, at random elsewhere."""

import importlib.util
import random
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fuzz.mutate import mutated
from fuzz.targets import TARGETS, Target

FOUND = Path(__file__).parents[1] / ".varde-build" / "fuzz"
"""Where inputs go that reach something new, and those that break a target; not kept by git."""

MEMORY_MB = 2048
"""MiB that a target may take beyond what it began with."""

INPUT_SECONDS = 20
"""Longer than this no input may take: the longest take a fraction of a second."""

ROUND = 100
"""Inputs between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to search: inputs or seconds, 0 for no limit of that kind; the luck, to search again in the same way; and where
    inputs are kept."""

    runs: int = 0
    seconds: int = 0
    luck: int = 1
    kept: Path = FOUND


def is_guided() -> bool:
    """Whether atheris is there."""
    return importlib.util.find_spec("atheris") is not None


def search(target: Target, budget: Budget) -> int:
    """Replay the corpus, then try new inputs. Returns how many were tried. Whatever a target raises ends the search; the input
    that did it is written to `.varde-build/fuzz`. Under atheris the process ends with the search (libFuzzer never returns)."""
    return _guided(target, budget) if is_guided() else at_random(target, budget)


def at_random(target: Target, budget: Budget) -> int:
    """Without guidance."""
    check, seeds = target.load(), target.seeds()
    for data in seeds:
        _try(check, target, data, budget.kept)
    done, luck, ends = len(seeds), random.Random(budget.luck), time.monotonic() + budget.seconds
    while not (budget.runs and done >= budget.runs) and not (budget.seconds and time.monotonic() >= ends):
        size = min(ROUND, budget.runs - done) if budget.runs else ROUND
        for data in mutated(seeds, size, target.octets_max, luck):
            _try(check, target, data, budget.kept)
        done += size
    return done


def _try(check: Callable[[bytes], None], target: Target, data: bytes, kept: Path) -> None:
    broken = True
    try:
        check(data)
        broken = False
    finally:
        if broken:
            kept.mkdir(parents=True, exist_ok=True)
            path = kept / f"{target.name}-broken"
            path.write_bytes(data)
            sys.stderr.write(f"fuzz {target.name}: the input that breaks it is {path}\n")


def _guided(target: Target, budget: Budget) -> int:
    import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]

    with atheris.instrument_imports(include=list(target.watched)):
        check = target.load()
    reached = budget.kept / target.name
    reached.mkdir(parents=True, exist_ok=True)
    limits = [f"-runs={budget.runs}"] if budget.runs else []
    limits += [f"-max_total_time={budget.seconds}"] if budget.seconds else []
    options = [f"-seed={budget.luck}", f"-max_len={target.octets_max}", f"-timeout={INPUT_SECONDS}", f"-artifact_prefix={budget.kept}/{target.name}-", f"-rss_limit_mb={_memory() + MEMORY_MB}"]
    atheris.Setup(["fuzz", *options, *limits, str(reached), str(target.corpus)], check)
    with suppress(SystemExit):
        atheris.Fuzz()
    return 0


def _memory() -> int:
    """MiB that this process had at most: at its beginning that is what the process had that started it, large where tests did."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(arguments: list[str]) -> int:
    """The command. 1 where a search of all targets found something."""
    from fuzz.campaign import campaign
    from fuzz.command import ALL, parsed

    name, budget, rounds = parsed(arguments)
    if name == ALL:
        return min(1, campaign(budget, rounds))
    target = TARGETS[name]
    began = time.monotonic()
    sys.stderr.write(f"fuzz {target.name}: {target.title}, {'guided by coverage' if is_guided() else 'at random, for atheris is not installed'}\n")
    count = search(target, budget)
    if count:
        sys.stderr.write(f"fuzz {target.name}: {count} inputs in {time.monotonic() - began:.0f} s, all held\n")
    return 0
