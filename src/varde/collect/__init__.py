"""The room that waits for the world: files, growing files, captures, pipes and syslog sockets.

Names are fetched when they are first asked for: who asks the store only needs none of the readers."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from varde.collect.capture import HEAD, KINDS, kind_of_capture
    from varde.collect.capture_import import CaptureDecoder, decoder_of
    from varde.collect.follow import Follower
    from varde.collect.importer import Importer, sensor_of, text_name
    from varde.collect.journal import NAME as JOURNAL
    from varde.collect.journal import Journal, recent_kernel_lines
    from varde.collect.summary import CaptureFacts, Summary
    from varde.collect.syslog import FLOWS, Address, SyslogListener, bound_socket, flow_address
    from varde.collect.tail import StandardInput, Tail
    from varde.collect.text import blocks, open_text, what_is

_PLACES = {
    "capture": ("HEAD", "KINDS", "kind_of_capture"), "capture_import": ("CaptureDecoder", "decoder_of"), "follow": ("Follower",),
    "importer": ("Importer", "sensor_of", "text_name"), "journal": ("Journal", "recent_kernel_lines"), "summary": ("CaptureFacts", "Summary"),
    "syslog": ("FLOWS", "Address", "SyslogListener", "bound_socket", "flow_address"), "tail": ("StandardInput", "Tail"),
    "text": ("blocks", "open_text", "what_is"),
}  # fmt: skip
_PLACE_OF = {name: (place, name) for place, names in _PLACES.items() for name in names} | {"JOURNAL": ("journal", "NAME")}


def __getattr__(name: str) -> object:
    if name not in _PLACE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    place, there = _PLACE_OF[name]
    value = globals()[name] = getattr(import_module(f"{__name__}.{place}"), there)
    return value


__all__ = ["FLOWS", "HEAD", "JOURNAL", "KINDS", "Address", "CaptureDecoder", "CaptureFacts", "Follower", "Importer", "Journal", "StandardInput", "Summary", "SyslogListener", "Tail", "blocks", "bound_socket", "decoder_of", "flow_address", "kind_of_capture", "open_text", "recent_kernel_lines", "sensor_of", "text_name", "what_is"]
