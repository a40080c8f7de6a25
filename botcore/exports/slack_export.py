"""Slack's own export: a zip, or its folder, with a folder for each channel and in it a file for each day."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botcore.exports.cleaning import clean_name
from botcore.exports.export import ExportedChat, Meter, Problem, Record, is_called, no_such_chat
from botcore.exports.fields import LONGEST_ID
from botcore.exports.files import Files
from botcore.exports.json_stream import list_elements
from botcore.exports.slack_message import Directory, read_messages

DAY = re.compile(r"(?P<folder>[^/]+)/\d{4}-\d{2}-\d{2}\.json")
USER_LISTS = ("users.json", "org_users.json")
CHAT_LISTS = ("channels.json", "groups.json", "mpims.json", "dms.json")
LARGEST_FILE = 1 << 28  # bytes; a channel of people does not fill it in a day


class SlackExport:
    """An `Export` of a Slack workspace."""

    form = "Slack's export"
    platform = "slack"
    are_threads = False
    assumed_utc = False

    def __init__(self, files: Files) -> None:
        self._files = files
        self._days = _days_by_folder(files)
        self._directory = Directory()
        self._problems: list[Problem] = []
        for user in self._listed(USER_LISTS):
            self._directory.add_user(user)
        self._chats = self._read_chats()
        self.tenant = self._directory.tenant
        self.meter = Meter(sum(files.sizes[day] for days in self._days.values() for day in days))

    def chats(self) -> Sequence[ExportedChat]:
        return list(self._chats.values())

    def read(self, chat: str | None = None) -> Iterator[Record | Problem]:
        chosen = {folder: found for folder, found in self._chats.items() if is_called(found, chat)}
        if chat is not None and not chosen:
            raise no_such_chat(self._files.where, chat, self.chats())
        yield from self._problems
        for folder, found in chosen.items():
            for day in self._days[folder]:
                messages = self._elements(day, self.meter)
                yield from read_messages(messages, found, self._directory, self._where(day))

    def _elements(self, name: str, meter: Meter | None = None) -> Iterator[object]:
        where = self._where(name)
        if self._files.sizes[name] > LARGEST_FILE:
            too_large = f"it is larger than {LARGEST_FILE >> 20} MiB and was left unread"
            return iter([Problem(where, too_large, is_gap=True)])
        return list_elements(lambda: self._files.open(name), where, meter)

    def _where(self, name: str) -> str:
        return f"{self._files.where}, {clean_name(name)}"  # a zip may name its files as it likes

    def _listed(self, names: Sequence[str]) -> Iterator[object]:
        """Yield what the lists hold that the export has, and note what can't be read of them."""
        for name in names:
            for element in self._elements(name) if name in self._files.sizes else ():
                if isinstance(element, Problem):
                    self._problems.append(element)
                else:
                    yield element

    def _read_chats(self) -> dict[str, ExportedChat]:
        """Return the chats by their folder, which is called like a channel, or like the id of others."""
        ids: dict[str, str] = {}
        names: dict[str, str] = {}
        for listed in self._listed(CHAT_LISTS):
            if isinstance(listed, dict) and isinstance(chat_id := listed.get("id"), str):
                name = listed.get("name")
                folder = name if isinstance(name, str) else chat_id
                ids[folder] = chat_id
                names[folder] = clean_name(folder if name else self._members(listed))
                self._directory.names[chat_id] = names[folder]
        return {
            folder: ExportedChat(
                clean_name(ids.get(folder, folder))[:LONGEST_ID],
                names.get(folder) or clean_name(folder),
                size=f"{len(days)} {'day' if len(days) == 1 else 'days'}",
            )
            for folder, days in self._days.items()
        }

    def _members(self, listed: Mapping[str, Any]) -> str:
        """Return who talks in a direct chat, which has no name."""
        members = listed.get("members")
        names = self._directory.names
        return (
            ", ".join(names.get(str(who), str(who)) for who in members) if isinstance(members, list) else ""
        )


def is_slack_export(files: Files) -> bool:
    """Tell whether there are days of a channel, like `general/2026-03-02.json`."""
    return any(map(DAY.fullmatch, files.sizes))


def _days_by_folder(files: Files) -> dict[str, list[str]]:
    days: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(files.sizes):
        if found := DAY.fullmatch(name):
            days[found["folder"]].append(name)
    return dict(days)
