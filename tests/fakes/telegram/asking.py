"""The methods that ask: about the bot itself, chats, members, commands and files."""

from __future__ import annotations

import re
from typing import Any

from tests.fakes.telegram.bot import BotAccount
from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.membership import member_json
from tests.fakes.telegram.model import ADMINISTRATORS, PRIVATE
from tests.fakes.telegram.parameters import Parameters
from tests.fakes.telegram.world import World

LARGEST_DOWNLOAD = 20 * 2**20
MOST_COMMANDS = 100
GIFTS = (
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
)
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")


async def get_me(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    return {
        **bot.user.json(),
        "can_join_groups": True,
        "can_read_all_group_messages": bot.reads_all,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_chat(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    chat = world.reach(bot, parameters.text("chat_id"))
    return {
        **chat.json(),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(GIFTS, False),
    }


async def get_chat_member(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    chat = world.reach(bot, parameters.text("chat_id"))
    number = parameters.integer("user_id")
    if number not in world.users:
        raise bad_request("invalid user_id specified")
    if number not in chat.members:
        if chat.type == PRIVATE:
            raise bad_request("user not found")
        return member_json(world.users[number], "left")
    return member_json(chat.users[number], chat.members[number])


async def get_chat_administrators(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    chat = world.reach(bot, parameters.text("chat_id"))
    if chat.type == PRIVATE:
        raise bad_request("there are no administrators in the private chat")
    administrators = [(n, status) for n, status in chat.members.items() if status in ADMINISTRATORS]
    return [member_json(chat.users[n], status) for n, status in administrators]


async def get_chat_member_count(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    chat = world.reach(bot, parameters.text("chat_id"))
    return sum(chat.is_present(number) for number in chat.members)


async def leave_chat(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    chat = world.reach(bot, parameters.text("chat_id"))
    if chat.type == PRIVATE:
        raise bad_request("chat not found")
    chat.members[bot.user.id] = "left"
    return True


async def set_my_commands(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    commands = parameters.data("commands", [])
    if len(commands) > MOST_COMMANDS:
        raise bad_request("too many commands specified")
    for command in commands:
        if not _COMMAND.fullmatch(command.get("command", "").removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command.get("description", "")) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    bot.commands[_scope(parameters)] = commands
    return True


async def get_my_commands(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    return bot.commands.get(_scope(parameters), [])


async def delete_my_commands(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    bot.commands.pop(_scope(parameters), None)
    return True


def _scope(parameters: Parameters) -> str:
    scope = parameters.data("scope", {"type": "default"})
    parts = [scope["type"], scope.get("chat_id"), scope.get("user_id"), parameters.text("language_code")]
    return " ".join(str(part) for part in parts if part)


async def get_file(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    file = world.files.get(parameters.text("file_id"))
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(file.content) > LARGEST_DOWNLOAD:
        raise bad_request("file is too big")
    body = {name: value for name, value in file.json().items() if name not in ("file_name", "mime_type")}
    return {**body, "file_path": f"documents/{file.id}/{file.name}"}
