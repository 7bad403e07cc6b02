"""Blocks give back the text they were made of, whatever it is and however it is cut."""

import bz2
import gzip
import io
import lzma
import os
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from material import firewall_lines

import varde.collect.text
from varde.collect import blocks, open_text, what_is
from varde.collect.text import BLOCK_LINES, Text, text_of
from varde.decode import LINE_MAX, Lines
from varde.model import VardeError

LINES = st.lists(st.one_of(st.binary(max_size=20), st.sampled_from([b"", b"\r", b"\x00\x00", b"a\r", b"\xff\xfe", "æøå".encode()])))


def read(data: bytes, size: int, **begin: object) -> tuple[list[tuple[int, bytes, int]], bytes]:
    """Blocks as tuples, and the text that was said to be consumed."""
    told: list[bytes] = []
    stream = Text(io.BufferedReader(io.BytesIO(data)))  # type: ignore[arg-type]
    found = [(b.offset, b.data, b.end) for b in blocks(stream, size=size, consumed=told.append, **begin)]  # type: ignore[arg-type]
    return found, b"".join(told)


@given(lines=LINES, size=st.integers(1, 64), ends=st.booleans())
def test_blocks_of_any_size_are_the_text_again_with_the_same_lines_and_offsets(lines: list[bytes], size: int, ends: bool) -> None:
    text = b"\n".join(lines) + (b"\n" if ends else b"")
    found, consumed = read(text, size)
    assert b"".join(data for _, data, _ in found) == text == consumed
    assert all(end - offset == len(data) and text[offset:end] == data for offset, data, end in found)
    assert all(data.endswith(b"\n") for _, data, _ in found[:-1])
    whole = Lines.of(text)
    pieces = [Lines.of(data, offset) for offset, data, _ in found]
    assert [o for p in pieces for o in p.offset.tolist()] == whole.offset.tolist()
    assert [t for p in pieces for t in p.text.to_list()] == whole.text.to_list()


@given(text=st.binary(max_size=200), cut=st.integers(0, 200), size=st.integers(1, 64))
def test_reading_on_from_what_was_held_is_the_same_as_reading_at_once(text: bytes, cut: int, size: int) -> None:
    held, rest = text[:cut], text[cut:]
    found, consumed = read(rest, size, held=held, offset=1000)
    assert b"".join(data for _, data, _ in found) == text == consumed
    assert [offset for offset, _, _ in found][:1] in ([], [1000])
    assert not found or found[-1][2] == 1000 + len(text)


@given(lines=LINES, size=st.integers(1, 64), most=st.integers(1, 5))
def test_a_block_has_so_many_lines_and_no_line_is_lost(lines: list[bytes], size: int, most: int) -> None:
    text = b"\n".join(lines)
    with mock.patch.object(varde.collect.text, "BLOCK_LINES", most):
        found, consumed = read(text, size)
    assert b"".join(data for _, data, _ in found) == text == consumed
    assert max((data.count(b"\n") for _, data, _ in found), default=0) <= most
    assert all(text[offset:end] == data for offset, data, end in found)


def test_an_archive_of_line_feeds_comes_in_blocks_of_bounded_lines() -> None:
    found, _ = read(b"x" * 50_000 + b"\n" * 1_000_000, 8 * 1024 * 1024)
    assert max(data.count(b"\n") for _, data, _ in found) <= BLOCK_LINES
    assert sum(data.count(b"\n") for _, data, _ in found) == 1_000_000


def test_a_last_line_without_line_feed_is_a_block_of_its_own_and_consumed_only_afterwards() -> None:
    told: list[bytes] = []
    stream = Text(io.BufferedReader(io.BytesIO(b"one\ntwo")))  # type: ignore[arg-type]
    found = blocks(stream, consumed=told.append)
    assert next(found).data == b"one\n"
    last = next(found)
    assert (last.offset, last.data, told) == (4, b"two", [b"one\n"])
    assert list(found) == []
    assert told == [b"one\n", b"two"]


@given(long=st.integers(LINE_MAX + 1, 4 * LINE_MAX), size=st.sampled_from([1 << 12, 1 << 16, 1 << 20]), before=st.integers(0, 3))
def test_of_an_endless_line_only_the_beginning_is_kept_and_the_next_line_is_whole(long: int, size: int, before: int) -> None:
    text = b"ok\n" * before + b"x" * long + b"\nlast\n"
    found, consumed = read(text, size)
    assert consumed == text
    lines = [line for offset, data, _ in found for line in data.splitlines()]
    assert lines[:before] == [b"ok"] * before
    assert lines[-1] == b"last"
    assert LINE_MAX < len(lines[before]) <= long
    assert found[-1][2] == len(text)


