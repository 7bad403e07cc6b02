"""The room that waits for the world: files, growing files, pipes and syslog sockets."""

from varde.collect.follow import Follower
from varde.collect.importer import Importer, Summary, sensor_of
from varde.collect.syslog import Address, SyslogListener
from varde.collect.text import blocks, open_text, what_is

__all__ = ["Address", "Follower", "Importer", "Summary", "SyslogListener", "blocks", "open_text", "sensor_of", "what_is"]
