"""varde intel ask without any zone, about what nobody is asked about, and with a zone that does not answer."""

import json
import socket
from pathlib import Path

from cli_run import refused, varde


def _config(home: Path, port: int) -> str:
    path = home / "varde.toml"
    path.write_text(f'[[dnsbl]]\nname = "bl"\nzone = "bl.example"\nresolver = "127.0.0.1:{port}"\n')
    return str(path)


def test_without_zones_nobody_is_asked(tmp_path: Path) -> None:
    assert "no DNS block lists are configured" in refused(tmp_path, "intel", "ask", "198.51.100.7")


def test_a_zone_that_does_not_answer_is_said_and_an_address_that_is_ours_is_not_asked_about(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        config = _config(tmp_path, nobody.getsockname()[1])
        done = varde(tmp_path, "intel", "ask", "198.51.100.7", "--json", "--config", config)
        (found,) = json.loads(done.out)["addresses"]["198.51.100.7"]
        assert (done.status, found["listed"], bool(found["error"]), found["asked"].endswith("Z")) == (1, False, True, True)
        assert "198.51.100.7: bl: no answer" in varde(tmp_path, "intel", "ask", "198.51.100.7", "--config", config).out
        assert varde(tmp_path, "intel", "ask", "10.0.0.1", "--config", config).status == 1
        assert "name an address" in refused(tmp_path, "intel", "ask", "--config", config)


def test_two_zones_have_two_names(tmp_path: Path) -> None:
    path = tmp_path / "varde.toml"
    path.write_text('[[dnsbl]]\nname = "x"\nzone = "a.example"\n[[dnsbl]]\nname = "x"\nzone = "b.example"\n')
    assert "two DNS block lists are called x" in refused(tmp_path, "config", "check", "--config", str(path))
