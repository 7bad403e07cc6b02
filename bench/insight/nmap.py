"""In which order and at which pace nmap asks: its shuffle, and its timing templates, as its manual and its own packets have them.

The order is nmap's (7.9x) without -r: ports shuffled, then those that most servers have moved to the front, in the order the shuffle gave
them. A port that does not answer is asked a second time. Paces are of a firewall that drops: -T0 waits five minutes after each packet,
-T1 15 s, -T2 0.4 s; -T3 and -T4 send tens at once and then wait for their timeouts (nmap.org/book/performance-timing-templates.html)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FIRST = (80, 23, 443, 21, 22, 25, 3389, 110, 445, 139, 143, 53, 135, 3306, 8080, 1723, 111, 995, 993, 5900, 1025, 587, 8888, 199, 1720, 113, 554, 256)
"""What is asked first, whatever the shuffle says."""


@dataclass(frozen=True, slots=True)
class Template:
    """Seconds between two packets, packets sent at once, and seconds until what did not answer is asked again."""

    pause: float
    at_once: int
    timeout: float


TEMPLATES = (Template(300, 1, 300), Template(15, 1, 15), Template(1, 1, 1), Template(0.001, 10, 1), Template(0.001, 12, 1))
"""By their number."""

TTLS = (37, 60)
"""Time to live: any of these, another one for each packet."""


def order(rng: np.random.Generator, ports: Ints) -> Ints:
    """The ports as nmap asks for them."""
    shuffled = rng.permutation(ports)
    first = np.isin(shuffled, FIRST)
    return np.concatenate([shuffled[first], shuffled[~first]])


def probes(rng: np.random.Generator, ports: Ints, template: Template) -> tuple[Ints, Floats]:
    """Ports as they are asked for, each twice, and seconds since the first.

    Serial templates ask each port again before the next one; the others send a group and then the group again."""
    asked = order(rng, ports)
    number = len(asked)
    place = np.arange(number)
    group = place // template.at_once
    rank = np.lexsort((np.concatenate([place, -place]), np.repeat([0, 1], number), np.tile(group, 2)))
    again = np.repeat([0, 1], number)[rank] + 2 * np.tile(group, 2)[rank]
    waited = again * template.timeout if template.at_once > 1 else 0.0
    sent = np.arange(2 * number) * template.pause + waited
    return np.tile(asked, 2)[rank], sent + rng.uniform(0, 0.2 * template.pause, 2 * number)
