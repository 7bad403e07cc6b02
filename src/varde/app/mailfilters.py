"""Mail filters of the configuration, and what a station tells of them to monitoring."""

from collections.abc import Iterator, Mapping

from varde.app.config import AmavisSection
from varde.collect.mailfilters import Filter, MailFilters
from varde.collect.snmp import Agent, Credentials, agent_address, secret_of
from varde.decode.amavis import CONTENTS, OUTCOMES, QUEUES, STATES
from varde.export.prometheus import COUNTER, GAUGE, Family, Samples

UP = Family("varde_amavis_up", GAUGE, "1 where the last try to read a mail filter worked, else 0.", ("host",))
MESSAGES = Family("varde_amavis_messages_total", COUNTER, "Messages that amavisd received, by what it found in them, since the start.", ("host", "content"))
OUTCOME = Family("varde_amavis_outcomes_total", COUNTER, "Messages that amavisd received, by what it did with them, since the start.", ("host", "outcome"))
PROCESSES = Family("varde_amavis_processes", GAUGE, "Child processes of amavisd, by what they do.", ("host", "state"))
QUEUE_FILES = Family("varde_amavis_queue_files", GAUGE, "Files in the queues of the Postfix beside amavisd.", ("host", "queue"))
_SUMS = {
    "inMsgs": Family("varde_amavis_received_total", COUNTER, "Messages that amavisd received, since the start.", ("host",)),
    "inMsgsSize": Family("varde_amavis_received_bytes_total", COUNTER, "Octets of messages that amavisd received, since the start.", ("host",)),
    "inMsgsBounce": Family("varde_amavis_bounces_total", COUNTER, "Messages received that are bounces, since the start.", ("host",)),
    "inMsgsOpenRelay": Family("varde_amavis_open_relay_total", COUNTER, "Messages from outside to elsewhere, since the start.", ("host",)),
    "quarMsgs": Family("varde_amavis_quarantined_total", COUNTER, "Messages put into quarantine, since the start.", ("host",)),
    "procGone": Family("varde_amavis_crashes_total", COUNTER, "Child processes of amavisd that crashed or were killed, since the start.", ("host",)),
}  # fmt: skip
FAMILIES = (UP, MESSAGES, OUTCOME, PROCESSES, QUEUE_FILES, *_SUMS.values())
_PARTED: tuple[tuple[Family, Mapping[str, str], bool], ...] = (
    (MESSAGES, CONTENTS, True), (OUTCOME, OUTCOMES, True), (PROCESSES, STATES, False), (QUEUE_FILES, QUEUES, False),
)  # fmt: skip


def credentials_of(section: AmavisSection) -> Credentials:
    """Reads the files of secrets. Raises VardeError that names the file and shows nothing of it."""
    community = secret_of(section.community_file) if section.community_file and not section.user else "public"
    auth = secret_of(section.auth_file) if section.auth_file else ""
    priv = secret_of(section.priv_file) if section.priv_file else ""
    return Credentials(community, section.user, section.auth, auth, section.priv, priv)


def agents_of(section: AmavisSection) -> list[Agent]:
    """Each host once. Raises VardeError."""
    if not section.hosts:
        return []
    credentials = credentials_of(section)
    return [Agent(*address, credentials, section.timeout) for address in dict.fromkeys(map(agent_address, section.hosts))]


def mail_metrics(mail: MailFilters) -> Iterator[tuple[Family, Samples]]:
    """All families; empty where no mail filter is read. Processes and queues of one that does not answer are unknown."""
    yield UP, {(one.agent.name,): int(not one.error) for one in mail.filters if one.tried}
    known = [one for one in mail.filters if one.reading is not None]
    for family, names, is_counted in _PARTED:
        yield family, {(one.agent.name, label): value for one in known for label, name in names.items() if (value := _value(one, name, is_counted)) is not None}
    for name, family in _SUMS.items():
        yield family, {(one.agent.name,): value for one in known if (value := _value(one, name, is_counted=True)) is not None}


def _value(one: Filter, name: str, is_counted: bool) -> int | None:
    """None where nobody knows: of a counter that the agent never told, because its view hides it, there are not none."""
    told = one.reading.number(name) if one.reading else None
    if is_counted:
        return one.totals[name] if told is not None or name in one.totals else None
    return told if not one.error else None
