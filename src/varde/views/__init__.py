"""Answers to pictures and tables: pure functions from an answer to octets or text; zones appear only here."""

from varde.views.captions import Style
from varde.views.fireplot import FORMATS, LISTS_PORTS, SHOWS_FINDINGS, draw_fireplot, prepare
from varde.views.outlines import Mark
from varde.views.palette import SCHEMES, Scheme

__all__ = ["FORMATS", "LISTS_PORTS", "SCHEMES", "SHOWS_FINDINGS", "Mark", "Scheme", "Style", "draw_fireplot", "prepare"]
