"""A long search: every target in turn, each in a process of its own, round after round, with what it tried added up.

`python -m fuzz all --seconds 60 --rounds 20` gives each target a minute twenty times, with another luck each; what reached
something new in one round begins the next. The sums are in `tally.json` of the folder where inputs are kept."""

import json
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from fuzz.run import Budget
from fuzz.targets import TARGETS

_TRIED = re.compile(r"Done (\d+) runs|: (\d+) inputs in")
"""What libFuzzer says at its end, and what a search at random does."""

GRACE_SECONDS = 900
"""What a target may take beyond its budget: to import, to be instrumented, to replay its corpus."""


def tried(said: str) -> int:
    """How many inputs a search says that it tried: 0 where it did not come to its end."""
    return sum(int(guided or random) for guided, random in _TRIED.findall(said))


def campaign(budget: Budget, rounds: int) -> int:
    """All targets, `rounds` times. Returns how many searches ended by something broken: 0 is what one hopes for."""
    tally, broken = budget.kept / "tally.json", 0
    budget.kept.mkdir(parents=True, exist_ok=True)
    sums: dict[str, dict[str, float]] = json.loads(tally.read_text()) if tally.exists() else {}
    for number in range(rounds):
        for name in TARGETS:
            began = time.monotonic()
            count, good = _one(name, replace(budget, luck=budget.luck + number))
            before = sums.get(name, {"inputs": 0, "seconds": 0, "broken": 0})
            spent = round(time.monotonic() - began)
            sums[name] = {"inputs": before["inputs"] + count, "seconds": before["seconds"] + spent, "broken": before["broken"] + (not good)}
            if not good:  # the next round writes another log
                broken += 1
                shutil.copyfile(budget.kept / f"{name}.log", budget.kept / f"{name}-broken-{budget.luck + number}.log")
            tally.write_text(json.dumps(sums, indent=1) + "\n")
            sys.stderr.write(f"round {number + 1}, {name}: {count:,} inputs{'' if good else ', BROKEN'}; {_total(sums):,.0f} in all\n")
    return broken


def _total(sums: dict[str, dict[str, float]]) -> float:
    return sum(each["inputs"] for each in sums.values())


def _one(name: str, budget: Budget) -> tuple[int, bool]:
    """Inputs that were tried, and whether the target held."""
    limits = [f"--{limit}={value}" for limit, value in (("runs", budget.runs), ("seconds", budget.seconds)) if value]
    command = [sys.executable, "-m", "fuzz", name, *limits, f"--luck={budget.luck}", f"--kept={budget.kept}"]
    log = budget.kept / f"{name}.log"
    most = budget.seconds + GRACE_SECONDS if budget.seconds else None
    with log.open("wb") as said:
        try:
            good = subprocess.run(command, cwd=Path(__file__).parents[1], stdout=said, stderr=said, timeout=most, check=False).returncode == 0
        except subprocess.TimeoutExpired:
            good = False
    return tried(log.read_text(errors="replace")), good
