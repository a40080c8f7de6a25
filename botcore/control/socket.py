"""Where an owner's socket stands: `control.sock` in the data folder, which a client finds by itself.

The kernel takes 107 bytes for a socket's path. When the data folder's is longer, the socket stands
in a short private folder and `control.sock` is a symbolic link, which a client reads.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "control.sock"
LONGEST_PATH = 100  # bytes
SHORT_PREFIX = "botcore-control-"


def address(folder: Path) -> Path:
    """Return where a client connects to, whether anybody listens there or not."""
    path = folder / NAME
    return path.readlink() if path.is_symlink() else path


@contextmanager
def place_for_socket(folder: Path) -> Iterator[Path]:
    """Give the path to listen on, clear of what a killed owner left; nothing stays there afterwards.

    Only for who owns the folder.
    """
    _remove(folder)
    path = folder / NAME
    if len(os.fsencode(path)) > LONGEST_PATH:
        short = Path(tempfile.mkdtemp(prefix=SHORT_PREFIX)) / NAME  # for this user only
        path.symlink_to(short)
        path = short
    try:
        yield path
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    path = folder / NAME
    if path.is_symlink():
        short = path.readlink().parent
        if short.name.startswith(SHORT_PREFIX):
            shutil.rmtree(short, ignore_errors=True)
    path.unlink(missing_ok=True)
