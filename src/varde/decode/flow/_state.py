"""What a decoder knows, as JSON values: to survive a restart, and to be shown."""

from collections.abc import Iterable, Mapping
from typing import Any

from varde.decode.addresses import octets_of, text_of
from varde.decode.flow._facts import facts_of
from varde.decode.flow._layout import VARIABLE, Spec, layout_of
from varde.decode.flow._ledger import sequence_of
from varde.decode.flow._messages import PROTOCOLS
from varde.decode.flow._streams import STREAMS_MAX, TEMPLATES_MAX, Key, Stream, Streams
from varde.decode.flow._templates import FIELDS_MAX, Template
from varde.decode.flow.datagrams import UDP

VERSION = 1
_DAMAGE = (KeyError, TypeError, ValueError, AttributeError)


def state_of(streams: Iterable[Stream]) -> dict[str, Any]:
    """Templates, facts and sequence numbers."""
    return {"version": VERSION, "streams": [_stream_state(stream) for stream in streams]}


def _stream_state(stream: Stream) -> dict[str, Any]:
    key = stream.key
    return {
        "exporter": text_of(key.exporter), "protocol": PROTOCOLS[key.protocol], "domain": key.domain, "seen": stream.seen,
        "templates": [_template_state(template) for template in stream.templates.values()],
        "facts": stream.facts.state(), "sequence": stream.sequence.state(), "rule": stream.convention.chosen if stream.convention else None,
    }  # fmt: skip


def _template_state(template: Template) -> dict[str, Any]:
    layout = template.layout
    return {"number": template.number, "scopes": layout.scopes, "seen": template.seen, "fields": [list(spec) for spec in layout.fields]}


def restore(streams: Streams, state: Mapping[str, Any]) -> int:
    """Put streams back. Returns how many; those that are damaged, or of another version, are left out."""
    entries = state.get("streams") if state.get("version") == VERSION else None
    if not isinstance(entries, list):
        return 0
    return sum(_restored(streams, entry) for entry in entries[:STREAMS_MAX])


def _restored(streams: Streams, entry: Any) -> bool:
    try:
        exporter = octets_of(str(entry["exporter"]))
        if exporter is None:
            return False
        templates = [_template(one) for one in entry["templates"][:TEMPLATES_MAX]]
        facts, sequence = facts_of(entry["facts"]), sequence_of(entry["sequence"])
        key = Key(exporter, UDP, PROTOCOLS.index(entry["protocol"]), int(entry["domain"]))
        seen, rule = int(entry["seen"]), entry["rule"]
    except _DAMAGE:
        return False
    stream = streams.get(key, text_of(exporter), None)
    stream.facts, stream.sequence, stream.seen = facts, sequence, seen
    if stream.convention and isinstance(rule, int) and 0 <= rule < len(stream.convention.rules):
        stream.convention.chosen = rule
    for template in templates:
        stream.put(template)
    return True


def _template(entry: Any) -> Template:
    """Raises one of _DAMAGE for what is no usable template."""
    fields = tuple(Spec(*map(int, field)) for field in entry["fields"])
    number = int(entry["number"])
    sound = all(0 <= spec.length <= VARIABLE and 0 <= spec.element < 2**16 for spec in fields)
    if not sound or not any(spec.length for spec in fields) or len(fields) > FIELDS_MAX or not 256 <= number < 65536:
        raise ValueError(number)
    return Template(number, layout_of(fields, max(0, int(entry["scopes"]))), int(entry["seen"]))


def shown(stream: Stream) -> dict[str, Any]:
    """A stream as JSON values for display. Times are us since 1970 UTC, ages are for who shows it to compute."""
    key = stream.key
    return {
        "exporter": text_of(key.exporter) if any(key.exporter) else None, "transport": "udp" if key.transport == UDP else "stream",
        "protocol": PROTOCOLS[key.protocol], "domain": key.domain, "sensor": stream.sensor, "seen": stream.seen, "skew": stream.skew,
        "unit": stream.unit, "sampling": _sampling(stream),
        "boot": stream.facts.boot, "interfaces": dict(stream.facts.interfaces), "vrfs": dict(stream.facts.vrfs),
        "templates": [_shown_template(template) for template in stream.templates.values()],
        "options": [_shown_options(layout.fields, layout.scopes, values) for layout, values in stream.options.values()],
        "totals": dict(stream.totals),
    }  # fmt: skip


def _sampling(stream: Stream) -> dict[str, Any]:
    """Rates and where they come from."""
    facts = stream.facts
    source = "configuration" if stream.sampling else "options" if facts.sampling or facts.selectors or facts.by_interface else None
    return {"source": source, "rate": stream.sampling or facts.rate(None, None), "selectors": dict(facts.selectors), "interfaces": dict(facts.by_interface)}


def _shown_template(template: Template) -> dict[str, Any]:
    layout = template.layout
    return {
        "number": template.number, "options": template.is_options, "seen": template.seen,
        "fields": [{"element": spec.name, "length": None if spec.length == VARIABLE else spec.length} for spec in layout.fields],
    }  # fmt: skip


def _shown_options(fields: tuple[Spec, ...], scopes: int, values: tuple[bytes, ...]) -> dict[str, Any]:
    texts = [value.hex() for value in values]
    names = [spec.name for spec in fields]
    return {"scope": dict(zip(names[:scopes], texts, strict=False)), "fields": dict(zip(names[scopes:], texts[scopes:], strict=True))}
