"""`varde snmp pass` as snmpd starts it: with the standard library alone, because it stays for as long as snmpd does."""

import getopt
import sys
from collections.abc import Sequence

from varde.app.thin import store_of
from varde.faces import board_of
from varde.faces.snmp import PLAYPEN, Tree, checked_base, serve


def answer(words: Sequence[str]) -> int | None:
    """Answer snmpd until it ends; None for all else, and for switches that only the whole command line knows."""
    if not words or words[0] != "pass":
        return None
    try:
        switches, rest = getopt.getopt(list(words[1:]), "", ["store=", "base="])
    except getopt.GetoptError:
        return None
    said = dict(switches)
    if rest or sys.stdin is None:
        return None
    answer_all(said.get("--store"), said.get("--base", PLAYPEN))
    return 0


def answer_all(store: str | None, base: str) -> None:
    """Answer what is asked on standard input until it ends."""
    serve(Tree(board_of(store_of(store)), checked_base(base)), sys.stdin, sys.stdout)
