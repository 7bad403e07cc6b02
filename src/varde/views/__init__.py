"""Answers to pictures and tables: pure functions from an answer to octets or text; zones appear only here."""

from varde.views.captions import Style
from varde.views.fireplot import FORMATS, LISTS_PORTS, draw_fireplot, prepare
from varde.views.palette import SCHEMES, Scheme

__all__ = ["FORMATS", "LISTS_PORTS", "SCHEMES", "Scheme", "Style", "draw_fireplot", "prepare"]
