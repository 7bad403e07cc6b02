"""scans: who scanned, in the models and the format of SiLK's rwscan, and for people."""

from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from varde.app.context import Context
from varde.app.output import say, visible
from varde.app.tables import Output, save
from varde.app.traffic import Asked, records_of
from varde.decode.addresses import text_of as address_text
from varde.decode.rows import iso
from varde.detect import MODELS, Scan, Scanning, scans
from varde.detect.random_walk import Odds
from varde.detect.scans import FLOWS_MIN, TARGETS_MIN
from varde.intel.ipset_file import read_set
from varde.model import VardeError, counted, proto_name
from varde.query.scans import by_source, suspects
from varde.views.listing import text_of
from varde.views.silk import Style, rwscan

FEW = 5
"""Ports, or addresses, of a scan that was after the other."""


@dataclass(frozen=True, slots=True)
class ScanOptions:
    model: str | None = None
    internal: str | None = None
    theta0: float = 0.8
    theta1: float = 0.2
    rwscan: bool = False
    model_fields: bool = True
    integer_ips: bool = False


def scans_command(context: Context, asked: Asked, options: ScanOptions, style: Style, output: Output) -> int:
    """Print scans. Returns the exit status: 1 where there are none."""
    how = _how(options)
    existing = read_set(options.internal) if options.internal else None
    least = FLOWS_MIN if how.model == "blr" else TARGETS_MIN
    records = records_of(context, asked)

    def question(table: ir.Table) -> list[Scan]:
        batches = records.answerer.batches(suspects(table, records.table, least, existing))
        return [scan for frame in by_source(batches) for scan in scans(frame, how)]

    found = records.about(question)
    _write(found, options, style, output)
    return 0 if found else 1


def _how(options: ScanOptions) -> Scanning:
    model = options.model or ("hybrid" if options.internal else "blr")
    model = MODELS[int(model)] if model in ("0", "1", "2") else model
    if model not in MODELS:
        raise VardeError(f"--scan-model {model}: there are {', '.join(MODELS)}, or 0 to 2")
    if model != "blr" and not options.internal:
        raise VardeError(f"--scan-model {model} needs --trw-internal-set: a set of the addresses that exist, as `varde set build` makes it")
    if not 0 < options.theta1 < options.theta0 < 1:
        raise VardeError("--trw-theta1 must be less than --trw-theta0, and both between 0 and 1")
    return Scanning(model, Odds(options.theta0, options.theta1))


def _write(found: list[Scan], options: ScanOptions, style: Style, output: Output) -> None:
    if output.kind:
        save([_row(scan) for scan in found], list(_COLUMNS), output)
    elif options.rwscan:
        for line in rwscan(found, style, model_fields=options.model_fields, integers=options.integer_ips):
            print(line)
    elif found:
        print(text_of([_shown(scan) for scan in found], list(_shown(found[0])), visible))
        say(f"varde: {counted(len({scan.src_addr for scan in found}), 'source')} scanned")
    else:
        say("varde: nobody scanned among these records")


_COLUMNS = ("src_addr", "proto", "proto_name", "time", "end_time", "flows", "packets", "octets", "addresses", "ports", "shape", "scan_model", "scan_prob")


def _row(scan: Scan) -> dict[str, Any]:
    values = (
        address_text(scan.src_addr), scan.proto, proto_name(scan.proto), iso(scan.first), iso(scan.last), scan.flows, scan.packets, scan.octets,
        scan.addresses, scan.ports, _shape(scan), scan.model, round(scan.probability, 6),
    )  # fmt: skip
    return dict(zip(_COLUMNS, values, strict=True))


def _shape(scan: Scan) -> str:
    """What it was after."""
    if scan.ports <= FEW:
        return "addresses"
    return "ports" if scan.addresses <= FEW else "both"


def _shown(scan: Scan) -> dict[str, Any]:
    row = _row(scan)
    sure = f"{scan.probability:.2f}" if scan.model == "blr" else "sure"
    return {
        "source": row["src_addr"], "proto": row["proto_name"], "after": row["shape"], "addresses": scan.addresses, "ports": scan.ports, "flows": scan.flows,
        "from": row["time"][:19], "to": row["end_time"][:19], "model": scan.model, "probability": sure,
    }  # fmt: skip
