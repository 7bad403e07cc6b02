"""DNS block lists (DNSBL, RFC 5782): asked about single addresses that something else already made suspect.

    address -> reversed name under the zone -> A (127.0.0.x: listed) -> TXT (why) -> kept for as long as the answer says

Every question tells the zone's owner which address is of interest, so none is asked unless zones are configured, never about special
space or the owner's networks, at a bounded pace, and not again before the answer has run out."""

import ipaddress
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from varde.intel import Guards
from varde.intel.intervals import Network
from varde.model import VardeError, visible
from varde.store import Facts

LIFETIME_SECONDS = 4.0
"""For one question, with all repeats: a resolver that needs longer is not there."""

TTL_MIN, TTL_MAX = 300, 86_400
"""Seconds that an answer is kept: a zone that says 0 is not asked all the time, one that says a year is asked tomorrow."""

ERROR_TTL = 300
"""Seconds after which a question that failed is asked again."""

REST_SECONDS = 3_600.0
"""A zone that refuses us is left alone for so long; asking on makes it refuse for longer."""

ERRORS_MAX = 5
"""Questions in a row without an answer, after which a zone is left alone."""

KEPT_MAX = 10_000
"""Addresses whose answers are kept, 2 MB; the oldest go."""

TEXT_MAX = 300
"""Characters kept of what a zone says why."""

QUEUE_MAX = 1_000
"""Suspects that wait; more in one moment is a flood, of which a person reads no line."""

FACT = "dnsbl"
_REFUSALS = {
    "127.255.255.252": "the zone's name is misspelt", "127.255.255.254": "it does not answer public resolvers: ask through your own",
    "127.255.255.255": "too many questions were asked",
}  # fmt: skip
"""Answers that are errors (https://www.spamhaus.org/faqs/dnsbl-usage/); other zones use 127.255.255.0/24 in the same way."""

_LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
_ERRORS = ipaddress.ip_network("127.255.255.0/24")
TEST_LISTED, TEST_NOT = "127.0.0.2", "127.0.0.1"
"""Addresses that every zone lists, and that none does (RFC 5782 section 5)."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Zone:
    """A DNS block list: `resolver` is an address with a port or without; None is the machine's own."""

    name: str
    zone: str
    resolver: str | None = None
    per_minute: int = 60
    codes: Mapping[str, str] = field(default_factory=dict)
    "What its answers mean: 127.0.0.2 and so on."


@dataclass(frozen=True, slots=True)
class Found:
    """What a zone says of an address; moments are us since 1970 UTC. `error`: it said nothing, and why."""

    zone: str
    address: str
    listed: bool
    codes: tuple[str, ...] = ()
    text: str = ""
    asked: int = 0
    until: int = 0
    error: str = ""

    def said(self) -> str:
        """In a few words."""
        if self.error:
            return f"no answer: {self.error}"
        return f"listed ({', '.join(self.codes)}){': ' + self.text if self.text else ''}" if self.listed else "not listed"


class _RefusedError(Exception):
    """The zone answers that it does not answer us."""


