"""Reference pages made from the code: commands, configuration, columns. `python -m varde.app.reference docs/reference`."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer
from typer.main import get_command

from varde.app import config as configuration
from varde.app.check_help import about, called
from varde.app.cli import app
from varde.app.error_catalogue import errors_page
from varde.app.metrics import FAMILIES
from varde.collect.catalogue import CATALOGUE
from varde.decode.payload import KNOWN
from varde.deliver import OF_KIND
from varde.export.intel import FORMATS as EXPORTS
from varde.export.warning import FORMATS
from varde.faces.checks import CHECKS
from varde.intel.proof import KINDS
from varde.model import INDICATORS, TABLES
from varde.model.fields import FIELDS
from varde.model.fields import VALUES as COUNTED
from varde.model.filters import KEYS, SIGNS, SIGNS_OF, SPELLINGS, VALUES
from varde.views.warning import WORDS

_MADE = "This page is made by `python -m varde.app.reference docs/reference`."


def commands_page() -> str:
    """Every command with its switches, as `--help` has them."""
    root = get_command(app)
    context = typer.Context(root, info_name="varde")
    lines = ["# Commands", "", _MADE, "", "Exit status: 0 done, 1 nothing matched or a check failed, 2 usage or unreadable input.", ""]
    for name, command in walk(root, "varde", context):
        lines += [f"## {name}", "", *_paragraphs(command.help or ""), *_switches(command, typer.Context(command, info_name=name)), ""]
    return "\n".join(lines).rstrip() + "\n"


def walk(group: Any, prefix: str, context: typer.Context) -> list[tuple[str, Any]]:
    """Name and command of every command, in the order of `--help`; groups only where they do something themselves."""
    found: list[tuple[str, Any]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if hasattr(command, "list_commands"):
            found += [(f"{prefix} {name}", command)] if command.invoke_without_command else []
            found += walk(command, f"{prefix} {name}", context)
        else:
            found.append((f"{prefix} {name}", command))
    return found


def _paragraphs(text: str) -> list[str]:
    """Help text as Markdown: a paragraph behind a backspace is an example and stays as it is."""
    out: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        if paragraph.startswith("\b"):
            out += ["", *(f"    {line.strip()}" for line in paragraph.removeprefix("\b").strip("\n").splitlines())]
        else:
            out += ["", " ".join(line.strip() for line in paragraph.splitlines())]
    return out[1:]


def _switches(command: Any, context: typer.Context) -> list[str]:
    rows = [record for p in command.params if (record := p.get_help_record(context)) and "--help" not in record[0]]
    if not rows:
        return []
    cells = [(name.replace("|", "\\|"), text.replace("|", "\\|").replace("\n", " ")) for name, text in rows]
    return ["", "| switch | meaning |", "|---|---|", *(f"| `{name}` | {text} |" for name, text in cells)]


def configuration_page() -> str:
    """The example configuration, in which every setting is explained."""
    return (
        f"# Configuration\n\n{_MADE}\n\nOne TOML file, looked for in this order: `--config`, `VARDE_CONFIG`, `~/.config/varde/varde.toml`, "
        "`/etc/varde/varde.toml`. Every setting is optional. `varde config init` writes this example, `varde config check` finds "
        f"mistakes, `varde config show` prints what is in force.\n\n```toml\n{configuration.EXAMPLE}```\n"
    )


def catalogue_page() -> str:
    """Well-known public lists."""
    lines = ["# Well-known lists", "", _MADE, "", "Terms are told as they were read in the owner's own words where the last column says so; else they are remembered, and not verified: read the linked",
             "page before you rely on them. Where nothing is known of passing a list on, this table says \"not stated\".",
             "", "| name | holds | every | licence | may be passed on | key | terms | read in |", "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for one in CATALOGUE.values():
        passed = {True: "yes", False: "no", None: "not stated"}[one.redistribute]
        lines.append(f"| [`{one.name}`]({one.url}) | {one.holds} | {one.every_minutes} min | {one.licence} | {passed} | {'yes' if one.needs_key else 'no'} | <{one.terms}> | {one.read or 'not verified'} |")
    return "\n".join(lines) + "\n"


def columns_page() -> str:
    """Tables and columns, from their definitions."""
    lines = ["# Columns", "", _MADE, "", "JSON keys are these names; times are ISO 8601 UTC there, addresses RFC 5952 text, null is left out.", ""]
    for table in (*TABLES.values(), INDICATORS):
        lines += [f"## {table.name}", "", table.meaning, "", "| column | type | unit | meaning | IPFIX |", "|---|---|---|---|---|"]
        for field in table.fields:
            elements = ", ".join(map(str, field.elements))
            lines.append(f"| `{field.name}` | {field.type} | {field.unit} | {field.meaning} | {elements} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def known_page() -> str:
    """What payloads are known as, from their table."""
    lines = ["# Known payloads", "", _MADE, "", "What `varde catch` and `varde captures` know a payload as; the first row that fits is the answer.", ""]
    lines += ["| name | what it is |", "|---|---|", *(f"| {row.name} | {row.sentence} [Reference]({row.reference}) |" for row in KNOWN)]
    return "\n".join(lines) + "\n"


def warnings_page() -> str:
    """The words of a warning's line, the formats and the kinds of sinks, from their tables."""
    lines = ["# Warnings", "", _MADE, "", "## The line", ""]
    lines += ["    2016-06-07 13:51:34 : 10.0.0.5:443 -> 203.0.113.5:51022 (TCP) URL... key=value ...", ""]
    lines += ["Time is UTC. IPv6 addresses stand in brackets; protocols without ports have none. `-` stands where no list gives a link. What "
                  "others wrote is percent-encoded, so that no word has a space or anything that a terminal obeys. Then, as far as it is known:", ""]  # fmt: skip
    lines += ["| word | meaning |", "|---|---|", *(f"| `{name}` | {meaning} |" for name, meaning in WORDS.items())]
    lines += ["", "## Formats", "", "| `format` | what it is |", "|---|---|", *(f"| `{name}` | {form.meaning} |" for name, form in FORMATS.items())]
    lines += ["", "## Sinks", "", "| `kind` | settings beside `name` and `format` |", "|---|---|"]
    lines += [f"| `{kind}` | {', '.join(f'`{name}`' for name in sorted(settings)) or 'none'} |" for kind, settings in OF_KIND.items()]
    return "\n".join(lines) + "\n"


