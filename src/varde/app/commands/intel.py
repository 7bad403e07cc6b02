"""intel import, update, status, forget: lists in, and how they fare."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from varde.app.config import LIST_NAME
from varde.app.context import Context
from varde.app.output import print_json, say, visible
from varde.collect.lists import Imported
from varde.decode.intel import FORMATS
from varde.decode.rows import iso
from varde.intel import Suppressed
from varde.model import VardeError, counted

SHOWN = 10
"""Rejected lines and suppressed indicators that a person is shown; --json has more."""

_MOMENTS = ("checked", "changed", "next_expiry", "since")


def import_command(context: Context, path: str, name: str | None, form: str | None, *, force: bool, as_json: bool) -> None:
    """Read a list into the store. Exit status 1 where nothing in it is an indicator, or it lost nine tenths; the list of before stays then."""
    if form is not None and form not in FORMATS:
        raise VardeError(f"no such list format: {form}. There are {', '.join(FORMATS)}.")
    chosen = name or name_of(path)
    if not re.match(LIST_NAME, chosen):
        raise VardeError(f"{chosen!r} is no name for a list: letters, digits, dots, dashes and underscores, 64 at most. Give another --name.")
    context.store.require_writable()
    found = context.lists.import_file(path, chosen, form, force=force)
    if as_json:
        print_json(import_document(chosen, found))
    else:
        _print_import(path, chosen, found, quiet=context.quiet)
    stays = f" List {chosen} stays as it was, with {counted(found.kept, 'indicator')}; --force takes what came." if found.kept else ""
    if not found.indicators:
        raise VardeError(f"{visible(path)}: nothing in it is an indicator, read as {found.format}.{stays} Name the format with --as: {', '.join(FORMATS)}.", status=1)
    if stays:
        raise VardeError(f"{visible(path)}: it has {counted(found.indicators, 'indicator')}, which is a tenth of what list {chosen} had at most.{stays}", status=1)


def name_of(path: str) -> str:
    """A list's name from that of its file, without suffixes."""
    stem = "stdin" if path == "-" else Path(path).name.partition(".")[0]
    return re.sub("[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:64] or "list"


def import_document(name: str, found: Imported) -> dict[str, Any]:
    """What an import found, for programs."""
    return {
        "indicators": found.indicators, "format": found.format, "by_type": found.by_type, "sources": {name: found.indicators} if found.indicators else {},
        "rejected": [asdict(rejected) for rejected in found.rejected], "rejected_by_reason": dict(sorted(found.reasons.items())),
        "suppressed": [_suppressed(one) for one in found.suppressed], "suppressed_count": found.suppressed_count, "taken": found.kept is None,
    }  # fmt: skip


def _suppressed(one: Suppressed) -> dict[str, str]:
    told = {"indicator": one.indicator, "rule": one.rule}
    return told if one.cut is None else {**told, "cut": one.cut}


def _print_import(path: str, name: str, found: Imported, *, quiet: bool) -> None:
    rejected = sum(found.reasons.values())
    by_type = ", ".join(f"{count:,} {kind}" for kind, count in found.by_type.items())
    print(f"{visible(path)}: read as {found.format} {'into' if found.kept is None else 'for'} list {name}: {counted(found.indicators, 'indicator')}{f' ({by_type})' if by_type else ''}, "
          f"{counted(rejected, 'entry', 'entries')} rejected, {found.suppressed_count:,} suppressed")  # fmt: skip
    if quiet:
        return
    for bad in found.rejected[:SHOWN]:
        say(f"line {bad.line}: {bad.reason}: {bad.text[:100]}")
    for one in found.suppressed[:SHOWN]:
        say(f"{one.indicator}: {f'all but {one.cut} is matched' if one.cut else 'not matched'}: {one.rule}")
    more = max(0, rejected - SHOWN) + max(0, found.suppressed_count - SHOWN)
    if more:
        say(f"and {more:,} more; --json has them")


def update_command(context: Context, names: list[str], *, force: bool, as_json: bool) -> None:
    """Fetch and read configured lists now. Exit status 1 where one could not be read or is held back."""
    if not context.config.list_:
        raise VardeError("no lists are configured. Write [[list]] with name and url into the configuration, or `varde intel import FILE`.")
    context.store.require_writable()
    lists = context.lists
    lists.open()
    told = lists.update(names, force=force)
    if as_json:
        print_json({"lists": [readable(one) for one in told]})
    else:
        for one in told:
            print(_line(one))
    if wrong := [one["name"] for one in told if one["error"] or one["held"]]:
        raise VardeError(f"{counted(len(wrong), 'list')} not taken: {', '.join(wrong)}", status=1)


def status_command(context: Context, *, as_json: bool) -> None:
    """What the lists hold, how old they are, and what is wrong with them; nothing is fetched."""
    lists = context.lists
    lists.look()
    lists.open()
    document = lists.status()
    if as_json:
        print_json(readable({**document, "lists": [readable(one) for one in document["lists"]]}))
        return
    if not document["lists"]:
        print("there are no lists: write [[list]] into the configuration, or `varde intel import FILE`")
    else:
        print(f"{counted(document['indicators'], 'indicator')} matched, {counted(document['names'], 'name')} among them")
    for one in document["lists"]:
        print(_line(one))


def readable(told: dict[str, Any]) -> dict[str, Any]:
    """Moments as ISO 8601."""
    return {name: _moment(name, value) for name, value in told.items()}


def _moment(name: str, value: Any) -> Any:
    if name == "held" and value:
        return readable(value)
    return iso(value) if name in _MOMENTS and isinstance(value, int) else value


def _line(one: dict[str, Any]) -> str:
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in one["by_type"].items())
    parts = [f"{one['name']}: {counted(one['indicators'], 'indicator')}{f' ({kinds})' if kinds else ''}"]
    parts += [f"{one['rejected']:,} rejected, {one['suppressed']:,} suppressed" if one["role"] == "block" else f"harmless: never matched; {one['rejected']:,} rejected"]
    parts += [_age(one["age_seconds"])]
    if one["held"]:
        parts.append(f"HELD BACK: {one['held']['indicators']:,} came where {one['held']['was']:,} were; `varde intel update {one['name']} --force` takes them")
    if one["error"]:
        parts.append(f"FAILS: {visible(one['error'])}")
    return "; ".join(parts)


def _age(seconds: int | None) -> str:
    if seconds is None:
        return "never read"
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{counted(seconds // size, unit)} old"
    return "current"


def forget_command(context: Context, name: str) -> None:
    """Take an imported list back."""
    context.store.require_writable()
    context.lists.forget(name)
    say(f"list {visible(name)} taken back")
