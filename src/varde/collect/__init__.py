"""The room that waits for the world: files, growing files, pipes and syslog sockets."""

from varde.collect.follow import Follower
from varde.collect.importer import Importer, Summary
from varde.collect.text import Block, blocks, open_text
from varde.collect.syslog import SyslogListener

__all__ = ["Block", "Follower", "Importer", "Summary", "SyslogListener", "blocks", "open_text"]
