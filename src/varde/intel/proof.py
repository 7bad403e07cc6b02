"""The RPZ prover: reads a finished policy zone and proves that every listed name and address is blocked, and that nothing allowed is.

It knows nothing of who wrote the zone. Names are a tree: the owners and all names above them. A question for a name that is
in the tree gets what stands there, which is nothing where the name only lies between others; one for a name that is not gets
what the wildcard at the nearest name above says that *is* in the tree, and nothing where there is no wildcard (RFC 4592
section 3.3.1). So it is enough to look, at each name of the tree, at the name itself and at one fresh name under it, and at
each listed or allowed name that is not in the tree (and under it, where it is allowed alone): every other name gets the answer of
one of these. That makes it a proof.

Not proved: names with an asterisk as a label, which no host has; rules by client and by name server, which are counted."""

import ipaddress
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from publicsuffixlist import PSLFILE, PublicSuffixList

from varde.intel.special import SPECIAL
from varde.intel.zonefile import Record, Zone

SAMPLES_MAX = 1000
"""Leaks of each kind that are named; all are counted."""

SHORTEST = {4: 8, 6: 19}
"""Bits of the largest networks that a list may name; a larger one must not be blocked."""

NAME_OCTETS = 255

BLOCK, PASS = "block", "pass"

_SPACE = {4: 32, 6: 128}
_IP = "rpz-ip"
_OTHER_TRIGGERS = ("rpz-client-ip", "rpz-nsdname", "rpz-nsip")
_MAYBE_LISTED = "documentation"

