"""selftest: whether everything works from the wire to every other end, one line a check."""

import time
from dataclasses import asdict

from varde.app.context import Context
from varde.app.output import print_json, visible
from varde.app.selftest import FAILED, Check, selftest

_WORDS = {"ok": "OK     ", "failed": "FAILED ", "skipped": "skipped"}


def selftest_command(context: Context, seconds: float, *, as_json: bool) -> None:
    """Run it. Exit status 1 where a check failed."""
    begun = time.monotonic()
    checks = selftest(context, seconds, (lambda check: None) if as_json else _print)
    failed = [check for check in checks if check.state == FAILED]
    if as_json:
        print_json({"ok": not failed, "seconds": round(time.monotonic() - begun, 1), "checks": [asdict(check) for check in checks]})
    if failed:
        raise SystemExit(1)


def _print(check: Check) -> None:
    print(visible(f"{_WORDS[check.state]} {check.name}: {check.said}"), flush=True)
