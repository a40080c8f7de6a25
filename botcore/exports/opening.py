"""Finds out what an export is, by what stands in it; its name tells nothing."""

from __future__ import annotations

import json
from codecs import getincrementaldecoder
from pathlib import Path

from botcore.errors import InputError
from botcore.exports import slack_threads
from botcore.exports.cleaning import clean
from botcore.exports.export import Export
from botcore.exports.files import Files, open_files
from botcore.exports.json_stream import BrokenJson, JsonStream
from botcore.exports.plain_lines import PlainLines, is_plain
from botcore.exports.slack_export import SlackExport, is_slack_export
from botcore.exports.slack_threads import SlackThreads
from botcore.exports.telegram_export import CHAT_LISTS, TelegramExport

BEGINNING = 1 << 16  # bytes that tell the kind of a file
TELEGRAM_FILE = "result.json"
OF_A_TELEGRAM_CHAT = {"id", "type"}
UNDERSTOOD = (
    "botcore reads Slack's export (its zip or folder), Telegram Desktop's JSON export (result.json), "
    "messages in Slack's JSON form, and lines like “10:42 Ana: hello”"
)


def open_export(path: Path) -> Export:
    """Return the export in a file or folder; raise `InputError` with what is understood."""
    if files := open_files(path):
        return _open_folder(files)
    start = _beginning(path)
    if not start.strip():
        raise InputError(f"{path} is empty.")
    if _looks_like_json(start):
        return _open_json(path)
    if is_plain(next(line for line in start.splitlines() if line.strip())):
        return PlainLines(path)
    what = "is not text in UTF-8" if "\ufffd" in start else "is no export that is understood"
    raise InputError(f"{path} {what}. {UNDERSTOOD}.")


def _open_folder(files: Files) -> Export:
    if TELEGRAM_FILE in files.sizes:
        where = f"{files.where}, {TELEGRAM_FILE}"
        return TelegramExport(lambda: files.open(TELEGRAM_FILE), files.sizes[TELEGRAM_FILE], where)
    if is_slack_export(files):
        return SlackExport(files)
    raise InputError(f"{files.where} is no export that is understood. {UNDERSTOOD}.")


def _beginning(path: Path) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(BEGINNING)
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}.") from error
    return clean(getincrementaldecoder("utf-8-sig")("replace").decode(start))


def _looks_like_json(start: str) -> bool:
    """Tell JSON from plain lines, which may begin with `[10:42]`."""
    start = start.lstrip()
    return start.startswith("{") or (start.startswith("[") and start[1:].lstrip()[:1] in ("{", "]", "[", ""))


def _open_json(path: Path) -> Export:
    if _has_a_thread_a_line(path):
        return SlackThreads(path, slack_threads.thread_a_line, are_threads=True)
    try:
        with JsonStream(lambda: path.open("rb")) as stream:
            is_list = stream.next()[0] == "start_array"
            return _open_list(path, stream) if is_list else _open_object(path, stream)
    except BrokenJson as error:
        raise InputError(f"{error.problem(str(path))}.") from error


def _has_a_thread_a_line(path: Path) -> bool:
    """Tell whether the first line is a whole object, and another one follows."""
    with path.open("rb") as file:
        first = file.readline(slack_threads.LONGEST_LINE)
        another = any(map(bytes.strip, iter(lambda: file.readline(BEGINNING), b"")))
    try:
        return (
            another
            and first.endswith(b"\n")
            and isinstance(json.loads(first.decode("utf-8-sig", "replace")), dict)
        )
    except (ValueError, RecursionError):
        return False


def _open_list(path: Path, stream: JsonStream) -> Export:
    """Tell a list of threads from one of messages by its first element."""
    for kind, _ in stream.elements():
        if kind == "start_map" and "messages" in _keys(stream):
            return SlackThreads(path, slack_threads.list_of_threads, are_threads=True)
        break
    return SlackThreads(path, slack_threads.bare_list, are_threads=False)


def _keys(stream: JsonStream) -> set[str]:
    """Return the keys of an object that was just opened, with all that it holds passed over."""
    keys = set()
    for key in stream.members():
        keys.add(key)
        stream.skip()
    return keys


def _open_object(path: Path, stream: JsonStream) -> Export:
    """Tell Telegram's forms from Slack's by what stands before the messages."""
    keys: set[str] = set()
    for key in stream.members():
        if key in CHAT_LISTS or (key == "messages" and keys >= OF_A_TELEGRAM_CHAT):
            return TelegramExport(lambda: path.open("rb"), path.stat().st_size, str(path))
        if key == "messages":
            return SlackThreads(path, slack_threads.one_thread, are_threads=False)
        keys.add(key)
        stream.skip()
    raise InputError(f"{path} is JSON without messages or chats. {UNDERSTOOD}.")
