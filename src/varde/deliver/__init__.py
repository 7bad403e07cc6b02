"""What goes out: warnings to any number of sinks, each at its own pace, nothing lost while one is down.

    rows -> journal (on disk) -> a thread for each sink -> format x transport -> the other end

`Delivery` is all of it. A sink is one file and one line in SINKS; which format it writes is a key of
`varde.export.warning.FORMATS`, whatever the sink.
"""

from collections.abc import Callable

from varde.deliver.delivery import Delivery
from varde.deliver.file import FileSink
from varde.deliver.journal import JOURNAL_OCTETS, Journal
from varde.deliver.live_file import LiveFile
from varde.deliver.mail import MailSink
from varde.deliver.prometheus import ALERTS, SINK_FAMILIES, WarningCounters, warning_families
from varde.deliver.settings import FACILITIES, OF_KIND, SEVERITIES, SINK_NAME, SinkSettings
from varde.deliver.sink import Row, Sink, SinkError
from varde.deliver.stdout import StdoutSink
from varde.deliver.syslog import SyslogSink
from varde.deliver.webhook import WebhookSink
from varde.deliver.worker import Status

SINKS: dict[str, Callable[[SinkSettings], Sink]] = {
    "stdout": StdoutSink,
    "file": FileSink,
    "syslog": SyslogSink,
    "webhook": WebhookSink,
    "mail": MailSink,
}
"""By the word that `kind` is in the configuration."""


def sink_of(settings: SinkSettings) -> Sink:
    """The sink of one entry. Opens nothing. Raises VardeError for settings that cannot work."""
    return SINKS[settings.kind](settings)


__all__ = [
    "ALERTS",
    "FACILITIES",
    "JOURNAL_OCTETS",
    "OF_KIND",
    "SEVERITIES",
    "SINKS",
    "SINK_FAMILIES",
    "SINK_NAME",
    "Delivery",
    "Journal",
    "LiveFile",
    "Row",
    "Sink",
    "SinkError",
    "SinkSettings",
    "Status",
    "WarningCounters",
    "sink_of",
    "warning_families",
]