class _Endless(io.RawIOBase):
    """100 MB without a line feed, then a line; nothing of it is ever in memory at once."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 100 * 1024 * 1024

    def readable(self) -> bool:
        return True

    def readinto(self, into: "bytearray") -> int:  # type: ignore[override]
        if self.left < 0:
            return 0
        text = b"x" * min(len(into), self.left) or b"\nlast\n"
        into[: len(text)] = text
        self.left = self.left - len(text) if self.left else -1
        return len(text)


def test_memory_stays_flat_over_a_line_of_a_hundred_megabytes() -> None:
    stream = Text(io.BufferedReader(_Endless()))  # type: ignore[arg-type]
    tracemalloc.start()
    found = [(len(block.data), block.end) for block in blocks(stream)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [(LINE_MAX + 1, 100 * 1024 * 1024 + 1), (5, 100 * 1024 * 1024 + 6)]
    assert peak < 48 * 1024 * 1024


def _zstd(text: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(text)


PACKERS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "xz": lzma.compress, "bzip2": bz2.compress, "zstd": _zstd}


def unpack(path: Path) -> tuple[bytes, str]:
    """What is read of a file, and the error behind it."""
    text = b""
    try:
        for block in blocks(open_text(str(path))):
            text += block.data
    except VardeError as error:
        return text, str(error)
    return text, ""


@pytest.mark.parametrize("packer", PACKERS)
def test_compressed_text_is_read_as_if_it_were_not_and_without_any_suffix(tmp_path: Path, packer: str) -> None:
    text = firewall_lines(0, 3000)
    path = tmp_path / "fw"
    path.write_bytes(PACKERS[packer](text))
    assert unpack(path) == (text, "")


class Slow(io.RawIOBase):
    """A pipe into which somebody writes an octet at a time at first."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data, self._reads = data, 0

    def readable(self) -> bool:
        return True

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]
        self._reads += 1
        piece = self._data[: 1 if self._reads < 8 else len(into)]
        self._data = self._data[len(piece) :]
        into[: len(piece)] = piece
        return len(piece)


@pytest.mark.parametrize("packer", [None, *PACKERS])
def test_what_a_pipe_holds_is_told_however_slowly_it_begins(packer: str | None) -> None:
    text = firewall_lines(0, 300)
    stream = text_of(Slow(PACKERS[packer](text) if packer else text))  # type: ignore[arg-type]  # a raw stream is what it takes
    assert b"".join(block.data for block in blocks(stream)) == text


@pytest.mark.parametrize("text", [b"", b"B", b"BZ\n", b"\x1f", b"\xfd7z"])
def test_a_text_that_begins_as_an_archive_does_and_ends_is_text(text: bytes) -> None:
    assert text_of(Slow(text)).read(100) == text  # type: ignore[arg-type]


@pytest.mark.parametrize("packer", PACKERS)
def test_archives_written_one_behind_another_are_read_to_the_end(tmp_path: Path, packer: str) -> None:
    parts = [firewall_lines(number * 1000, 400) for number in range(3)]
    path = tmp_path / "fw"
    path.write_bytes(b"".join(PACKERS[packer](part) for part in parts))
    assert unpack(path) == (b"".join(parts), "")


@pytest.mark.parametrize("packer", PACKERS)
def test_a_truncated_archive_gives_a_beginning_of_the_text_and_an_error(tmp_path: Path, packer: str) -> None:
    text = firewall_lines(0, 3000)
    packed = PACKERS[packer](text)
    for share in (0.3, 0.7, 0.99):
        path = tmp_path / "fw"
        path.write_bytes(packed[: int(len(packed) * share)])
        got, error = unpack(path)
        assert text.startswith(got), share
        assert got == b"" or got.endswith(b"\n"), share
        assert "ends too early or is damaged" in error, share
    assert packer == "bzip2" or len(got) > len(text) // 2  # a bzip2 block holds all of this text


@pytest.mark.parametrize("packer", PACKERS)
def test_any_damage_inside_an_archive_ends_in_words(tmp_path: Path, packer: str) -> None:
    packed = PACKERS[packer](firewall_lines(0, 500))
    seed = random.Random(7)
    for _ in range(40):
        at = seed.randrange(8, len(packed))
        path = tmp_path / "fw"
        path.write_bytes(packed[:at] + bytes([packed[at] ^ 1 << seed.randrange(8)]) + packed[at + 1 :])
        unpack(path)  # VardeError is the only exception that may come


