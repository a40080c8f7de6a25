"""What `botcore model list`, `remove` and `use` do: the models that are kept on this machine."""

from __future__ import annotations

import fcntl
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from botcore.cli.run import run_async
from botcore.config import Settings
from botcore.config_change import set_key
from botcore.config_document import configuration_file
from botcore.control.client import owner_status
from botcore.engine import EngineStatus
from botcore.errors import ConfigError, InputError, ModelError
from botcore_llama import catalog
from botcore_llama.loadable import refuse_unloadable_here
from botcore_llama.model_files import BUNDLED, ModelFiles, read_model_files
from botcore_llama.models_folder import (
    BUNDLED_NAME,
    downloads_folder,
    find_model,
    kept_models,
    model_folder,
    unfinished_downloads,
)
from botcore_llama.partial_folder import remove_left_folders
from botcore_llama.pull import LOCK
from botcore_llama.settings import limits_of, located, read_settings
from botcore_llama.speeds import forget_speed, speed_file

MODEL_KEY = ("engine", "model")


@dataclass(frozen=True, slots=True)
class Kept:
    """A model on this machine."""

    name: str
    folder: Path
    files: ModelFiles | None  # None: they can't be used, and `trouble` says why
    trouble: str = ""
    is_configured: bool = False
    is_loaded: bool = False

    @property
    def is_used(self) -> bool:
        return self.is_configured or self.is_loaded


def kept(settings: Settings) -> Iterator[Kept]:
    """Yield the bundled model, the kept ones, and the configured one if it stands elsewhere."""
    configured, loaded = configured_folder(settings), loaded_model(settings)
    folders = [BUNDLED, *kept_models(settings.data_folder)]
    if configured and not any(_is_same(configured, folder) for folder in folders):
        folders.append(configured)
    for folder in folders:
        yield _look_at(folder, configured, loaded)


def _look_at(folder: Path, configured: Path | None, loaded: EngineStatus | None) -> Kept:
    is_configured = configured is not None and _is_same(configured, folder)
    try:
        files = read_model_files(folder)
    except ModelError as error:
        return Kept(folder.name, folder, None, str(error), is_configured)
    name = BUNDLED_NAME if folder == BUNDLED else files.name
    is_loaded = loaded is not None and bool(loaded.place) and _is_same(Path(loaded.place), folder)
    return Kept(name, folder, files, "", is_configured, is_loaded)


def _is_same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def configured_folder(settings: Settings) -> Path | None:
    """Return the folder of the model that the configuration names; None: it names another engine."""
    if settings.engine.use != "llama":
        return None
    return located(read_settings(settings.engine.model_extra or {}), settings.data_folder).model


def loaded_model(settings: Settings) -> EngineStatus | None:
    """Return what a bot that runs has loaded; None: no bot runs."""
    if not settings.data_folder.exists():
        return None
    report = run_async(owner_status(settings.data_folder))
    return report.engine if report else None


def find_kept(name: str, data_folder: Path) -> Path | None:
    """Return the folder of a model that is kept, by its name or one that stands for it."""
    entry = catalog.find(name)
    return find_model(data_folder, entry.name if entry else name)


def not_here(name: str) -> InputError:
    """Return what to say about a model that nobody has pulled."""
    try:
        hint = f" `botcore model pull {catalog.look_up(name).name}` brings it."
    except InputError:
        hint = ""
    return InputError(f"There is no model “{name}” here: see `botcore model list`.{hint}")


@dataclass(frozen=True, slots=True)
class Removal:
    """What is to be removed: a model, what has arrived of one, or both."""

    folders: tuple[Path, ...]

    @property
    def size(self) -> int:
        paths = (path for folder in self.folders for path in folder.rglob("*"))
        return sum(path.stat().st_size for path in paths if path.is_file())


def plan_removal(name: str, settings: Settings) -> Removal:
    """Find what `botcore model remove` would remove; raise `InputError` when it must stay."""
    if name == BUNDLED_NAME:
        raise InputError("The bundled model belongs to botcore and stays.")
    folder = find_kept(name, settings.data_folder)
    entry = catalog.find(name)
    target = folder or model_folder(settings.data_folder, entry.name if entry else name)
    arriving = downloads_folder(target)
    found = tuple(each for each in (folder, arriving) if each is not None and each.is_dir())
    if not found:
        raise not_here(name)
    if folder:
        one = _look_at(folder, configured_folder(settings), loaded_model(settings))
        if one.is_used:
            who = "the configuration names it" if one.is_configured else "the bot that runs has it loaded"
            raise InputError(
                f"{one.name} is in use: {who}. Choose another with `botcore model use NAME` first."
            )
    return Removal(found)


def remove(removal: Removal, data_folder: Path) -> None:
    """Remove it. Each folder is first called as one that is unfinished, so that none is seen half there."""
    for folder in removal.folders:
        with suppress(FileNotFoundError), (folder / LOCK).open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise InputError(
                    "Another botcore is bringing this model just now. End that one first."
                ) from error
        left = folder.with_name(f".{folder.name.lstrip('.')}.partial-{secrets.token_hex(4)}")
        if folder.is_symlink():
            folder.unlink()  # what it leads to is somebody else's
            continue
        folder.rename(left)
        shutil.rmtree(left, ignore_errors=True)
        forget_speed(speed_file(data_folder), folder)
        remove_left_folders(folder.parent)


def use(name: str, settings: Settings) -> tuple[ModelFiles, Path]:
    """Write a model into the configuration, after a look whether it can be used there.

    Return the model, and the file that was written.
    """
    if variable := settings.places.variables.get(MODEL_KEY):
        raise ConfigError(
            f"{variable} names the model and overrules botcore.toml. Change or unset it instead."
        )
    if settings.engine.use != "llama":
        raise ConfigError(
            f"engine.use is {settings.engine.use}, which has models of its own. Take it out first."
        )
    entry = catalog.find(name)
    written = entry.name if entry else name
    folder = find_kept(name, settings.data_folder)
    if folder is None:
        folder = Path(name).expanduser().absolute()
        if not folder.is_dir():
            raise not_here(name)
        written = str(folder)
    files = read_model_files(folder)
    engine = read_settings({**(settings.engine.model_extra or {}), "model": str(folder)})
    limits_of(engine, files)
    refuse_unloadable_here(files, engine.compute_type)  # lest a bot that runs gives up one that it has
    file = configuration_file()
    set_key(file, *MODEL_KEY, written)
    return files, file


def unfinished(data_folder: Path) -> Iterator[tuple[str, int]]:
    """Yield what has begun to arrive: the model's name as far as its folder tells, and how many bytes."""
    for folder in unfinished_downloads(data_folder):
        yield folder.name, Removal((folder,)).size
