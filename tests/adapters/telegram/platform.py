"""The loopback Telegram as the contract of adapters sees a platform."""

from __future__ import annotations

import socket
from pathlib import Path

from botcore.adapter import AdapterSetup
from botcore_telegram import TelegramAdapter
from tests.fakes.telegram import Chat, Fault, Message, Telegram


class TelegramPlatform:
    """Ana writes to a bot, in their direct chat, a group and a forum."""

    def __init__(
        self, telegram: Telegram, folder: Path, *, stream: str = "edit", webhook: bool = False
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
        if webhook:
            listen = f"127.0.0.1:{_free_port()}"
            self._settings |= {"webhook_url": f"http://{listen}/telegram", "webhook_listen": listen}
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

    def _said(self, chat: Chat) -> list[Message]:
        return self._telegram.said_by(self._bot, chat)

    def _new_adapter(self) -> TelegramAdapter:
        return TelegramAdapter(AdapterSetup(dict(self._settings), self._folder))


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])
