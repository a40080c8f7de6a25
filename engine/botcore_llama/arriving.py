"""A file on its way from somewhere else: what of it is here, and whether it is what was sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

CHUNK = 1 << 20  # bytes
PART = ".part"  # at the end of its name, until it is whole

Tell = Callable[[int], None]
"""Called with how many bytes more are there; negative when some were thrown away."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository, with what its content must be."""

    name: str  # with folders, as the repository has it
    size: int
    sha256: str  # of a large file; empty: it is kept in git itself, and `blob` tells
    blob: str  # git's name of it: the SHA-1 of a header and the content


class Arriving:
    """What has come of a file so far, in a file of ours."""

    def __init__(self, opened: BinaryIO, file: RemoteFile, tell: Tell) -> None:
        """Read what `opened` holds already."""
        self.size = 0
        self._opened = opened
        self._file = file
        self._tell = tell
        self._digest = _digest(file)
        self._overflows = False
        opened.seek(0)
        while chunk := opened.read(CHUNK):
            self._count(chunk)
        if self.size > file.size:
            self.begin_anew()

    @property
    def is_whole(self) -> bool:
        """Whether the content is the one that the hub has."""
        found = self._digest.hexdigest()
        return not self._overflows and found == (self._file.sha256 or self._file.blob)

    def take(self, chunk: bytes) -> None:
        """Write what came, and of more than the file has nothing."""
        fits = chunk[: self._file.size - self.size]
        self._overflows = len(fits) < len(chunk)
        self._opened.write(fits)
        self._count(fits)

    def begin_anew(self) -> None:
        self._opened.truncate(0)
        self._tell(-self.size)
        self.size = 0
        self._digest = _digest(self._file)

    def _count(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self.size += len(chunk)
        self._tell(len(chunk))


def _digest(file: RemoteFile) -> hashlib._Hash:
    """Return what computes the checksum by which the hub knows a file."""
    if file.sha256:
        return hashlib.sha256()
    return hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