def test_a_bomb_of_runs_is_unpacked_in_bounded_memory(tmp_path: Path) -> None:
    packer = zstandard.ZstdCompressor(level=19).compressobj()
    path = tmp_path / "fw.zst"
    with path.open("wb") as file:
        for _ in range(200):
            file.write(packer.compress(b"\0" * (1 << 20)))
        file.write(packer.flush())
    assert path.stat().st_size < 40_000
    tracemalloc.start()
    end = max(block.end for block in blocks(open_text(str(path))))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert end == 200 << 20
    assert peak < 160 << 20


HEADS = {
    "a Parquet file": b"PAR1", "a program": b"\x7fELF\x02\x01\x01", "a zip archive": b"PK\x03\x04", "a PDF document": b"%PDF-1.7",
    "a picture (PNG)": b"\x89PNG\r\n", "a picture (JPEG)": b"\xff\xd8\xff\xe0", "a picture (GIF)": b"GIF89a",
    "an SQLite database": b"SQLite format 3\0", "a systemd journal": b"LPKSHHRH", "a packet capture (pcap)": b"\xd4\xc3\xb2\xa1\x02\0",
    "a packet capture (pcapng)": b"\x0a\x0d\x0d\x0a", "a SiLK file": b"\xde\xad\xbe\xef", "an nfdump file": b"\x0c\xa5\x01\x00",
    "binary data": b"\0\1\2\3\4\5\6\7" * 100,
}  # fmt: skip


@pytest.mark.parametrize("kind", HEADS)
@pytest.mark.parametrize("packed", [False, True])
def test_files_that_are_no_text_are_called_by_their_name(tmp_path: Path, kind: str, packed: bool) -> None:
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(HEADS[kind]) if packed else HEADS[kind])
    assert what_is(str(path)) == kind


@pytest.mark.parametrize(
    "text", [b"", b"\n", firewall_lines(0, 30), "Grüße æøå 漢字\n".encode(), b"\x1b[31mred\x1b[0m\n" * 9, b"latin \xe6\xf8\xe5\n" * 9,
             b"<134>a message of usual length\x00" * 50, b"\0" * 40 + firewall_lines(0, 9)],
)  # fmt: skip
def test_text_with_a_few_odd_octets_is_text(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "file").write_bytes(text)
    assert what_is(str(tmp_path / "file")) is None


def test_random_octets_are_binary_data(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(random.Random(1).randbytes(4096))
    assert what_is(str(tmp_path / "file")) == "binary data"


def test_asking_what_a_pipe_is_takes_nothing_out_of_it() -> None:
    text = firewall_lines(0, 20)
    reader, writer = os.pipe()
    os.write(writer, text)
    os.close(writer)
    path = f"/dev/fd/{reader}"
    assert what_is(path) is None
    assert b"".join(block.data for block in blocks(open_text(path))) == text
    os.close(reader)


def test_a_device_is_no_log_and_the_empty_one_is_empty() -> None:
    assert what_is("/dev/zero") == "a device" or what_is("/dev/zero") == "binary data"
    assert what_is("/dev/urandom") == "a device"
    assert what_is("/dev/null") is None


@pytest.mark.parametrize(("name", "words"), [("nothing", "no such file"), ("", "is a directory"), ("loop", "cannot read")])
def test_what_cannot_be_opened_is_said_in_words(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(VardeError, match=words):
        open_text(str(tmp_path / name))


@pytest.mark.parametrize("packer", PACKERS)
def test_an_archive_of_which_nothing_can_be_read_is_named_and_nothing_else_is_said(tmp_path: Path, packer: str) -> None:
    (tmp_path / "log").write_bytes(PACKERS[packer](b"a line\n" * 1000)[:9])
    with pytest.raises(VardeError, match=r"/log: the compressed data .* Nothing of it could be read\.$"):
        what_is(str(tmp_path / "log"))


def test_a_stream_that_fails_in_the_middle_gives_what_came_before() -> None:
    class Failing(io.BytesIO):
        def read1(self, size: int | None = -1) -> bytes:
            got = super().read1(10)
            if not got:
                raise OSError(5, "input/output error")
            return got

    stream = Text(Failing(b"one\ntwo\nthr"))  # type: ignore[arg-type]
    found = []
    with pytest.raises(VardeError, match="What came before it was read"):
        found += [found.append(block.data) for block in blocks(stream)]
    assert found == [b"one\ntwo\n"]



def test_a_file_without_a_name_is_no_folder() -> None:
    with pytest.raises(VardeError, match="without a name"):
        open_text("")
