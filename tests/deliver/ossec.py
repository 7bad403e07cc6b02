"""OSSEC as far as Varde's decoders and rules need it: its own regular expressions, pre-decoding, decoders, rules.

Written from its documentation (https://www.ossec.net/docs/docs/syntax/regex.html, head_decoders.html, head_rules.html). Engines
differ in how far `+` and `*` reach: every expression is read both ways, as little and as much as possible, and must say the same.
"""

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_CLASSES = {
    "w": r"[A-Za-z0-9@_-]", "d": r"[0-9]", "s": r"[ ]", "t": r"[\t]", "p": r"""[()*+,\-.:;<=>?\[\]!"'#$%&|{}]""", "W": r"[^A-Za-z0-9@_-]",
    "D": r"[^0-9]", "S": r"[^ ]", ".": r".",
}  # fmt: skip
_ESCAPED = "$()\\|"


def translated(pattern: str, *, greedy: bool) -> str:
    """One alternative as a Python expression. Fails for what OSSEC does not know, such as + after a plain character."""
    out, place = [], 0
    while place < len(pattern):
        character = pattern[place]
        if character == "\\":
            following = pattern[place + 1]
            place += 2
            if following in _CLASSES:
                repeat = pattern[place] if pattern[place : place + 1] in ("+", "*") else ""
                place += len(repeat)
                last = not pattern[place:].strip(")")  # nothing follows: it takes all it can
                out.append(_CLASSES[following] + repeat + ("" if greedy or last or not repeat else "?"))
            else:
                assert following in _ESCAPED, f"\\{following} is unknown to OSSEC"
                out.append(re.escape(following))
            continue
        place += 1
        is_anchor = (character == "^" and place == 1) or (character == "$" and place == len(pattern))
        out.append(character if character in "()" or is_anchor else re.escape(character))
    return "".join(out)


def search(pattern: str, text: str) -> tuple[str, ...] | None:
    """The groups of OS_Regex, None where it does not match. Fails where the two readings differ."""
    for alternative in re.split(r"(?<!\\)\|", pattern):
        readings = [re.search(translated(alternative, greedy=greedy), text, re.IGNORECASE) for greedy in (False, True)]
        groups = [reading.groups() if reading else None for reading in readings]
        assert groups[0] == groups[1], f"{alternative} can be read in two ways: {groups}"
        if groups[0] is not None:
            return groups[0]
    return None


def match(pattern: str, text: str) -> bool:
    """OS_Match: plain text, with ^, $ and |."""
    return any(_matches(alternative, text.lower()) for alternative in pattern.lower().split("|"))


def _matches(pattern: str, text: str) -> bool:
    begin, end = pattern.startswith("^"), pattern.endswith("$")
    plain = pattern[begin : len(pattern) - end]
    places = [text.startswith(plain) if begin else True, text.endswith(plain) if end else True]
    return all(places) and plain in text


@dataclass
class Event:
    """A log line as OSSEC goes on with it."""

    log: str
    program: str | None = None
    decoder: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)


_HEADER = re.compile(r"(?:<[0-9]+>)?[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} ([A-Za-z0-9._-]+) ([A-Za-z0-9._/-]+)(?:\[[0-9]+\])?: (.*)")


def predecoded(line: str) -> Event:
    """Program and message of an RFC 3164 line; all of any other line."""
    found = _HEADER.fullmatch(line)
    return Event(found[3], found[2]) if found else Event(line)


class Decoders:
    def __init__(self, path: Path) -> None:
        root = ElementTree.fromstring(f"<all>{path.read_text()}</all>")
        self.all = list(root)
        self.roots = [each for each in self.all if each.find("parent") is None]

    def decode(self, event: Event) -> Event:
        """The first root that fits, then its first child that fits; a child is known by its parent's name."""
        for root in self.roots:
            program, prematch = root.findtext("program_name"), root.findtext("prematch")
            if (program and not (event.program and match(program, event.program))) or (prematch and search(prematch, event.log) is None):
                continue
            event.decoder = root.get("name")
            self._child(root, event)
            break
        return event

    def _child(self, root: ElementTree.Element, event: Event) -> None:
        for child in self.all:
            if child.findtext("parent") != root.get("name") or search(child.findtext("prematch", ""), event.log) is None:
                continue
            groups = search(child.findtext("regex", ""), event.log)
            if groups is not None:
                names = [name.strip() for name in child.findtext("order", "").split(",")]
                assert len(names) == len(groups)
                event.fields = dict(zip(names, groups, strict=True))
            return


def json_decoded(line: str) -> Event:
    """What Wazuh's JSON decoder makes of a line: fields as text."""
    row = json.loads(line)
    return Event(line, decoder="json", fields={key: value if isinstance(value, str) else json.dumps(value) for key, value in row.items()})


class Rules:
    def __init__(self, *paths: Path) -> None:
        self.all = [rule for path in paths for rule in ElementTree.fromstring(f"<all>{path.read_text()}</all>").iter("rule")]
        assert len({rule.get("id") for rule in self.all}) == len(self.all)

    def fire(self, event: Event) -> tuple[str, int]:
        """Id and level of the deepest rule that fits; siblings are asked from the highest level down. ('', 0) where none does."""
        roots = [rule for rule in self.all if rule.find("decoded_as") is not None]
        return self._deepest(roots, event) or ("", 0)

    def _deepest(self, rules: list[ElementTree.Element], event: Event) -> tuple[str, int] | None:
        for rule in sorted(rules, key=lambda rule: -int(rule.get("level", "0"))):
            if self._fits(rule, event):
                own = rule.get("id", ""), int(rule.get("level", "0"))
                children = [other for other in self.all if own[0] in re.split(r"\s*,\s*", other.findtext("if_sid", ""))]
                return self._deepest(children, event) or own
        return None

    def _fits(self, rule: ElementTree.Element, event: Event) -> bool:
        wanted = [rule.findtext("decoded_as", event.decoder or "") == event.decoder]
        wanted += [match(each.text or "", event.log) for each in rule.findall("match")]
        wanted += [search(each.text or "", event.log) is not None for each in rule.findall("regex")]
        wanted += [search(each.text or "", event.fields.get(each.get("name", ""), "")) is not None for each in rule.findall("field")]
        return all(wanted) and rule.find("if_matched_group") is None
