"""The methods that send, change and take away messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.fakes.telegram.bot import BotAccount
from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.formatted import Formatted, read_entities, taken_in
from tests.fakes.telegram.keyboards import read_keyboard
from tests.fakes.telegram.model import ADMINISTRATORS, PRIVATE, Chat, Draft, Message, Version
from tests.fakes.telegram.parameters import Parameters
from tests.fakes.telegram.world import World

LONGEST_CAPTION = 1024
DELETABLE_SECONDS = 48 * 3600.0
LARGEST_UPLOAD = 50 * 2**20
ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


async def send_message(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    content = read_text(parameters, "text")
    return _send(world, bot, parameters, content, "sendMessage")


async def send_document(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    upload = parameters.upload("document")
    if upload:
        if not upload.content:
            raise bad_request("file must be non-empty")
        if len(upload.content) > LARGEST_UPLOAD:
            raise bad_request("file is too big")
        file = world.add_file(upload.name, upload.mime_type, upload.content)
    elif known := world.files.get(parameters.text("document")):
        file = known
    elif "document" in parameters:
        raise bad_request("wrong remote file identifier specified: Wrong string length")
    else:
        raise bad_request("there is no document in the request")
    caption = Formatted("")
    if "caption" in parameters:
        caption = read_text(parameters, "caption", longest=LONGEST_CAPTION)
    return _send(
        world, bot, parameters, caption, "sendDocument", attached={"document": file.json()}, file=file
    )


def read_text(parameters: Parameters, name: str, *, longest: int = 4096) -> Formatted:
    """Return a text with its entities as Telegram takes it in."""
    if parameters.text("parse_mode"):
        raise bad_request("unsupported parse_mode")  # this Telegram wants entities
    raw = parameters.data("entities" if name == "text" else f"{name}_entities", [])
    try:
        return taken_in(parameters.text(name), read_entities(raw), longest=longest)
    except Exception as error:
        if name == "caption" and "message is too long" in str(error):
            raise bad_request("message caption is too long") from None
        raise


def _send(
    world: World,
    bot: BotAccount,
    parameters: Parameters,
    content: Formatted,
    method: str,
    **more: Any,
) -> dict[str, Any]:
    keyboard = read_keyboard(parameters)
    chat = world.reach(bot, parameters.text("chat_id"))
    topic = _topic(chat, bot, parameters.integer("message_thread_id"))
    reply_to = _replied(chat, parameters)
    world.check_pace(bot, chat)
    message = world.add_message(
        chat,
        bot.user,
        content,
        keyboard=keyboard,
        topic=topic or (reply_to.topic if reply_to else 0),
        reply_to=reply_to,
        method=method,
        **more,
    )
    chat.drafts.clear()  # a message of the bot's ends them
    for other in world.bots.values():
        (other.last_in.add if other is bot else other.last_in.discard)(chat.id)
    world.tell("message", message)
    world.on_message(message)
    return message.json()


def _topic(chat: Chat, bot: BotAccount, number: int) -> int:
    if not number:
        return 0
    if not chat.is_forum:
        if number in chat.messages and chat.type != PRIVATE:
            return 0  # a thread of replies: the message appears among all others
        raise bad_request("message thread not found")
    topic = chat.topics.get(number)
    if topic is None:
        raise bad_request("message thread not found")
    if topic.closed and chat.members[bot.user.id] not in ADMINISTRATORS:
        raise bad_request("TOPIC_CLOSED")
    return number


def _replied(chat: Chat, parameters: Parameters) -> Message | None:
    wish = parameters.data("reply_parameters") or {
        "message_id": parameters.integer("reply_to_message_id"),
        "allow_sending_without_reply": parameters.boolean("allow_sending_without_reply"),
    }
    if not wish.get("message_id"):
        return None
    message = chat.messages.get(int(wish["message_id"]))
    if message is None or message.deleted:
        if wish.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")
    return message


def _own_message(world: World, bot: BotAccount, parameters: Parameters) -> Message:
    """Return the message that is to be changed."""
    chat = world.reach(bot, parameters.text("chat_id"))
    if not parameters.integer("message_id"):
        raise bad_request("message identifier is not specified")
    message = chat.messages.get(parameters.integer("message_id"))
    if message is None or message.deleted:
        raise bad_request("message to edit not found")
    if message.author.id != bot.user.id:
        raise bad_request("message can't be edited")
    return message


def _change(world: World, bot: BotAccount, message: Message, version: Version) -> dict[str, Any]:
    world.check_pace(bot, message.chat)
    now = message.versions[-1]
    if (now.content, now.keyboard) == (version.content, version.keyboard):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same "
            "as a current content and reply markup of the message"
        )
    message.versions.append(version)
    return message.json()


async def edit_message_text(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    content, keyboard = read_text(parameters, "text"), read_keyboard(parameters)
    message = _own_message(world, bot, parameters)
    if message.attached:
        raise bad_request("there is no text in the message to edit")
    return _change(world, bot, message, Version(content, keyboard, world.clock()))


async def edit_message_reply_markup(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    keyboard = read_keyboard(parameters)
    message = _own_message(world, bot, parameters)
    version = replace(message.versions[-1], keyboard=keyboard, at=world.clock())
    return _change(world, bot, message, version)


async def delete_message(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    chat = world.reach(bot, parameters.text("chat_id"))
    message = chat.messages.get(parameters.integer("message_id"))
    if message is None or message.deleted:
        raise bad_request("message to delete not found")
    is_own = message.author.id == bot.user.id or chat.type == PRIVATE
    if not is_own and chat.members[bot.user.id] not in ADMINISTRATORS:
        raise bad_request("message can't be deleted")
    if message.sent_at + DELETABLE_SECONDS < world.clock():
        raise bad_request("message can't be deleted for everyone")
    message.deleted = True
    return True


async def send_message_draft(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    content = Formatted("")
    if "text" in parameters:
        content = read_text(parameters, "text")
    chat = world.reach(bot, parameters.text("chat_id"))
    if chat.type != PRIVATE:
        raise bad_request("TEXTDRAFT_PEER_INVALID")
    if not parameters.integer("draft_id"):
        raise bad_request("RANDOM_ID_INVALID")
    world.check_pace(bot, chat)
    draft = Draft(parameters.integer("draft_id"), content, world.clock())
    chat.drafts[draft.id] = draft
    return True


async def send_chat_action(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    chat = world.reach(bot, parameters.text("chat_id"))
    _topic(chat, bot, parameters.integer("message_thread_id"))
    action = parameters.text("action")
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat.actions.append((action, world.clock()))
    return True


async def answer_callback_query(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    query = world.find_query(parameters.text("callback_query_id"))
    if len(parameters.text("text")) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    query.answer = {
        name: parameters.values[name] for name in ("text", "show_alert", "url") if name in parameters
    }
    query.answered_at = world.clock()
    return True
