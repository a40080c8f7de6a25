"""The models of the Llama 3 family by the names that people know them by, and where each is.

The names are those of Ollama's library, the repositories Meta's own on the Hugging Face Hub.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from botcore.errors import InputError

DEFAULT_REVISION = "main"

# How the hub writes a repository: owner and name of at most 96 characters each.
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,127}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A model that has a name of its own."""

    name: str
    repository: str
    parameters: int
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for."""

    name: str  # under which it is kept
    repository: str
    revision: str


CATALOG = (
    Entry("llama3:8b", "meta-llama/Meta-Llama-3-8B-Instruct", 8_030_261_248, ("llama3",)),
    Entry("llama3:70b", "meta-llama/Meta-Llama-3-70B-Instruct", 70_553_706_496),
    Entry("llama3.1:8b", "meta-llama/Llama-3.1-8B-Instruct", 8_030_261_248, ("llama3.1",)),
    Entry("llama3.1:70b", "meta-llama/Llama-3.1-70B-Instruct", 70_553_706_496),
    Entry("llama3.1:405b", "meta-llama/Llama-3.1-405B-Instruct", 405_853_388_800),
    Entry("llama3.2:1b", "meta-llama/Llama-3.2-1B-Instruct", 1_235_814_400),
    Entry("llama3.2:3b", "meta-llama/Llama-3.2-3B-Instruct", 3_212_749_824, ("llama3.2",)),
    Entry("llama3.3:70b", "meta-llama/Llama-3.3-70B-Instruct", 70_553_706_496, ("llama3.3",)),
)


def look_up(name: str) -> Wanted:
    """Return what a name stands for: one of the catalog's, or `owner/repository[@revision]`."""
    if "/" in name:
        return _repository(name)
    entry = find(name)
    if entry is None:
        raise InputError(_unknown(name))
    return Wanted(entry.name, entry.repository, DEFAULT_REVISION)


def find(name: str) -> Entry | None:
    """Return the catalog's entry of a name or an alias, in any case, with or without `:latest`."""
    asked = name.lower().removesuffix(":latest")
    return next((entry for entry in CATALOG if asked in (entry.name, *entry.aliases)), None)


def _repository(name: str) -> Wanted:
    repository, at, revision = name.partition("@")
    fits = _REPOSITORY.fullmatch(repository) and ".." not in name and "--" not in repository
    if not fits or (at and not _REVISION.fullmatch(revision)):
        raise InputError(
            f"“{name}” names no repository. Write owner/repository, as meta-llama/Llama-3.2-1B-Instruct, "
            "with @ and a branch, a tag or a commit behind it if it should be another than main."
        )
    return Wanted(name, repository, revision or DEFAULT_REVISION)


def _unknown(name: str) -> str:
    known = [entry.name for entry in CATALOG]
    close = difflib.get_close_matches(name.lower(), known, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    return (
        f"There is no model “{name}”. {hint}Known are {', '.join(known)}; any other on the Hugging Face "
        "Hub is called owner/repository."
    )
