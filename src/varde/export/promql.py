"""Panels asked of Prometheus: the expression that draws a line, in what comes a minute or in the value itself."""

from collections.abc import Sequence

from varde.export.prometheus import escaped
from varde.model.panels import Each, Line, Panel

Matcher = tuple[str, str, str]
"""Label, `=` or `=~`, and what it is compared with."""

_REGEX_SIGNS = frozenset(r"\.+*?()|[]{}^$")


def line_expression(panel: Panel, line: Line, window: str, matchers: Sequence[Matcher] = ()) -> str:
    """One curve. `window`: what a rate is taken over, such as 5m."""
    wanted = [*_of_values(line.label, line.values), *matchers]
    return f"sum({_counted(panel, line.family, wanted, window)}){_times(panel)}"


def each_expression(panel: Panel, each: Each, window: str, matchers: Sequence[Matcher] = ()) -> str:
    """A curve for every value of a label. Of what is a value, not a sum but the largest: an age of two stations is no age."""
    how = "sum" if panel.rate else "max"
    return f"{how} by ({each.label}) ({_counted(panel, each.family, matchers, window)}){_times(panel)}"


def curve_expression(panel: Panel, name: str, title: str, window: str = "5m") -> str:
    """The curve of that field name: of an `Each`, of the value of the label that is its title."""
    if isinstance(panel.lines, Each):
        wanted: list[Matcher] = [(panel.lines.label, "=", title)]
        return f"{'sum' if panel.rate else 'max'}({_counted(panel, panel.lines.family, wanted, window)}){_times(panel)}"
    return line_expression(panel, next(line for line in panel.lines if line.name == name), window)


def _counted(panel: Panel, family: str, matchers: Sequence[Matcher], window: str) -> str:
    chosen = family + _selector(matchers)
    if not panel.rate:
        return chosen
    # a gauge that mostly grows may shrink, which `rate` would take for a counter that began again
    return f"{'rate' if family.endswith('_total') else 'deriv'}({chosen}[{window}])"


def _times(panel: Panel) -> str:
    return " * 60" if panel.rate else ""


def _of_values(label: str, values: tuple[str, ...]) -> list[Matcher]:
    if not label:
        return []
    return [(label, "=", values[0])] if len(values) == 1 else [(label, "=~", "|".join(map(_plain, values)))]


def _plain(text: str) -> str:
    return "".join(f"\\{sign}" if sign in _REGEX_SIGNS else sign for sign in text)


def _selector(matchers: Sequence[Matcher]) -> str:
    return "{" + ",".join(f'{label}{sign}"{escaped(value)}"' for label, sign, value in matchers) + "}" if matchers else ""
