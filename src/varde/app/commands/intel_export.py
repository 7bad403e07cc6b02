"""intel export and intel prove: lists out as other programs' files, and the proof of a policy zone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from varde.app.context import Context
from varde.app.exports import Exported, export, format_of, stamped
from varde.app.output import print_json, say, visible, write_output
from varde.decode.intel import ListOrigin, read_list
from varde.export.intel import ExportOptions
from varde.export.intel.serial import next_serial, serial_of
from varde.export.intel.written import Part
from varde.intel.proof import KINDS, Expected, Proof, prove
from varde.intel.zonefile import read_zone
from varde.model import VardeError, counted

SHOWN = 10
"""Left-out indicators and leaks that a person is shown; --json has more."""

ZONE_MAX = 2 << 30
"""Octets of a zone that is proved: ten million names have 600 MB."""


@dataclass(frozen=True, slots=True)
class ExportSwitches:
    """The switches of the command."""

    lists: tuple[str, ...] = ()
    name: str = "varde"
    origin: str = "rpz.varde"
    action: str = "nxdomain"
    timeout: int | None = None
    shared: bool = False


def export_command(context: Context, form: str, output: str | None, switches: ExportSwitches, *, as_json: bool) -> None:
    """Write the lists in a format."""
    path = output or "-"
    chosen = format_of(form)
    if chosen.parts and path == "-":
        raise VardeError(f"{form} is {len(chosen.parts) + 1} files: name the first with -o FILE; the others are written beside it.")
    if as_json and path == "-":
        raise VardeError("--json needs standard output for what it says: name a file with -o FILE.")
    now = context.now()
    options = ExportOptions(
        switches.name, switches.origin, switches.action, switches.timeout, next_serial(_published_serial(path), now), stamped(now),
    )  # fmt: skip
    made = export(context, form, switches.lists, options, shared=switches.shared)
    paths = [beside(path, part) for part in made.written.parts]
    for where, part in zip(paths, made.written.parts, strict=True):
        write_output(where, part.content())
    if as_json:
        print_json(export_document(made, paths))
    elif not context.quiet:
        _tell_export(made, paths)


def _published_serial(path: str) -> int | None:
    """Of the zone that is there already."""
    try:
        with Path(path).open("rb") as file:
            return serial_of(file.read(8192))
    except OSError:
        return None


def beside(path: str, part: Part) -> str:
    """Where a part is written: `drop.list`, and beside it `drop-rules.list`."""
    if not part.name or path == "-":
        return path
    target = Path(path)
    return str(target.with_name(f"{target.stem}-{part.name}{target.suffix}"))


def export_document(made: Exported, paths: Sequence[str]) -> dict[str, Any]:
    """What an export did, for programs."""
    written, selection = made.written, made.selection
    return {
        "format": made.format, "files": list(paths), "entries": written.entries, "lists": list(selection.lists), "kept_back": list(made.kept_back),
        "left_out": dict(sorted(written.left_out.items())), "samples": [{"indicator": text, "reason": reason} for text, reason in written.samples],
        "suppressed": [asdict(one) for one in selection.suppressed], "suppressed_count": selection.suppressed_count, "notes": written.notes,
    }  # fmt: skip


def _tell_export(made: Exported, paths: Sequence[str]) -> None:
    written, selection = made.written, made.selection
    names = ", ".join(paths) if paths != ["-"] else "standard output"
    say(f"{names}: {counted(written.entries, 'entry', 'entries')} of {', '.join(selection.lists) or 'no list'}; "
        f"{counted(selection.suppressed_count, 'indicator')} suppressed or cut, {written.left_out.total():,} left out")  # fmt: skip
    for sentence in sentences(made):
        say(sentence)


def sentences(made: Exported) -> list[str]:
    """What a person should know of an export."""
    written, selection = made.written, made.selection
    told = [f"list {name}: left out, because its licence does not let others have it from you" for name in made.kept_back]
    told += [f"{one.indicator}: {f'all but {one.cut} is written' if one.cut else 'not written'}: {one.rule}" for one in selection.suppressed[:SHOWN]]
    told += [f"{text}: not written: {reason}" for text, reason in written.samples[:SHOWN]]
    told += [f"{count:,} left out: {_reason(made.format, reason)}" for reason, count in sorted(written.left_out.items()) if count]
    more = max(0, selection.suppressed_count - SHOWN)
    return told + ([f"and {more:,} more suppressed; --json has them"] if more else []) + written.notes


def _reason(form: str, reason: str) -> str:
    """Types of indicators are reasons too."""
    return f"{form} has no {reason}" if reason in ("ipv4", "ipv6", "cidr", "domain", "url", "hash", "other") else reason


def prove_command(context: Context, zone: str, origin: str | None, lists: Sequence[str], allow: Sequence[str], *, as_json: bool) -> None:
    """Prove a zone against lists. Exit status 1 where it does not hold."""
    read = read_zone(_octets(zone), origin)
    guessed = read.origin is None
    read.origin = read.origin or ExportSwitches().origin  # how long a name may be depends on it
    found = prove(read, expected_of(context, _rows(context, lists), allow))
    if guessed and found.refused["too long for the zone"]:
        found.notes.append(f"the file does not say the zone's name, which was taken to be {read.origin}: --origin says another")
    if as_json:
        print_json(proof_document(found))
    else:
        for line in proof_lines(zone, found, context.quiet):
            print(line)
    if not found.holds:
        raise VardeError(f"{zone}: the proof fails: {', '.join(f'{count:,} {KINDS[kind]}' for kind, count in sorted(found.counts.items()))}", status=1)


def _octets(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            data = file.read(ZONE_MAX + 1)
    except OSError as error:
        raise VardeError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    if len(data) > ZONE_MAX:
        raise VardeError(f"{path} has more than {ZONE_MAX:,} octets, which no zone needs. Divide it.")
    return data


def _rows(context: Context, lists: Sequence[str]) -> pl.DataFrame:
    """Of files, or of lists of the store; of all of those where nothing is named."""
    files = [name for name in lists if Path(name).is_file()]
    named = [name for name in lists if name not in files]
    frames = [read_list(_octets(path), ListOrigin(Path(path).name, 0)).indicators for path in files]
    if named or not files:
        frames.append(context.lists.indicators(named).rows)
    return pl.concat(frames)


def expected_of(context: Context, rows: pl.DataFrame, allow: Sequence[str] = ()) -> Expected:
    """What a zone is held against: rows of lists, and entries that are allowed or files of them; else those of the configuration."""
    now = context.now()
    live = rows.filter(pl.col("expires").is_null() | (pl.col("expires") > int(now.timestamp() * 1e6)))
    names = live.filter(pl.col("type") == "domain")["value"].unique().to_list()
    networks = live.filter(pl.col("address").is_not_null())["value"].unique().to_list()
    entries = [entry for text in allow for entry in _entries(text)] if allow else [*context.config.allowed(now), *context.lists.harmless()]
    return Expected.of(names, networks, [*entries, *map(str, context.own())])


def _entries(text: str) -> list[str]:
    """An entry, or those of a file: one a line, remarks behind #."""
    if not Path(text).is_file():
        return [text]
    lines = (line.partition("#")[0].strip() for line in _octets(text).decode("utf-8", "backslashreplace").splitlines())
    return [line for line in lines if line]


