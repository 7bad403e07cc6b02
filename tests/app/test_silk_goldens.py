"""SiLK's own questions about its own flows: every answer is SiLK 3.19's to the octet."""

import re
import shlex
from pathlib import Path

import pytest
from cli_run import varde
from material import ROOT

SILK = ROOT.parent / "shared" / "data" / "silk"
GOLDENS = sorted((SILK / "golden").glob("*.cmd"))

pytestmark = pytest.mark.skipif(not GOLDENS, reason="needs SiLK's test flows beside the checkout")

COMMANDS = {
    "rwfilter": ["filter"], "rwcut": ["cut"], "rwstats": ["stats"], "rwuniq": ["uniq"], "rwcount": ["count"], "rwset": ["set", "build"],
    "rwsetcat": ["set", "cat"],
}  # fmt: skip
STORED = "data.rwf"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose store has the flows, with the countries that SiLK was given."""
    folder = tmp_path_factory.mktemp("silk")
    done = varde(folder, "read", str(SILK / "flows-v4.psv.gz"), "--country-map", str(SILK / "fake-cc.csv"), "--quiet")
    assert done.status == 0, done.err
    return folder


def translated(command: str) -> list[list[str]]:
    """Each program of a pipe as Varde's arguments: other names, files where they are, and the store in place of the flows' file.

    Every switch stays as it is."""
    pipe = []
    for at, part in enumerate(command.split("|")):
        program, *words = shlex.split(part)
        asked = [re.sub(r"(^|=)([\w.-]+\.set)$", lambda found: f"{found[1]}{SILK / found[2]}", word) for word in words if word != STORED]
        pipe.append([*COMMANDS[program], *asked, *(["-"] if at else [])])
    return pipe


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda path: path.stem)
def test_the_answer_is_silks(home: Path, golden: Path) -> None:
    flowing = b""
    for arguments in translated(golden.read_text().strip()):
        done = varde(home, *arguments, stdin=flowing)
        assert done.status == 0, (arguments, done.err)
        flowing = done.out.encode(errors="surrogateescape")
    assert flowing.decode() == golden.with_suffix(".txt").read_text()


def test_no_golden_is_left_out() -> None:
    assert len(GOLDENS) == 17


def test_nobody_scans_among_half_a_million_flows(home: Path) -> None:
    """SiLK keeps its flows of scanners apart from these: whoever was found here would be a false alarm."""
    done = varde(home, "scans", "--table", "flows")
    assert (done.status, done.out, done.err.strip()) == (1, "", "varde: nobody scanned among these records")
