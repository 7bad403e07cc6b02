"""intel publish, rollback and rehearse: files for other programs, all together, and what they would have hit."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from varde.app.commands.intel_export import beside, expected_of, sentences
from varde.app.config import PublishSection, split_address
from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.exports import Exported, export, stamped, taken
from varde.app.output import print_json, say, visible
from varde.app.period import period_of
from varde.app.rehearsal import Rehearsed, document, rehearse, top_sites
from varde.deliver.generations import Generation, Stored, published_at
from varde.deliver.publisher import Output, Published, Publisher
from varde.export.intel.serial import is_after, next_serial, serial_of, with_serial
from varde.intel.proof import KINDS, prove
from varde.intel.zonefile import read_zone
from varde.model import VardeError, counted
from varde.query import Window
from varde.query.ledger import accounts
from varde.views.ledger import seen_document, seen_sentence

SHOWN = 10
_HEAD = 8192
"""Octets of a zone in which its serial stands."""


def publisher_of(context: Context) -> Publisher:
    """Of the generations of the store."""
    return Publisher(published_at(context.store.path), context.config.publishing.keep)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a publication or a way back came to."""

    made: list[Exported]
    outputs: list[Output]
    before: Generation | None
    done: Published
    dry: bool

    def document(self) -> dict[str, Any]:
        """For programs: the generation, and each output with what it was before."""
        known = {stored.name: stored.entries for stored in (self.before.outputs if self.before else ())}
        rows = [
            {"name": output.name, "format": output.format, "files": [str(path) for path, _ in output.files], "entries": output.entries,
             "was": known.get(output.name), "changed": output.name in self.done.changed, "serial": output.serial if output.name in self.done.changed else None}
            for output in self.outputs
        ]  # fmt: skip
        number = self.done.generation.number if self.done.generation else None
        return {"generation": number, "dry_run": self.dry, "outputs": rows, "failures": self.done.failures}

    @property
    def ending(self) -> str:
        """What became of it, in a few words."""
        if self.dry:
            return "nothing was written: this was a dry run"
        if self.done.retold:
            return "nothing has changed; the programs were told again"
        return f"generation {self.done.generation.number}" if self.done.generation and self.done.changed else "nothing has changed"


def publish_command(context: Context, names: Sequence[str], *, dry: bool, force: bool, as_json: bool) -> None:
    """Make all configured outputs and put them in place together. Exit status 1 where something refuses."""
    _tell(context, publish_now(context, names, dry=dry, force=force), as_json=as_json)


def publish_now(context: Context, names: Sequence[str] = (), *, dry: bool, force: bool) -> Outcome:
    """Make all configured outputs, or the named ones, prove and rehearse them, and put them in place together. Raises VardeError."""
    sections = context.config.publish
    if not sections:
        raise VardeError("nothing is to be published. Write [[publish]] with name, format and path into the configuration.")
    if unknown := next((name for name in names if name not in [section.name for section in sections]), None):
        raise VardeError(f"no output is called {visible(unknown)} in the configuration. There are {', '.join(section.name for section in sections)}.")
    if not dry:
        context.store.require_writable()
    publisher = publisher_of(context)
    before = publisher.generations.newest()
    now = context.now()
    made = [(section, _made(context, section, before, now)) for section in sections]
    for section, one in made:
        _prove(context, section, one)
        if not force:
            _rehearsed(context, section, one)
    outputs = [_output(section, one, now) for section, one in made]
    if names:
        outputs = [output for output in outputs if output.name in names] + _kept(outputs, names, before)
    done = publisher.publish(outputs, stamped(now), force=force, dry=dry)
    return Outcome([one for _, one in made], outputs, before, done, dry)


def _kept(outputs: Sequence[Output], names: Sequence[str], before: Generation | None) -> list[Output]:
    """Outputs that were not asked for, as they were published last."""
    others = {output.name: output for output in outputs if output.name not in names}
    known = [stored for stored in (before.outputs if before else ()) if stored.name in others]
    return [_again(others[stored.name], stored, before) for stored in known if before is not None]


def _again(output: Output, stored: Stored, generation: Generation) -> Output:
    """What an output was in a generation, with the settings of now."""
    files = tuple(zip(map(Path, stored.paths), generation.content(stored), strict=True))
    return replace(output, files=files, entries=stored.entries, digest=stored.digest, serial=stored.serial, shared=stored.shared)


def _made(context: Context, section: PublishSection, before: Generation | None, now: datetime) -> Exported:
    serial = next_serial(_last_serial(section.name, section.path, before), now) if section.format == "rpz" else 1
    return export(context, section.format, section.lists, section.options(serial, stamped(now)), shared=section.shared)


