"""What Telegram answers, in the core's words."""

from __future__ import annotations

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from botcore import DeliveryError, OutcomeUnknown, Refused, RetryLater
from botcore_telegram.connection import surely_not_sent

# What Telegram writes, and what it means. A reason is for the log and the operator; it quotes nobody.
REFUSALS = {
    "bot was blocked by the user": "the person has blocked the bot",
    "user is deactivated": "the person has deleted their account",
    "bot can't initiate conversation": "the person has never written to the bot",
    "bots can't send messages to bots": "a bot can't write to another bot",
    "bot was kicked": "the bot was removed from the chat",
    "bot is not a member": "the bot is not in the chat",
    "chat not found": "the chat does not exist, or the bot was never in it",
    "group chat was deactivated": "the group was deleted",
    "topic_closed": "the topic is closed",
    "topic_deleted": "the topic was deleted",
    "message thread not found": "the topic was deleted",
    "not enough rights": "the bot may not write in the chat",
    "have no rights": "the bot may not write in the chat",
    "chat_write_forbidden": "the bot may not write in the chat",
    "chat_restricted": "the bot may not write in the chat",
    "message to edit not found": "the message was deleted",
    "message_id_invalid": "the message was deleted",
    "message can't be edited": "the message can't be edited any more",
    "message to delete not found": "the message was deleted already",
    "message can't be deleted": "the message can't be deleted any more",
    "message is too long": "the text is too long",
    "message_too_long": "the text is too long",
    "bad webhook": "Telegram calls no such address: it has to begin with https, with a name that the world "
    "knows, and with one of the ports 443, 80, 88 and 8443",
}
UNCHANGED = "message is not modified"
BAD_ENTITIES = ("entity", "entities", "wrong http url", "wrong string length")


def said(error: TelegramError) -> str:
    """Return what Telegram wrote, in small letters."""
    return error.message.lower()


def is_unchanged(error: TelegramError) -> bool:
    """Tell whether a message looks already as it should: as good as edited."""
    return isinstance(error, BadRequest) and UNCHANGED in said(error)


def is_about_entities(error: TelegramError) -> bool:
    """Tell whether a text could be sent without its styles."""
    return isinstance(error, BadRequest) and any(sign in said(error) for sign in BAD_ENTITIES)


def unreached(error: TelegramError) -> str:
    """Return what to tell when Telegram gives no answer."""
    return f"Telegram can't be reached ({type(error.__cause__ or error).__name__})"


def reason_of(error: TelegramError) -> str:
    """Return why a call was refused, in words that quote nobody."""
    if isinstance(error, InvalidToken):
        return "Telegram does not accept the bot's token"
    if isinstance(error, ChatMigrated):
        return "the group goes on under another id"
    if isinstance(error, NetworkError) and not isinstance(error, BadRequest):  # which the library calls one
        return unreached(error)
    told = said(error)
    known = next((reason for sign, reason in REFUSALS.items() if sign in told), None)
    return known or ("the bot may not do that" if isinstance(error, Forbidden) else "Telegram refuses it")


def translate(error: TelegramError) -> DeliveryError:
    """Return what the core should make of an error."""
    if isinstance(error, RetryAfter):
        return RetryLater(after=_seconds(error))
    if isinstance(error, BadRequest | Forbidden | ChatMigrated | InvalidToken):
        return Refused(f"Telegram did not take it: {reason_of(error)}.")
    if isinstance(error, Conflict) or (isinstance(error, NetworkError) and surely_not_sent(error)):
        return RetryLater()
    return OutcomeUnknown()


def _seconds(error: RetryAfter) -> float:
    told = error.retry_after
    return float(told) if isinstance(told, int) else told.total_seconds()
