"""From what Telegram tells to what the core is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from telegram import CallbackQuery, Message, Update

from botcore import Author, ChatMoved, ConversationKey, Edited, Event, InboundEvent, Pressed
from botcore_telegram.addressing import Myself, is_addressed, is_direct, mentions
from botcore_telegram.completing import revised
from botcore_telegram.saying import whole_text

PLATFORM = "telegram"
WANTED = ("message", "edited_message", "callback_query")  # the kinds of updates that are asked for


@dataclass(frozen=True, slots=True)
class TelegramMessage(InboundEvent):
    """A message, with all that Telegram tells of it."""

    source: Message = field(kw_only=True, repr=False, compare=False)


def heard_in(update: Update, me: Myself) -> Iterator[Event]:
    """Yield what an update is to the core; most have one event, some none."""
    tenant = str(me.user.id)
    if message := update.message:
        if moved := _moved(message, tenant):
            yield moved
        elif text := _text_for(message, me):
            yield _inbound(message, text, me)
    elif (edited := update.edited_message) and (text := _text_for(edited, me)):
        if is_addressed(edited, me):
            text = revised(text, edited, me)
        yield Edited(key_of(edited, tenant), str(edited.message_id), text, edited.edit_date or _now())
    elif (query := update.callback_query) and (pressed := _pressed(query, tenant)):
        yield pressed


def _text_for(message: Message, me: Myself) -> str:
    """Return what a message says, without the bot's name unless that is all."""
    return whole_text(message, without=mentions(message, me)) or whole_text(message)


def key_of(message: Message, tenant: str) -> ConversationKey:
    """Return where a message was said. A thread is a topic: replies elsewhere carry a number too."""
    thread = str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""
    return ConversationKey(PLATFORM, tenant, str(message.chat.id), thread)


def author_of(message: Message) -> Author:
    """Return who wrote a message: a person, a bot, or a group or channel in whose name somebody writes."""
    if chat := message.sender_chat:
        return Author(str(chat.id), " ".join((chat.effective_name or "").split()) or "a channel")
    if user := message.from_user:
        return Author(str(user.id), " ".join(user.full_name.split()) or "somebody", user.is_bot)
    return Author(str(message.chat.id), "somebody")


def _inbound(message: Message, text: str, me: Myself) -> TelegramMessage:
    message_id = str(message.message_id)
    return TelegramMessage(
        key=key_of(message, str(me.user.id)),
        dedupe_key=f"{message.chat.id}:{message_id}",
        message_id=message_id,
        author=author_of(message),
        text=text,
        sent_at=message.date,
        addressed=is_addressed(message, me) and not message.is_automatic_forward,
        direct=is_direct(message),
        language=message.from_user.language_code if message.from_user else None,
        source=message,
    )


def _moved(message: Message, tenant: str) -> ChatMoved | None:
    """Both groups tell of a move: the one that ends, and the supergroup that begins."""
    here = str(message.chat.id)
    if message.migrate_to_chat_id:
        return ChatMoved(PLATFORM, tenant, here, str(message.migrate_to_chat_id))
    if message.migrate_from_chat_id:
        return ChatMoved(PLATFORM, tenant, str(message.migrate_from_chat_id), here)
    return None


def _pressed(query: CallbackQuery, tenant: str) -> Pressed | None:
    message = query.message
    if not isinstance(message, Message) or not query.data:  # another bot's, or a game's
        return None
    return Pressed(
        key=key_of(message, tenant),
        dedupe_key=query.id,
        message_id=str(message.message_id),
        author=Author(str(query.from_user.id), query.from_user.full_name, query.from_user.is_bot),
        button_id=query.data,
        sent_at=_now(),
        direct=is_direct(message),
    )


def _now() -> datetime:
    return datetime.now(UTC)
