"""The file of secrets beside the configuration: variables as of the environment, for this user only."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

SECRETS_NAME = "secrets.env"
MODE = 0o600
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def secrets_file(configuration: Path) -> Path:
    """Return where a configuration's secrets are."""
    return configuration.with_name(SECRETS_NAME)


def read_secrets(file: Path, prefix: str, problems: list[str]) -> dict[str, str]:
    """Return a file's variables whose names begin so; no file has none.

    A line is `NAME=value`; what else stands there, as blank lines and remarks, is left alone.
    """
    try:
        with file.open(encoding="utf-8") as opened:
            if os.fstat(opened.fileno()).st_mode & OTHERS:
                problems.append(f"{file} can be read by other users of this machine; chmod 600 {file}")
                return {}
            lines = opened.read().splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        problems.append(f"{file} can't be read: {error.strerror}")
        return {}
    except UnicodeDecodeError:
        problems.append(f"{file} is not text in UTF-8")
        return {}
    found = (line.strip().partition("=") for line in lines)
    return {name.strip(): value.strip() for name, _, value in found if name.startswith(prefix)}


def write_secrets(file: Path, secrets: Mapping[str, str]) -> None:
    """Write a new file of secrets, which nobody else can read at any time; `FileExistsError`."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write("".join(f"{name}={value}\n" for name, value in secrets.items()))


def add_secrets(file: Path, secrets: Mapping[str, str]) -> None:
    """Write secrets behind those that a file holds. Of a name that is there twice, the last counts."""
    held = file.read_text(encoding="utf-8")
    with file.open("a", encoding="utf-8") as opened:
        opened.write("" if held.endswith("\n") or not held else "\n")
        opened.write("".join(f"{name}={value}\n" for name, value in secrets.items()))
