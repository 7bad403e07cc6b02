"""Flows as routers and probes export them: NetFlow v1, v5, v7, v9, IPFIX and sFlow v5. Datagrams in, batches out.

    Datagrams --messages--> headers --sets--> templates, options data, records --columns--> flows, nat; sequence numbers --> losses

Work is done by batch, not by datagram: records of one layout are one array, whoever sent them. A template is a list of fields
whose meaning is a table (`_elements.py`); v1, v5 and v7 are layouts written down (`_fixed.py`). To add an element that has a
column: name it in the column's `elements` in `varde.model.tables`.
"""

from varde.decode.flow._messages import PROTOCOLS, split_messages
from varde.decode.flow._rejects import REASONS
from varde.decode.flow.datagrams import UDP, UNKNOWN, Datagrams
from varde.decode.flow.decoder import FlowBatch, FlowDecoder, Settings

__all__ = ["PROTOCOLS", "REASONS", "UDP", "UNKNOWN", "Datagrams", "FlowBatch", "FlowDecoder", "Settings", "split_messages"]
