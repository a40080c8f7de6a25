"""The files of an export: a folder, or a zip of one, which is never unpacked."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from botcore.errors import InputError

IS_ENCRYPTED = 0x1  # a flag of a zip's member
DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError)
# One of these stands at the top of every export.
MARKS = {
    "users.json",
    "org_users.json",
    "channels.json",
    "groups.json",
    "dms.json",
    "mpims.json",
    "result.json",
}


class Files(Protocol):
    """Files by their path within an export."""

    where: str  # for people
    sizes: Mapping[str, int]  # bytes of each file, by its path

    def open(self, name: str) -> IO[bytes]:
        """Open a file; it and what it reads raise one of `DAMAGES` where it can't be read."""
        ...


def open_files(path: Path) -> Files | None:
    """Return the files of a folder or zip, with paths from where the export begins; None for other files."""
    try:
        if path.is_dir():
            return _Folder(path)
        if zipfile.is_zipfile(path):
            return _Zip(path)
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}.") from error
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise InputError(f"{path} is a damaged zip: {error}.") from error
    return None


class _Folder:
    def __init__(self, path: Path) -> None:
        self.where = str(path)
        self._path = path
        found = (file for pattern in ("*.json", "*/*.json") for file in path.glob(pattern) if file.is_file())
        self.sizes: Mapping[str, int] = {
            file.relative_to(path).as_posix(): file.stat().st_size for file in found
        }

    def open(self, name: str) -> IO[bytes]:
        return (self._path / name).open("rb")


class _Zip:
    def __init__(self, path: Path) -> None:
        self.where = str(path)
        self._zip = zipfile.ZipFile(path)
        members = [member for member in self._zip.infolist() if member.filename.endswith(".json")]
        if any(member.flag_bits & IS_ENCRYPTED for member in members):
            raise InputError(f"{path} is protected by a password. Unpack it and name the folder instead.")
        top = _top([member.filename for member in members])
        self._members = {
            member.filename.removeprefix(top): member for member in members if member.filename.startswith(top)
        }
        # A member gives no more than it announces, however it was packed.
        self.sizes: Mapping[str, int] = {name: member.file_size for name, member in self._members.items()}

    def open(self, name: str) -> IO[bytes]:
        return self._zip.open(self._members[name])


def _top(names: Iterable[str]) -> str:
    """Return the folder within a zip that the export is in, with a slash at its end; empty without one."""
    marked = [PurePosixPath(name).parent for name in names if PurePosixPath(name).name in MARKS]
    folders = [str(folder) for folder in marked if "__MACOSX" not in folder.parts]
    top = min(folders, key=len, default=".")
    return "" if top == "." else f"{top}/"
