"""The loopback Telegram as the contract of adapters sees a platform."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import aiohttp

from botcore.adapter import AdapterSetup
from botcore.testing.platform import BotTable
from botcore_telegram import TelegramAdapter
from tests.fakes.telegram import Chat, Fault, Message, Telegram
from tests.fakes.telegram.formatted import Formatted

SECRET = "X-Telegram-Bot-Api-Secret-Token"
RINGING = {"mention", "text_mention", "bot_command"}


class TelegramPlatform:
    """Ana writes to a bot, in their direct chat, a group and a forum."""

    def __init__(
        self, telegram: Telegram, folder: Path, *, stream: str = "edit", webhook_url: str = ""
    ) -> None:
        self._telegram = telegram
        self._folder = folder
        self._bot = telegram.bot(reads_all=True)
        self._ana = telegram.person("Ana", "ana")
        self._direct = self._ana.chat(self._bot)
        self._group = telegram.group("Team", self._ana.user, self._bot)
        self._forum = telegram.group("Forum", self._ana.user, self._bot, is_forum=True)
        self._topics = [self._ana.open_topic(self._forum, name) for name in ("Plans", "Past")]
        self._bot.updates.clear()
        self._settings = {"token": self._bot.token, "base_url": telegram.base_url, "stream": stream}
        if webhook_url:
            listen = webhook_url.split("/")[2]
            self._settings |= {"webhook_url": webhook_url, "webhook_listen": listen}
        self._last: Message | None = None
        self.adapter = self._new_adapter()

    async def post(self, text: str) -> None:
        self._last = self._ana.write(text, self._bot)

    def shown(self) -> list[str]:
        return [message.text for message in self.messages()]

    def messages(self) -> list[Message]:
        """The bot's messages in its direct chat, as Telegram keeps them."""
        return self._said(self._direct)

    async def redeliver(self) -> None:
        self._bot.updates.again(self._bot.updates.next_id - 1)

    async def repeat(self) -> None:
        """The same message has another number in an update of another bot server."""
        assert self._last
        self._bot.updates.add("message", self._last.json(), self._last.chat.id)

    async def post_in_other_order(self, first: str, second: str) -> None:
        self._bot.updates.hold()
        await self.post(first)
        await self.post(second)
        self._bot.updates.swap()
        self._bot.updates.release()

    def unacknowledged(self) -> int:
        return len(self._bot.updates.pending)

    async def start_again(self) -> None:
        await self.adapter.close()
        self.adapter = self._new_adapter()

    def flood(self, seconds: float) -> None:
        self._telegram.faults.add(Fault(code=429, retry_after=int(seconds)))

    def cut(self, *, after_effect: bool) -> None:
        self._telegram.faults.add(Fault(cut_before=not after_effect, cut_after=after_effect))

    def hang(self) -> None:
        self._telegram.faults.add(Fault(half_open=True))

    def fail(self) -> None:
        self._telegram.faults.add(Fault(code=502))

    def refuse(self) -> None:
        self._ana.block(self._bot)

    def take_away(self) -> None:
        self._said(self._direct)[-1].deleted = True

    async def post_as_bot(self, text: str) -> None:
        other = self._telegram.bot("other_bot")
        chat = self._group
        chat.enter(other.user)
        message = self._telegram.add_message(chat, other.user, Formatted(f"@helper_bot {text}"))
        self._bot.updates.add("message", message.json(), chat.id)

    async def echo(self) -> None:
        message = self._said(self._direct)[-1]
        self._bot.updates.add("message", message.json(), message.chat.id)

    def limit_pace(self) -> None:
        self._telegram.pace.interval, self._telegram.pace.burst = 1.0, 3

    def refusals(self) -> int:
        return sum(call.code == 429 for call in self._telegram.calls)

    async def post_in_group(self, text: str, *, addressed: bool) -> None:
        self._last = self._ana.write(f"@helper_bot {text}" if addressed else text, self._group)

    async def post_in_thread(self, text: str, thread: int) -> None:
        self._last = self._ana.write(f"@helper_bot {text}", self._forum, topic=self._topics[thread])

    def shown_in_thread(self, thread: int) -> list[str]:
        return [m.text for m in self._said(self._forum) if m.topic == self._topics[thread].id]

    async def edit_last(self, text: str) -> None:
        assert self._last
        self._ana.edit(self._last, text)

    def drafts(self) -> list[str]:
        return [draft.content.text for draft in self._telegram.drafts(self._direct)]

    def buttons(self) -> list[str]:
        return [button["text"] for row in self._said(self._direct)[-1].keyboard for button in row]

    async def press(self, label: str) -> None:
        self._ana.press(self._said(self._direct)[-1], label)

    def notices(self) -> list[str]:
        answered = [query.answer for query in self._telegram.queries.values() if query.answer is not None]
        return [str(answer.get("text", "")) for answer in answered]

    def files(self) -> list[tuple[str, str]]:
        return [(m.file.name, m.file.content.decode()) for m in self._said(self._direct) if m.file]

    def commands(self) -> dict[str, str]:
        return {one["command"]: one["description"] for one in self._bot.commands.get("default", [])}

    async def leave(self) -> None:
        self._ana.leave(self._group)

    async def follow(self, url: str) -> None:
        assert url.startswith("https://t.me/helper_bot?start=")
        self._last = self._ana.start(self._bot, url.partition("=")[2])

    def called(self) -> list[str]:
        shown = [message.versions[-1].content for message in self.messages()]
        return [text.under(one) for text in shown for one in text.entities if one.type in RINGING]

    def _said(self, chat: Chat) -> list[Message]:
        return self._telegram.said_by(self._bot, chat)

    def _new_adapter(self) -> TelegramAdapter:
        return TelegramAdapter(AdapterSetup(dict(self._settings), self._folder))


class PollingPlatform(TelegramPlatform):
    """The bot asks for updates."""

    def go_dead(self) -> None:
        self._telegram.faults.add(Fault(half_open=True), "getUpdates")
        self._bot.updates.wake()


class WebhookPlatform(TelegramPlatform):
    """Telegram brings the bot its updates."""

    def __init__(self, telegram: Telegram, folder: Path) -> None:
        self._url = f"http://127.0.0.1:{_free_port()}/telegram"
        super().__init__(telegram, folder, webhook_url=self._url)

    async def forge(self, text: str) -> list[int]:
        assert self._bot.webhook
        message = self._ana.write(text, self._telegram.bot("other_bot")).json()
        secret = self._bot.webhook.secret
        wrong = [{}, {SECRET: ""}, {SECRET: "x"}, {SECRET: secret[:-1] + "?"}, {SECRET: f"{secret}x"}]
        async with aiohttp.ClientSession() as session:
            return [await self._call(session, message, headers) for headers in wrong]

    async def _call(
        self, session: aiohttp.ClientSession, message: dict[str, Any], headers: dict[str, str]
    ) -> int:
        update = {"update_id": 1, "message": message}
        async with session.post(self._url, json=update, headers=headers) as answer:
            return answer.status


class KillablePlatform(PollingPlatform):
    """A bot's process can reach it."""

    def bot_table(self) -> BotTable:
        table = {key: value for key, value in self._settings.items() if key != "token"}
        return BotTable(str(self._bot.user.id), table, {"token": self._bot.token})


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])
