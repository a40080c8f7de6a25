"""What the configuration's file and the environment say, and where each key stands."""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botcore.config_secrets import read_secrets, secrets_file
from botcore.discovery import ADAPTERS, installed

FILE_NAME = "botcore.toml"
PREFIX = "BOTCORE_"
FROM_FILE = "_FILE"  # at a variable's end: it names a file that holds the value, as a secret's mount does
FILE_VARIABLE = "BOTCORE_CONFIG"
OTHER_VARIABLES = (FILE_VARIABLE, "BOTCORE_DEBUG", "BOTCORE_TEST_DATA")
LARGEST_SECRET = 65_536  # bytes

Key = tuple[str, ...]

_HEADER = re.compile(r"\s*\[\[?\s*([^\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_ASSIGNMENT = re.compile(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
_PART = re.compile(r"\"([^\"]*)\"|'([^']*)'|([\w-]+)")


@dataclass(frozen=True, slots=True)
class Places:
    """Where the keys were set."""

    file: str = ""  # empty: the settings came from a program
    lines: Mapping[Key, int] = field(default_factory=dict)
    variables: Mapping[Key, str] = field(default_factory=dict)

    def of(self, key: Key) -> str:
        """Return the place of a key for a person to read; of one that is missing, its table's."""
        if key in self.variables:
            return f"the environment's {self.variables[key]}"
        for length in range(len(key), 0, -1):
            if line := self.lines.get(key[:length]):
                return f"{self.file}, line {line}"
        return self.file

    def in_file(self, key: Key) -> bool:
        """Tell whether the file has set a key, and no variable overrules it."""
        return key in self.lines and key not in self.variables


@dataclass(frozen=True, slots=True)
class Document:
    """The configuration before it is checked."""

    values: dict[str, Any]
    places: Places
    problems: list[str]  # what could not even be read


def configuration_file() -> Path:
    """Return the file that BOTCORE_CONFIG names, else ./botcore.toml."""
    return Path(os.environ.get(FILE_VARIABLE) or FILE_NAME)


def read_document(path: Path | None, sections: Collection[str]) -> Document:
    """Read the file, its secrets beside it, and the environment, which overrules both.

    Without a path it is the file that BOTCORE_CONFIG names, else ./botcore.toml, which may be missing.
    """
    file = path or configuration_file()
    problems: list[str] = []
    is_there = path is not None or bool(os.environ.get(FILE_VARIABLE)) or file.exists()
    text = _read_file(file, problems) if is_there else ""
    values = _parse(file, text, problems)
    secrets = read_secrets(secrets_file(file), PREFIX, problems) if is_there else {}
    variables = _read_environment({**secrets, **os.environ}, sections, values, problems)
    places = Places(str(file) if is_there else "", _line_numbers(text), variables)
    return Document(values, places, problems)


def _read_file(file: Path, problems: list[str]) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        problems.append(f"{file} can't be read: {error.strerror}")
    except UnicodeDecodeError as error:
        problems.append(f"{file} is not valid TOML: byte {error.start} is not UTF-8")
    return ""


def _parse(file: Path, text: str, problems: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{file} is not valid TOML: {error}")
        return {}


def _line_numbers(text: str) -> dict[Key, int]:
    """Return the line of each key and table, counted from 1, as far as a look at the lines can tell."""
    lines: dict[Key, int] = {}
    table: Key = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
            lines.setdefault(table, number)
        elif assignment := _ASSIGNMENT.match(line):
            lines.setdefault((*table, *_parts(assignment[1])), number)
    return lines


def _parts(dotted: str) -> Key:
    return tuple("".join(found) for found in _PART.findall(dotted))


def _read_environment(
    environment: Mapping[str, str], sections: Collection[str], values: dict[str, Any], problems: list[str]
) -> dict[Key, str]:
    """Put the environment's values over the file's; return which variable set which key."""
    variables: dict[Key, str] = {}
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name in OTHER_VARIABLES:
            continue
        key = _key_of(name, sections, values)
        if key is None:
            problems.append(_unknown_variable(name, sections))
            continue
        if key in variables:
            problems.append(f"the environment has both {variables[key]} and {name}; one of them is enough")
            continue
        value = _value_of(name, environment[name], problems)
        if value is not None:
            variables[key] = name
            _put(values, key, value)
    return variables


def _key_of(name: str, sections: Collection[str], values: Mapping[str, Any]) -> Key | None:
    """Return the key that a variable sets. BOTCORE_TELEGRAM__TOKEN is short for adapters.telegram.token."""
    key = tuple(name.removeprefix(PREFIX).removesuffix(FROM_FILE).lower().split("__"))
    if key[0] in sections:
        return key
    tables = values.get("adapters")
    adapters = {*installed(ADAPTERS), *(tables if isinstance(tables, dict) else ())}
    return ("adapters", *key) if len(key) > 1 and key[0] in adapters else None


def _unknown_variable(name: str, sections: Collection[str]) -> str:
    known = [PREFIX + section.upper() for section in sections]
    close = difflib.get_close_matches(name.partition("__")[0], known, n=1)
    all_known = ", ".join(f"{variable}__…" for variable in sorted(known))
    hint = f"did you mean {close[0]}__…?" if close else f"known are {all_known}"
    return f"the environment has {name}, which sets nothing ({hint})"


def _value_of(name: str, text: str, problems: list[str]) -> Any:
    """Return a variable's value, or None when its file can't be read.

    A text it stays, lest a token of digits becomes a number; only a list or a table is read as JSON.
    """
    if name.endswith(FROM_FILE):
        return _secret(name, Path(text), problems)
    if text.startswith(("[", "{")):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _secret(name: str, file: Path, problems: list[str]) -> str | None:
    try:
        with file.expanduser().open("rb") as opened:
            content = opened.read(LARGEST_SECRET + 1)
        if len(content) > LARGEST_SECRET:
            problems.append(f"the environment's {name} names a file that is too large for a secret")
            return None
        return content.decode("utf-8").rstrip("\r\n")
    except (OSError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else "nobody here has that name"
        problems.append(f"the environment's {name} names a file that can't be read: {why}")
    except UnicodeDecodeError:
        problems.append(f"the environment's {name} names a file that is not text in UTF-8")
    return None


def _put(values: dict[str, Any], key: Key, value: Any) -> None:
    for part in key[:-1]:
        inner = values.get(part)
        if not isinstance(inner, dict):
            inner = values[part] = {}
        values = inner
    old = values.get(key[-1])
    values[key[-1]] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
