"""Files that people, programs and other machines hand over: each is read, or refused in a sentence (VardeError), in bounded time."""

import io
import json
import struct
import tempfile
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path

from fuzz.flows import ORIGIN
from fuzz.texts import ORIGIN as LINES
from varde.app.config import parse
from varde.collect.snmp import Value
from varde.collect.syslog import split_frames
from varde.collect.text import Text, blocks
from varde.decode import Lines
from varde.decode.amavis import NAMED, numbers_of, reading_of
from varde.decode.firewall import FirewallReader, load_dialects
from varde.decode.payload import commands, defang, hexdump, known, recognise, strings, urls
from varde.decode.port_history import read_history
from varde.decode.silk import Reader as SilkReader
from varde.decode.ttylog import read_ttylog
from varde.export.afterglow.looks import apply, fills, requests_left
from varde.export.afterglow.properties import read_properties
from varde.export.afterglow.table import read_rows
from varde.faces.board import Board
from varde.faces.checks.signatures import read_head
from varde.faces.checks.status_page import newest, read_entries
from varde.faces.nagios import Range, Result, State, number_of, one_line, printed
from varde.faces.snmp import Tree, serve
from varde.intel.ipset_file import read_set
from varde.intel.proof import Expected, prove
from varde.intel.zonefile import read_zone
from varde.model import VardeError
from varde.query.filters.completion import suggestions
from varde.query.filters.language import understood
from varde.query.traffic.labels import LABEL_MAX, _Lines
from varde.store import Store
from varde.store.archive import import_store

Check = Callable[[bytes], None]

BLOCKS = 5000
"""Networks of a set that are looked at: a few octets can stand for billions."""

_COLUMNS = ["time", "src_addr", "dst_addr", "src_port", "dst_port", "proto", "octets", "packets", "src_cc", "tcp_flags"]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def check_silk(data: bytes) -> None:
    """The first octet says how many octets come at a time; however they come, the same records come of them."""
    step, file = max(1, data[0] if data else 1), data[1:]
    whole, ended = _silk(file, len(file))
    pieces, also = _silk(file, step)
    if ended == also:
        assert whole == pieces, (whole, pieces)


def _silk(file: bytes, step: int) -> tuple[int, str]:
    reader, found = SilkReader(ORIGIN), 0
    try:
        for at in range(0, len(file), max(1, step)):
            for records in reader.feed(file[at : at + max(1, step)]):
                found += records.decoded.counts["", "lines"]
                assert records.end <= len(file)
        reader.finish()
    except VardeError as error:
        return found, str(error)
    assert found == reader.count
    return found, ""


def check_set(data: bytes) -> None:
    """A set has as many addresses as its blocks have, and its text is read as the same set."""
    with suppress(VardeError):
        found = read_set("set", data)
        blocks_of = list(islice(found.blocks(), BLOCKS))
        if len(blocks_of) < BLOCKS:
            assert sum(block.num_addresses for block in blocks_of) == found.count
            assert read_set("text", "\n".join(map(str, blocks_of)).encode()) == found


def check_pmap(data: bytes) -> None:
    """Edges rise, and labels are short."""
    with suppress(VardeError):
        found = _Lines("map").read(_text(data).splitlines(), "")
        places = [place for place, _ in found.edges]
        assert places == sorted(set(places)) and all(len(label) <= LABEL_MAX for _, label in found.edges)


_ROWS = read_rows(["a.example,22,198.51.100.7", "b,80,c", "x,23,x", '"a b",,192.0.2.1'])


def check_properties(data: bytes) -> None:
    """A property file is refused, or computes a column for each row of a graph."""
    with suppress(VardeError):
        applied = apply(_ROWS, read_properties(_text(data), "color.properties"))
        assert len(requests_left(applied)) <= len(_ROWS.frame)
        fills(applied)


