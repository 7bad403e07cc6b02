"""Manual pages and completions, as a package puts them under its prefix: `python -m varde.app.manual share`.

The pages are made of the tables that `--help` prints, in the macros of man(7).
"""

import re
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer
from typer._completion_shared import get_completion_script
from typer.main import get_command

from varde import __version__
from varde.app.check_help import about, called
from varde.app.cli import app
from varde.app.reference import walk
from varde.faces.checks import CHECKS, Check

WIDTH = 70
"""Columns of the source before signs are escaped: mandoc asks for at most 80 with them."""

STATUS = (("0", "Done."), ("1", "Nothing matched, or a check failed."), ("2", "Wrong usage, input that cannot be read, or no port that can be opened; a sentence on standard error says which."))
CHECK_STATUS = (("0", "OK"), ("1", "WARNING"), ("2", "CRITICAL"), ("3", "UNKNOWN, wrong options, help and version."))
FILES = (
    ("~/.config/varde/varde.toml", "The configuration, or /etc/varde/varde.toml; `varde config init` writes one with every setting explained."),
    ("~/.local/share/varde", "The store, of root /var/lib/varde; VARDE_STORE or --store names another."),
)
VARIABLES = (("VARDE_CONFIG", "The configuration file."), ("VARDE_STORE", "The folder of the store."), ("NO_COLOR", "Where set, nothing is coloured."))
COMPLETIONS = {"bash": "bash-completion/completions/varde", "zsh": "zsh/site-functions/_varde", "fish": "fish/vendor_completions.d/varde.fish"}
"""Where each shell looks under the prefix's share."""

Rows = Iterable[tuple[str, str]]


def manual_pages() -> dict[str, str]:
    """Text by file name: varde.1, one of each group, one of each command."""
    root = get_command(app)
    commands = walk(root, "varde", typer.Context(root, info_name="varde"))
    pages = {"varde": _page("varde", root.help or "", _of_group(root, commands, "varde") + _surroundings())}
    for name, group in _groups(root, "varde"):
        pages[name] = _page(name, group.help or "", _of_group(group, commands, name))
    pages |= {name: _check_page(CHECKS[name.split()[2]]) if name.startswith("varde check ") else _command_page(name, command) for name, command in commands if name not in pages}
    return {f"{name.replace(' ', '-')}.1": page for name, page in pages.items()}


def completions() -> dict[str, str]:
    """Text by place under share."""
    return {place: get_completion_script(prog_name="varde", complete_var="_VARDE_COMPLETE", shell=shell) + "\n" for shell, place in COMPLETIONS.items()}


def _groups(root: Any, prefix: str) -> list[tuple[str, Any]]:
    context = typer.Context(root, info_name=prefix)
    commands = ((name, root.get_command(context, name)) for name in root.list_commands(context))
    return [(f"{prefix} {name}", command) for name, command in commands if hasattr(command, "list_commands")]


def _command_page(name: str, command: Any) -> str:
    return _page(name, command.help or "", _usage(name, command) + _switches(name, command), after=_status(STATUS) + _see_also(name))


def _of_group(group: Any, commands: list[tuple[str, Any]], name: str) -> list[str]:
    """Usage, switches and what commands there are."""
    inside = [(called, command) for called, command in commands if called.startswith(f"{name} ")]
    rows = [(f"{called.replace(' ', '-')}(1)", _first_sentence(command.help or "")) for called, command in inside]
    return _usage(name, group) + _switches(name, group) + _section("COMMANDS") + _tagged(rows) + _status(CHECK_STATUS if name == "varde check" else STATUS)


def _check_page(check: Check) -> str:
    name = f"varde check {check.name}"
    options = [(called(option), about(option)) for option in check.all_options]
    lines = [".B " + _text(name), "[options]", *_section("OPTIONS"), *_tagged(options)]
    lines += _section("STATES") + _tagged(check.states) + _section("NUMBERS") + _tagged(check.numbers)
    example = _section("EXAMPLES") + _unfilled([" ".join(("varde check", check.name, *check.example))])
    return _page(name, check.about, lines, after=example + _status(CHECK_STATUS) + _see_also(name))


