"""Reads a file of messages, in any of the forms that are known."""

from __future__ import annotations

import json
from pathlib import Path

from botcore import InputError
from botcore_summarize.cleaning import clean
from botcore_summarize.plain_lines import read_plain
from botcore_summarize.slack_export import read_thread
from botcore_summarize.talk import Talk


def read_file(path: Path) -> list[Talk]:
    """Return the threads of a file; raise `InputError` with the place of the first mistake."""
    text = _read_text(path)
    if not text.strip():
        raise InputError(f"{path} is empty.")
    if not _is_json(text):
        return [read_plain(text, path.name, str(path))]
    if _is_json_lines(text):
        return _read_json_lines(text, path)
    return _read_json(text, path)


def choose_thread(talks: list[Talk], name: str | None, path: Path) -> list[Talk]:
    """Return the threads of that name; all without one."""
    chosen = [talk for talk in talks if name is None or talk.name == name]
    if not chosen:
        names = list(dict.fromkeys(talk.name for talk in talks))
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        raise InputError(f"{path} has no thread “{name}”. It has {', '.join(names[:10])}{more}.")
    return chosen


def _read_text(path: Path) -> str:
    try:
        return clean(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not text in UTF-8.") from error
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}.") from error


def _is_json(text: str) -> bool:
    """Tell JSON from plain lines, which may begin with `[10:42]`."""
    start = text.lstrip()
    return start.startswith("{") or (start.startswith("[") and start[1:].lstrip()[:1] in ("{", "]", "["))


def _is_json_lines(text: str) -> bool:
    """Tell whether the first line is a whole record, and another one follows."""
    first, _, rest = text.strip().partition("\n")
    try:
        return bool(rest) and isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _read_json_lines(text: str, path: Path) -> list[Talk]:
    return [
        read_thread(_parse(line, f"{path}, line {number}"), f"{path.name}:{number}", f"{path}, line {number}")
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip()
    ]


def _read_json(text: str, path: Path) -> list[Talk]:
    record = _parse(text, str(path))
    threads = isinstance(record, list) and all(isinstance(one, dict) and "messages" in one for one in record)
    if isinstance(record, list) and record and threads:
        return [
            read_thread(one, f"{path.name}:{number}", f"{path}, thread {number}")
            for number, one in enumerate(record, 1)
        ]
    return [read_thread(record, path.name, str(path))]


def _parse(text: str, where: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = where if ", line" in where else f"{where}, line {error.lineno}"
        raise InputError(f"{place}: this is not valid JSON ({error.msg} at column {error.colno}).") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: this JSON can't be read.") from error
