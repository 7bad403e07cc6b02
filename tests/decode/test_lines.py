"""Parts of a block as strings are its own octets, wherever they stand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from varde.decode import Lines
from varde.decode.lines import places


@st.composite
def _parts(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    """An ASCII text, and where parts of it begin and end; many at its very end, and of about as many octets as are kept beside a length."""
    text = draw(st.text(st.characters(min_codepoint=0, max_codepoint=127), max_size=80))
    length = st.one_of(st.integers(0, len(text)), st.integers(0, min(14, len(text))))
    begin = st.one_of(st.integers(0, len(text)), st.just(len(text)))
    pairs = draw(st.lists(st.tuples(begin, length), max_size=20))
    return text, [(min(at, len(text) - size), size) for at, size in pairs]


@given(_parts())
def test_parts_of_a_block_are_its_text(parts: tuple[str, list[tuple[int, int]]]) -> None:
    text, pairs = parts
    start, length = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    assert Lines.of(text.encode()).spans(start, length).to_list() == [text[at : at + size] for at, size in pairs]


@given(st.lists(st.text(max_size=20).map(lambda text: text.replace("\n", "").rstrip("\r")), max_size=12), st.data())
def test_lines_without_their_beginnings(texts: list[str], data: st.DataObject) -> None:
    lines = Lines.of("".join(text + "\n" for text in texts).encode())
    cuts = [data.draw(st.integers(0, len(text))) for text in texts]
    octets = np.array([len(text[:cut].encode()) for text, cut in zip(texts, cuts, strict=True)], dtype=np.int64)
    assert lines.behind(octets).text.to_list() == [text[cut:] for text, cut in zip(texts, cuts, strict=True)]
    assert lines.text.to_list() == texts


def test_an_octet_is_found_wherever_a_large_block_has_it() -> None:
    octets = np.zeros(600_000, dtype=np.uint8)
    where = [0, 1, 262_143, 262_144, 524_288, 599_999]
    octets[where] = 10
    assert places(10, octets).tolist() == where
    assert places(10, octets[:0]).tolist() == []