class Dnsbl:
    """Zones, their answers so far, and the pace at which they are asked. One thread asks; any may read."""

    def __init__(
        self, zones: Sequence[Zone], facts: Facts, guards: Guards, *,
        clock: Callable[[], float] = time.time, pause: Callable[[float], bool] | None = None,
    ) -> None:  # fmt: skip
        """`pause` waits, and answers whether to stop."""
        self._zones, self._facts, self._clock = tuple(zones), facts, clock
        self._walls = [network for network, rule in guards.networks.items()]
        self._pause = pause or _wait
        self._resolvers = {zone.name: _resolver(zone) for zone in zones}
        self._next = dict.fromkeys(self._resolvers, 0.0)
        self._errors = dict.fromkeys(self._resolvers, 0)
        self._kept: dict[str, dict[str, Found]] = {}
        self._read()

    def known(self, address: str) -> list[Found]:
        """What is known of an address and has not run out. Asks nobody."""
        now = int(self._clock() * 1e6)
        return [found for found in self._kept.get(_plain(address), {}).values() if found.until > now]

    def ask(self, address: str) -> list[Found]:
        """What each zone says, asked where it is not known. Raises VardeError for what is no address, or none to ask about."""
        plain = _plain(address)
        if wall := _wall(ipaddress.ip_address(plain), self._walls):
            raise VardeError(f"{plain} lies in {wall}, which is nobody else's: no one is asked about it", status=1)
        known = {found.zone: found for found in self.known(plain)}
        found = [known.get(zone.name) or self._asked(zone, plain) for zone in self._zones]
        self._kept[plain] = {one.zone: one for one in found}
        return found

    def test(self) -> list[tuple[str, str]]:
        """Zones that do not work, and why: RFC 5782 has every zone list one address and not list another."""
        wrong: list[tuple[str, str]] = []
        for zone in self._zones:
            yes, no = self._asked(zone, TEST_LISTED), self._asked(zone, TEST_NOT)
            said = yes.error or no.error or ("" if yes.listed else f"it does not list {TEST_LISTED}, which every zone does")
            if said := said or (f"it lists {TEST_NOT}, which no zone does" if no.listed else ""):
                wrong.append((zone.name, said))
        return wrong

    def save(self) -> None:
        """Keep the answers over a restart. Raises VardeError when the disk refuses."""
        now = int(self._clock() * 1e6)
        live = {address: [one for one in found.values() if one.until > now] for address, found in self._kept.items()}
        newest = sorted(((max(one.asked for one in found), address) for address, found in live.items() if found), reverse=True)[:KEPT_MAX]
        self._kept = {address: {one.zone: one for one in live[address]} for _, address in newest}
        self._facts.put(FACT, {address: [asdict(one) for one in found.values()] for address, found in self._kept.items()})

    def _read(self) -> None:
        names = {zone.name for zone in self._zones}
        for address, entries in (self._facts.get(FACT) or {}).items():
            try:
                found = [Found(**{**entry, "codes": tuple(entry["codes"])}) for entry in entries]
            except (TypeError, KeyError):
                continue  # of another version: asked anew
            self._kept[address] = {one.zone: one for one in found if one.zone in names}

    def _asked(self, zone: Zone, address: str) -> Found:
        """Ask one zone, when its turn comes."""
        now = self._clock()
        wait = self._next[zone.name] - now
        if wait > REST_SECONDS / 60:
            return self._failed(zone, address, "it is left alone for a while, because it refused or did not answer")
        if wait > 0 and self._pause(wait):
            return self._failed(zone, address, "stopped")
        self._next[zone.name] = max(now, self._next[zone.name]) + 60.0 / zone.per_minute
        try:
            found = self._answer(zone, address)
        except _RefusedError as refused:
            self._next[zone.name] = self._clock() + REST_SECONDS
            return self._failed(zone, address, str(refused))
        except dns.exception.DNSException as error:
            self._errors[zone.name] += 1
            if self._errors[zone.name] >= ERRORS_MAX:
                self._next[zone.name], self._errors[zone.name] = self._clock() + REST_SECONDS, 0
            return self._failed(zone, address, visible(str(error))[:TEXT_MAX] or type(error).__name__)
        self._errors[zone.name] = 0
        return found

    def _failed(self, zone: Zone, address: str, said: str) -> Found:
        now = int(self._clock() * 1e6)
        return Found(zone.name, address, listed=False, asked=now, until=now + ERROR_TTL * 1_000_000, error=said)

    def _answer(self, zone: Zone, address: str) -> Found:
        name, resolver = reversed_name(address, zone.zone), self._resolvers[zone.name]
        now = int(self._clock() * 1e6)
        try:
            answer = resolver.resolve(name, "A", search=False, lifetime=LIFETIME_SECONDS)
        except dns.resolver.NXDOMAIN as absent:
            response = absent.response(name)  # type: ignore[no-untyped-call]
            return Found(zone.name, address, listed=False, asked=now, until=now + _negative_ttl(response.authority) * 1_000_000)
        except dns.resolver.NoAnswer as empty:
            response = empty.kwargs["response"]
            return Found(zone.name, address, listed=False, asked=now, until=now + _negative_ttl(response.authority) * 1_000_000)
        codes = tuple(sorted(record.address for record in answer))[:_CODES_MAX]
        _check(codes)
        ttl = min(max(int(answer.rrset.ttl if answer.rrset else 0), TTL_MIN), TTL_MAX)
        text = ", ".join(zone.codes[code] for code in codes if code in zone.codes) or _reason(resolver, name)
        return Found(zone.name, address, True, codes, text[:TEXT_MAX], now, now + ttl * 1_000_000)


_CODES_MAX = 20  # a zone gives a handful


def reversed_name(address: str, zone: str) -> dns.name.Name:
    """The name that is asked for: octets, or nibbles of IPv6, in reverse (RFC 5782 sections 2.1 and 2.4)."""
    parsed = ipaddress.ip_address(address)
    digits = str(parsed).split(".") if isinstance(parsed, ipaddress.IPv4Address) else parsed.exploded.replace(":", "")
    return dns.name.from_text(".".join(reversed(list(digits))) + "." + zone.strip(".") + ".")


