"""Answers to pictures and tables: pure functions from an answer to octets or text; zones appear only here."""

from varde.views.captions import Style
from varde.views.fireplot import FORMATS, draw_fireplot
from varde.views.palette import SCHEMES, Scheme

__all__ = ["FORMATS", "SCHEMES", "Scheme", "Style", "draw_fireplot"]
