"""AMAVIS-MIB: what amavisd-snmp-subagent tells over SNMP, by number, so that no MIB file is needed.

    1.3.6.1.4.1.15312.2.1  .1 statistics of amavisd   .2 its processes   .3 queues of Postfix

Names, numbers and types are those of AMAVIS-MIB (2012-06-27), which comes with amavisd-new; the words are ours. Most of its 332 objects
are one thing seen by where a message came from and went to, and are written down that way.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from varde.model import VardeError

BASE = "1.3.6.1.4.1.15312.2.1"
"""iso.org.dod.internet.private.enterprises . Jozef Stefan Institute . amavis . SNMP"""

MODULE = "AMAVIS-MIB"
COUNTER32, COUNTER64, GAUGE32, INTERVAL, TEXT, OID, TICKS, INTEGER = (
    "Counter32", "Counter64", "Gauge32", "TimeInterval", "DisplayString", "OBJECT IDENTIFIER", "TimeTicks", "Integer32",
)  # fmt: skip
COUNTERS = {COUNTER32: 2**32, COUNTER64: 2**64}
"""What only grows, and where it begins again at 0."""

UPTIME = "sysUpTime"
"""Hundredths of a second since amavisd started."""


@dataclass(frozen=True, slots=True)
class Object:
    """One value of the MIB: its number below BASE without the last .0, its name, its type, and a few words."""

    number: str
    name: str
    type: str
    meaning: str

    @property
    def oid(self) -> str:
        return f"{BASE}.{self.number}.0"

    @property
    def is_counter(self) -> bool:
        return self.type in COUNTERS


_WAYS = "- Inbound Outbound Internal Originating OpenRelay"
_PROTOCOLS = " ".join(f"Proto{name} Proto{name}Relay Proto{name}Submit" for name in ("Local", "SMTP", "LMTP", "BSMTP", "Pipe", "SQL"))
_OUT = f"- Relay Submit SubmitQuar SubmitDsn SubmitNotif SubmitAV SubmitArf {_PROTOCOLS}"
_KINDS = "Clean MtaFailed Oversized BadHdr Spammy Spam Unchecked Banned Virus"
_QUARANTINED = "- Arch Clean MtaFailed Oversized BadHdr Spammy Spam Unchecked Banned Virus"
_FATES = "Accepted RelayedUntagged RelayedTagged Discarded NoBounce Bounced Rejected TempFailed"

_GROUPS: tuple[tuple[str, str, str, str, str], ...] = (
    ("1.2", COUNTER32, "inMsgs*", "messages received", f"{_WAYS} StatusAccepted StatusRelayed StatusDiscarded StatusNoBounce StatusBounced StatusRejected StatusTempFailed"),
    ("1.3", COUNTER64, "inMsgsSize*", "octets of messages received", _WAYS),
    ("1.4", COUNTER32, "inMsgsRecips*", "recipients of messages received", f"{_WAYS} Local"),
    ("1.5", COUNTER32, "inMsgsBounce*", "messages received that are bounces", "- NullRPath Killed Unverifiable RescuedByDomain RescuedByOriginating RescuedByPenPals"),
    ("1.6", COUNTER32, "outMsgs*", "messages sent on", f"{_OUT} Delivers AttemptFails Rejects"),
    ("1.7", COUNTER64, "outMsgsSize*", "octets of messages sent on", _OUT),
    ("1.8", COUNTER32, "quar*Msgs", "messages put into quarantine", _QUARANTINED),
    ("1.9", COUNTER64, "quar*MsgsSize", "octets put into quarantine", _QUARANTINED),
    *((f"1.10.{at}", COUNTER32, f"content{kind}Msgs*", f"messages received, {kind}", _WAYS) for at, kind in enumerate(_KINDS.split(), 1)),
    ("1.11", COUNTER32, "cache*", "cache of results, unused since amavisd 2.7", "Attempts Misses Hits HitsVirusCheck HitsVirusMsgs"),
    ("1.12", COUNTER32, "ops*", "messages that went through", "Dec SpamCheck VirusCheck"),
    ("1.13", COUNTER32, "penPals*", "look-ups of who wrote to whom before", "Attempts AttemptsRid AttemptsMid Misses Hits HitsRid HitsMid HitsMidRid SavedFromTag2 SavedFromTag3 SavedFromKill"),
    ("1.14", COUNTER32, "sqlAddr*", "look-ups of addresses in SQL", "SenderAttempts SenderMisses SenderHits RecipAttempts RecipMisses RecipHits"),
    ("1.15", COUNTER64, "log*", "log", "Entries EntriesEmerg EntriesAlert EntriesCrit EntriesErr EntriesWarning EntriesNotice EntriesInfo EntriesDebug "
     "EntriesLevel0 EntriesLevel1 EntriesLevel2 EntriesLevel3 EntriesLevel4 EntriesLevel5 Lines Retries"),
    ("1.16", INTERVAL, "timeElapsed*", "hundredths of a second spent", "Total Receiving Sending Decoding PenPals VirusCheck SpamCheck"),
    ("1.17", COUNTER64, "userCounter*", "a counter of the administrator's own", "1 2 3 4 5 6 7 8 9 10"),
    ("1.18", GAUGE32, "userGauge*", "a value of the administrator's own", "1 2 3 4 5 6 7 8 9 10"),
    *((f"1.{at}", COUNTER32, f"inMsgsStatus{fate}*", f"messages received, {fate}", "All Inbound Outbound Internal Originating OpenRelay") for at, fate in enumerate(_FATES.split(), 19)),
    ("2.1", GAUGE32, "proc*", "child processes of amavisd", "Gone All Idle Busy BusyTransfer BusyDecode BusyVirus BusySpam BusyOther"),
    ("2.2", GAUGE32, "procBusy*", "child processes busy with one task for at least", "0 01s 02s 05s 1s 2s 4s 8s 15s 30s 1m 2m 4m 8m 15m 30m 1h 2h 4h 8h 15h 30h"),
    ("3.1", GAUGE32, "mtaQueueEntries*", "files in a queue of Postfix", "Maildrop Incoming Active Deferred"),
)  # fmt: skip
"""Number, type, name with * where the parts stand, words, and the parts in the order of their numbers."""

_BY_HAND = (
    ("1.1.1", "sysDescr", TEXT, "program and version"), ("1.1.2", "sysObjectID", OID, "what kind of agent it is"),
    ("1.1.3", UPTIME, TICKS, "hundredths of a second since amavisd started"), ("1.1.4", "sysContact", TEXT, "whom to ask"),
    ("1.1.5", "sysName", TEXT, "name of the host"), ("1.1.6", "sysLocation", TEXT, "where it stands"), ("1.1.7", "sysServices", INTEGER, "layers it serves, as a sum of bits"),
    ("1.8.12", "quarAttemptTempFails", COUNTER32, "tries to put a message into quarantine that failed for now"),
    ("1.8.13", "quarAttemptFails", COUNTER32, "tries to put a message into quarantine that failed"),
    ("2.1.1", "procGone", COUNTER32, "child processes of amavisd that crashed or were killed since the subagent started"),
)  # fmt: skip
_CONNECTIONS = ("outConn*", "SMTP connections to where mail goes on", "New Quit Transact ReuseFail ReuseRecent ReuseRefreshed")
_CONNECTIONS_FROM = 6  # they share group 1.11 with the cache

_WORDS = {
    "Inbound": "from outside to local recipients", "Outbound": "from inside to elsewhere", "Internal": "from inside to local recipients",
    "Originating": "from inside", "OpenRelay": "from outside to elsewhere, which no good relay does", "All": "wherever from", "Local": "local ones",
    "Accepted": "accepted and left to the MTA to forward", "Relayed": "accepted and forwarded", "RelayedUntagged": "forwarded unchanged", "RelayedTagged": "forwarded, marked as spam",
    "Discarded": "discarded without a word", "NoBounce": "discarded instead of bounced", "Bounced": "bounced to the sender", "Rejected": "refused (5xx)",
    "TempFailed": "put off (4xx)", "Clean": "clean", "MtaFailed": "which the MTA could not take", "Oversized": "too large to be unpacked", "BadHdr": "with a broken header",
    "Spammy": "marked as spam and passed", "Spam": "spam", "Unchecked": "not looked at, as encrypted ones", "Banned": "with a forbidden attachment", "Virus": "infected", "Arch": "archived",
    "Dec": "the decoder", "SpamCheck": "the spam check", "VirusCheck": "the virus check", "Gone": "that crashed", "Idle": "idle", "Busy": "busy",
}  # fmt: skip


def _objects() -> Iterator[Object]:
    for number, name, kind, meaning in _BY_HAND:
        yield Object(number, name, kind, meaning)
    known = {number for number, *_ in _BY_HAND}
    for base, kind, pattern, about, parts in _GROUPS:
        for at, part in enumerate(parts.split(), 1):
            if f"{base}.{at}" not in known:
                yield _object(f"{base}.{at}", kind, pattern, about, part)
    pattern, about, parts = _CONNECTIONS
    for at, part in enumerate(parts.split(), _CONNECTIONS_FROM):
        yield _object(f"1.11.{at}", COUNTER32, pattern, about, part)


def _object(number: str, kind: str, pattern: str, about: str, part: str) -> Object:
    part = part.strip("-")
    subject = ", ".join(_WORDS.get(word, word) for word in about.split(", "))
    return Object(number, pattern.replace("*", part), kind, f"{subject}: {_said(part)}" if part else subject)


def _said(part: str) -> str:
    """The words of a part of a name; `SubmitQuar` is `submit quar` where there are no better ones."""
    part = part.removeprefix("Status")
    return _WORDS.get(part) or re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", part)


OBJECTS: Mapping[str, Object] = {one.number: one for one in _objects()}
"""All of the MIB, by number below BASE."""

NAMED: Mapping[str, Object] = {one.name: one for one in OBJECTS.values()}


_BY_OID = {one.oid: one for one in OBJECTS.values()}
_COUNTED = tuple(name for name, one in NAMED.items() if one.is_counter and name != "procGone")  # which is the subagent's own


def object_named(name: str) -> Object:
    """The object of that name, with or without AMAVIS-MIB:: and .0. Raises VardeError."""
    plain = name.removeprefix(f"{MODULE}::").removesuffix(".0")
    if plain not in NAMED:
        raise VardeError(f"{MODULE} has no {name!r}. `varde amavis names` lists what it has.")
    return NAMED[plain]


Value = int | str


@dataclass(frozen=True, slots=True)
class Reading:
    """What an agent told at a moment."""

    at: float
    "Seconds since 1970 UTC."
    values: Mapping[str, Value]
    "By name of the MIB."
    missing: tuple[str, ...] = ()
    "Names that every agent of this kind has and this one did not tell."
    odd: int = 0
    "Values that the MIB does not have, or of another type."

    def number(self, name: str) -> int | None:
        value = self.values.get(name)
        return value if isinstance(value, int) else None

    @property
    def uptime(self) -> float | None:
        """Seconds since amavisd started."""
        ticks = self.number(UPTIME)
        return None if ticks is None else ticks / 100


OPTIONAL = ("userCounter", "userGauge", "mtaQueueEntries", "sqlAddr", "cache", "penPals")
"""Groups that agents leave out: of older versions, without Postfix, or never counted."""


def reading_of(told: Mapping[str, Value], at: float) -> Reading:
    """Names for what was told by number. Types are checked: an agent can answer anything."""
    values, odd = {}, 0
    for oid, value in told.items():
        found = _BY_OID.get(oid)
        if found is None or not _is_of(found, value):
            odd += 1
        else:
            values[found.name] = value
    missing = [name for name, one in NAMED.items() if name not in values and not name.startswith(OPTIONAL)]
    return Reading(at, values, tuple(missing), odd)


def _is_of(one: Object, value: Value) -> bool:
    if one.type in (TEXT, OID):
        return isinstance(value, str)
    return isinstance(value, int) and 0 <= value < COUNTERS.get(one.type, 2**32)


CLOCK_SLACK_SECONDS = 15.0
"""By which two clocks may differ: the subagent tells what it saw up to 8 s ago, and much longer ago where looking takes it long."""

CLOCK_SLACK_SHARE = 0.05


def has_restarted(before: Reading, after: Reading) -> bool:
    """Whether amavisd began again between two readings: its clock did not go on as ours did, and it or a counter fell.

    Its clock wraps after 497 days; one that is behind ours while nothing fell is that of an agent that did not look lately."""
    first, last = before.number(UPTIME), after.number(UPTIME)
    if first is None or last is None:
        return False
    passed = after.at - before.at
    ran = (last - first) % 2**32 / 100
    if abs(ran - passed) <= CLOCK_SLACK_SECONDS + CLOCK_SLACK_SHARE * passed:
        return False
    return last < first or any(_fell(before.number(name), after.number(name)) for name in _COUNTED)


def _fell(first: int | None, last: int | None) -> bool:
    return first is not None and last is not None and last < first


def grown(before: Reading, after: Reading) -> dict[str, int]:
    """By how much each counter grew, told from a restart (what it has since then is what it grew by) and from a wrap."""
    restarted, found = has_restarted(before, after), {}
    for name, one in NAMED.items():
        first, last = before.number(name), after.number(name)
        if one.is_counter and first is not None and last is not None:
            found[name] = last if restarted else _step(first, last, COUNTERS[one.type])
    return found


def _step(first: int, last: int, wraps_at: int) -> int:
    """A counter that became smaller wrapped, if it was near its end; else it began again, whatever the clock says."""
    step = (last - first) % wraps_at
    return step if last >= first or step < wraps_at // 2 else last


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share of two sums of counters."""

    name: str
    title: str
    part: tuple[str, ...]
    whole: tuple[str, ...] = field(default=("inMsgs",))

    def of(self, counts: Mapping[str, int]) -> float | None:
        """None where there is nothing to share, or a number is missing."""
        if any(name not in counts for name in (*self.part, *self.whole)):
            return None
        whole = sum(counts[name] for name in self.whole)
        return sum(counts[name] for name in self.part) / whole if whole else None


