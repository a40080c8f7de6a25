"""The adapter: one or more bots of Telegram's, each a tenant."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NoReturn

import stamina
import structlog
from telegram import Update
from telegram.error import InvalidToken, TelegramError

from botcore import (
    Accepted,
    AdapterSetup,
    Capabilities,
    ChatMoved,
    ConversationKey,
    Event,
    InboundEvent,
    Outgoing,
    Pressed,
    PrivateAnswers,
    Receipt,
    Receive,
    Refused,
    StreamMode,
)
from botcore.errors import ConfigError
from botcore.markup import TextUnit
from botcore_telegram.account import Account, refused
from botcore_telegram.attachments import unreadable
from botcore_telegram.completing import completed
from botcore_telegram.connection import silence_libraries
from botcore_telegram.document import LONGEST
from botcore_telegram.errors import unreached
from botcore_telegram.events import PLATFORM, TelegramMessage, heard_in
from botcore_telegram.introducing import QUESTIONS, introduce
from botcore_telegram.polling import Feed, Inbox, poll
from botcore_telegram.settings import TelegramSettings
from botcore_telegram.typing_signs import TypingSigns
from botcore_telegram.webhook import WebhookServer

log = structlog.get_logger(__name__)

DIRECT_SECONDS, GROUP_SECONDS = 1.0, 3.0  # between two messages or edits: a group takes 20 a minute
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # before another try to reach Telegram


class TelegramAdapter:
    """Polls, or listens for Telegram's calls, for each bot that the configuration names."""

    name = PLATFORM
    settings = TelegramSettings
    questions = QUESTIONS
    introduce = staticmethod(introduce)
    capabilities = Capabilities(
        edit_interval=DIRECT_SECONDS,
        max_chars=LONGEST,
        unit=TextUnit.UTF16,
        files=True,
        buttons=True,
        private=PrivateAnswers.HAND_OVER,
    )

    def __init__(self, setup: AdapterSetup) -> None:
        silence_libraries()
        self._settings = TelegramSettings.model_validate(setup.settings)
        self._accounts = {
            bot.tenant: Account(bot, self._settings.base_url, self._follow) for bot in self._settings.all_bots
        }
        self._typing = TypingSigns(lambda key: self._account(key).sender.show_typing(key))
        self._commands: Mapping[str, str] = {}
        self._receive: Receive | None = None

    @property
    def trouble(self) -> str:
        """What is wrong with any of the bots."""
        return "; ".join(account.trouble for account in self._accounts.values() if account.trouble)

    def show_commands(self, commands: Mapping[str, str]) -> None:
        """Hear what people can type; they are shown it when a bot is opened."""
        self._commands = commands

    async def run(self, receive: Receive) -> None:
        """Bring in what all bots hear. One whose token is wrong ends, and raises when it is the last."""
        self._receive = receive
        async with WebhookServer(self._settings.webhook_address) as server:
            tasks = [
                asyncio.create_task(self._serve(one, receive, server)) for one in self._accounts.values()
            ]
            try:
                raise await _last_end(tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self._typing.end_all()

    async def create(self, message: Outgoing) -> Receipt:
        self._typing.end(message.key)
        return await self._account(message.key).sender.create(message)

    async def edit(self, receipt: Receipt, message: Outgoing) -> None:
        await self._account(message.key).sender.edit(receipt, message)

    async def delete(self, receipt: Receipt) -> None:
        tenant = receipt.place.partition("/")[0]
        if account := self._accounts.get(tenant):
            await account.sender.delete(receipt)

    async def draft(self, message: Outgoing) -> None:
        """Show what is being written, in a direct chat."""
        self._typing.end(message.key)
        await self._account(message.key).sender.draft(message)

    async def turn_over(self, key: ConversationKey, message_id: str) -> None:
        """Hear that nothing more will answer this message."""
        self._typing.end(key)

    async def close(self) -> None:
        """Let go of the connections."""
        for account in self._accounts.values():
            await account.close()

    async def is_member(self, key: ConversationKey, user_id: str) -> bool:
        """Tell whether somebody is in a chat now."""
        return await self._account(key).is_member(key.chat, user_id)

    async def read_files(self, event: InboundEvent) -> InboundEvent:
        """Return a message to the bot with its file, and with what it answers."""
        if event.unreadable or not isinstance(event, TelegramMessage):
            return event
        largest = self._settings.file_kilobytes * 1024
        return await completed(event, self._account(event.key).me, largest)

    async def unheard(self, key: ConversationKey) -> str:
        """Return what Telegram keeps from the bot in a group."""
        return await self._account(key).unheard(key.chat)

    async def answer_press(self, pressed: Pressed, notice: str) -> None:
        """Tell who pressed a button that it has arrived, and what the core has to say."""
        await self._account(pressed.key).answer_press(pressed.dedupe_key, notice)

    def link_to_start(self, key: ConversationKey, token: str) -> str:
        """Return the address that leads into the direct chat with the bot, where it hears `/start TOKEN`."""
        return f"https://t.me/{self._account(key).me.user.username}?start={token}"

    def stream_mode(self, key: ConversationKey) -> StreamMode:
        """Drafts are for direct chats only; of a bot that is configured no more nothing is shown."""
        account = self._accounts.get(key.tenant)
        mode = StreamMode(account.settings.stream) if account else StreamMode.FINAL
        return StreamMode.EDIT if mode is StreamMode.DRAFT and _is_group(key) else mode

    def edit_interval(self, key: ConversationKey) -> float:
        """Return the pace of a chat."""
        return GROUP_SECONDS if _is_group(key) else DIRECT_SECONDS

    def _account(self, key: ConversationKey) -> Account:
        if account := self._accounts.get(key.tenant):
            return account
        raise Refused(f"The bot {key.tenant} is not in the configuration any more.")

    async def _serve(self, account: Account, receive: Receive, server: WebhookServer) -> NoReturn:
        """Bring in what one bot hears, until cancelled; raise `ConfigError` when its token is wrong."""
        await self._open(account)

        async def commit(update: Update) -> None:
            await self._commit(account, receive, update)

        if account.settings.webhook_url:
            await server.serve(account, commit)
        inbox = Inbox(commit)
        feed = Feed(account, inbox)
        try:
            await poll(feed, inbox)
        except InvalidToken:
            raise self._given_up(account) from None
        raise AssertionError("unreachable: polling does not end")

    async def _open(self, account: Account) -> None:
        """Reach Telegram, however long that takes."""
        async for attempt in stamina.retry_context(
            on=TelegramError, attempts=None, timeout=None, wait_initial=FIRST_PAUSE, wait_max=LONGEST_PAUSE
        ):
            with attempt:
                try:
                    await account.open(self._commands)
                except InvalidToken:
                    raise self._given_up(account) from None
                except TelegramError as error:
                    account.tell(unreached(error))
                    raise
        account.tell("")

    def _given_up(self, account: Account) -> Exception:
        error = refused(account.settings)
        account.trouble = str(error)
        return error

    async def _commit(self, account: Account, receive: Receive, update: Update) -> None:
        """Bring in everything that an update holds; raise when it could not be committed."""
        try:
            heard = list(heard_in(update, account.me))
        except Exception as error:  # what can't be read today can't be tomorrow, and others wait behind it
            log.error("update_not_understood", update=update.update_id, exc_info=error)
            return
        for one in heard:
            await self._bring_in(account, receive, one)

    async def _bring_in(self, account: Account, receive: Receive, event: Event) -> None:
        if isinstance(event, ChatMoved):
            account.sender.note_move(event)
        if isinstance(event, TelegramMessage) and event.addressed and (why := unreadable(event.source)):
            # Of an album it is said of the first picture alone.
            is_further = account.albums.is_further(event.source.media_group_id, event.source.message_id)
            event = replace(event, addressed=not is_further, unreadable="" if is_further else why)
        accepted = await receive(event)
        if accepted is Accepted.NEW and isinstance(event, InboundEvent):
            self._typing.begin(event.key)

    async def _follow(self, moved: ChatMoved) -> None:
        """Tell the core of a move that was noticed while sending."""
        if self._receive:
            try:
                await self._receive(moved)
            except Exception as error:  # Telegram tells of the move by an update too
                log.warning("move_not_committed", error=type(error).__name__)


async def _last_end(tasks: Collection[asyncio.Task[NoReturn]]) -> BaseException:
    """Wait until none of the tasks can go on, or one ends in a way that calls for a new start."""
    end: BaseException | None = None
    for next_end in asyncio.as_completed(tasks):
        if end:  # of one bot the core tells it
            log.error("bot_given_up", why=str(end))
        try:
            await next_end
        except ConfigError as error:
            end = error  # the others go on
    assert end
    return end


def _is_group(key: ConversationKey) -> bool:
    return key.chat.startswith("-")
