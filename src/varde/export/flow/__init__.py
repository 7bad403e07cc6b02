"""Flows as an exporter sends them: batches of the table `flows` in, messages of IPFIX (RFC 7011) or NetFlow v9 (RFC 3954) out.

    rows --shapes--> records of one template --messages--> bodies --Exporter.stamp--> datagrams

What is null in a row has no field in its record, so a collector stores null again. To add a field: one row in `_fields.FIELDS`."""

from varde.export.flow._fields import UNSENT
from varde.export.flow.exporter import VERSIONS, Body, Exporter

__all__ = ["UNSENT", "VERSIONS", "Body", "Exporter"]
