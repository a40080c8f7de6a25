"""Brings a model from the hub into the models folder: looked at first, then downloaded, then converted.

What is downloaded stands in a folder of its own, whose name begins with a dot, until the model is ready.
A cut, a Ctrl-C or a kill leaves it there, and the next try goes on with it.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from botcore.errors import BotcoreError, DownloadError, InputError, ModelError
from botcore_llama.arriving import PART, RemoteFile
from botcore_llama.hub import Damaged, Hub, Repository
from botcore_llama.memory import gigabytes
from botcore_llama.model_files import METADATA, read_json, read_model_files
from botcore_llama.pull_checks import (
    Pull,
    is_there,
    look_at,
    look_at_converted,
    refuse_full_disk,
    refuse_unrunnable,
)
from botcore_llama.pull_files import CONVERTED, choose, place_of, weights
from botcore_llama.quantization import find_quantization

LOCK = "lock"  # held by who downloads; in it stands the commit that is downloaded


LACKS_SCALING = (
    "Note: this directory was made by a converter that leaves out how Llama 3.1 and later scale positions, "
    "so its answers are somewhat worse, the longer the text the more. A repository with safetensors gives a "
    "better one."
)


class Watcher(Protocol):
    """Who is told how far a pull is."""

    def say(self, line: str) -> None:
        """Something that a person should know has happened or begins."""
        ...

    def begin(self, what: str, total: int) -> None:
        """Some work begins, of so many bytes."""
        ...

    def advance(self, size: int) -> None:
        """So many bytes of it are done; negative when some must be done again."""
        ...


def pull(order: Pull, hub: Hub, watcher: Watcher) -> Path:
    """Bring the model, unless it is there, and return its folder.

    Raises `DownloadError` when it can't be had, `ModelError` and `InputError` when it can't be used.
    """
    find_quantization(order.quantization)
    repository = hub.repository(order.wanted.repository, order.wanted.revision)
    page = f"{hub.address}/{repository.name}"
    if order.target.exists():
        watcher.say(_already_there(order, repository))
        return order.target
    choice = choose(repository, page)
    with _downloads(order.downloads, repository.commit) as folder:
        try:
            with _refused_before_much(folder):
                _fetch(hub, repository, choice.first, folder, watcher, f"Looking at {repository.name}")
                if choice.is_converted:
                    look_at_converted(folder, order, repository.files[CONVERTED].size)
                else:
                    look_at(folder, order)
                large = weights(repository, choice, folder)
                refuse_full_disk(order, [*choice.first, *large], folder, is_converted=choice.is_converted)
            watcher.say(_announced(order, repository, large))
            _fetch(hub, repository, large, folder, watcher, f"Downloading {repository.name}")
            _describe(folder, order, repository, page)
            if choice.is_converted:
                _take_over(folder, order, watcher)
            else:
                _convert(folder, order, watcher)
        except OSError as error:
            raise DownloadError(
                f"{error.filename or folder} can't be written ({error.strerror}). What has arrived is kept; "
                "give the same command again when that is put right."
            ) from error
        shutil.rmtree(folder, ignore_errors=True)
    return order.target


def _already_there(order: Pull, repository: Repository) -> str:
    metadata = order.target / METADATA
    have = read_json(metadata).get("revision") if metadata.is_file() else None
    name = order.wanted.name
    if have in (None, repository.commit):
        return f"{name} is there already, in {order.target}."
    return (
        f"{name} is there already, of an older commit ({str(have)[:12]}; the hub has "
        f"{repository.commit[:12]}). `botcore model remove {name}` makes room for the newer one."
    )


@contextmanager
def _downloads(folder: Path, commit: str) -> Iterator[Path]:
    """Have the folder for what arrives to ourselves, without anything of another commit."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(f"Another botcore is bringing this model already, into {folder}.") from error
        lock.seek(0)
        if lock.read() != commit:
            for path in folder.iterdir():
                if path.name != LOCK:
                    path.unlink()
            lock.truncate(0)
            lock.write(commit)
            lock.flush()
        yield folder


@contextmanager
def _refused_before_much(folder: Path) -> Iterator[None]:
    """Leave nothing of a model that is refused for what it is, or of which nothing has come."""
    try:
        yield
    except BotcoreError as error:
        came = [path.name for path in folder.iterdir() if path.name != LOCK and path.stat().st_size]
        has_weights = any(name.removesuffix(PART).endswith((".safetensors", CONVERTED)) for name in came)
        if not came or (isinstance(error, ModelError | InputError) and not has_weights):
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _announced(order: Pull, repository: Repository, large: Sequence[RemoteFile]) -> str:
    size = gigabytes(sum(file.size for file in large))
    licence = f", licence {repository.licence}" if repository.licence else ""
    name = order.wanted.name
    stands_for = "" if name == repository.name else f" is {repository.name}"
    return f"{name}{stands_for}: {size} of weights{licence}."


def _fetch(
    hub: Hub,
    repository: Repository,
    files: Sequence[RemoteFile],
    folder: Path,
    watcher: Watcher,
    what: str,
) -> None:
    """Bring those of the files that are not there yet."""
    missing = [file for file in files if not is_there(file, folder)]
    if not missing:
        return
    watcher.begin(what, sum(file.size for file in missing))
    for file in missing:
        target = place_of(file, folder)
        try:
            hub.fetch(repository, file, target, watcher.advance)
        except Damaged as error:
            watcher.say(f"{error} Trying once more.")
            hub.fetch(repository, file, target, watcher.advance)


def _describe(folder: Path, order: Pull, repository: Repository, page: str) -> None:
    """Write down what the model is and where it comes from, beside what its makers say themselves."""
    path = folder / METADATA
    said = read_json(path) if path.is_file() else {}
    ours = {
        "name": order.wanted.name,
        "source": page,
        "revision": repository.commit,
        "license": repository.licence or said.get("license", ""),
        "pulled": f"{datetime.now(UTC):%Y-%m-%d}",
    }
    path.write_text(json.dumps({**said, **ours}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _take_over(folder: Path, order: Pull, watcher: Watcher) -> None:
    """Give a directory that is fit for CTranslate2 its name; refuse one that is not, and remove it."""
    try:
        files = read_model_files(folder)
    except ModelError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    with _telling_what_is_kept(order, watcher):
        refuse_unrunnable(files, order)
    if files.lacks_scaling:
        watcher.say(LACKS_SCALING)
    (folder / LOCK).unlink()
    folder.rename(order.target)


def _convert(folder: Path, order: Pull, watcher: Watcher) -> None:
    from botcore_llama.convert import convert

    begun = _Conversion(watcher)
    with _telling_what_is_kept(order, watcher):
        convert(
            folder,
            order.target,
            order.quantization,
            for_another_machine=order.for_another_machine,
            progress=begun.progress,
        )


@contextmanager
def _telling_what_is_kept(order: Pull, watcher: Watcher) -> Iterator[None]:
    """Say of a whole download whose model is refused that it is there still."""
    try:
        yield
    except BotcoreError:
        watcher.say(f"The download is kept; `botcore model remove {order.wanted.name}` removes it.")
        raise


class _Conversion:
    """Passes on how far a conversion is, which is told in other words."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._done = 0

    def progress(self, done: int, total: int) -> None:
        if not self._done:
            self._watcher.begin("Converting", total)
        self._watcher.advance(done - self._done)
        self._done = done