def metrics_page() -> str:
    """What /metrics tells, from the table of its families."""
    lines = ["# Metrics", "", _MADE, "", "`/metrics` of the page's address, for Prometheus ([how to](../how-to/prometheus.md)).", ""]
    lines += ["| metric | type | labels | meaning |", "|---|---|---|---|"]
    lines += [f"| `{family.name}` | {family.kind} | {', '.join(f'`{name}`' for name in family.labels)} | {family.meaning} |" for family in FAMILIES]
    return "\n".join(lines) + "\n"


def checks_page() -> str:
    """What `varde check` checks, from its table: options, states, numbers."""
    lines = ["# Checks", "", _MADE, "", "`varde check NAME`, for Nagios, Icinga and NRPE ([how to](../how-to/nagios.md)). One line on standard output, `NAME STATE - what is so | numbers`,",
             "and an exit status: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. Wrong options, `--help` and `--version` of a check, and failures of its own end with 3.", "",
             "Ranges are those of the Monitoring Plugins: `10` is 0 to 10, `10:` 10 and more, `~:10` up to 10, `10:20` between; what is outside raises the alert,",
             "with `@10:20` what is inside. Where they are of seconds, `90s`, `10m`, `36h` and `2d` are taken too; of shares `5%`.", ""]  # fmt: skip
    for check in CHECKS.values():
        lines += [f"## {check.name}", "", check.about, "", f"    {' '.join(('varde check', check.name, *check.example))}", "", "| option | meaning |", "|---|---|"]
        pipe = "\\|"
        lines += [f"| `{called(option).replace('|', pipe)}` | {about(option)} |" for option in check.all_options]
        lines += ["| `-v`, `-vv` | Lines behind the first; still more. |", "", "| state | when |", "|---|---|", *(f"| {state} | {when} |" for state, when in check.states)]
        lines += ["", "| number | meaning |", "|---|---|", *(f"| `{label}` | {meaning} |" for label, meaning in check.numbers), ""]
    return "\n".join(lines).rstrip() + "\n"


