"""Panels: stable names, and sums of samples."""

from hypothesis import given
from hypothesis import strategies as st

from varde.app.metrics import FAMILIES
from varde.model.panels import LINES_MAX, NAME, PANELS, Each, Line, curves, field_name
from varde.model.planes import PLANES

LOGINS, PROBES, PORTS, FLOWS = (next(panel for panel in PANELS if panel.id == name) for name in ("logins", "probes", "ports", "flows"))


def test_panels_are_made_of_families_that_are_told() -> None:
    known = {family.name: family for family in FAMILIES}
    lines = [(panel, line) for panel in PANELS for line in (panel.lines if isinstance(panel.lines, tuple) else (panel.lines,))]
    assert {line.family for _, line in lines} <= set(known)
    for panel, line in lines:
        assert line.label in ("", *known[line.family].labels), panel.id
        assert known[line.family].kind == "counter" or not panel.rate or line.family == "varde_flow_lost"


def test_names_are_stable_and_unique() -> None:
    assert len({panel.id for panel in PANELS}) == len(PANELS)
    names = [(panel.id, line.name) for panel in PANELS if isinstance(panel.lines, tuple) for line in panel.lines]
    assert len(set(names)) == len(names)
    assert all(NAME.fullmatch(part) for name in names for part in name)


def test_planes_are_those_of_the_fireplot() -> None:
    assert isinstance(PROBES.lines, tuple)
    assert [line.name for line in PROBES.lines] == [plane.key for plane in PLANES]


def test_a_line_adds_up_what_has_one_of_its_values() -> None:
    lost = {(("unit", "flows"), ("sensor", "a")): 3.0, (("unit", "records"), ("sensor", "b")): 4.0, (("unit", "datagrams"), ("sensor", "c")): 5.0}
    told = {curve.name: curve.value for curve in curves(FLOWS, {"varde_flow_lost": lost})}
    assert told == {"received": None, "lost": 7.0, "lost_datagrams": 5.0, "dropped": None}


def test_what_was_not_counted_yet_is_nothing_and_what_nobody_counts_is_unknown() -> None:
    assert [curve.value for curve in curves(LOGINS, {"varde_logins_total": {(("outcome", "failed"),): 2.0}})] == [2.0, 0]
    assert [curve.value for curve in curves(LOGINS, {})] == [None, None]


def test_each_value_of_a_label_is_a_line_and_there_are_no_more_than_can_be_told_apart() -> None:
    assert isinstance(PORTS.lines, Each)
    samples = {(("port", f"tcp/{n}"),): float(n) for n in range(1000)}
    told = curves(PORTS, {"varde_port_probes_total": samples})
    assert len(told) == LINES_MAX
    assert (told[0].name, told[0].title, told[0].value) == ("tcp_0", "tcp/0", 0.0)


@given(st.text(max_size=80))
def test_any_text_has_a_name_that_munin_takes(text: str) -> None:
    name = field_name(text)
    assert NAME.fullmatch(name)
    assert len(name) <= 50


def test_texts_that_look_alike_have_names_of_their_own() -> None:
    texts = ["a b", "a_b", "a-b", "a.b", "A_B", "a/b", "", "_", "1a", "x" * 60, "x" * 61, "\ud800", "é", "\\xe9"]
    assert len({field_name(text) for text in texts}) == len(texts)
    assert field_name("tcp/23") == "tcp_23"


def test_a_line_is_of_a_closed_kind() -> None:
    assert all(isinstance(panel.lines, Each) or all(isinstance(line, Line) for line in panel.lines) for panel in PANELS)