def _check(codes: tuple[str, ...]) -> None:
    """Raises _RefusedError for answers that are no listing."""
    for code in codes:
        parsed = ipaddress.ip_address(code)
        if parsed in _ERRORS:
            raise _RefusedError(f"the zone refuses ({code}): {_REFUSALS.get(code, 'it says not why')}")
        if parsed not in _LOOPBACK:
            raise _RefusedError(f"it answered {code}, which is no listing: the resolver or the zone makes answers up")


def _reason(resolver: dns.resolver.Resolver, name: dns.name.Name) -> str:
    """What the zone says why; nothing where it does not."""
    try:
        answer = resolver.resolve(name, "TXT", search=False, lifetime=LIFETIME_SECONDS)
    except dns.exception.DNSException:
        return ""
    texts = [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
    return visible("; ".join(texts))[:TEXT_MAX]


def _negative_ttl(authority: Iterable[Any]) -> int:
    """How long "not listed" is right, by the zone's SOA (RFC 2308 section 5)."""
    for records in authority:
        if records.rdtype == dns.rdatatype.SOA:
            return min(max(min(int(records.ttl), int(records[0].minimum)), TTL_MIN), TTL_MAX)
    return TTL_MIN


def _resolver(zone: Zone) -> dns.resolver.Resolver:
    """Raises VardeError where the machine has no resolver."""
    if zone.resolver is None:
        try:
            return dns.resolver.Resolver()
        except dns.exception.DNSException:
            raise VardeError(f"this machine names no resolver to ask zone {zone.name} through; set `resolver` of its [[dnsbl]]") from None
    made = dns.resolver.Resolver(configure=False)
    host, port = resolver_address(zone.resolver)
    made.nameservers, made.port = [host], port
    return made


def resolver_address(text: str) -> tuple[str, int]:
    """`192.0.2.53`, `192.0.2.53:5353` or `[2001:db8::53]:5353`. Raises VardeError for anything else."""
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)|([0-9A-Fa-f:]+))(?:(?<!:):([0-9]{1,5}))?", text)
    host = next((part for part in match.groups()[:3] if part), "") if match else ""
    port = int(match[4]) if match and match[4] else 53
    try:
        ipaddress.ip_address(host)
    except ValueError:
        host = ""
    if not host or not 0 < port < 65536:
        raise VardeError(f"{text!r} is no resolver. Write its address, with a port where it is not 53: 192.0.2.53 or [2001:db8::53]:5353.")
    return host, port


def _plain(address: str) -> str:
    """RFC 5952 text. Raises VardeError."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        raise VardeError(f"{visible(address)} is no address") from None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def _wall(address: _Address, walls: Iterable[Network]) -> Network | None:
    return next((wall for wall in walls if wall.version == address.version and address in wall), None)


def _wait(seconds: float) -> bool:
    time.sleep(seconds)
    return False


class Suspects:
    """Asks, in a thread of its own, about addresses that warnings name."""

    def __init__(self, dnsbl: Dnsbl, note: Callable[[str], None], stop: threading.Event) -> None:
        """`stop` is the event whose `wait` the zones' pace is kept with."""
        self._dnsbl, self._note, self._stop = dnsbl, note, stop
        self._waiting: deque[str] = deque(maxlen=QUEUE_MAX)
        self._any = threading.Event()
        self._said: set[str] = set()
        self._thread: threading.Thread | None = None

    def suspect(self, addresses: Iterable[str]) -> None:
        """Ask about these when their turn comes; what is known is not asked again. Never waits."""
        fresh = [address for address in addresses if not self._dnsbl.known(address)]
        self._waiting.extend(address for address in fresh if address not in self._waiting)
        if fresh:
            self._any.set()

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="dnsbl", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._any.set()
        if self._thread is not None:
            self._thread.join(timeout=LIFETIME_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._any.wait()
            self._any.clear()
            while self._waiting and not self._stop.is_set():
                self._one(self._waiting.popleft())
            self._keep()

    def _one(self, address: str) -> None:
        try:
            found = self._dnsbl.ask(address)
        except VardeError:
            return  # special or own space, which a warning may name
        for one in found:
            if one.error and one.zone not in self._said:
                self._note(f"DNS block list {one.zone}: {one.error}")
            (self._said.add if one.error else self._said.discard)(one.zone)

    def _keep(self) -> None:
        try:
            self._dnsbl.save()
        except VardeError as error:
            self._note(str(error))
