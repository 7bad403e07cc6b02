"""Warnings at the end of a file that others rotate and read: OSSEC, Filebeat, people."""

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from varde.deliver.settings import SinkSettings
from varde.deliver.sink import Row, SinkError, because
from varde.export.warning import FORMATS
from varde.model import VardeError

MODE = 0o640
"""Readable by the file's group, as logs are, and by nobody else: warnings name own hosts."""


class FileSink:
    """Appends whole lines; follows renaming and truncation, so that `logrotate` needs neither copytruncate nor a signal."""

    batch = 500

    def __init__(self, settings: SinkSettings) -> None:
        settings.need(path=settings.path)
        assert settings.path is not None
        if not settings.path.is_absolute():
            raise VardeError(f"sink {settings.name}: {str(settings.path)!r} is no whole path; write one such as /var/log/varde/warnings.log.")
        self._path: Path = settings.path
        self._render = FORMATS[settings.format or "line"].render
        self._descriptor: int | None = None

    def ready(self, waiting: int, clock: float) -> bool:
        return waiting > 0

    def send(self, rows: Sequence[Row]) -> str:
        text = "".join(self._render(row) + "\n" for row in rows).encode("utf-8", "backslashreplace")
        try:
            self._append(self._opened(), text)
        except OSError as error:
            self.close()
            raise SinkError(f"cannot write to {self._path}: {because(error)}.") from error
        return f"appended to {self._path}"

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _opened(self) -> int:
        """The file that the name stands for now: after rotation another than before."""
        if self._descriptor is not None and not self._is_ours(self._descriptor):
            self.close()
        if self._descriptor is None:
            # a pipe without a reader, put there by mistake, must be an error and not a standstill
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, flags, MODE)
            if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
                self.close()
                raise SinkError(f"{self._path} is no file. Name one that is, or one that does not exist yet.")
            self._end_torn_line(self._descriptor)
        return self._descriptor

    def _is_ours(self, descriptor: int) -> bool:
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return False
        ours = os.fstat(descriptor)
        return (now.st_dev, now.st_ino) == (ours.st_dev, ours.st_ino)

    def _end_torn_line(self, descriptor: int) -> None:
        """What a crash or a full disk left of a line becomes a line of its own, so that the next one is whole."""
        try:
            with self._path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(size - 1, 0))
                torn = size > 0 and file.read(1) != b"\n"
        except PermissionError:  # a file that we may only append to
            return
        if torn:
            os.write(descriptor, b"\n")

    def _append(self, descriptor: int, text: bytes) -> None:
        """One write for all lines, so that no other writer's come between. What a full disk cut is taken back."""
        begin = os.fstat(descriptor).st_size
        written = os.write(descriptor, text)
        if written < len(text):
            os.ftruncate(descriptor, begin)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
