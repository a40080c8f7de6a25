"""Sends, edits and takes away one bot's messages."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import structlog
from telegram import Bot, LinkPreviewOptions, ReplyParameters, TelegramObject
from telegram.constants import ChatAction
from telegram.error import ChatMigrated, TelegramError

from botcore import ChatMoved, ConversationKey, OutcomeUnknown, Outgoing, Receipt, Refused, RetryLater
from botcore.markup import as_file, parse
from botcore_telegram.connection import Request
from botcore_telegram.document import LONGEST, length
from botcore_telegram.errors import is_about_entities, is_unchanged, reason_of, translate
from botcore_telegram.events import PLATFORM
from botcore_telegram.keyboard import keyboard
from botcore_telegram.rendering import Rendered, render, shortened, unstyled

log = structlog.get_logger(__name__)

NO_PREVIEW = LinkPreviewOptions(is_disabled=True).to_json()

# Tells the core of a chat that has moved.
Follow = Callable[[ChatMoved], Awaitable[None]]


class Sender:
    """Knows the chats of one bot as they are called now."""

    def __init__(self, bot: Bot, tenant: str, follow: Follow) -> None:
        self._bot = bot
        self._tenant = tenant
        self._follow = follow
        self._moved: dict[str, str] = {}  # groups that became supergroups meanwhile

    def note_move(self, moved: ChatMoved) -> None:
        """Send to a chat's new place from now on."""
        self._moved[moved.old_chat] = moved.new_chat

    async def create(self, message: Outgoing) -> Receipt:
        """Send a message, or a file for one that is too long."""
        rendered = _rendered(message)
        if length(rendered.text) > LONGEST:
            return await self._create_file(message)

        def send(chat: str, rendered: Rendered = rendered) -> Awaitable[Any]:
            return self._call("sendMessage", chat, rendered, self._where(chat, message))

        try:
            sent = await self._in_chat(message.key, send)
        except _BadEntities:
            sent = await self._in_chat(message.key, lambda chat: send(chat, unstyled(rendered)))
        return Receipt(str(sent["message_id"]), self._place(str(sent["chat"]["id"])))

    async def edit(self, receipt: Receipt, message: Outgoing) -> None:
        """Make a message look like this."""
        chat = self._chat(message.key)
        rendered = _rendered(message)
        if receipt.place != self._place(chat):
            raise Refused("The chat goes on elsewhere, where this message is not.")
        if length(rendered.text) > LONGEST:
            await self.delete(receipt)
            raise Refused("A file is a message of its own.")

        def edit(chat: str, rendered: Rendered = rendered) -> Awaitable[Any]:
            changed = {"message_id": int(receipt.message_id), "reply_markup": keyboard(message.buttons)}
            return self._call("editMessageText", chat, rendered, changed)

        try:
            await self._in_chat(message.key, edit)
        except _BadEntities:
            await self._in_chat(message.key, lambda chat: edit(chat, unstyled(rendered)))

    async def delete(self, receipt: Receipt) -> None:
        """Take a message away. One that is gone, or too old to be deleted, is left as it is."""
        chat = receipt.place.partition("/")[2]
        try:
            await self._bot.delete_message(chat, int(receipt.message_id))
        except TelegramError as error:
            if not isinstance(told := translate(error), Refused):
                raise told from None

    async def draft(self, message: Outgoing) -> None:
        """Show what is being written in a direct chat."""
        rendered = shortened(_rendered(message), LONGEST)
        number = int(message.answers) if message.answers and message.answers.isdecimal() else 1
        thread = int(message.key.thread) if message.key.thread else None
        try:
            await self._bot.send_message_draft(
                int(message.key.chat),
                number % 2**31 or 1,
                rendered.text,
                message_thread_id=thread,
                entities=rendered.entities,
            )
        except TelegramError as error:
            raise translate(error) from None

    async def show_typing(self, key: ConversationKey) -> None:
        """Show that an answer is being worked on."""
        thread = int(key.thread) if key.thread else None
        await self._bot.send_chat_action(self._chat(key), ChatAction.TYPING, message_thread_id=thread)

    async def _create_file(self, message: Outgoing) -> Receipt:
        file = as_file(parse(message.text), message.text)
        sent = await self._in_chat(
            message.key,
            lambda chat: self._bot.send_document(
                chat,
                file.content,
                filename=file.name,
                disable_content_type_detection=True,
                **self._where(chat, message),
            ),
        )
        return Receipt(str(sent.message_id), self._place(str(sent.chat.id)))

    def _call(self, method: str, chat: str, rendered: Rendered, further: Mapping[str, Any]) -> Awaitable[Any]:
        """Send or edit a text. The result is as it came."""
        fields = {"chat_id": chat, "text": rendered.text, "link_preview_options": NO_PREVIEW}
        if rendered.entities:
            fields["entities"] = json.dumps([entity.to_dict() for entity in rendered.entities])
        for name, value in further.items():
            if value is not None:
                fields[name] = value.to_json() if isinstance(value, TelegramObject) else str(value)
        return cast("Request", self._bot.request).call(f"{self._bot.base_url}/{method}", fields)

    def _where(self, chat: str, message: Outgoing) -> dict[str, Any]:
        """Return in which topic a message is sent, what it answers, and its buttons."""
        is_group = chat.startswith("-")
        answers = message.answers if is_group and (message.answers or "").isdecimal() else None
        return {
            "message_thread_id": int(message.key.thread) if message.key.thread else None,
            "reply_parameters": (
                ReplyParameters(int(answers), allow_sending_without_reply=True) if answers else None
            ),
            "reply_markup": keyboard(message.buttons),
        }

    async def _in_chat(self, key: ConversationKey, call: Callable[[str], Awaitable[Any]]) -> Any:
        """Call with the chat as it is called now, and once more when it has just moved."""
        try:
            return await call(self._chat(key))
        except ChatMigrated as error:
            await self._hear_of_move(key.chat, str(error.new_chat_id))
        except TelegramError as error:
            _unless_done(error)
            return None
        try:
            return await call(self._chat(key))
        except TelegramError as error:
            _unless_done(error)
            return None

    async def _hear_of_move(self, old: str, new: str) -> None:
        moved = ChatMoved(PLATFORM, self._tenant, old, new)
        self.note_move(moved)
        await self._follow(moved)

    def _chat(self, key: ConversationKey) -> str:
        return self._moved.get(key.chat, key.chat)

    def _place(self, chat: str) -> str:
        return f"{self._tenant}/{chat}"


class _BadEntities(Exception):
    """The text can be sent without its styles."""


def _rendered(message: Outgoing) -> Rendered:
    """Return a message as Telegram takes it; what is only a preview is cut where it is too long."""
    rendered = render(parse(message.text or message.progress, growing=not message.final))
    return rendered if message.final else shortened(rendered, LONGEST)


def _unless_done(error: TelegramError) -> None:
    """Return when an error says that all is as it should be; otherwise raise what the core understands."""
    if is_unchanged(error):
        return
    if is_about_entities(error):
        log.error("entities_refused")  # a bug: what is sent is rendered here
        raise _BadEntities
    told = translate(error)
    if isinstance(told, Refused):
        log.warning("telegram_refused", reason=reason_of(error))
    elif isinstance(told, OutcomeUnknown):
        log.warning("telegram_unclear", error=type(error).__name__, cause=type(error.__cause__).__name__)
    elif isinstance(told, RetryLater) and told.after:
        log.info("telegram_asks_for_patience", seconds=told.after)
    raise told from None