def proof_document(found: Proof) -> dict[str, Any]:
    """A proof, for programs."""
    return {
        "holds": found.holds, "serial": found.serial, "owners": found.owners, "names": found.names, "addresses": found.addresses, "allowed": found.allowed,
        "refused": dict(sorted(found.refused.items())), "failures": dict(sorted(found.counts.items())),
        "leaks": [asdict(leak) for leak in found.leaks], "notes": found.notes,
    }  # fmt: skip


def proof_lines(zone: str, found: Proof, quiet: bool) -> list[str]:
    """A proof, for people."""
    refused = "".join(f"; {count:,} not to be blocked: {reason}" for reason, count in sorted(found.refused.items()))
    serial = "no serial" if found.serial is None else f"serial {found.serial}"
    told = [f"{visible(zone)}: {serial}: {counted(found.names, 'listed name')} and {counted(found.addresses, 'listed address or network', 'listed addresses and networks')} "
            f"blocked, {counted(found.allowed, 'allowed entry', 'allowed entries')} reachable{refused}"]  # fmt: skip
    if quiet:
        return told
    shown: Counter[str] = Counter()
    for leak in found.leaks:
        shown[leak.kind] += 1
        if shown[leak.kind] <= SHOWN:
            told.append(f"{KINDS[leak.kind]}: {visible(leak.what)}: {visible(leak.why)}")
    told += [f"and {count - SHOWN:,} more {KINDS[kind]}; --json has them" for kind, count in sorted(found.counts.items()) if count > SHOWN]
    return told + found.notes
