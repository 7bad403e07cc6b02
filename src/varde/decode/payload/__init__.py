"""What a payload is that came through a tunnel or to a port that listens: octets in, facts out; nothing is ever executed.

    octets --recognise--> Payload (HTTP, TLS, SMTP or SSH, and their telling fields)
           --known------> the attack or scanner it is known as, with a reference
           --hexdump, strings, urls, commands--> what a person wants to see of it

To add a known payload: one row in `known.KNOWN` and a sample in `tests/data/payload/known.toml`.
"""

from varde.decode.payload.commands import commands
from varde.decode.payload.hexdump import hexdump
from varde.decode.payload.known import KNOWN, Known, known
from varde.decode.payload.payload import READ_MAX, Payload
from varde.decode.payload.recognise import COLUMNS, recognise, recognised
from varde.decode.payload.strings import Text, strings
from varde.decode.payload.urls import defang, urls

__all__ = ["COLUMNS", "KNOWN", "READ_MAX", "Known", "Payload", "Text", "commands", "defang", "hexdump", "known", "recognise", "recognised", "strings", "urls"]
