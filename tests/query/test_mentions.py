"""Where something occurs in the store, in which part, how often, and when first and last."""

from datetime import timedelta
from pathlib import Path

import pytest
from material import NOON, probe_batch, write_old

from varde.model import VardeError
from varde.query import Engine, mentions
from varde.query.mentions import Mention
from varde.store import Store


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    from material import import_file

    store = Store(tmp_path / "store")
    sources = ("203.0.113.5", "203.0.113.5", "203.0.113.9", "2001:db8::5")
    store.append("probes", probe_batch([{"time": NOON + timedelta(hours=n), "src": src, "port": 23 + n % 2} for n, src in enumerate(sources)]))
    import_file(store, write_old(tmp_path / "rpz.log", (Path(__file__).parents[1] / "data" / "sightings" / "bind-rpz.log").read_bytes()))
    return Engine(store)


def test_an_address_and_a_network(engine: Engine) -> None:
    assert mentions.of_network(engine, "203.0.113.5") == [Mention("probes", "source", 2, NOON, NOON + timedelta(hours=1))]
    assert [m.records for m in mentions.of_network(engine, "203.0.113.0/24")] == [3]
    assert [m.records for m in mentions.of_network(engine, "2001:db8::/32")][:1] == [1]
    assert [(m.table, m.part) for m in mentions.of_network(engine, "127.0.0.1")] == [("dns", "source")]
    with pytest.raises(VardeError, match="no address or network"):
        mentions.of_network(engine, "203.0.113")


def test_a_name_and_what_is_under_it(engine: Engine) -> None:
    found = {(m.table, m.part): m.records for m in mentions.of_name(engine, "EVIL.example.com.")}
    assert found == {("dns", "name"): 5, ("dns", "indicator"): 5}
    assert [m.records for m in mentions.of_name(engine, "b.evil.example.com")] == [2, 2]
    assert mentions.of_name(engine, "vil.example.com") == []


def test_a_port_a_system_and_a_country(engine: Engine) -> None:
    assert [(m.table, m.records) for m in mentions.of_port(engine, 23)] == [("probes", 2)]
    assert mentions.of_port(engine, 23, (17,)) == []
    assert mentions.of_system(engine, 64500) == []
    assert mentions.of_country(engine, "NO") == []


def test_an_empty_store_mentions_nothing(tmp_path: Path) -> None:
    assert mentions.of_name(Engine(Store(tmp_path / "empty")), "evil.example") == []
