"""Where models are kept: `models` in the data folder, a folder for each, called as the model is.

A folder whose name begins with a dot is one that is still being made, or what a kill left of one.
"""

from __future__ import annotations

import re
from pathlib import Path

from botcore.errors import InputError
from botcore_llama.model_files import BUNDLED

MODELS = "models"
BUNDLED_NAME = "bundled"
DOWNLOADS = ".download"

# As file systems of every kind take them, and nobody's shell or log is surprised by.
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def models_folder(data_folder: Path) -> Path:
    """Return where the models of a data folder are, whether there is one yet or not."""
    return data_folder / MODELS


def make_models_folder(data_folder: Path) -> None:
    """Make it, in a data folder that is for this user alone as one that a bot makes.

    Raises `InputError` where that can't be, as below a link to a disk that is not there just now.
    """
    folder = models_folder(data_folder)
    try:
        data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(exist_ok=True)
    except OSError as error:
        if folder.is_symlink():
            raise InputError(
                f"{folder} is a link to {folder.readlink()}, which is not there. Is its disk mounted?"
            ) from error
        raise InputError(
            f"The folder for models, {folder}, can't be made ({error.strerror}: {error.filename}). "
            "Check bot.data_folder."
        ) from error


def model_folder(data_folder: Path, name: str) -> Path:
    """Return where the model of that name is, or would be: `llama3.1:8b`, `owner/repository@revision`.

    A name that can't be a folder's is an `InputError`.
    """
    return models_folder(data_folder) / folder_name(name)


def folder_name(name: str) -> str:
    """Return a model's name as its folder is called: `llama3.1-8b`, `owner--repository@revision`."""
    wanted, at, revision = name.partition("@")
    parts = [wanted.replace(":", "-").replace("/", "--"), *([revision.replace("/", "--")] if at else [])]
    if not all(_SAFE.fullmatch(part) and ".." not in part for part in parts):
        raise InputError(
            f"“{name}” can't be a model's name. Use letters, digits, dots, dashes and underscores, as in "
            "llama3.1:8b or owner/repository."
        )
    return "@".join(parts)


def find_model(data_folder: Path, name: str) -> Path | None:
    """Return the folder of a model that is kept here, by its name or its folder's; None: there is none."""
    if name == BUNDLED_NAME:
        return BUNDLED
    try:
        folder = model_folder(data_folder, name)
    except InputError:
        return None
    return folder if folder.is_dir() else None


def downloads_folder(target: Path) -> Path:
    """Return where what arrives for the model in `target` is, until that is made."""
    return target.with_name(f".{target.name}{DOWNLOADS}")


def kept_models(data_folder: Path) -> list[Path]:
    """Return the folders of all models that are kept here, by name."""
    folder = models_folder(data_folder)
    if not folder.is_dir():
        return []
    return sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))


def unfinished_downloads(data_folder: Path) -> list[Path]:
    """Return the folders of what has begun to arrive and is no model yet."""
    return sorted(models_folder(data_folder).glob(f".*{DOWNLOADS}"))
