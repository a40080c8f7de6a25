"""Changes one key of botcore.toml, and leaves everything else of the file as people wrote it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import tomlkit
from tomlkit.container import OutOfOrderTableProxy
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable, AoT, Table

from botcore.errors import ConfigError

NEW_FILE_MODE = 0o600


def set_key(file: Path, table: str, key: str, value: str) -> None:
    """Write `key = value` into a table of the file, which may be missing, and may lack the table.

    The file is replaced at once: whoever reads it meanwhile sees the old or the new one.
    """
    file = file.resolve()  # a link stays one
    document = _read(file)
    section = document.setdefault(table, tomlkit.table())
    if not isinstance(section, AbstractTable | OutOfOrderTableProxy):
        raise ConfigError(f"{file}: {table} is no table, so {table}.{key} can't be written into it.")
    if isinstance(section, Table) and key not in section:
        _add(section, key, value)
    else:
        section[key] = value
    _replace(file, tomlkit.dumps(document))


def _add(section: Table, key: str, value: str) -> None:
    """Write a new key below the last one: comments and lines behind that belong to what follows them."""
    body = section.value.body
    keys = [
        place for place, (name, item) in enumerate(body) if name and not isinstance(item, AbstractTable | AoT)
    ]
    new = tomlkit.item(value)
    if keys:
        new.trivia.trail = body[keys[-1]][1].trivia.trail  # a line ends as the one above
    section.append(key, new)
    place = next(place for place, (name, _) in enumerate(body) if name and name.key == key)
    body.insert(keys[-1] + 1 if keys else 0, body.pop(place))


def _read(file: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(file.read_bytes().decode())  # with the line ends that it has
    except FileNotFoundError:
        return tomlkit.document()
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError(f"{file} can't be read, so nothing was changed: {error}.") from error


def _replace(file: Path, text: str) -> None:
    new = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        mode = file.stat().st_mode & 0o777 if file.exists() else NEW_FILE_MODE
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as opened:
            os.fchmod(descriptor, mode)  # whatever the umask
            opened.write(text)
            opened.flush()
            os.fsync(descriptor)
        new.replace(file)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise ConfigError(f"{file} can't be written ({error.strerror}); it is as it was.") from error
