"""Sequence numbers of a batch into the ledger, and what was heard of each exporter."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from varde.decode.batch import Origin
from varde.decode.flow._convention import HEARD
from varde.decode.flow._losses import loss_row
from varde.decode.flow._messages import SFLOW5
from varde.decode.flow._streams import Stream, Tally
from varde.decode.flow._work import Work


def follow(work: Work) -> None:
    """Each stream sees its own messages in order of arrival."""
    if not work.arrived:
        return
    of_stream = work.messages["stream"][: work.arrived]
    order = np.argsort(of_stream, kind="stable")
    edges = np.searchsorted(of_stream[order], np.arange(len(work.streams) + 1))
    damaged = np.zeros(work.arrived, bool)
    damaged[[place for place in work.rejects.damaged if place < work.arrived]] = True
    for number, stream in enumerate(work.streams):
        mine = order[edges[number] : edges[number + 1]]
        if len(mine):
            _heard(work, stream, mine, int(damaged[mine].sum()))


def _heard(work: Work, stream: Stream, mine: NDArray[np.intp], damaged: int) -> None:
    messages = work.messages[mine]
    if stream.convention is not None:
        stream.convention.see(_heard_of(work, mine), stream.sequence)
    tally = stream.tally
    first, last = int(messages["received"].min()), int(messages["received"].max())
    tally.first, tally.last = min(tally.first or first, first), max(tally.last, last)
    stream.offset = tally.offset = int(messages["offset"].max())
    tally.datagrams += len(mine)
    tally.undecodable += damaged
    stream.seen = last
    if stream.key.protocol != SFLOW5:  # which has no clock
        stream.skew = int(messages["received"][-1] - messages["export"][-1])


def _heard_of(work: Work, mine: NDArray[np.intp]) -> NDArray[np.void]:
    heard = np.zeros(len(mine), HEARD)
    messages = work.messages[mine]
    heard["number"], heard["ones"] = messages["sequence"], 1
    for name in ("export", "uptime"):
        heard[name] = messages[name]
    for name in ("slack", "promised", "records", "plain"):
        heard[name] = getattr(work, name)[mine]
    return heard


def take_losses(stream: Stream, origin: Origin) -> list[dict[str, Any]]:
    """Rows of what happened to a stream since they were last taken; none where nothing did."""
    tally, stream.tally = stream.tally, Tally()
    if not tally.datagrams:  # sets given up, or numbers understood, after the last of them came
        tally.first, tally.last, tally.offset = stream.seen, stream.seen, stream.offset
    losses = stream.sequence.take()
    _add_up(stream, tally, {name: getattr(losses, name) for name in ("lost", "reordered", "duplicated", "restarts")})
    rows = [loss_row(stream, losses, tally, origin)] if tally.datagrams or tally.unknown_template or losses.happened else []
    for source, sequence in stream.sources.items():
        of_source = sequence.take()
        if of_source.happened:
            rows.append(loss_row(stream, of_source, Tally(first=tally.first, last=tally.last, offset=tally.offset), origin, source=source))
    return rows


def _add_up(stream: Stream, tally: Tally, losses: dict[str, int]) -> None:
    stream.totals.update(losses)
    stream.totals.update({name: getattr(tally, name) for name in ("datagrams", "flows", "undecodable", "unknown_template", "late", "options", "times")})
