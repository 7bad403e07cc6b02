"""The file sink: whole lines, through rotation, truncation, a full disk and what a crash left."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from warned import warning

from varde.deliver import SinkError, SinkSettings, sink_of
from varde.deliver import file as file_module
from varde.model import VardeError


def told(number: int) -> dict[str, Any]:
    return warning(src=f"10.0.0.{number}")


def test_lines_are_appended_for_the_group_to_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "warnings.log"
    sink = sink_of(SinkSettings(name="ossec", kind="file", path=path))
    assert str(path) in sink.send([told(1), told(2)])
    assert path.read_text().splitlines() == [told(1)["line"], told(2)["line"]]
    assert path.stat().st_mode & 0o777 & ~0o640 == 0
    sink.close()


def test_a_renamed_a_removed_and_a_truncated_file_are_followed(tmp_path: Path) -> None:
    path = tmp_path / "w.log"
    sink = sink_of(SinkSettings(name="ossec", kind="file", path=path))
    sink.send([told(1)])
    path.rename(tmp_path / "w.log.1")
    sink.send([told(2)])
    assert path.read_text() == told(2)["line"] + "\n"
    path.unlink()
    sink.send([told(3)])
    assert path.read_text() == told(3)["line"] + "\n"
    os.truncate(path, 0)
    sink.send([told(4)])
    assert path.read_text() == told(4)["line"] + "\n"
    assert (tmp_path / "w.log.1").read_text() == told(1)["line"] + "\n"


def test_a_torn_line_does_not_swallow_the_next(tmp_path: Path) -> None:
    path = tmp_path / "w.log"
    path.write_text("2016-06-07 13:51:34 : 10.0.0.5:4")
    sink_of(SinkSettings(name="ossec", kind="file", path=path)).send([told(1)])
    assert path.read_text().splitlines()[1:] == [told(1)["line"]]


def test_what_a_full_disk_cut_is_taken_back_and_comes_whole_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, real = tmp_path / "w.log", os.write
    sink = sink_of(SinkSettings(name="ossec", kind="file", path=path))
    sink.send([told(1)])
    with monkeypatch.context() as patched:
        patched.setattr(file_module.os, "write", lambda descriptor, text: real(descriptor, bytes(text[:20])))
        with pytest.raises(SinkError, match="no space left on device"):
            sink.send([told(2)])
    assert path.read_text().splitlines() == [told(1)["line"]]
    sink.send([told(2)])
    assert path.read_text().splitlines() == [told(1)["line"], told(2)["line"]]


def test_another_format_is_one_object_a_line(tmp_path: Path) -> None:
    path = tmp_path / "w.json"
    sink_of(SinkSettings(name="wazuh", kind="file", format="json", path=path)).send([told(1), told(2)])
    assert [json.loads(line)["src_addr"] for line in path.read_text().splitlines()] == ["10.0.0.1", "10.0.0.2"]


def test_what_cannot_be_a_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(VardeError, match="needs path"):
        sink_of(SinkSettings(name="ossec", kind="file"))
    with pytest.raises(VardeError, match="no whole path"):
        sink_of(SinkSettings(name="ossec", kind="file", path=Path("w.log")))
    with pytest.raises(SinkError, match="is a directory"):
        sink_of(SinkSettings(name="ossec", kind="file", path=tmp_path)).send([told(1)])
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SinkError, match="no such device"):
        sink_of(SinkSettings(name="ossec", kind="file", path=tmp_path / "pipe")).send([told(1)])
