"""Each line of README, tutorials and how-tos in which Varde is called: the command line takes it, and it does what it should."""

import pytest
from tests.docs.pages import ROOT, Line, lines
from tests.docs.sandbox import Sandbox
from typer.main import get_command

from varde.app.cli import app

NOT_RUN = {
    "runs until it is stopped; tests/app and tests/peers start it": (
        "./varde demo", "./varde up", "varde up", "varde listen", "./varde catch", "/opt/varde/varde catch", "varde logstalgia --follow", "ssh honeypot tail -F",
    ),
    "asks other machines; stand-ins answer in tests/collect, tests/app and tests/peers": (
        "varde intel update", "./varde geo update", "varde amavis", "varde brief --day yesterday --mail", "/opt/varde/varde brief -q --config /etc/varde/varde.toml --store /var/lib/varde --day yesterday --mail",
        "/opt/varde/varde brief -q --config /etc/varde/varde.toml --day yesterday --mail", "varde intel rehearse",
    ),
    "sends flows to another machine; tests/app/test_flow_replay.py receives them": ("varde flow replay --to", "varde filter --scc=ch --day yesterday | varde flow replay"),
    "asks the station that runs, of which tests/app/test_selftest.py and tests/peers/test_monitors.py have one": ("varde selftest", "varde check collector", "sudo -u nagios", "/opt/varde/varde check logins", "varde metrics --textfile", "varde badge"),
    "asks the programs of this very machine; tests/peers/test_monitors.py, test_service.py and test_munin.py give it some": (
        "varde amavis doctor", "/opt/varde/varde munin install", "/opt/varde/varde service install", "varde check signatures clamav",
    ),
    "draws on a display; tests/peers/test_logstalgia.py has one": ("xvfb-run",),
    "takes minutes of a processor; tests/views/test_live_film.py makes small films": ("varde replay --day yesterday", "varde replay cowrie.json"),
}  # fmt: skip
"""Reason, and how the lines begin that are not run here for it."""

STATUS = {"varde filter 'dprt 22'": 2, "varde check signatures dir": 2, "varde check sophos": 3}
"""Lines that must end otherwise than with 0 (done) or 1 (nothing matched)."""

ALL = lines()
RUN = [line for line in ALL if not any(line.text.startswith(start) for starts in NOT_RUN.values() for start in starts)]


def test_there_are_as_many_lines_as_the_pages_have() -> None:
    assert len(ALL) > 150
    assert {"README", "first-fireplot", "lists", "silk", "nagios", "cron"} <= {line.page for line in ALL}


@pytest.mark.parametrize("line", ALL, ids=lambda line: line.id)
def test_the_command_line_takes_it(line: Line) -> None:
    calls = line.calls
    assert calls, "no call of Varde is found in it"
    for arguments in calls:
        _parse(get_command(app), "varde", list(arguments))


def _parse(command: object, name: str, arguments: list[str]) -> None:
    """As the command line would, without starting anything. Raises its usage error."""
    if arguments[:1] in (["--version"], ["--help"]):
        return
    context = command.make_context(name, arguments, resilient_parsing=False)  # type: ignore[attr-defined]
    with context:
        if hasattr(command, "list_commands") and context._protected_args:
            _, inner, rest = command.resolve_command(context, [*context._protected_args, *context.args])
            assert inner is not None, arguments
            _parse(inner, f"{name} {inner.name}", rest)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return Sandbox(tmp_path_factory.mktemp("machine"))


@pytest.mark.parametrize("page", list(dict.fromkeys(line.page for line in RUN)))
def test_the_lines_of_a_page_do_what_they_should(page: str, sandbox: Sandbox) -> None:
    """In their order, as somebody who reads them would: what a line writes, another may read. 1 is that nothing matched."""
    for line in RUN:
        if line.page == page:
            done = sandbox.run(line)
            wanted = next((status for start, status in STATUS.items() if line.text.startswith(start)), None)
            assert done.status == wanted if wanted is not None else done.status in (0, 1), f"{line.text} ended with {done.status}: {done.err[-400:]}"


def test_each_reason_is_one_of_some_line() -> None:
    unused = [start for starts in NOT_RUN.values() for start in starts if not any(line.text.startswith(start) for line in ALL)]
    assert unused == []


def test_the_page_of_trust_counts_them() -> None:
    told = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")
    wanted = [f"| run | {len(RUN)} |", *(f"| {reason} | {sum(line.text.startswith(starts) for line in ALL)} |" for reason, starts in NOT_RUN.items())]
    missing = [row for row in wanted if row not in told]
    assert not missing, "docs/trust.md needs these rows in The documents: " + "\n".join(missing)
