"""Bytes and lines in, batches of records and rejects out; nothing else leaves a decoder.

    block of bytes --lines--> Lines --firewall--> Decoded(batch, rejects, counts)

A line is a record, not ours (the next dialect is asked), or damaged: kept with a reason. To add a firewall dialect
see `varde.decode.firewall`.
"""

from varde.decode.batch import Decoded, Origin, empty_batch, schema_of
from varde.decode.lines import LINE_MAX, Lines

__all__ = ["LINE_MAX", "Decoded", "Lines", "Origin", "empty_batch", "schema_of"]
