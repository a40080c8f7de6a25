"""Exports as Slack and Telegram Desktop write them, with content of our own."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botcore.exports import Problem, Record, open_export

Files = Mapping[str, object]  # what is no bytes is written as JSON

ANA = {
    "id": "U01ANA",
    "team_id": "T0TEAM",
    "name": "ana.l",
    "deleted": False,
    "real_name": "Ana Lima",
    "profile": {"real_name": "Ana Lima", "display_name": "Ana", "team": "T0TEAM"},
    "is_bot": False,
}
BO = {
    "id": "U02BO",
    "team_id": "T0TEAM",
    "name": "bo",
    "profile": {"real_name": "Bo Chen", "display_name": ""},
}
CI = {"id": "U03CI", "team_id": "T0TEAM", "name": "ci", "profile": {"real_name": "CI"}, "is_bot": True}


def slack_message(text: str, ts: str = "1772448120.000100", **rest: object) -> dict[str, Any]:
    """Return a message of Ana's as a day's file has it; a field that is None is left out."""
    message = {
        "client_msg_id": "6f0c4f5e-0000-4000-8000-000000000001",
        "type": "message",
        "text": text,
        "user": "U01ANA",
        "ts": ts,
        "team": "T0TEAM",
        "blocks": [{"type": "rich_text", "elements": []}],
        **rest,
    }
    return {key: value for key, value in message.items() if value is not None}


def slack_files(*messages: object, **rest: object) -> dict[str, object]:
    """Return a workspace whose channel #general has one day of messages."""
    return {
        "users.json": [ANA, BO, CI],
        "channels.json": [
            {"id": "C01GENERAL", "name": "general", "members": ["U01ANA"], "is_archived": False}
        ],
        "integration_logs.json": [],
        "general/2026-03-02.json": list(messages),
        **rest,
    }


def write_zip(path: Path, files: Files, top: str = "") -> Path:
    """Write a zip; `top` is a folder that everything in it stands in."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(top + name, as_bytes(content))
    return path


def write_folder(path: Path, files: Files) -> Path:
    """Write the folder that a zip unpacks to."""
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(as_bytes(content))
    return path


def as_bytes(content: object) -> bytes:
    return content if isinstance(content, bytes) else json.dumps(content).encode()


def telegram_message(text: object, message_id: int = 7, **rest: object) -> dict[str, Any]:
    """Return a message of Ana's as Telegram Desktop writes it; a field that is None is left out."""
    message = {
        "id": message_id,
        "type": "message",
        "date": "2026-03-02T11:42:00",
        "date_unixtime": "1772448120",
        "from": "Ana",
        "from_id": "user4711",
        "text": text,
        "text_entities": [],
        **rest,
    }
    return {key: value for key, value in message.items() if value is not None}


def telegram_chat(*messages: object, **rest: object) -> dict[str, Any]:
    """Return a chat; alone it is what the export of one chat holds."""
    return {
        "name": "Team",
        "type": "private_supergroup",
        "id": 1234567890,
        "messages": list(messages),
        **rest,
    }


def telegram_account(*chats: object, left: list[object] | None = None) -> dict[str, Any]:
    """Return what the export of a whole account holds."""
    return {
        "about": "Here is the data you requested.",
        "personal_information": {"user_id": 99, "first_name": "Ana", "phone_number": "+00 00"},
        "contacts": {"about": "…", "list": [{"first_name": "Bo", "date": "2020-01-01T00:00:00"}]},
        "chats": {"about": "This page lists all chats.", "list": list(chats)},
        "left_chats": {"about": "…", "list": left or []},
    }


def write_json(path: Path, content: object) -> Path:
    """Write a file with the indentation that Telegram Desktop uses."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def read(path: Path, chat: str | None = None) -> tuple[list[Record], list[Problem]]:
    """Return everything that an export gives."""
    found = list(open_export(path).read(chat))
    return [one for one in found if isinstance(one, Record)], [
        one for one in found if isinstance(one, Problem)
    ]