def exports_page() -> str:
    """Formats that lists are written in, and what a proof fails on, from their tables."""
    lines = ["# Export formats of lists", "", _MADE, "", "`varde intel export FORMAT -o FILE`, or `format` of a `[[publish]]`. Types that a format does not have are left out, counted", "and told.", ""]
    lines += ["| `FORMAT` | what it is | types | files beside `FILE` | actions | other options | described in |", "|---|---|---|---|---|---|---|"]
    for name, form in EXPORTS.items():
        beside = ", ".join(f"`FILE-{part}`" for part in form.parts)
        cells = (f"`{name}`", form.title + ("; others fetch it" if form.shared else ""), ", ".join(form.types), beside, ", ".join(form.actions), ", ".join(form.uses), form.manual)
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "An action that is an address or a host is answered instead of the name. A file beside has the suffix of `FILE`: `-o a.list` writes `a-rules.list` too.",
              "Of formats that others fetch, lists with `redistribute = false` are left out, of the others with `shared = true` or `--shared`.", "",
              "## What has taken these files", "", "Of the programs that the formats are for, these take the files in the tests; the others could not be had, and nobody has seen one of them",
              "take one.", "", "| `FORMAT` | taken by | never tried with |", "|---|---|---|",
              *(f"| `{name}` | {form.loaded_by} | {form.never_loaded_by} |" for name, form in EXPORTS.items()), "",
              "## What a proof fails on", "", "| `kind` | meaning |", "|---|---|", *(f"| `{kind}` | {meaning} |" for kind, meaning in KINDS.items())]  # fmt: skip
    return "\n".join(lines) + "\n"


def filters_page() -> str:
    """Keys of filters with their switches and words, what values look like, fields and what is counted, from their tables."""
    lines = ["# Filters and fields", "", _MADE, "", "What `filter`, `cut`, `stats`, `uniq`, `count` and `set build` are asked with, by switches or in words:", ""]
    lines += ["    varde filter --scc=de --dport=22 --bytes=1000001- --since yesterday", "    varde filter 'src in DE and dport 22 and octets > 1M since yesterday'", ""]
    lines += ["Words are joined by `and` (which may be left out), `or`, `not` and brackets. Names of protocols (`tcp`) and directions (`inbound`) stand "
              "alone. Periods are `since MOMENT`, `until MOMENT`, `on DAY`, `last AGE`, `today`, `yesterday`.", ""]  # fmt: skip
    lines += ["## Keys", "", "| key | other words | switches | meaning | signs | values |", "|---|---|---|---|---|---|"]
    lines += [f"| `{key.name}` | {_code(key.words)} | {_code(f'--{name}' for name in (*key.switches, *key.refusing))} | {key.meaning} | {_code(SIGNS_OF[key.kind])} | {key.kind} |" for key in KEYS]
    lines += ["", "## Values", "", "| kind | what they look like |", "|---|---|", *(f"| {kind} | {looks} |" for kind, looks in VALUES.items())]
    lines += ["", "## Signs", "", "| sign | also written | meaning |", "|---|---|---|"]
    lines += [f"| `{sign}` | {_code(word for word, of in SPELLINGS.items() if of == sign and word != sign)} | {said} |" for sign, said in SIGNS.items()]
    lines += ["", "## Fields", "", "For `--fields`, by name or number.", "", "| field | number | other names | meaning |", "|---|---|---|---|"]
    lines += [f"| `{field.words[0]}` | {field.number or ''} | {_code(field.words[1:])} | {field.meaning} |" for field in FIELDS]
    lines += ["", "## Values that are counted", "", "For `--values`.", "", "| value | other names | meaning |", "|---|---|---|"]
    lines += [f"| `{value.words[0]}` | {_code(value.words[1:])} | {value.meaning} |" for value in COUNTED]
    return "\n".join(lines) + "\n"


def _code(words: Iterable[str]) -> str:
    return " ".join(f"`{word}`" for word in words)


PAGES = {
    "filters.md": filters_page,
    "commands.md": commands_page, "configuration.md": configuration_page, "columns.md": columns_page, "known-payloads.md": known_page,
    "known-lists.md": catalogue_page, "metrics.md": metrics_page, "warnings.md": warnings_page, "exports.md": exports_page, "checks.md": checks_page,
    "errors.md": errors_page,
}  # fmt: skip


def main() -> None:
    """Write the pages into the folder that is named."""
    for name, page in PAGES.items():
        (Path(sys.argv[1]) / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