Range = tuple[int, int]
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that the zone does not do as it should. `kind` is a key of KINDS."""

    kind: str
    what: str
    why: str


KINDS = {
    "leak": "listed, and not blocked",
    "allowed": "allowed, and blocked all the same",
    "too_much": "blocked, and on no list",
    "malformed": "a rule that does nothing, or that no server loads",
}
"""What a proof fails on."""


@dataclass(slots=True)
class Proof:
    """What was proved."""

    names: int = 0
    "Listed names that are blocked with all under them but what is allowed."
    addresses: int = 0
    "Listed addresses and networks that are blocked but for what is allowed."
    allowed: int = 0
    "Allowed entries that are reachable."
    owners: int = 0
    serial: int | None = None
    refused: Counter[str] = field(default_factory=Counter)
    "Listed entries that must not be blocked, or that no zone can hold, by reason."
    counts: Counter[str] = field(default_factory=Counter)
    leaks: list[Leak] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.counts

    def fail(self, kind: str, what: str, why: str) -> None:
        self.counts[kind] += 1
        if self.counts[kind] <= SAMPLES_MAX:
            self.leaks.append(Leak(kind, what, why))


@dataclass(frozen=True, slots=True)
class Expected:
    """What a zone is held against. `names` and `networks` are listed; the rest is never blocked."""

    names: frozenset[str]
    networks: tuple[str, ...] = ()
    allowed: frozenset[str] = frozenset()
    "Names with all under them."
    alone: frozenset[str] = frozenset()
    "Names by themselves."
    allowed_networks: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str], networks: Iterable[str], allow: Iterable[str] = ()) -> "Expected":
        """`allow` has entries as the configuration has them: an address, a network, a name, `=name` for it alone."""
        ways: set[str] = set()
        alone: set[str] = set()
        space: list[str] = []
        for entry in allow:
            bare = entry.removeprefix("=").rstrip(".").lower()
            if _is_network(entry):
                space.append(entry)
            else:
                (alone if entry.startswith("=") else ways).add(bare)
        return cls(frozenset(names), tuple(networks), frozenset(ways), frozenset(alone), tuple(space))


def prove(zone: Zone, expected: Expected) -> Proof:
    """Hold a zone against what is listed and allowed."""
    proof = Proof(owners=len(zone.records), serial=zone.serial)
    for problem in zone.problems:
        proof.fail("malformed", problem.partition(": ")[2], problem.partition(": ")[0])
    proof.counts["malformed"] += zone.problem_count - len(zone.problems)
    proof.counts += Counter()  # drops what is nothing
    rules = _sorted_rules(zone, proof)
    _Names(rules.names, expected, zone.origin, proof).prove()
    _prove_addresses(rules.networks, expected, proof)
    return proof


@dataclass(slots=True)
class _Rules:
    names: dict[str, str] = field(default_factory=dict)
    "Owner to action."
    networks: list[tuple[_Network, str]] = field(default_factory=list)


def _sorted_rules(zone: Zone, proof: Proof) -> _Rules:
    """Owners by what they are rules about."""
    rules, others = _Rules(), 0
    usual: dict[Record, str] = {("CNAME", target): BLOCK for target in (".", "*.", "rpz-drop.")} | {("CNAME", "rpz-passthru."): PASS}
    for owner, records in zone.records.items():
        if not owner:
            continue
        action = (len(records) == 1 and usual.get(records[0])) or _action(owner, records, zone.origin, proof)
        trigger = owner.rpartition(".")[2] if "rpz-" in owner else ""
        if trigger in _OTHER_TRIGGERS:
            others += 1
        elif trigger == _IP:
            net = _network_of(owner.rpartition(".")[0])
            if isinstance(net, str):
                proof.fail("malformed", owner, net)
            else:
                rules.networks.append((net, action))
        else:
            rules.names[owner] = action
    if others:
        proof.notes.append(f"{others:,} rules by client or by name server were not looked at")
    return rules


def _action(owner: str, records: Sequence[Record], origin: str | None, proof: Proof) -> str:
    """What the resolver does; what no server loads is a failure."""
    if len(records) > 1 and any(kind == "CNAME" for kind, _ in records):
        proof.fail("malformed", owner, "a CNAME beside other records")
    kind, data = records[0]
    if kind in ("NS", "SOA", "DNAME"):
        proof.fail("malformed", owner, f"a {kind} record is no rule")
        return PASS
    # a name that is sent to itself passes: how it was written before there was rpz-passthru
    passes = kind == "CNAME" and data in ("rpz-passthru.", "rpz-tcp-only.", f"{owner.removeprefix('*.')}.")
    return PASS if passes else BLOCK


class _Names:
    """The tree of the zone's names against listed and allowed ones."""

    def __init__(self, rules: dict[str, str], expected: Expected, origin: str | None, proof: Proof) -> None:
        self._rules, self._expected, self._proof = rules, expected, proof
        self._longest = NAME_OCTETS - 2 - (len(origin) + 1 if origin else 0)
        self._tree = _tree(rules)
        self._listed = self._blockable()

    def _blockable(self) -> frozenset[str]:
        """Listed names but public suffixes, what is not a name of two labels, and what no zone of this name can hold."""
        bad = {name: reason for name in self._expected.names if (reason := self._refusal(name))}
        self._proof.refused.update(bad.values())
        return self._expected.names - bad.keys()

    def _refusal(self, name: str) -> str:
        above = name.partition(".")[2]
        if not above or ((name in _suffixes_named() or above in _suffixes_named()) and _suffix_list().is_public(name)):
            return "public suffix"
        if "rpz-" in name and name.rpartition(".")[2] in (_IP, *_OTHER_TRIGGERS):
            return "the name of another rule"
        # a fresh name under it needs an asterisk and a dot more
        return "too long for the zone" if len(name) + 2 > self._longest else ""

    def prove(self) -> None:
        alone = self._expected.alone
        for name in self._tree:
            wanted = self._wanted(name)
            self._look(name, name, self._rules.get(name), PASS if name in alone else wanted)
            self._look(name, f"*.{name}", self._below(name), wanted)
        outside = [name for name in (*self._listed, *self._expected.allowed, *self._expected.alone) if name not in self._tree]
        for name in outside:
            said, wanted = self._below(self._encloser(name)), self._wanted(name)
            self._look(name, name, said, PASS if name in alone else wanted)
            if name in alone:  # those under it are another matter
                self._look(name, f"*.{name}", said, wanted)
        self._count()

    def _wanted(self, name: str) -> str | None:
        """What must happen to a fresh name under this one, and to this one if it is not allowed alone; None where nothing says."""
        listed = None
        allowed, of_lists = self._expected.allowed, self._listed
        while name:
            if name in allowed:
                return PASS
            if name in of_lists:
                listed = BLOCK
                if not allowed:
                    break
            name = name.partition(".")[2]
        return listed

    def _below(self, name: str) -> str | None:
        """What a fresh name gets whose nearest name in the tree is this one."""
        return self._rules.get(f"*.{name}" if name else "*")

    def _encloser(self, name: str) -> str:
        """The nearest name above that is in the tree; the empty text is the apex."""
        while name and name not in self._tree:
            name = name.partition(".")[2]
        return name

    def _look(self, node: str, asked: str, said: str | None, wanted: str | None) -> None:
        if (said == BLOCK) == (wanted == BLOCK):
            return
        if said != BLOCK:
            self._proof.fail("leak", asked, self._why_not(node, asked, said))
        elif wanted == PASS:
            self._proof.fail("allowed", asked, self._why_blocked(node, asked))
        else:
            self._proof.fail("too_much", asked, "no list has it")

    def _why_blocked(self, node: str, asked: str) -> str:
        if asked in self._rules:
            return f"the rule {asked}"
        return f"the wildcard *.{self._encloser(node)}"

    def _why_not(self, node: str, asked: str, said: str | None) -> str:
        if said == PASS:
            return "the zone lets it pass"
        if node not in self._tree:
            return f"no wildcard at {self._encloser(node) or 'the apex'}"
        if asked == node and node not in self._rules:
            return "it lies between two names of the zone, and no wildcard speaks for it"
        return f"there is no rule {asked}, and {node} in the zone silences every wildcard above"

    def _count(self) -> None:
        failed = {leak.what.removeprefix("*.") for leak in self._proof.leaks}
        # a listed name fails with every name under it that does
        broken = {part for name in failed for part in _suffixes(name)}
        hidden = {name for name in self._listed if any(part in self._expected.allowed for part in _suffixes(name))} if self._expected.allowed else set()
        self._proof.refused["allowed"] += len(hidden)
        self._proof.refused += Counter()
        self._proof.names = len(self._listed) - len(hidden) - sum(1 for name in broken if name in self._listed and name not in hidden)
        self._proof.allowed += sum(1 for name in (*self._expected.allowed, *self._expected.alone) if name not in failed)


