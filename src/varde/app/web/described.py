"""What the OpenAPI document says beyond what FastAPI knows: refusals, which are all one shape, and answers that are no JSON."""

from typing import Any

from fastapi import FastAPI

_PICTURES = ("image/png", "image/svg+xml", "text/html; charset=utf-8", "application/json", "text/csv; charset=utf-8")
_GRAPHS = ("text/vnd.graphviz; charset=utf-8", "application/xml; charset=utf-8", "text/plain; charset=utf-8")

MEDIA: dict[str, tuple[str, ...]] = {
    "/api/live": ("text/event-stream; charset=utf-8",), "/api/ask": ("application/x-ndjson",), "/api/ask/sql": ("application/x-ndjson",),
    "/api/fireplot.{kind}": _PICTURES, "/api/map.{kind}": _PICTURES, "/api/linkgraph.{kind}": (*_PICTURES, *_GRAPHS),
    "/api/calendar.png": ("image/png",), "/api/thumbnail.png": ("image/png",), "/api/drawing.png": ("image/png",), "/badge/{name}": ("image/svg+xml", "image/png"),
    "/api/honeypot/{table}.csv": ("text/csv; charset=utf-8",), "/api/captures.csv": ("text/csv; charset=utf-8",),
    "/metrics": ("text/plain; version=0.0.4; charset=utf-8",), "/published/{name}": ("text/plain; charset=utf-8",),
}  # fmt: skip
"""By path: what an answer may be, where it is not JSON alone."""

REFUSALS = {
    "400": "The request makes no sense, or cannot be answered: a sentence says why.",
    "401": "A token is needed.",
    "413": "The body is too long.",
    "421": "This host name is not served here.",
    "422": "A parameter is missing or of another kind.",
    "429": "Too many wrong tokens came from this address.",
}
MORE = {"/published/{name}": {"304": "It is what If-None-Match names.", "404": "Nothing was published under this name."}, "/api/world": {"304": "It is what If-None-Match names."},
        "/api/map": {"304": "It is what If-None-Match names."}, "/api/map/curve": {"304": "It is what If-None-Match names."}}  # fmt: skip
"""By path: statuses that only it has, without JSON."""

UNKNOWN = {"/api/panels/{name}": "There is no such panel.", "/badge/{name}": "There is no such panel, or no such format."}
"""By path: what 404 means, in JSON."""

EXAMPLES = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z", "tz": "Europe/Oslo", "src": "198.18.0.0/24", "plane": "tcp4", "action": "refused", "country": "NO", "year": 2026, "day": "2026-11-20",
            "scheme": "dark", "kind": "svg", "q": "198.18.0.7", "view_from": "2026-11-20T00:00:00Z", "view_to": "2026-11-21T00:00:00Z"}  # fmt: skip
"""By parameter, where text is more than any text. Words of one path differ from those of another: see OF_PATH."""

OF_PATH: dict[tuple[str, str], object] = {
    ("/api/ask/read", "q"): "dport 23", ("/api/replay", "kind"): ["firewall"], ("/api/replay/curve", "kind"): ["firewall"], ("/api/honeypot/{table}", "table"): "logins",
    ("/api/honeypot/{table}.csv", "table"): "logins", ("/badge/{name}", "name"): "probes.svg", ("/api/panels/{name}", "name"): "probes",
}  # fmt: skip

_PROBLEM = {"title": "Problem", "type": "object", "required": ["detail"], "properties": {"detail": {"type": "string"}}}


def describe(app: FastAPI) -> None:
    """Have the document say so."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = made()
            document["components"]["schemas"]["Problem"] = _PROBLEM
            for path, operations in document["paths"].items():
                for operation in operations.values():
                    _complete(path, operation["responses"])
                    _exemplify(path, operation.get("parameters", []))
        return made()

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's own guide does it


def _complete(path: str, responses: dict[str, Any]) -> None:
    """Refusals for every operation, and what an answer of this path is."""
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, meaning in REFUSALS.items():
        responses[status] = {"description": meaning, "content": problem}
    if path in UNKNOWN:
        responses["404"] = {"description": UNKNOWN[path], "content": problem}
    for status, meaning in MORE.get(path, {}).items():
        responses[status] = {"description": meaning}
    if media := MEDIA.get(path):
        responses["200"]["content"] = {kind: {"schema": {"type": "string"} if kind != "application/json" else {}} for kind in media}


def _exemplify(path: str, parameters: list[dict[str, Any]]) -> None:
    """One example for each parameter that has some."""
    for parameter in parameters:
        example = OF_PATH.get((path, parameter["name"]), EXAMPLES.get(parameter["name"]))
        if example is not None:
            is_list = any(each.get("type") == "array" for each in (parameter["schema"], *parameter["schema"].get("anyOf", [])))
            parameter["example"] = [example] if is_list and not isinstance(example, list) else example
