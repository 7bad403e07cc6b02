"""The reference page of property files, from the tables that read them."""

from varde.export.afterglow.grammar import FUNCTIONS, LEVELS
from varde.export.afterglow.properties import EXPRESSIONS, REFUSED, SHAPES, SWITCHES


def properties_page() -> str:
    """Which properties, functions, operators and variables there are."""
    return "\n".join([*_HEAD, *_properties(), *_expressions(), *_refused()]) + "\n"


_HEAD = [
    "# AfterGlow property files",
    "",
    "This page is made by `python -m varde.export.afterglow > docs/reference/color-properties.md`.",
    "",
    "AfterGlow takes the values of a property file for Perl and runs them, so a file from somebody else can run commands. Varde reads",
    "the same files with a grammar of its own. What is not on this page is refused with the file and line it stands in, before",
    "anything is drawn.",
    "",
    "A line is `name=value`; a semicolon at its end and everything behind `#` may be left out. The value is an expression, alone or",
    "with `if (...)` or `unless (...)`. Of several lines of the same name the first that gives something wins. One without `if` is a",
    "catch-all, which never replaces what a line with `if` said of the same name in another row.",
    "",
]


def _properties() -> list[str]:
    rows = {
        "color": "X11 colour, `#RRGGBB`, `#RRGGBBAA`, or `invisible`: the row is not drawn",
        "size": "a number; sizes of the same name add up unless `sum` is 0, and the largest gets `maxnodesize`",
        "label": "what is written; `0` writes nothing", "cluster": "the name of the node that this one becomes a part of",
    }  # fmt: skip
    lines = ["| property | for | value |", "|---|---|---|"]
    lines += [f"| `{name}` | all, or {', '.join(f'`{name}.{role}`' for role in EXPRESSIONS[name])} | {meaning} |" for name, meaning in rows.items()]
    roles = "all, or `.source`, `.event`, `.target`"
    return [
        *lines,
        f"| `shape` | {roles} | {', '.join(SHAPES)} |",
        f"| `threshold` | {roles} | names with so many rows or fewer are not drawn |",
        f"| `sum` | {roles} | 0 or 1 |",
        "| `maxnodesize` | | inches, of DOT |",
        "| `url` | | a link of every node of DOT, to http:// or https://; `\\N` stands for its name |",
        f"| {', '.join(f'`{name}`' for name in SWITCHES)} | | 0 or 1; of these `xlabels` and `concentrate` change DOT, and `graphson` asks for GraphSON |",
        "",
    ]


def _expressions() -> list[str]:
    signs = "; ".join(" ".join(f"`{sign}`" for sign in sorted(level)) for level in LEVELS).replace("|", "\\|")
    return [
        "In an expression there may be texts in quotes, bare words, numbers, colours, brackets, `? :`, `!`, `-`, `and`, `or`, `not`, and",
        "",
        "| what | gives |",
        "|---|---|",
        "| `$fields[n]` | column n of the row, from 0 |",
        "| `$sourceName`, `$eventName`, `$targetName` | the names in the row |",
        "| `$sourceCount{$sourceName}` and so on | how many rows the name is in |",
        "| `x =~ /re/`, `x !~ /re/i` | whether the pattern is in x. Patterns have no look-around and no back-references: that is why none can hang |",
        *(f"| `{usage}` | {meaning} |" for _, _, usage, meaning in FUNCTIONS.values()),
        f"| {signs} | as in Perl, the loosest first |",
        "",
    ]


def _refused() -> list[str]:
    words = ", ".join(f"`{name}`" for name in REFUSED)
    return [f"Refused although AfterGlow has them: {words} (code to run), variables of your own, and variables within quotes or patterns."]
