"""What a station knows a self-test by: from where it is sent, what its sensor is called, and how it asks for a warning."""

SENDER = "127.86.68.69"
"""Where `varde selftest` sends from: an address of the loopback that nobody else uses and nobody outside can."""

SENSOR = "selftest"
"""The sensor of what comes from there."""

ASKED = "selftest"
"""The fact that asks a station for one marked warning: `port`, the destination port of the flow that sets it off, and `until` (us since 1970 UTC)."""
