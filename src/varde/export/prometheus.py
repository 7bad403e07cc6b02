"""Counters and gauges in Prometheus's text format 0.0.4."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

COUNTER, GAUGE = "counter", "gauge"


@dataclass(frozen=True, slots=True)
class Family:
    """A metric: its name, whether it only grows, one sentence, and the names of its labels."""

    name: str
    kind: str
    meaning: str
    labels: tuple[str, ...] = ()


Samples = Mapping[tuple[str, ...], float]
"""Values by those of the labels, in their order."""


def exposition(found: Iterable[tuple[Family, Samples]]) -> str:
    """The text of all families that have a value, each line ended by a line feed."""
    return "".join(f"{line}\n" for family, samples in found if samples for line in _lines(family, samples))


def _lines(family: Family, samples: Samples) -> Sequence[str]:
    head = [f"# HELP {family.name} {_sentence(family.meaning)}", f"# TYPE {family.name} {family.kind}"]
    return head + [f"{family.name}{_labels(family.labels, values)} {_number(number)}" for values, number in sorted(samples.items())]


def _labels(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    pairs = [f'{name}="{escaped(value)}"' for name, value in zip(names, values, strict=True)]
    return "{" + ",".join(pairs) + "}" if pairs else ""


def _number(value: float) -> str:
    if isinstance(value, int) or (math.isfinite(value) and value == int(value)):
        return str(int(value))
    return {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, "NaN" if math.isnan(value) else repr(value))


def _sentence(text: str) -> str:
    """A help text: backslash and line feed mean something there."""
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def escaped(value: str) -> str:
    """A label's value: backslash, quote and line feed mean something; what is no character is shown as an escape."""
    text = value.encode("utf-8", "backslashreplace").decode()
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
