"""Imports Telegram Desktop's export as this bot would have heard it."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from telegram.error import RetryAfter, TelegramError

from botcore import InputError, UserError
from botcore.cli.import_command import bring_in
from botcore.config import load_settings
from botcore.exports import Export, ExportedChat, Meter, Problem, Record, open_export
from botcore_telegram.account import Account
from botcore_telegram.events import PLATFORM
from botcore_telegram.operating import chosen_bot, opened, telegram_settings

MOST_ASKED = 200  # authors of a group whom Telegram is asked about: are they bots?


@dataclass(slots=True)
class Known:
    """What an export does not say."""

    bots: set[str] = field(default_factory=set)  # ids of authors
    people: dict[str, str] = field(default_factory=dict)  # by the chat with the bot: the person's id


async def import_history(file: Path, *, chat: str | None, bot: str | None, as_json: bool) -> None:
    """Import the bot's groups, and its direct chat if there is one, and print what became of it."""
    settings = load_settings()
    telegram = telegram_settings(settings)
    chosen = chosen_bot(telegram, bot)
    first_look = open_export(file)
    if first_look.platform != PLATFORM:
        raise InputError(f"{file} is {first_look.form}. `botcore import` reads it.")
    authors = _authors(first_look, chat, chosen.tenant)
    known = Known({chosen.tenant}, _people(authors, chosen.tenant))
    try:
        async with opened(telegram, chosen) as account:
            for group, members in authors.items():
                known.bots |= await _bots_among(account, group, members)
    except UserError as error:
        # Those that the bot has heard itself are known anyway.
        sys.stderr.write(f"Telegram was not asked which authors are bots. {error}\n")
    export = OfThisBot(open_export(file), chosen.tenant, known)
    await bring_in(settings, export, chat=chat, platform=PLATFORM, tenant=chosen.tenant, as_json=as_json)


class OfThisBot:
    """The chats of an export that a bot may be in, with the ids under which it knows them.

    An export of a whole account holds much that is no bot's business: chats with other people.
    """

    platform = PLATFORM

    def __init__(self, export: Export, tenant: str, known: Known) -> None:
        self.form = export.form
        self.tenant = tenant
        self.are_threads = export.are_threads
        self.meter: Meter = export.meter
        self._export = export
        self._known = known

    @property
    def assumed_utc(self) -> bool:
        return self._export.assumed_utc

    def chats(self) -> Sequence[ExportedChat]:
        return [chat for chat in self._export.chats() if _is_ours(chat, self.tenant)]

    def read(self, chat: str | None = None) -> Iterator[Record | Problem]:
        for found in self._export.read(chat):
            if isinstance(found, Problem):
                if found.chat is None or _is_ours(found.chat, self.tenant):
                    yield found
            elif _is_ours(found.chat, self.tenant):
                yield self._as_heard(found)

    def _as_heard(self, record: Record) -> Record:
        author, chat = record.author, record.chat
        if author.id in self._known.bots:
            author = replace(author, is_bot=True)
        if person := self._known.people.get(chat.id):  # a bot calls a direct chat as its person is
            chat = replace(chat, id=person, has_live_ids=False)
        return replace(record, author=author, chat=chat)


def _is_ours(chat: ExportedChat, tenant: str) -> bool:
    return chat.id.startswith("-") or (chat.is_direct and chat.id == tenant)


def _authors(export: Export, chat: str | None, tenant: str) -> Mapping[str, set[str]]:
    """Return who wrote in each chat of the bot's, by ids."""
    authors: defaultdict[str, set[str]] = defaultdict(set)
    for found in export.read(chat):
        if isinstance(found, Record) and _is_ours(found.chat, tenant):
            authors[found.chat.id].add(found.author.id)
    return authors


def _people(authors: Mapping[str, set[str]], tenant: str) -> dict[str, str]:
    """Return who talked with the bot in their direct chat."""
    others = authors.get(tenant, set()) - {tenant}
    return {tenant: next(iter(others))} if len(others) == 1 else {}


async def _bots_among(account: Account, group: str, authors: Collection[str]) -> set[str]:
    """Ask Telegram which authors are bots. Those who have left long ago it may not know any more."""
    bots: set[str] = set()
    people = sorted(author for author in authors if author.isdecimal())
    for author in people[:MOST_ASKED] if group.startswith("-") else ():
        try:
            member = await account.bot.get_chat_member(group, int(author))
        except RetryAfter:
            break
        except TelegramError:
            continue
        if member.user.is_bot:
            bots.add(author)
    return bots