def _page(name: str, help_text: str, lines: list[str], after: Iterable[str] = ()) -> str:
    """A page: `lines` begin with what is under SYNOPSIS; its usage ends at the next section."""
    title = name.replace(" ", "-")
    told, examples = _told(help_text)
    end = next((at for at, line in enumerate(lines) if line.startswith(".SH")), len(lines))
    head = [f'.TH {_text(title.upper())} 1 "" "Varde {__version__}" "Varde"', ".nh", *_section("NAME"), f"{_text(title)} \\- {_text(_first_sentence(help_text).rstrip('.'))}"]
    body = [*head, *_section("SYNOPSIS"), *lines[:end], *_section("DESCRIPTION"), *told, *lines[end:]]
    return "\n".join([*body, *(_section("EXAMPLES") + _unfilled(examples) if examples else []), *after]) + "\n"


def _told(text: str) -> tuple[list[str], list[str]]:
    """Paragraphs, and the lines of examples; what else stands behind a backspace (exit status) has a section of its own."""
    told: list[str] = []
    examples: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        lines = [line.strip() for line in paragraph.removeprefix("\b").strip("\n").splitlines()]
        if not paragraph.startswith("\b"):
            told += [*([".PP"] if told else []), *_filled(" ".join(lines))]
        elif lines[0].startswith("Example"):
            examples += lines[1:]
        elif not lines[0].startswith("Exit status"):
            told += [*([".PP"] if told else []), *_unfilled(lines)]
    return told, examples


def _usage(name: str, command: Any) -> list[str]:
    pieces = " ".join(command.collect_usage_pieces(typer.Context(command, info_name=name)))
    return [f".B {_text(name)}", *_filled(pieces)]


def _switches(name: str, command: Any) -> list[str]:
    context = typer.Context(command, info_name=name)
    rows = [record for p in command.params if (record := p.get_help_record(context))]
    return _section("OPTIONS") + _tagged(rows) if rows else []


def _surroundings() -> list[str]:
    more = ["The manual with pictures is in the folder docs of the project: tutorial, how-tos, reference, explanations."]
    return _section("ENVIRONMENT") + _tagged(VARIABLES) + _section("FILES") + _tagged(FILES) + _section("SEE ALSO") + more


def _status(rows: Rows) -> list[str]:
    return _section("EXIT STATUS") + _tagged(rows)


def _see_also(name: str) -> list[str]:
    above = name.split()[:-1]
    pages = ["-".join(above[: length + 1]) for length in range(len(above))]
    return [*_section("SEE ALSO"), ", ".join(f"{_text(page)}(1)" for page in reversed(pages))]


def _section(title: str) -> list[str]:
    return [f".SH {title}"]


def _tagged(rows: Rows) -> list[str]:
    return [line for tag, text in rows for line in (".TP", f"\\fB{_text(tag)}\\fR", *_filled(text.replace("\n", " ") or "-"))]


def _filled(text: str) -> list[str]:
    """Wrapped in the source: a line's beginning is guarded, where a dot or a quote would be a macro."""
    return [_text(line) for line in textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)]


def _unfilled(lines: Iterable[str]) -> list[str]:
    return [".nf", *(_text(line) for line in lines), ".fi"]


def _text(text: str) -> str:
    """Signs that roff gives a meaning, or another shape, as they are."""
    for sign, escape in (("\\", "\\e"), ("-", "\\-"), ("'", "\\(aq"), ("`", "\\(ga"), ("^", "\\(ha"), ("~", "\\(ti")):
        text = text.replace(sign, escape)
    return f"\\&{text}" if text.startswith(".") else text


def _first_sentence(text: str) -> str:
    """Up to the first full stop that ends a word, or the end of the paragraph."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    return re.split(r"(?<=\w\.) ", paragraph)[0]


def main() -> None:
    """Write pages and completions into the folder that is named, in the places of a prefix's share."""
    share = Path(sys.argv[1])
    places = {f"man/man1/{name}": text for name, text in manual_pages().items()} | completions()
    for old in (share / "man" / "man1").glob("*.1"):
        old.unlink()
    for place, text in places.items():
        (share / place).parent.mkdir(parents=True, exist_ok=True)
        (share / place).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
