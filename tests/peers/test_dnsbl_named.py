"""DNS block lists on a real named: zones as RFC 5782 has them, asked as `varde why` and `varde intel ask` do."""

import json
from pathlib import Path

import pytest

from tests.app.cli_run import varde
from tests.peers.nameserver import named

pytestmark = pytest.mark.peer("named")

POLICY = "$TTL 60\n@ IN SOA localhost. root.localhost. 1 3600 600 604800 60\n@ IN NS localhost.\nnothing.example IN CNAME .\n"
NAMES = """\
2.0.0.127.bl.example IN A 127.0.0.2
7.100.51.198.bl.example 1800 IN A 127.0.0.2
7.100.51.198.bl.example 1800 IN A 127.0.0.4
7.100.51.198.bl.example 1800 IN TXT "seen by \\"us\\"" " yesterday"
5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example IN A 127.0.0.3
9.100.51.198.bl.example IN A 127.255.255.254
1.0.0.127.broken.example IN A 127.0.0.2
2.0.0.127.broken.example IN A 127.0.0.2
"""


def test_zones_of_a_real_name_server(tmp_path: Path) -> None:
    (tmp_path / "policy.db").write_text(POLICY)
    with named(tmp_path, tmp_path / "policy.db", more_names=NAMES) as port:
        config = tmp_path / "varde.toml"
        zones = "".join(f'[[dnsbl]]\nname = "{name}"\nzone = "{name}.example"\nresolver = "127.0.0.1:{port}"\nper_minute = 6000\n' for name in ("bl", "broken"))
        config.write_text(zones)
        asked = json.loads(varde(tmp_path, "intel", "ask", "198.51.100.7", "2001:db8::5", "198.51.100.8", "198.51.100.9", "--json", "--config", str(config)).out)["addresses"]
        listed, six, absent, refused = (next(one for one in asked[address] if one["zone"] == "bl") for address in asked)
        assert (listed["listed"], listed["codes"], listed["text"]) == (True, ["127.0.0.2", "127.0.0.4"], 'seen by "us" yesterday')
        assert (six["listed"], six["codes"], absent["listed"], absent["error"]) == (True, ["127.0.0.3"], False, "")
        assert not refused["listed"] and "public resolvers" in refused["error"]
        tested = varde(tmp_path, "intel", "ask", "--test", "--config", str(config))
        assert tested.status == 1 and "broken: it lists 127.0.0.1, which no zone does" in tested.out
        why = json.loads(varde(tmp_path, "why", "198.51.100.7", "--json", "--config", str(config)).out)
        assert [(one["zone"], one["listed"]) for one in why["dnsbl"]] == [("bl", True), ("broken", False)]
    kept = varde(tmp_path, "intel", "ask", "198.51.100.7", "--config", str(config))
    assert kept.status == 0 and "bl: listed (127.0.0.2, 127.0.0.4)" in kept.out, "kept although the server is gone"
