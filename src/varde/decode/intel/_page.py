"""The reference page of the list formats, made from the formats."""

from varde.decode.intel import FORMATS, REFUSALS
from varde.decode.intel._values import REASONS

_INTRODUCTION = """\
# Formats of lists

Varde reads {count} formats of block lists and threat intelligence and tells them apart by their first lines; `format` of a `[[list]]` and
`--as` name one. Values are IPv4 and IPv6 addresses, networks of any prefix, ranges (`first-last`), domain names, URLs and hashes, also
defanged (`evil[.]example`, `hxxp://`); a port behind an address is dropped, bits behind a prefix too. Other kinds of indicators are
kept, counted and never matched.

Any other CSV or JSON is read by a mapping in the configuration, `columns` of a `[[list]]`: which column, or which path such as
`data[].ip`, is the value, and which tell about it (see [how to match](../how-to/lists.md)).

What cannot be read is rejected with its line, its text and a reason: {reasons}.

This page is made by `python -m varde.decode.intel`.
"""

_SECTION = """\
## {name}

{title}.

Described in: {manual}.

```
{example}
```
"""


def list_page() -> str:
    """Markdown with a section for each format."""
    head = _INTRODUCTION.format(count=len(FORMATS), reasons=", ".join(f"`{reason}`" for reason in (*REASONS, *REFUSALS)))
    sections = [_SECTION.format(name=form.name, title=form.title, manual=form.manual, example=form.example) for form in FORMATS.values()]
    return "\n".join([head, *sections])