def check_filter(data: bytes) -> None:
    """Whatever is written, it is a filter or an error with a place in the text; completions are offered at every place."""
    text = _text(data)
    try:
        understood(text, _no_set)
    except VardeError as error:
        begin, end = getattr(error, "begin", 0), getattr(error, "end", 0)
        assert 0 <= begin <= end <= len(text) + 1 or len(text) > 2000, (begin, end, len(text))
    for at in {0, len(text) // 2, len(text)}:
        suggestions(text, at, _COLUMNS, files=False)


def _no_set(path: str) -> object:
    raise VardeError(f"no set {path!r}")


def check_config(data: bytes) -> None:
    """A configuration is read, or every mistake in it is named in one line."""
    said = "varde.toml"
    try:
        parse(_text(data), said)
    except VardeError as error:
        said = str(error)
    assert said.startswith("varde.toml")


def check_dialects(data: bytes) -> None:
    """A dialect of one's own is refused, or reads lines as others do."""
    with suppress(VardeError):
        for dialect in load_dialects(_text(data), "dialects.toml"):
            FirewallReader([dialect]).read(Lines.of(b"edge kernel: IN=eth0 SRC=192.0.2.1 DST=198.51.100.2 PROTO=TCP\n" + data[:200]), LINES)


def check_ttylog(data: bytes) -> None:
    """A recording's moments rise, and it ends after them."""
    with suppress(VardeError):
        found = read_ttylog(data)
        moments = [moment for moment, _ in found.events]
        assert moments == sorted(moments) and (not moments or moments[-1] <= found.lasted_ms)


def check_archive(data: bytes) -> None:
    """An archive is added whole or refused; a store is a store afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store")
        with suppress(VardeError):
            import_store(store, io.BytesIO(data))
        Store(Path(folder) / "store").days("probes")
        assert {path.name for path in Path(folder).iterdir()} <= {"store"}


def check_payload(data: bytes) -> None:
    """Whatever a stranger sent, it is looked at and nothing more."""
    found = recognise(data)
    assert all(ord(letter) >= 32 or letter in "\t\n\r" for letter in json.dumps(str(found)))
    known(data)
    assert len(hexdump(data)) <= len(data) // 16 + 2
    for text in strings(data):
        assert text.text
    for url in urls(data):
        assert "://" not in defang(url) or url
    commands(data)


def check_zone(data: bytes) -> None:
    """The prover reads a zone that somebody else wrote."""
    zone = read_zone(data, "rpz.example.")
    prove(zone, Expected.of(["bad.example"], ["192.0.2.0/24"], ["good.example"]))


def check_status_page(data: bytes) -> None:
    with suppress(VardeError):
        newest(read_entries(data))


def check_signatures(data: bytes) -> None:
    with suppress(VardeError):
        read_head(Path("daily.cvd"), data)


def check_history(data: bytes) -> None:
    with suppress(ValueError):
        days = [each.day for each in read_history(data)]
        assert days == sorted(set(days))


def check_snmp_pass(data: bytes) -> None:
    """What snmpd asks through pass_persist: every request has an answer, and nothing of what was asked stands in it."""
    tree, answered = Tree(Path("faces.db"), read=_no_board), io.StringIO()
    count = serve(tree, io.StringIO(_text(data)), answered)
    lines = answered.getvalue().splitlines()
    assert count <= len(lines) <= 3 * count


def _no_board(path: Path) -> Board:
    raise VardeError(f"no {path}")


def check_nagios(data: bytes) -> None:
    """Thresholds as administrators write them, and one line whatever a check found."""
    text = _text(data)
    with suppress(VardeError, ValueError):
        Range.parse(text).alerts(1.0)
    with suppress(VardeError, ValueError):
        number_of(text)
    said = printed("CHECK", Result(State.OK, text, ()))
    assert said.count("\n") <= 1 and "|" not in said and one_line(text).isprintable()


_OIDS = tuple(one.oid for one in NAMED.values())


def check_amavis(data: bytes) -> None:
    """An agent's answer: pairs of which object and what value."""
    told: dict[str, Value] = {}
    for at in range(0, len(data) - 3, 4):
        which, value = struct.unpack_from(">Hh", data, at)
        told[_OIDS[which % len(_OIDS)]] = value if which & 0x8000 else _text(data[at : at + 9])
    found = reading_of(told, 0.0)
    assert len(found.values) + found.odd == len(told)
    numbers_of(found)


def check_frames(data: bytes) -> None:
    """Syslog over TCP: no octet is in two messages, and what is held does not grow beyond a message."""
    frames, held = split_frames(data)
    assert sum(map(len, frames)) + len(held) <= len(data)


def check_text_file(data: bytes) -> None:
    """Packed and plain texts: blocks lie behind each other and end at line feeds."""
    at = 0
    with suppress(VardeError, OSError):
        for block in blocks(Text(io.BytesIO(data))):
            assert block.offset >= at
            at = block.offset + len(block.data)


CHECKS: dict[str, Check] = {
    "silk": check_silk, "set": check_set, "pmap": check_pmap, "properties": check_properties, "filter": check_filter, "config": check_config, "dialects": check_dialects, "ttylog": check_ttylog,
    "archive": check_archive, "payload": check_payload, "zone": check_zone, "status-page": check_status_page, "signatures": check_signatures, "port-history": check_history,
    "snmp-pass": check_snmp_pass, "nagios": check_nagios, "amavis": check_amavis, "syslog-frames": check_frames, "text-file": check_text_file,
}  # fmt: skip
"""By target."""
