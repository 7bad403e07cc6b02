"""The shape of a line form, and the table of them: one file each."""

from collections.abc import Iterator
from itertools import starmap

import numpy as np

import varde.simulate._filterlog as _filterlog
import varde.simulate._linux as _linux
import varde.simulate._mikrotik as _mikrotik
from varde.simulate._packets import Packets
from varde.simulate._places import own_text, texts
from varde.simulate._row import Form, Row
from varde.simulate._tools import Headers

FORMS: dict[str, Form] = {form.name: form for form in (_mikrotik.FORM, _linux.FORM, _filterlog.FORM)}
SENSORS: tuple[Form, ...] = tuple(FORMS.values())
"""By sensor number."""


def rows(found: Packets, headers: Headers) -> Iterator[Row]:
    """Packets as rows with their addresses written out."""
    family, host, sensor = found.family.tolist(), found.host.tolist(), found.sensor.tolist()
    own = {key: own_text(*key) for key in set(zip(sensor, host, family, strict=True))}
    targets = [own[key] for key in zip(sensor, host, family, strict=True)]
    columns = (
        found.proto,
        headers.sport,
        found.dport,
        found.flags,
        found.refused,
        headers.length,
        headers.ttl,
        headers.ip_id,
        headers.dont_fragment,
        headers.window,
        headers.seq,
    )
    sources = texts(found.src.tolist(), family)
    return starmap(
        Row, zip(family, sources, targets, *(np.asarray(column).tolist() for column in columns), strict=True)
    )
