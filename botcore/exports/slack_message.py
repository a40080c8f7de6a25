"""One message in Slack's form, as its export and its interface give it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botcore.domain import Author
from botcore.exports.cleaning import clean_name
from botcore.exports.export import ExportedChat, LeftOut, Problem, Record
from botcore.exports.fields import LONGEST_ID, Unusable, id_of, moment_of, text_of
from botcore.exports.slack_text import resolve
from botcore.text_files import with_names

MEMBERSHIP = {"channel_join", "channel_leave", "group_join", "group_leave"}
SAID = {"", "thread_broadcast", "reply_broadcast", "me_message", "file_share", "file_comment", "bot_message"}
NAME_KEYS = ("display_name", "real_name", "username", "name")
SLACKBOT = "USLACKBOT"  # not marked as a bot in Slack's own lists


@dataclass(slots=True)
class Directory:
    """Who and what ids stand for."""

    names: dict[str, str] = field(default_factory=dict)  # of people and channels
    bots: set[str] = field(default_factory=lambda: {SLACKBOT})
    tenant: str = ""  # the workspace, where it is told

    def add_user(self, user: object) -> None:
        """Take in an entry of `users.json`; one that names nobody is passed over."""
        if not isinstance(user, dict) or not isinstance(user.get("id"), str):
            return
        self.names[user["id"]] = _first_name(user.get("profile"), user)
        if user.get("is_bot"):
            self.bots.add(user["id"])
        if isinstance(team := user.get("team_id"), str):
            self.tenant = self.tenant or clean_name(team)[:LONGEST_ID]


def read_messages(
    records: Iterable[object], chat: ExportedChat, directory: Directory, where: str
) -> Iterator[Record | Problem]:
    """Yield each message, or what is wrong with it; a `Problem` among the records is passed on."""
    for number, record in enumerate(records, 1):
        if isinstance(record, Problem):
            yield record
            continue
        try:
            yield read_message(record, chat, directory)
        except Unusable as error:
            yield Problem(f"{where}, message {number}", str(error), chat)


def read_message(record: object, chat: ExportedChat, directory: Directory) -> Record:
    """Return a message; raise `Unusable`."""
    if not isinstance(record, dict):
        raise Unusable("expected an object with user, ts and text")
    ts = id_of(record, "ts")
    if not ts:
        raise Unusable('"ts" is missing')
    subtype = text_of(record, "subtype")
    author = _author(record, subtype, directory)
    text = _text(record, directory)
    edited = record.get("edited")
    edited_ts = id_of(edited, "ts") if isinstance(edited, dict) else ""
    return Record(
        chat=chat,
        id=ts,
        author=author,
        text=text,
        sent_at=moment_of(ts, "ts"),
        thread=id_of(record, "thread_ts"),
        edited_at=moment_of(edited_ts, "edited.ts") if edited_ts else None,
        left_out=_reason(subtype, author, text),
    )


def _author(record: Mapping[str, Any], subtype: str, directory: Directory) -> Author:
    bot = id_of(record, "bot_id")
    user = id_of(record, "user") or bot
    own_name = _first_name(record.get("user_profile"), record.get("bot_profile"), record)
    return Author(
        id=user or own_name or "unknown",
        name=directory.names.get(user) or own_name or user or "unknown",
        is_bot=bool(bot) or subtype == "bot_message" or user in directory.bots,
    )


def _first_name(*owners: object, keys: Sequence[str] = NAME_KEYS) -> str:
    """Return the name that people see, wherever it is written down."""
    known = [owner.get(key) for owner in owners if isinstance(owner, dict) for key in keys]
    return next(filter(None, (clean_name(name) for name in known if isinstance(name, str))), "")


def _text(record: Mapping[str, Any], directory: Directory) -> str:
    files = record.get("files")
    names = [_first_name(file, keys=("name", "title")) for file in files] if isinstance(files, list) else []
    said = resolve(text_of(record, "text"), directory.names)
    return with_names(said, filter(None, names))


def _reason(subtype: str, author: Author, text: str) -> LeftOut | None:
    if subtype in MEMBERSHIP:
        return LeftOut.MEMBERSHIP
    if subtype not in SAID:
        return LeftOut.NOTICE
    if author.is_bot:
        return LeftOut.BOT
    return None if text.strip() else LeftOut.EMPTY
