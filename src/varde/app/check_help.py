"""Help of `varde check`, made of the table of checks, in the columns that the guidelines for plugins give it."""

import textwrap
from collections.abc import Iterator, Sequence

from varde.faces.checks import Check, Option
from varde.faces.definitions import DEFINITIONS

WIDTH = 80

ABOUT = (
    "Checks for Nagios, Icinga and NRPE: one line, numbers behind its bar, exit status 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. "
    "Help and the version of a check end with 3 too, so that a service that was set up so never looks well."
)


def list_of(checks: Sequence[Check]) -> str:
    """What there is to check."""
    lines = ["usage: varde check NAME [options]", "", *textwrap.wrap(ABOUT, WIDTH), ""]
    for check in checks:
        lines += textwrap.wrap(check.about, WIDTH, initial_indent=f"  {check.name:<12}", subsequent_indent=" " * 14)
    lines += ["", "varde check NAME --help tells the options of one.", f"varde check --definitions {'|'.join(DEFINITIONS)} prints what to put into their configuration."]
    return "\n".join(lines) + "\n"


def help_of(check: Check) -> str:
    """How to call one, its options, and when it is which state."""
    places = " ".join(option.shown if option.required else f"[{option.shown}]" for option in check.options if option.placed)
    lines = [" ".join(filter(None, ("usage: varde check", check.name, places, "[options]"))), "", *textwrap.wrap(check.about, WIDTH), ""]
    for option in check.all_options:
        lines += textwrap.wrap(about(option), WIDTH, initial_indent=f"  {called(option):<27} ", subsequent_indent=" " * 30)
    lines += [*_more(), "", *(line for state, when in check.states for line in textwrap.wrap(when, WIDTH, initial_indent=f"  {state:<9} ", subsequent_indent=" " * 12))]
    lines += ["", f"for example: {' '.join(('varde check', check.name, *check.example))}"]
    return "\n".join(lines) + "\n"


def _more() -> Iterator[str]:
    yield f"  {'-v, -vv':<27} Lines behind the first; still more."
    yield f"  {'-V, --version; -h, --help':<27} The version; this."


def called(option: Option) -> str:
    """An option as it is written on a command line."""
    name = option.shown if option.placed else f"--{option.name} {option.shown}".rstrip()
    return f"-{option.short}, {name}" if option.short else name


def about(option: Option) -> str:
    """What it is, and what it is where it is not given."""
    return f"{option.about}{' Needed.' if option.required else ''}{' May be given again.' if option.repeated else ''}" + (f" [{option.default}]" if option.default else "")
