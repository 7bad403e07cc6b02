"""The room that waits for the world: files, growing files, captures, pipes and syslog sockets."""

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

__all__ = ["FLOWS", "HEAD", "JOURNAL", "KINDS", "Address", "CaptureDecoder", "CaptureFacts", "Follower", "Importer", "Journal", "StandardInput", "Summary", "SyslogListener", "Tail", "blocks", "bound_socket", "decoder_of", "flow_address", "kind_of_capture", "open_text", "recent_kernel_lines", "sensor_of", "text_name", "what_is"]
