"""A folder that appears whole or not at all: it is filled under another name and then renamed.

The other name begins with a dot and stands beside the wanted one, in the same file system. Whoever
fills it holds a lock on it, which the kernel frees however the process ends: so the next one tells
what a kill left behind from what is still being filled.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from botcore.errors import InputError

# Only folders called like this are ever removed.
_PARTIAL = re.compile(r"\..+\.partial-[0-9a-f]{8}")


@contextmanager
def new_folder(output: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes `output` at the end, or is removed when anything fails.

    What earlier ones left unfinished beside `output` is removed first. An `output` that exists is
    refused with an `InputError`.
    """
    refuse_existing(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    remove_left_folders(output.parent)
    partial, lock = _make_locked(output)
    try:
        yield partial
        for path in (*partial.rglob("*"), partial):
            flush(path)
        refuse_existing(output)  # a rename would replace an empty folder
        partial.rename(output)
        flush(output.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    finally:
        os.close(lock)


def refuse_existing(output: Path) -> None:
    if output.exists() or output.is_symlink():
        raise InputError(f"{output} exists already. Remove it or choose another folder.")


def remove_left_folders(parent: Path) -> list[Path]:
    """Remove the unfinished folders in `parent` that nobody fills any more, and return them."""
    if not parent.is_dir():
        return []
    found = [path for path in parent.iterdir() if _PARTIAL.fullmatch(path.name) and path.is_dir()]
    return [path for path in found if not path.is_symlink() and _remove_unlocked(path)]


def flush(path: Path) -> None:
    """Bring a file or folder to the disk, so that no power loss leaves a whole name with half a content."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


@contextmanager
def tidy_on_signals() -> Iterator[None]:
    """Meanwhile SIGTERM and SIGHUP end the program as Ctrl-C does, by an exception, so that it tidies up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _make_locked(output: Path) -> tuple[Path, int]:
    """Make a folder for what becomes `output`; return it with its lock's file descriptor."""
    while True:
        partial = output.with_name(f".{output.name}.partial-{secrets.token_hex(4)}")
        partial.mkdir()
        lock = os.open(partial, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if partial.is_dir():
            return partial, lock
        os.close(lock)  # somebody took it for a left one before it was locked


def _remove_unlocked(folder: Path) -> bool:
    try:
        lock = os.open(folder, os.O_RDONLY)
    except OSError:
        return False  # gone meanwhile, or somebody else's
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True