def _last_serial(name: str, path: Path, before: Generation | None) -> int | None:
    """The later one of what is in place and what was last published there."""
    known = next((stored.serial for stored in (before.outputs if before else ()) if stored.name == name), None)
    try:
        with path.open("rb") as file:
            here = serial_of(file.read(_HEAD))
    except OSError:
        here = None
    if known is None or here is None:
        return here if known is None else known
    return here if is_after(here, known) else known


def _output(section: PublishSection, made: Exported, now: datetime) -> Output:
    parts = made.written.parts
    files = tuple((Path(beside(str(section.path), part)), part.content()) for part in parts)
    digest = hashlib.sha256(repr((section.format, section.options())).encode())
    for part in parts:
        digest.update(hashlib.sha256(part.body if isinstance(part.body, bytes) else part.body.encode()).digest())
    ask = (*split_address(section.ask), section.origin) if section.ask else None
    serial = serial_of(files[0][1]) if section.format == "rpz" else None
    return Output(
        section.name, section.format, files, made.written.entries, digest.hexdigest(), serial, tuple(section.check), tuple(section.reload), ask, section.shrink, section.for_others,
    )  # fmt: skip


def _prove(context: Context, section: PublishSection, made: Exported) -> None:
    """No zone is published that does not do what it should."""
    if section.format != "rpz":
        return
    found = prove(read_zone(made.written.parts[0].content(), section.origin), expected_of(context, made.rows))
    if not found.holds:
        worst = found.leaks[0]
        raise VardeError(
            f"{section.name}: the zone does not hold: {visible(worst.what)} is {KINDS[worst.kind]}: {worst.why}. Nothing is published; "
            "`varde intel export rpz -o FILE` and `varde intel prove FILE` show all of it.", status=1,
        )  # fmt: skip


def _rehearsed(context: Context, section: PublishSection, made: Exported) -> None:
    """Raises VardeError where more own hosts than may be would have been cut off."""
    if section.hosts_max is None:
        return
    found = rehearse(context, made.selection, _window(context, None, None))
    if found.host_count > section.hosts_max:
        worst = ", ".join(host.address for host in found.hosts[:3])
        raise VardeError(
            f"{section.name}: {counted(found.host_count, 'host')} of yours talked with what is listed ({worst}), more than hosts_max = {section.hosts_max}. "
            "Nothing is published; `varde intel rehearse` shows it, --force publishes it.", status=1,
        )  # fmt: skip


def _tell(context: Context, outcome: Outcome, *, as_json: bool) -> None:
    document = outcome.document()
    if as_json:
        print_json(document)
    else:
        for row in document["outputs"]:
            if row["changed"] or not context.quiet:  # cron mails what is printed: nothing where nothing has changed
                print(_row(row, dry=outcome.dry))
        if not context.quiet:
            for sentence in dict.fromkeys(sentence for one in outcome.made for sentence in sentences(one)):
                say(sentence)
            say(outcome.ending)
    if outcome.done.failures:
        raise VardeError(f"the files are in place, but {'; '.join(outcome.done.failures)}. The next `varde intel publish` tries again.", status=1)


def _row(row: dict[str, Any], *, dry: bool) -> str:
    was = "new" if row["was"] is None else f"{row['was']:,} before"
    said = ("would be published" if dry else "published") if row["changed"] else "unchanged"
    serial = f", serial {row['serial']}" if row["serial"] and not dry else ""
    return f"{row['name']}: {row['format']}: {counted(row['entries'], 'entry', 'entries')} ({was}): {said}{serial}: {', '.join(row['files'])}"


def rollback_command(context: Context, number: int | None, *, as_json: bool) -> None:
    """Put all outputs of an earlier generation back, together; serials still rise."""
    outcome, sentence = roll_back(context, number)
    _tell(context, outcome, as_json=as_json)
    say(sentence)


