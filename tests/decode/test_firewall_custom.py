"""Dialects that users write in TOML."""

import pytest
from firewall_family import read, records

from varde.decode.firewall import DIALECTS, load_dialects
from varde.model import VardeError

ACME = r'''
[[dialect]]
name = "acme"
title = "Acme Firewall"
claims = ["ACMEFW", "src("]

[[dialect.form]]
name = "ports"
pivot = "ACMEFW "
tail = "(?P<action>[a-z]+) (?P<proto>[a-z]+) src\\((?P<src>[0-9a-f.:]+)\\)(?P<src_port>[0-9]+) dst\\((?P<dst>[0-9a-f.:]+)\\)(?P<dst_port>[0-9]+)"

[[dialect.form]]
name = "pairs"
pivot = "ACMEKV "
keys = { src = "from", dst = "to", proto = "p", action = "did", event_stamp = "at" }
where = { kind = "packet" }
event_stamp = "epoch"

[dialect.actions]
stop = "block"
go = "allow"
'''


def test_a_dialect_of_a_user_reads_lines_beside_ours() -> None:
    (acme,) = load_dialects(ACME, "dialects.toml")
    lines = (
        b"Nov 12 03:14:01 gw ACMEFW stop tcp src(203.0.113.7)51022 dst(198.51.100.2)22\n"
        b'Nov 12 03:14:02 gw ACMEKV kind=packet at=1794449642 from=203.0.113.8 to=198.51.100.2 p=gre did=go who="from=10.6.6.6"\n'
        b"Nov 12 03:14:03 gw ACMEKV kind=login from=203.0.113.8 to=198.51.100.2 p=tcp\n"
        b"Nov 12 03:14:04 gw ACMEFW stop tcp src(203.0.113.999)51022\n"
    )
    decoded = read(lines, [*DIALECTS.values(), acme])
    assert [(row["src_addr"], row["action"], row["proto"], row["hostname"]) for row in records(decoded)] == [
        ("203.0.113.7", "block", 6, "gw"), ("203.0.113.8", "allow", 47, "gw"),
    ]  # fmt: skip
    assert decoded.counts["acme", "reject:form"] == 1
    assert decoded.counts["", "ignored"] == 1


def test_a_form_of_a_user_may_say_that_its_lines_name_no_destination() -> None:
    text = ACME.replace('dst = "to", ', "").replace('event_stamp = "epoch"', 'event_stamp = "epoch"\nfixed = { dst = "" }')
    (acme,) = load_dialects(text.replace('title = "Acme Firewall"', 'clock = "set clock utc"'), "dialects.toml")
    assert acme.clock == "set clock utc"
    (row,) = records(read(b"ACMEKV kind=packet at=1794449642 from=203.0.113.8 p=gre did=go\n", [acme]))
    assert row["src_addr"] == "203.0.113.8"
    assert "dst_addr" not in row


_MISTAKES = {
    "not TOML": ("[[dialect]\n", "d.toml: ", "line 1"),
    "something else": ("[other]\n", "d.toml: ", "expected [[dialect]]"),
    "no name": ("[[dialect]]\nclaims = ['x']\n", "d.toml:1: ", "needs a name"),
    "bad name": ("[[dialect]]\n\nname = 'A b'\n", "d.toml:3: ", "needs a name"),
    "no form": ("[[dialect]]\nname = 'a'\nclaims = ['x']\n", "d.toml:1: dialect a", "form is missing"),
    "empty claim": (ACME.replace('["ACMEFW", "src("]', '[""]'), "d.toml:5: dialect acme", "claims"),
    "unknown key": (ACME.replace("pivot = \"ACMEKV \"", "pivto = 'x'"), "d.toml:14: dialect acme, form pairs", "unknown key pivto"),
    "wrong type": (ACME.replace('pivot = "ACMEFW "', "pivot = 3"), "d.toml:9: dialect acme, form ports", "pivot is not a text"),
    "broken pattern": (ACME.replace("(?P<proto>[a-z]+)", "(?P<proto>[a-z+)"), "d.toml:10: dialect acme, form ports", "regex"),
    "broken head": (ACME.replace('pivot = "ACMEFW "', 'pivot = "ACMEFW "\nhead = "("'), "d.toml:10: dialect acme, form ports", "regex"),
    "look-around": (ACME.replace("(?P<proto>[a-z]+)", "(?=x)(?P<proto>[a-z]+)"), "d.toml:10: dialect acme", "look-around"),
    "unknown group": (ACME.replace("(?P<proto>", "(?P<protocol>"), "d.toml:10: dialect acme, form ports", "unknown group protocol"),
    "no source": (ACME.replace("(?P<src>", "(?P<rule>"), "d.toml:10: dialect acme, form ports", "no group src"),
    "unknown stamp": (ACME.replace('event_stamp = "epoch"', 'event_stamp = "sundial"'), "d.toml:17: dialect acme", "sundial"),
    "unknown action": (ACME.replace('go = "allow"', 'go = "walk"'), "d.toml:21: dialect acme", "walk"),
    "twice": (ACME + ACME, "d.toml: dialect acme", "twice"),
    "neither tail nor keys": ("[[dialect]]\nname='a'\nclaims=['x']\n[[dialect.form]]\nname='f'\npivot='x'\n", "d.toml:4: ", "neither"),
    "empty pivot": ("[[dialect]]\nname='a'\nclaims=['x']\n[[dialect.form]]\nname='f'\npivot=''\n", "d.toml:6: ", "pivot is empty"),
    "too long": ("#" * 300_000, "d.toml: ", "at most"),
}


@pytest.mark.parametrize(("text", "place", "words"), _MISTAKES.values(), ids=_MISTAKES)
def test_a_mistake_is_told_with_its_place(text: str, place: str, words: str) -> None:
    with pytest.raises(VardeError) as caught:
        load_dialects(text, "d.toml")
    assert str(caught.value).startswith(place)
    assert words in str(caught.value)


def test_a_file_without_dialects_is_no_mistake() -> None:
    assert load_dialects("", "d.toml") == []
