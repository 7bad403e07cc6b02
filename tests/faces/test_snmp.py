"""pass_persist by hand: what is asked is answered in order, names of strangers cannot answer in our place, thousands of questions are cheap."""

import io
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.faces import Labels, Ring, board_of, write_board
from varde.faces.snmp import LINE_MAX, PLAYPEN, Tree, checked_base, mib, number_of, serve
from varde.model import VardeError

NOW = 1_795_345_290.0
LOGINS = "6.108.111.103.105.110.115.6.102.97.105.108.101.100"  # "logins"."failed"


def tell(store: Path, failed: float = 7, at: float = NOW, name: str = "drop") -> Path:
    samples: dict[str, dict[Labels, float]] = {"varde_logins_total": {(("outcome", "failed"),): failed}, "varde_list_age_seconds": {(("list", name),): 17.6}}
    ring = Ring()
    ring.put(at - 60, {"varde_logins_total": {(("outcome", "failed"),): failed - 3}})
    ring.put(at, samples)
    write_board(board_of(store), {"written": str(at), "version": "1.2", "host": "edge"}, {}, samples, ring)
    return board_of(store)


def asked(tree: Tree, text: str) -> list[str]:
    out = io.StringIO()
    serve(tree, io.StringIO(text), out)
    return out.getvalue().splitlines()


def walked(tree: Tree, base: str = PLAYPEN) -> dict[str, tuple[str, str]]:
    found, at = {}, f".{base}"
    while (answer := asked(tree, f"getnext\n{at}\n")) != ["NONE"]:
        number, kind, value = answer
        assert number_of(number) > number_of(at), "numbers rise"
        found[number.removeprefix(f".{base}.")], at = (kind, value), number
    return found


def test_a_walk_has_all_in_order(tmp_path: Path) -> None:
    tree = Tree(tell(tmp_path), clock=lambda: NOW + 5)
    found = walked(tree)
    assert found["1.1.0"] == ("integer", "1") and found["1.2.0"] == ("gauge", "5") and found["1.3.0"] == ("string", "1.2")
    assert found[f"2.1.3.{LOGINS}"] == ("string", "Login attempts: failed")
    assert found[f"2.1.5.{LOGINS}"] == ("counter64", "7") and found[f"2.1.6.{LOGINS}"] == ("gauge", "300")
    assert ("gauge", "18") in found.values() and f"2.1.7.{LOGINS}" not in found
    assert asked(tree, f"PING\nget\n.{PLAYPEN}.2.1.5.{LOGINS}\n") == ["PONG", f".{PLAYPEN}.2.1.5.{LOGINS}", "counter64", "7"]


def test_what_is_not_there_is_none(tmp_path: Path) -> None:
    tree = Tree(tell(tmp_path), clock=lambda: NOW)
    assert asked(tree, f"get\n.{PLAYPEN}.9\nget\nnonsense\nget\n.1.{'9' * 5000}\nset\n.{PLAYPEN}.1.1.0\ninteger 5\nbogus\n\nPING\n")[:3] == ["NONE"] * 3
    assert asked(tree, f"set\n.{PLAYPEN}.1.1.0\ninteger 5\nPING\n") == ["not-writable", "PONG"]


def test_a_long_value_is_no_request(tmp_path: Path) -> None:
    tree = Tree(tell(tmp_path), clock=lambda: NOW)
    long = 'string "' + "a" * (LINE_MAX - 8) + f"get\n.{PLAYPEN}.1.1.0\n"
    assert asked(tree, f"set\n.{PLAYPEN}.1.1.0\n{long.replace(chr(10), ' ')}\nPING\n") == ["not-writable", "PONG"]
    assert asked(tree, f"{'x' * (LINE_MAX + 4)}PING\nPING\n") == ["NONE", "PONG"]


def test_it_lives_through_all_that_becomes_of_the_file(tmp_path: Path) -> None:
    now = [NOW]
    tree = Tree(board_of(tmp_path), clock=lambda: now[0])
    state = f"get\n.{PLAYPEN}.1.1.0\n"
    assert asked(tree, state)[2] == "3"
    tell(tmp_path)
    assert asked(tree, state)[2] == "1"
    now[0] += 61
    assert asked(tree, state)[2] == "2" and not any(number.startswith("2.") for number in walked(tree)), "what is old is nothing of now"
    tell(tmp_path, failed=9, at=now[0])
    assert walked(tree)[f"2.1.5.{LOGINS}"] == ("counter64", "9")
    board_of(tmp_path).write_bytes(b"garbage")
    assert asked(tree, state)[2] == "3"
    board_of(tmp_path).unlink()
    assert asked(tree, state)[2] == "3"
    tell(tmp_path, at=now[0])
    assert asked(tree, state)[2] == "1"


@given(st.text(min_size=1, max_size=300))
def test_no_name_breaks_the_protocol(name: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        tree = Tree(tell(Path(folder), name=name.encode("utf-8", "replace").decode()), clock=lambda: NOW)
        for kind, value in walked(tree).values():
            assert kind in ("integer", "gauge", "string", "counter64") and value.isascii() and value.isprintable() and len(value) <= 255


def test_numbers_no_float_breaks(tmp_path: Path) -> None:
    for value, told in ((float("inf"), "0"), (1e30, str(2**64 - 1)), (-5.0, "0")):
        tree = Tree(tell(tmp_path, failed=value), clock=lambda: NOW)
        assert walked(tree)[f"2.1.5.{LOGINS}"] == ("counter64", told)


def test_ten_thousand_questions_take_no_time(tmp_path: Path) -> None:
    tree = Tree(tell(tmp_path), clock=lambda: NOW)
    start = time.process_time()
    assert len(asked(tree, f"PING\ngetnext\n.{PLAYPEN}\n" * 5_000)) == 20_000
    assert time.process_time() - start < 2


def test_the_tree_lies_where_it_is_put(tmp_path: Path) -> None:
    base = "1.3.6.1.4.1.32473.7"
    assert checked_base(f".{base}") == base
    assert "1.1.0" in walked(Tree(tell(tmp_path), base, clock=lambda: NOW), base)
    assert "::= { enterprises 32473 7 }" in mib(base) and "::= { experimental 5 }" in mib("1.3.6.1.3.5")
    for wrong in ("1.3.6.1.2.1", "1.3.6.1.4.1", "x", "1.3.6.1.4.1." + "9" * 11, "1.3.6.1.4.1" + ".1" * 40):
        with pytest.raises(VardeError, match="no number"):
            checked_base(wrong)
