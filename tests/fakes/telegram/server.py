"""The loopback Telegram: an HTTP server that speaks the Bot API."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.fakes.loopback import Loopback, cut
from tests.fakes.telegram import asking, receiving, sending
from tests.fakes.telegram.bot import BotAccount
from tests.fakes.telegram.errors import ApiError
from tests.fakes.telegram.faults import refusal
from tests.fakes.telegram.model import Chat, Draft, Message
from tests.fakes.telegram.parameters import Parameters, read_parameters
from tests.fakes.telegram.people import Person
from tests.fakes.telegram.world import World

Method = Callable[[World, BotAccount, Parameters], Awaitable[Any]]
METHODS: Mapping[str, Method] = {
    "getme": asking.get_me,
    "getchat": asking.get_chat,
    "getchatmember": asking.get_chat_member,
    "getchatadministrators": asking.get_chat_administrators,
    "getchatmembercount": asking.get_chat_member_count,
    "leavechat": asking.leave_chat,
    "setmycommands": asking.set_my_commands,
    "getmycommands": asking.get_my_commands,
    "deletemycommands": asking.delete_my_commands,
    "getfile": asking.get_file,
    "getupdates": receiving.get_updates,
    "setwebhook": receiving.set_webhook,
    "deletewebhook": receiving.delete_webhook,
    "getwebhookinfo": receiving.get_webhook_info,
    "close": receiving.stay,
    "logout": receiving.stay,
    "sendmessage": sending.send_message,
    "senddocument": sending.send_document,
    "editmessagetext": sending.edit_message_text,
    "editmessagereplymarkup": sending.edit_message_reply_markup,
    "deletemessage": sending.delete_message,
    "sendmessagedraft": sending.send_message_draft,
    "sendchataction": sending.send_chat_action,
    "answercallbackquery": sending.answer_callback_query,
}
DRAFT_SECONDS = 30.0
_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{8,}")


class Telegram(World, Loopback):
    """The server, and the world on it. Reached at `base_url` and `base_file_url`."""

    def __init__(self, *, clock: Callable[[], float] = time.time, port: int = 0) -> None:
        super().__init__(clock)
        self.port = port

    async def __aenter__(self) -> Self:
        await self.listen(
            web.route("*", "/bot{token}/{method}", self._answer),
            web.get("/file/bot{token}/documents/{file}/{name}", self._download),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for bot in self.bots.values():
            bot.updates.end_poll()
            if bot.webhook:
                await bot.webhook.end()
        await self.stop()

    @property
    def base_url(self) -> str:
        """What python-telegram-bot takes as such: it puts the token behind."""
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def base_file_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/file/bot"

    def person(self, name: str, username: str = "") -> Person:
        return Person(self, self.new_user(name, username))

    def answers_to(self, asked: Message) -> list[Message]:
        """Return what bots are shown to have written as replies to a message."""
        return [m for m in asked.chat.shown() if m.author.is_bot and m.reply_to is asked]

    def said_by(self, bot: BotAccount, chat: Chat) -> list[Message]:
        """Return what a bot is shown to have written in a chat."""
        return [message for message in chat.shown() if message.author is bot.user]

    def drafts(self, chat: Chat) -> list[Draft]:
        """Return what a reader sees being written: a draft fades when nothing refreshes it."""
        return [draft for draft in chat.drafts.values() if draft.at + DRAFT_SECONDS > self.clock()]

    def flood(self, chat: Chat, seconds: float) -> None:
        """Refuse every message to a chat for so long."""
        self.pace.hold(chat.id, self.clock() + seconds)

    async def until_said(self, bot: BotAccount, chat: Chat, text: str, seconds: float = 60.0) -> None:
        """Wait until a bot is shown to have said something in a chat."""
        await self.until_among(lambda: [message.text for message in self.said_by(bot, chat)], text, seconds)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"].lower()
        fault = self.faults.of(method)
        if fault.seconds_before:
            await asyncio.sleep(fault.seconds_before)
        if fault.cut_before:
            return cut(request)
        bot = self.bots.get(request.match_info["token"])
        chat = ""
        try:
            if refused := refusal(fault):
                raise refused
            parameters = await read_parameters(request)
            chat = parameters.text("chat_id")
            result = await self._call(bot, request.match_info["token"], method, parameters)
            code, body = 200, {"ok": True, "result": result}
            if fault.code_after:
                raise ApiError(fault.code_after, "Internal Server Error")
        except ApiError as error:
            code, body = error.code, error.json()
        self.record(bot, method, chat, code)
        if fault.seconds_after:
            await asyncio.sleep(fault.seconds_after)
        if fault.half_open:
            await asyncio.Event().wait()
        return cut(request) if fault.cut_after else web.json_response(body, status=code)

    async def _call(self, bot: BotAccount | None, token: str, method: str, parameters: Parameters) -> Any:
        if bot is None:
            raise ApiError(401, "Unauthorized") if _TOKEN.fullmatch(token) else ApiError(404, "Not Found")
        if method not in METHODS:
            raise ApiError(404, "Not Found: method not found")
        return await METHODS[method](self, bot, parameters)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        if refused := refusal(self.faults.of("download")):
            return web.json_response(refused.json(), status=refused.code)
        file = self.files.get(request.match_info["file"])
        if file is None or request.match_info["token"] not in self.bots:
            return web.json_response(ApiError(404, "Not Found").json(), status=404)
        return web.Response(body=file.content, content_type="application/octet-stream")
