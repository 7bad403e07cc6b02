"""The catalogue of what Varde refuses with: the texts of its errors, read from the source, and what to do about each kind."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import varde

PACKAGE = Path(varde.__file__).parent
NAMED_STATUS = 2
"""What an error ends with that names no status."""

GAP = "…"
"""Stands for what is known only when it is said, and has no name of its own."""

OPENED, CLOSED = "\u2039", "\u203a"
"""Stand around the name of what is known only then."""

_NAMED = re.compile(f"{OPENED}[^{CLOSED}]*{CLOSED}")

STATUS = (
    ("0", "done"),
    ("1", "nothing matched, a check failed, or a list was kept back"),
    ("2", "wrong usage, input that cannot be read, no port that can be opened"),
    ("130", "interrupted from the keyboard"),
)
ROOMS = {
    "app": ("The command line and the page", "What was asked for cannot be done so: a switch, a place to write to, the configuration, the rights of the process.", "The sentence names what to give instead; `--help` of the command has examples, `varde config check` finds what is wrong in the configuration."),
    "collect": ("Files, listeners and feeds", "A file, a port, a list's address or another machine did not give what it should.", "Mend what is named. What was read before stays; followed files and lists are tried again by themselves."),
    "decode": ("Reading", "Octets or text are not what they are said to be, or are more than a bound allows.", "`varde doctor FILE` says what a file is and how much of it is read. Nothing of a refused file was stored."),
    "deliver": ("Warnings and flows to others", "A sink, a mail server or a collector cannot be used as it is configured.", "Mend its section of the configuration; what waits for it is kept in its journal."),
    "export": ("Files for other programs", "What should be written cannot be said in that format.", "Choose another format, fewer lists, or mend what is named; the file that was there is left as it was."),
    "faces": ("Munin, checks, SNMP, badges", "Monitoring asked for something that is not there, or the station does not run.", "Checks end with 3 (UNKNOWN). Start the station, or mend the name that is told."),
    "intel": ("Tables and lists", "A table of places or a stored list cannot be read.", "Fetch or give it again: `varde geo update`, `varde intel update`."),
    "live": ("What runs", "The running station cannot take it so.", "The sentence says what it can take."),
    "model": ("Words and addresses", "A word, an address or a time is not what it should be.", "Write it as the sentence says."),
    "query": ("Questions", "A question cannot be understood, or asks for more than may be answered.", "Mend the word between the marks, or ask for less: a shorter period, fewer groups."),
    "store": ("The store", "The store's folder cannot be read or written, is damaged, or is of another version.", "Mend what is named: rights, room on the disk, the folder. What was committed is not changed by a failure."),
    "views": ("Pictures", "A picture cannot be drawn so.", "Choose the size, the scheme or the format that the sentence names."),
}  # fmt: skip
"""Room: title, what its errors mean, what to do."""


@dataclass(frozen=True)
class Told:
    """An error of the source: the file, its text with gaps, its exit status. Without a text, another function makes it."""

    file: str
    text: str
    status: int

    @property
    def room(self) -> str:
        return self.file.partition("/")[0]


@cache
def errors() -> tuple[Told, ...]:
    """Every one that the source makes, in the order of its files."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
    kinds = _kinds(list(trees.values()))
    return tuple(told for path, tree in trees.items() for told in _in_file(path.relative_to(PACKAGE).as_posix(), tree, kinds))


def errors_page() -> str:
    """Exit statuses, then every text by room."""
    all_told = errors()
    lines = ["# Errors", "", "This page is made by `python -m varde.app.reference docs/reference`.", "", "An error is one sentence on standard error that begins with `varde:`; where the page asks, it is the answer's `error`. Words in",
             "angle brackets and dots stand for what is known only then.", "", "| exit status | meaning |", "|---|---|", *(f"| {status} | {meaning} |" for status, meaning in STATUS), "",
             "`varde check` has statuses of its own: [checks](checks.md).", ""]  # fmt: skip
    for room, (title, meaning, remedy) in ROOMS.items():
        texts = sorted({(told.text, told.status) for told in all_told if told.room == room and told.text})
        if texts:
            lines += [f"## {title}", "", f"{meaning} {remedy}", "", "| what it says | exit status |", "|---|---|", *(f"| {_cell(text)} | {status} |" for text, status in texts), ""]
    passed_on = sum(1 for told in all_told if not told.text)
    lines += ["## What this page cannot know", "", f"{passed_on} places of the source pass on a text that something else made: the system's word for what a file or a port refused, a library's, another machine's."]
    return "\n".join(lines) + "\n"


def _kinds(trees: list[ast.Module]) -> set[str]:
    """Names of the classes that reach people as VardeError does."""
    bases = {node.name: {base.id for base in node.bases if isinstance(base, ast.Name)} for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    kinds = {"VardeError"}
    while more := {name for name, above in bases.items() if above & kinds} - kinds:
        kinds |= more
    return kinds


def _in_file(file: str, tree: ast.Module, kinds: set[str]) -> Iterator[Told]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds and node.args:
            yield Told(file, _template(node.args[0]), _status(node))


def _status(call: ast.Call) -> int:
    given = [keyword.value for keyword in call.keywords if keyword.arg == "status"]
    return given[0].value if given and isinstance(given[0], ast.Constant) and isinstance(given[0].value, int) else NAMED_STATUS


def _template(node: ast.expr) -> str:
    """The text with gaps; empty where it says nothing by itself."""
    text = _said(node)
    return text if any(sign.isalpha() for sign in _NAMED.sub("", text)) else ""


def _said(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_said(value) for value in values)
        case ast.FormattedValue(value=value):
            return _gap(value)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return _said(left) + _said(right)
    return GAP


def _gap(value: ast.expr) -> str:
    """A name for what stands there: the variable's, or that of what a function is given."""
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return f"{OPENED}{name.strip('_').replace('_', ' ')}{CLOSED}"
        case ast.Call(args=[ast.Name() | ast.Attribute() as first, *_]):
            return _gap(first)
        case ast.Subscript(value=ast.Name() as of):
            return _gap(of)
    return GAP


def _cell(text: str) -> str:
    """One line of a table, in which nothing is Markdown."""
    for sign in ("\\", "|", "*", "_", "<", "[", "`"):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())