def roll_back(context: Context, number: int | None) -> tuple[Outcome, str]:
    """The same: what it came to, and in a sentence. Without a number it is the generation before. Raises VardeError."""
    context.store.require_writable()
    publisher = publisher_of(context)
    known = publisher.generations.all()
    if not known:
        raise VardeError("nothing was published yet.", status=1)
    current = known[-1]
    chosen = next((one for one in reversed(known) if (one.number == number if number is not None else one.number < current.of)), None)
    if chosen is None:
        what = f"generation {number}" if number is not None else f"a generation before {current.of}"
        raise VardeError(f"{what} is not kept. There are {', '.join(_named(one) for one in known)}.", status=1)
    now = context.now()
    outputs = [_restored(section, stored, chosen, current, now) for section in context.config.publish for stored in chosen.outputs if stored.name == section.name]
    if not outputs:
        raise VardeError(f"generation {chosen.number} has no output that the configuration still has: {', '.join(stored.name for stored in chosen.outputs)}.")
    done = publisher.publish(outputs, stamped(now), force=True, of=chosen.of)
    sentence = f"rolled back to generation {chosen.number} of {chosen.made}; the next `varde intel publish` publishes the lists as they are then"
    return Outcome([], outputs, current, done, dry=False), sentence


def _named(generation: Generation) -> str:
    return f"{generation.number} ({generation.made})" if generation.of == generation.number else f"{generation.number} ({generation.made}, content of {generation.of})"


def _restored(section: PublishSection, stored: Stored, generation: Generation, current: Generation, now: datetime) -> Output:
    """An output as it was, at the path of now; a zone with a serial of now."""
    content = generation.content(stored)
    serial = stored.serial
    if section.format == "rpz":
        serial = next_serial(_last_serial(section.name, section.path, current), now)
        content[0] = with_serial(content[0], serial)
    files = tuple(zip(map(Path, stored.paths), content, strict=True))
    ask = (*split_address(section.ask), section.origin) if section.ask else None
    return Output(section.name, stored.format, files, stored.entries, stored.digest, serial, tuple(section.check), tuple(section.reload), ask, shared=stored.shared)


def rehearse_command(
    context: Context, lists: Sequence[str], since: str | None, until: str | None, sites: str | None, hosts_max: int | None, *, as_json: bool
) -> None:
    """Run the lists over stored flows. Exit status 1 where more own hosts than `hosts_max` would have been cut off."""
    found_lists, selection = taken(context, lists, shared=False)
    if not found_lists.lists:
        raise VardeError("there are no lists to rehearse. Write [[list]] into the configuration, or `varde intel import FILE`.", status=1)
    window = _window(context, since, until)
    found, told = rehearse(context, selection, window, top_sites(sites) if sites else ()), accounts(engine_of(context), window)
    if as_json:
        print_json(document(found) | seen_document(told))
    else:
        for line in _lines(found, asked=sites is not None):
            print(line)
        say(seen_sentence(told))
    if hosts_max is not None and found.host_count > hosts_max:
        raise VardeError(f"{counted(found.host_count, 'host')} of yours talked with what is listed, more than {hosts_max}", status=1)


def rehearsal(context: Context) -> dict[str, Any]:
    """What all lists would have hit in the days that a rehearsal covers, and what share of the flows that rests on."""
    _, selection = taken(context, (), shared=False)
    window = _window(context, None, None)
    return document(rehearse(context, selection, window)) | seen_document(accounts(engine_of(context), window))


def _window(context: Context, since: str | None, until: str | None) -> Window:
    now = context.now()
    period = period_of(None, since, until, now, context.zone)
    first, last = period or (now - timedelta(days=context.config.publishing.rehearse_days), now + timedelta(minutes=1))
    return Window(first, last, action="all")


def _lines(found: Rehearsed, *, asked: bool) -> list[str]:
    told = [
        f"from {found.first} to {found.last}: {counted(found.flows, 'stored flow')}, {found.hits:,} with a listed end",
        f"{counted(found.host_count, 'host')} of yours talked with a listed address and had an answer, in {counted(found.conversations, 'pair')} of host and address",
    ]
    told += [f"  {host.address}: {counted(host.flows, 'flow')} with {counted(host.listed, 'listed address', 'listed addresses')}: {_sources(host.lists)}" for host in found.hosts[:SHOWN]]
    told += [f"  and {found.host_count - SHOWN:,} more; --json has them"] if found.host_count > SHOWN else []
    told += [f"listed, and one of the sites that most of your hosts talk to: {site.address}: {counted(site.hosts, 'host')}, {counted(site.flows, 'flow')}" for site in found.sites]
    told += [f"listed, and a top site: {name}" for name in found.names[:SHOWN]]
    told += [f"{counted(found.listed_names, 'listed name')}: flows have no names; --top-sites holds them against a file of names"] if found.listed_names and not asked else []
    return told + ([f"and {len(found.names) - SHOWN:,} more top sites; --json has them"] if len(found.names) > SHOWN else [])


def _sources(lists: str) -> str:
    return ", ".join(dict.fromkeys(str(entry.get("source")) for entry in json.loads(lists)))
