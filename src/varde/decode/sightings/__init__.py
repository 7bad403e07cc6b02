"""What other programs found on lists and wrote down: one file each; a block of lines in, rows of the table `dns` and the rejects out.

To add one: write `NAME.py` with a `Dialect`, add it to DIALECTS, put `NAME.log` and `NAME.jsonl` into `tests/data/sightings/`."""

from varde.decode.sightings._dialect import Dialect
from varde.decode.sightings._reader import SightingReader
from varde.decode.sightings.bind import BIND
from varde.decode.sightings.suricata import SURICATA
from varde.decode.sightings.zeek import ZEEK

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (BIND, ZEEK, SURICATA)}
"""In the order in which they are asked."""

__all__ = ["DIALECTS", "Dialect", "SightingReader"]
