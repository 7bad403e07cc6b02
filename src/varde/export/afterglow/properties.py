"""Property files: `name=value` lines, read once, every expression checked before anything is drawn."""

from dataclasses import dataclass, field

from varde.export.afterglow.evaluate import Scope, evaluate
from varde.export.afterglow.grammar import Literal, Statement, parse
from varde.export.afterglow.tokens import RefusedError
from varde.model import VardeError, visible

ROLES = ("source", "event", "target")
LINES_MAX = 2000
"""Lines of a file; each property is a column to compute."""

EXPRESSIONS = {
    "color": (*ROLES, "sourcetarget", "edge"), "size": (*ROLES, "edge"), "label": (*ROLES, "edge"), "cluster": ROLES,
}  # fmt: skip
SHAPES = ("box", "polygon", "circle", "ellipse", "invtriangle", "octagon", "pentagon", "diamond", "point", "triangle", "plaintext", "Mrecord")
SWITCHES = ("xlabels", "concentrate", "gdf", "graphson", "label.duplicate")
REFUSED = {
    "variable": "code to run at the start is not taken from a property file",
    "exit": "code to run at the end is not taken from a property file",
}


@dataclass(slots=True)
class Properties:
    """What a file says. `rules` has the statements of `color.source` and so on, in order, with the line they stand in."""

    path: str = ""
    rules: dict[str, list[tuple[int, Statement]]] = field(default_factory=dict)
    shapes: dict[str, str] = field(default_factory=dict)
    thresholds: dict[str, int] = field(default_factory=dict)
    sums: dict[str, bool] = field(default_factory=dict)
    switches: dict[str, bool] = field(default_factory=dict)
    max_node_size: float | None = None
    url: str = ""


def read_properties(text: str, path: str) -> Properties:
    """Read a property file. Raises VardeError with file and line for whatever is not in the safe part of the language."""
    properties = Properties(path)
    lines = text.splitlines()
    if len(lines) > LINES_MAX:
        raise VardeError(f"{visible(path)}: more than {LINES_MAX} lines")
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        try:
            _set(properties, *_halves(stripped), number)
        except RefusedError as error:
            raise VardeError(f"{visible(path)}: line {number}: {visible(str(error))}") from error
    return properties


def _halves(line: str) -> tuple[str, str]:
    name, equals, value = line.partition("=")
    if not equals:
        raise RefusedError("a property is written as name=value")
    return name.strip(), value.strip()


def _set(properties: Properties, name: str, value: str, line: int) -> None:
    head, _, role = name.partition(".")
    if name in REFUSED:
        raise RefusedError(f"{name}: {REFUSED[name]}")
    if name in SWITCHES:
        properties.switches[name] = _plain(value) != "0"
    elif head in EXPRESSIONS:
        _set_rule(properties, head, role, value, line)
    elif name == "url":
        properties.url = _link(value.rstrip(";").strip('"'))
    elif name.lower() == "maxnodesize":
        properties.max_node_size = _number(value)
    else:
        _set_for_roles(properties, head, role, value)


def _set_rule(properties: Properties, head: str, role: str, value: str, line: int) -> None:
    if role and role not in EXPRESSIONS[head]:
        raise RefusedError(f"there is no {head}.{role[:40]}: {', '.join(f'{head}.{known}' for known in EXPRESSIONS[head])}")
    statement = parse(value)
    every = (*ROLES, "sourcetarget") if head == "color" else ROLES
    for known in (role,) if role else every:
        scope = Scope(("source", "event", "target", "meta1", "meta2"), "source" if known in ("edge", "sourcetarget") else known)
        for tree in (statement.value, statement.condition):
            if tree is not None:
                evaluate(tree, scope)  # a pattern that cannot be compiled is said now, with its line
        properties.rules.setdefault(f"{head}.{known}", []).append((line, statement))


def _set_for_roles(properties: Properties, head: str, role: str, value: str) -> None:
    if role and role not in ROLES:
        raise RefusedError(f"there is no property {head[:40]}.{role[:40]}")
    roles = (role,) if role else ROLES
    if head == "shape":
        if _plain(value) not in SHAPES:
            raise RefusedError(f"there is no shape {_plain(value)[:40]!r}: {', '.join(SHAPES)}")
        properties.shapes |= dict.fromkeys(roles, _plain(value))
    elif head == "threshold":
        properties.thresholds |= dict.fromkeys(roles, int(_number(value)))
    elif head == "sum":
        properties.sums |= dict.fromkeys(roles, _plain(value) != "0")
    else:
        raise RefusedError(f"there is no property {head[:40]!r}")


def _link(url: str) -> str:
    """A link that leads to a page and runs nothing, whoever wrote the file and whatever the nodes are called."""
    if not url.lower().startswith(("http://", "https://")):
        raise RefusedError(f"a link begins with http:// or https://, not {url[:40]!r}")
    return url


def _plain(value: str) -> str:
    """A value that is a text or a number and nothing else."""
    statement = parse(value)
    if statement.condition is not None or not isinstance(statement.value, Literal):
        raise RefusedError(f"a plain value was expected, not {value[:40]!r}")
    plain = statement.value.value
    return f"{plain:g}" if isinstance(plain, float) else plain


def _number(value: str) -> float:
    try:
        return float(_plain(value))
    except ValueError as error:
        raise RefusedError(f"a number was expected, not {value[:40]!r}") from error
