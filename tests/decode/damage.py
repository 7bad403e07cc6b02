"""Golden lines as they arrive when something is wrong: cut, changed, mixed."""

import random
from collections.abc import Sequence

from hypothesis import strategies as st


@st.composite
def damaged(draw: st.DrawFn, golden: Sequence[bytes], pieces: Sequence[bytes]) -> bytes:
    """A golden line cut, with octets changed, with something put in, twice, or grown together with another."""
    line = draw(st.sampled_from(golden))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(line)))
        ways = (
            line[:at], line[at:], line[:at] + bytes([draw(st.integers(0, 255))]) + line[at + 1 :],
            line[:at] + draw(st.sampled_from(pieces)) + line[at:], line + line, line[:at] + draw(st.sampled_from(golden))[at:],
        )  # fmt: skip
        line = draw(st.sampled_from(ways))
    return line


def flipped(golden: Sequence[bytes], seed: int, times: int) -> bytes:
    """Each golden line so often, with one to four octets changed at random; never a line feed."""
    rng = random.Random(seed)
    lines = []
    for line in golden:
        for _ in range(times):
            octets = bytearray(line)
            for _ in range(rng.randint(1, 4)):
                octets[rng.randrange(len(octets))] = rng.choice(range(256))
            lines.append(bytes(octets).replace(b"\n", b" ").replace(b"\r", b" "))
    return b"\n".join(lines)