RATIOS = (
    Ratio("spam", "spam", ("contentSpamMsgs", "contentSpammyMsgs")),
    Ratio("virus", "infected", ("contentVirusMsgs",)),
    Ratio("banned", "with forbidden attachments", ("contentBannedMsgs",)),
    Ratio("bad_header", "with a broken header", ("contentBadHdrMsgs",)),
    Ratio("bounce", "bounces", ("inMsgsBounce",)),
    Ratio("open_relay", "relayed for strangers", ("inMsgsOpenRelay",)),
    Ratio("quarantined", "put into quarantine", ("quarMsgs",)),
    Ratio("temp_failed", "put off (4xx)", ("inMsgsStatusTempFailed",)),
    Ratio("busy", "processes that are busy", ("procBusy",), ("procAll",)),
)
"""Of messages received, where nothing else is said."""


def numbers_of(reading: Reading) -> dict[str, int]:
    return {name: value for name, value in reading.values.items() if isinstance(value, int)}


CONTENTS = {
    "clean": "contentCleanMsgs", "spam": "contentSpamMsgs", "spammy": "contentSpammyMsgs", "virus": "contentVirusMsgs", "banned": "contentBannedMsgs",
    "bad_header": "contentBadHdrMsgs", "unchecked": "contentUncheckedMsgs", "oversized": "contentOversizedMsgs", "mta_failed": "contentMtaFailedMsgs",
}  # fmt: skip
OUTCOMES = {
    "accepted": "inMsgsStatusAccepted", "relayed": "inMsgsStatusRelayed", "discarded": "inMsgsStatusDiscarded", "not_bounced": "inMsgsStatusNoBounce",
    "bounced": "inMsgsStatusBounced", "rejected": "inMsgsStatusRejected", "temp_failed": "inMsgsStatusTempFailed",
}  # fmt: skip
STATES = {
    "idle": "procIdle", "transfer": "procBusyTransfer", "decode": "procBusyDecode", "virus": "procBusyVirus", "spam": "procBusySpam", "other": "procBusyOther",
}  # fmt: skip
QUEUES = {"maildrop": "mtaQueueEntriesMaildrop", "incoming": "mtaQueueEntriesIncoming", "active": "mtaQueueEntriesActive", "deferred": "mtaQueueEntriesDeferred"}
"""What metrics and panels call them, and the MIB."""

KEPT = (
    "inMsgs", "inMsgsSize", "inMsgsOpenRelay", "inMsgsBounce", "outMsgs", "quarMsgs", "procGone", "procAll", "procBusy",
    *CONTENTS.values(), *OUTCOMES.values(), *STATES.values(), *QUEUES.values(),
)  # fmt: skip
"""What a station keeps of each reading: what pictures and ratios are made of, a tenth of all."""