@cache
def _suffix_list() -> PublicSuffixList:
    return PublicSuffixList()


@cache
def _suffixes_named() -> frozenset[str]:
    """Names that rules of the Public Suffix List are about. Only they, and names right under them, can be suffixes; what a name is, the
    library tells in six times as long as it takes to look here."""
    lines = Path(PSLFILE).read_text("utf-8").splitlines()
    rules = {line.split()[0].lstrip("!").removeprefix("*.") for line in lines if line.strip() and not line.startswith("//")}
    return frozenset(rules | {rule.encode("idna").decode() for rule in rules})


def _tree(rules: Iterable[str]) -> set[str]:
    """Owners without their asterisks, and all names above them; the apex is not among them."""
    tree: set[str] = set()
    for owner in rules:
        name = owner.removeprefix("*.")
        while name and name not in tree and name != "*":
            tree.add(name)
            name = name.partition(".")[2]
    return tree


def _suffixes(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.partition(".")[2]


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _network_of(owner: str) -> _Network | str:
    """`24.0.2.0.192` or `48.zz.1.db8.2001` as a network; else why it is none. Servers load such rules, and they match nothing."""
    length, *groups = owner.split(".")
    if not length.isdecimal() or not length.isascii() or len(length) > 3 or length != str(int(length)):
        return "it does not begin with the length of a prefix"
    is_v4 = len(groups) == 4 and all(group.isdecimal() for group in groups)
    text = ".".join(reversed(groups)) if is_v4 else _with_colons(list(reversed(groups)))
    try:
        net = ipaddress.ip_network(f"{text}/{length}")
    except ValueError as error:
        return "bits behind the prefix are set" if "host bits" in str(error) else "it is no network"
    return net if owner == _written(net) else f"it is not written as servers look it up: {_written(net)}"


def _with_colons(groups: list[str]) -> str:
    text = ":".join("" if group == "zz" else group for group in groups)
    text = f":{text}" if groups[:1] == ["zz"] else text
    return f"{text}:" if groups[-1:] == ["zz"] else text


def _written(net: _Network) -> str:
    """The one spelling that matches."""
    if isinstance(net, ipaddress.IPv4Network):
        return ".".join([str(net.prefixlen), *reversed(str(net.network_address).split("."))])
    groups = [f"{int(group, 16):x}" for group in net.network_address.exploded.split(":")]
    best = max(((end - begin, -begin) for begin in range(8) for end in range(begin + 2, 9) if groups[begin:end] == ["0"] * (end - begin)), default=None)
    if best:
        groups[-best[1] : -best[1] + best[0]] = ["zz"]
    return ".".join([str(net.prefixlen), *reversed(groups)])


def _prove_addresses(rules: list[tuple[_Network, str]], expected: Expected, proof: Proof) -> None:
    listed = [ipaddress.ip_network(text) for text in expected.networks]
    small = [net for net in listed if net.prefixlen >= SHORTEST[net.version]]
    proof.refused["prefix too short"] += len(listed) - len(small)
    free = [ipaddress.ip_network(text, strict=False) for text in expected.allowed_networks]
    special = [ipaddress.ip_network(text) for text, name in SPECIAL.items() if name != _MAYBE_LISTED]
    for version in _SPACE:
        wanted = _Space(_of(small, version))
        allowed = _Space(_of([*free, *special], version))
        blocked = _Space(_blocked([(net, action) for net, action in rules if net.version == version]))
        due = wanted.minus(allowed)
        _tell(proof, "leak", version, due.minus(blocked), "no rule for it")
        _tell(proof, "allowed", version, blocked.minus(blocked.minus(allowed)), "a rule for it, or for a network around it")
        _tell(proof, "too_much", version, blocked.minus(wanted).minus(allowed), "no list has it")
        missing = due.minus(blocked)
        mine = [_range(net) for net in small if net.version == version]
        proof.addresses += sum(1 for net in mine if due.meets(net) and not missing.meets(net))
        proof.refused["special or allowed space"] += sum(1 for net in mine if not due.meets(net))
        reachable = blocked.minus(blocked.minus(allowed))
        proof.allowed += sum(1 for net in free if net.version == version and not reachable.meets(_range(net)))
    proof.refused += Counter()  # drops what is nothing


def _tell(proof: Proof, kind: str, version: int, space: "_Space", why: str) -> None:
    make = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    for first, last in space.ranges:
        proof.fail(kind, str(make(first)) if first == last else f"{make(first)} to {make(last)}", why)


def _range(net: _Network) -> Range:
    return int(net.network_address), int(net.broadcast_address)


def _of(nets: Iterable[_Network], version: int) -> Iterator[Range]:
    return (_range(net) for net in nets if net.version == version)


def _blocked(rules: list[tuple[_Network, str]]) -> list[Range]:
    """What is blocked where the smallest network around an address decides."""
    space = _Space([])
    for net, action in sorted(rules, key=lambda rule: rule[0].prefixlen) if any(action == PASS for _, action in rules) else []:
        one = _Space([_range(net)])
        space = space.minus(one) if action == PASS else _Space([*space.ranges, *one.ranges])
    return space.ranges or [_range(net) for net, action in rules if action == BLOCK]


class _Space:
    """A set of addresses as ranges: disjoint, in order, neighbours joined."""

    def __init__(self, ranges: Iterable[Range]) -> None:
        self.ranges: list[Range] = []
        for first, last in sorted(ranges):
            if self.ranges and first <= self.ranges[-1][1] + 1:
                self.ranges[-1] = (self.ranges[-1][0], max(last, self.ranges[-1][1]))
            else:
                self.ranges.append((first, last))

    def minus(self, other: "_Space") -> "_Space":
        """What is in here and not in there: one walk through both."""
        out: list[Range] = []
        at = 0
        for begin, last in self.ranges:
            first = begin
            while at < len(other.ranges) and other.ranges[at][1] < first:
                at += 1
            look = at
            while look < len(other.ranges) and other.ranges[look][0] <= last:
                cut_first, cut_last = other.ranges[look]
                if cut_first > first:
                    out.append((first, cut_first - 1))
                first = max(first, cut_last + 1)
                look += 1
            if first <= last:
                out.append((first, last))
        made = _Space([])
        made.ranges = out
        return made

    def meets(self, space: Range) -> bool:
        """Whether any of a range is in here."""
        low, high = 0, len(self.ranges)
        while low < high:
            middle = (low + high) // 2
            if self.ranges[middle][1] < space[0]:
                low = middle + 1
            else:
                high = middle
        return low < len(self.ranges) and self.ranges[low][0] <= space[1]
