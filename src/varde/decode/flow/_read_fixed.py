"""NetFlow v1, v5 and v7 datagrams of a batch."""

import numpy as np

from varde.decode.flow._fixed import FIXED, fixed_sets
from varde.decode.flow._pieces import Pieces
from varde.decode.flow._records import FixedRecords
from varde.decode.flow._work import Work, add_flows

PROMISED_MAX = 30
"""Records of a datagram by the documents; a header that says more than this and more than there are is damaged."""


def read_fixed(work: Work) -> None:
    """All records of these protocols; the sequence numbers count what the headers promise."""
    view = work.view
    for protocol in FIXED:
        sets, damage = fixed_sets(work.messages, protocol)
        for place, reason in damage:
            row = work.messages[place]
            work.rejects.add(work.messages, place, reason, bytes(view[int(row["begin"]) : int(row["end"])]))
        for layout, message, counts in sets:
            begins, lengths = work.messages["begin"][message], counts * layout.size
            whole = Pieces(work.octets, begins, begins + lengths).joined(lengths).reshape(-1, layout.size)
            promised = work.messages["count"][message]
            work.promised[message] = np.where(promised <= PROMISED_MAX, promised, counts)
            add_flows(work, FixedRecords(layout, whole), message, counts)
