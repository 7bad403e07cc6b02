"""What a program did to the files below a folder, as strace saw it."""

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from soak.disk import Disk, Node

CALLS = (
    "open,openat,creat,write,writev,pwrite64,pwritev,ftruncate,truncate,rename,renameat,renameat2,unlink,unlinkat,link,linkat,mkdir,mkdirat,"
    "rmdir,fsync,fdatasync,sync_file_range,fallocate,copy_file_range,sendfile,lseek,dup,dup2,dup3,fcntl,close,clone,clone3,fork,vfork"
)
LONGEST = 64 * 1024 * 1024
"""Octets of one call that strace shows: all of them."""

MARKS = "marks"
"""A file beside the folder: each line written to it says that something was acknowledged."""

_LINE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)(?:<|\s|$)")
_PAUSED = re.compile(r"(\d+) +(\w+\(.*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)$")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FD = re.compile(r"(\d+)<((?:\\x[0-9a-f]{2})*)>")
_SHARES = "CLONE_FILES"


def record(command: Sequence[str], into: Path, environment: dict[str, str]) -> None:
    """Run a command to its end and write what it calls. Raises CalledProcessError."""
    strace = ["strace", "-f", "-y", "-xx", "--seccomp-bpf", "-s", str(LONGEST), "-o", str(into), "-e", f"trace={CALLS}", "-e", "signal=none"]
    subprocess.run([*strace, *command], env=environment, check=True, timeout=600)


def calls(trace: Path) -> Iterator[tuple[int, str, str, int]]:
    """(process, call, arguments, answer) in the order in which they ended; those that failed are left out."""
    paused: dict[str, str] = {}
    with trace.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if match := _PAUSED.match(line):
                paused[match[1]] = match[2]
                continue
            if match := _RESUMED.match(line):
                line = f"{match[1]} {paused.pop(match[1], '')}{match[2]}"
            if (match := _LINE.match(line)) and match[4] != "?" and (answer := int(match[4], 0)) >= 0:
                yield int(match[1]), match[2], match[3], answer


def text_of(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


@dataclass(slots=True)
class _Open:
    node: Node | None
    path: str = ""
    at: int = 0
    appends: bool = False


@dataclass(slots=True)
class Replay:
    """Does to a disk in memory what was recorded of the folder `root`. Raises NotImplementedError for a call that it does not know."""

    root: str
    disk: Disk = field(default_factory=Disk)
    marks: list[str] = field(default_factory=list)
    "What was acknowledged so far."
    _files: dict[int, dict[int, _Open]] = field(default_factory=dict)
    "By process and number."

    def steps(self, trace: Path) -> Iterator[str]:
        """Do one call after the other; answers the name of each that changed something."""
        for process, call, arguments, answer in calls(trace):
            if self._do(process, call, arguments, answer):
                yield call

    def _do(self, process: int, call: str, arguments: str, answer: int) -> bool:
        files = self._files.setdefault(process, {})
        if call in {"clone", "clone3", "fork", "vfork"}:
            self._files[answer] = files if _SHARES in arguments else dict(files)
            return False
        if call in _ON_NAMES:
            return self._names(files, call, arguments, answer)
        match = _FD.match(arguments)
        number = int(match[1]) if match else -1
        if call in {"dup", "dup2", "dup3"} or (call == "fcntl" and "F_DUPFD" in arguments):
            if number in files:
                files[answer] = files[number]
            return False
        if call == "close":
            files.pop(number, None)
            return False
        if match and text_of(match[2]).decode().endswith("/" + MARKS) and call == "write":
            self.marks += b"".join(map(text_of, _STRING.findall(arguments))).decode().split()
            return True
        return number in files and self._on_file(files[number], call, arguments, answer)

    def _inside(self, arguments: str) -> list[str]:
        """Paths below the folder that a call names, relative to it."""
        paths = [os.path.normpath(text_of(text).decode("utf-8", "surrogateescape")) for text in _STRING.findall(arguments)]
        return [os.path.relpath(path, self.root) for path in paths if path.startswith(self.root + "/") or path == self.root]

    def _names(self, files: dict[int, _Open], call: str, arguments: str, answer: int) -> bool:
        paths = self._inside(arguments)
        if call in {"open", "openat", "creat"}:
            files.pop(answer, None)
            return bool(paths) and self._opened(files, paths[0], arguments, answer)
        if not paths:
            return False
        if call.startswith("rename"):
            self.disk.rename(*paths)
        elif call.startswith("link"):
            self.disk.link(*paths)
        elif call.startswith("mkdir"):
            self.disk.create(paths[0], as_folder=True)
        else:
            self.disk.remove(paths[0])
        return True

    def _opened(self, files: dict[int, _Open], path: str, arguments: str, answer: int) -> bool:
        node = self.disk.root if path == "." else self.disk.find(path)
        changed = node is None
        if node is None:
            assert "O_CREAT" in arguments, f"{path} was not there before"
            node = self.disk.create(path)
        elif "O_TRUNC" in arguments and node.data:
            node.write(0, None)
            changed = True
        files[answer] = _Open(node, path, 0, "O_APPEND" in arguments)
        return changed

    def _on_file(self, opened: _Open, call: str, arguments: str, answer: int) -> bool:
        node = opened.node
        assert node is not None
        if call in {"fsync", "fdatasync"}:
            node.sync()
        elif call == "lseek":
            opened.at = answer
            return False
        elif call == "ftruncate":
            node.write(int(arguments.rpartition(",")[2]), None)
        elif call in {"write", "writev", "pwrite64", "pwritev"}:
            octets = b"".join(map(text_of, _STRING.findall(arguments)))[:answer]
            self._write(opened, node, octets, int(arguments.rpartition(",")[2]) if call.startswith("p") else None)
        elif call in {"fallocate", "copy_file_range", "sendfile"}:
            raise NotImplementedError(f"{call} of {opened.path}")
        else:
            return False
        return True

    def _write(self, opened: _Open, node: Node, octets: bytes, at: int | None) -> None:
        if at is not None:
            node.write(at, octets)
            return
        begin = len(node.data) if opened.appends else opened.at
        node.write(begin, octets)
        opened.at = begin + len(octets)


_ON_NAMES = {
    "open", "openat", "creat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat", "mkdir", "mkdirat", "rmdir",
}  # fmt: skip
