"""One data folder, one owner: the process that holds its lock."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from botcore.errors import OwnerError

LOCK = "owner.lock"  # in the data folder; it holds the pid of its owner


@contextmanager
def own(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; raise `OwnerError` naming the process that has it.

    The kernel lets go of the lock when the process ends, however it ends.
    """
    with (folder / LOCK).open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise in_use(folder) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def in_use(folder: Path, *, listens: bool = True) -> OwnerError:
    """Return the error that refuses a second owner: it names the first, and how that one is reached."""
    try:
        pid = (folder / LOCK).read_text(encoding="ascii").strip()
    except OSError:
        pid = ""
    first = f"{folder} is in use by another botcore (process {pid or 'unknown'})"
    if not listens:
        return OwnerError(f"{first}, which needs it alone. Try again when that one is done.")
    return OwnerError(
        f"{first}, which `botcore chat` and `botcore status` reach. End that one first, or set "
        "bot.data_folder to another folder."
    )
