"""SiLK's own flow files: octets in, rows of the table `flows` out.

    octets --header--> Header --Reader--> records of one layout --rows--> Decoded(flows, rejects, counts)

What the octets mean is public: the SiLK FAQ describes the header, comments in libsilk's rw*io.c each record. To add a layout: one
row in `_layouts.LAYOUTS`."""

from varde.decode.silk._header import FORMATS, Header
from varde.decode.silk.reader import DIALECT, TITLE, Reader, Records

__all__ = ["DIALECT", "FORMATS", "TITLE", "Header", "Reader", "Records"]
