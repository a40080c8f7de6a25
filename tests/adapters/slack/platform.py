"""The loopback Slack as the contract of adapters sees a platform."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from botcore.adapter import AdapterSetup
from botcore.testing.platform import BotTable
from botcore_slack import SlackAdapter
from tests.adapters.slack.connected import free_address
from tests.adapters.slack.installing import InstallingPlatform
from tests.fakes.slack import Channel, Delivery, Fault, Message, Slack
from tests.fakes.slack.http_delivery import body_of, sign

# Without `app_mention`: a test wants one event of what it does, and asks for more by `repeat`.
EVENTS = frozenset({"message.channels", "message.im", "member_left_channel"})
SECRETS = ("token", "app_token", "signing_secret")


class SlackPlatform:
    """Ana writes to a bot: in their direct messages, in a channel, and in two threads there."""

    def __init__(self, slack: Slack, folder: Path, **settings: Any) -> None:
        """`settings`: of the adapter, beside its token."""
        self._slack = slack
        self._folder = folder
        self._team = slack.team("Acme")
        self._app = slack.app(self._team)
        self._app.deliveries.ack_seconds, self._app.deliveries.pauses = 0.5, (0.05,) * 100
        self._app.events = EVENTS
        self._ana = slack.person("Ana", self._team)
        self._direct = self._ana.channel(self._app)
        self._group = slack.channel("team", self._ana, self._app)
        self._threads = [self._ana.write(name, self._group) for name in ("Plans", "Past")]
        self._app.deliveries.forget()  # nobody was there yet
        self._settings = {
            "token": self._app.bot_token(self._team),
            "base_url": slack.base_url,
            **self._transport(),
            **settings,
        }
        self._last: Message | None = None
        self._presses: list[Delivery] = []
        self._submissions: list[Delivery] = []
        self.adapter = self._new_adapter()

    def _transport(self) -> dict[str, Any]:
        return {"app_token": self._app.app_token, "sockets": 1}

    def of_many(self) -> InstallingPlatform:
        """Return a workspace of the same Slack that installs another app."""
        return InstallingPlatform(self._slack, self._folder)

    async def post(self, text: str) -> None:
        if text.startswith("/"):  # which Slack takes for itself
            self.type(*text.split(" ", 1))
        else:
            self._last = self._ana.write(text, self._app)

    def type(self, command: str, text: str = "") -> None:
        """Have a person type a slash command in their direct messages with the bot."""
        self._ana.command(self._app, command, text)

    def shown(self) -> list[str]:
        return [_read(message) for message in self.messages()]

    def messages(self) -> list[Message]:
        """The bot's messages in its direct messages, as Slack keeps them."""
        return self._said(self._direct)

    async def redeliver(self) -> None:
        self._app.deliveries.again(self._of_people()[-1])

    async def repeat(self) -> None:
        """Tell of the same post as a mention, too, and under another number."""
        last = self._of_people()[-1]
        again = self._app.deliveries.again(last, new_event_id=True)
        if _event(last)["channel_type"] != "im":
            again.payload["event"]["type"] = "app_mention"

    async def post_in_other_order(self, first: str, second: str) -> None:
        self._app.deliveries.hold()
        await self.post(first)
        await self.post(second)
        self._app.deliveries.swap()
        self._app.deliveries.release()

    def unacknowledged(self) -> int:
        return len([one for one in self._app.deliveries.pending if one in self._of_people()])

    async def start_again(self) -> None:
        await self.adapter.close()
        self.adapter = self._new_adapter()

    def flood(self, seconds: float) -> None:
        self._slack.faults.add(Fault(code=429, retry_after=int(seconds)))

    def cut(self, *, after_effect: bool) -> None:
        self._slack.faults.add(Fault(cut_before=not after_effect, cut_after=after_effect))

    def hang(self) -> None:
        self._slack.faults.add(Fault(half_open=True))

    def fail(self) -> None:
        self._slack.faults.add(Fault(code=503))

    def refuse(self) -> None:
        self._direct.is_archived = True

    def take_away(self) -> None:
        self._slack.delete(self._said(self._direct)[-1])

    async def post_as_bot(self, text: str) -> None:
        other = self._slack.app(self._team, name="other")
        self._ana.invite(other, self._group)
        client = AsyncWebClient(other.bot_token(self._team), base_url=self._slack.base_url)
        mention = self._app.mention(self._team)
        await client.chat_postMessage(channel=self._group.id, text=f"{mention} {text}")

    async def echo(self) -> None:
        """Tell once more, as Slack does by itself."""
        own, tells = self._said(self._direct)[-1], self._slack.tells_own
        self._slack.tells_own = True
        self._slack.tell_of(own)
        self._slack.tells_own = tells

    def limit_pace(self) -> None:
        self._slack.limit_pace()

    @property
    def streamed(self) -> bool:
        """Whether Slack's own streams were used."""
        return bool(self._slack.calls_of("chat.appendStream"))

    def refusals(self) -> int:
        return sum(call.code == 429 for call in self._slack.calls)

    async def post_in_group(self, text: str, *, addressed: bool) -> None:
        mention = f"{self._app.mention(self._team)} " if addressed else ""
        self._last = self._ana.write(mention + text, self._group)

    async def post_in_thread(self, text: str, thread: int) -> None:
        mention = self._app.mention(self._team)
        said = text.removeprefix(f"@{self._app.bot_user(self._team).name} ")
        self._last = self._ana.write(f"{mention} {said}", self._group, thread=self._threads[thread])

    def shown_in_thread(self, thread: int) -> list[str]:
        root = self._threads[thread].ts
        return [_read(message) for message in self._said(self._group) if message.thread_ts == root]

    def shown_in_group(self) -> list[str]:
        return [_read(message) for message in self._said(self._group)]

    def shown_alone(self) -> list[str]:
        return [_read(message) for message in self._ana.sees(self._group) if message.only_for]

    async def edit_last(self, text: str) -> None:
        assert self._last
        mention = self._app.mention(self._team)
        was_called = self._last.text.startswith(mention)
        self._ana.edit(self._last, f"{mention} {text}" if was_called else text)

    def buttons(self) -> list[str]:
        return self._said(self._direct)[-1].labels

    async def press(self, label: str) -> None:
        self._presses.append(self._ana.press(self._said(self._direct)[-1], label))

    def notices(self) -> list[str]:
        told = [m.shown for m in self._ana.sees(self._direct) if m.only_for]
        return told or ["" for press in self._presses if press.acked]

    def files(self) -> list[tuple[str, str]]:
        return [(f.name, f.content.decode()) for m in self._said(self._direct) for f in m.files]

    async def leave(self) -> None:
        self._ana.leave(self._group)

    def form(self) -> list[str]:
        return [
            str(block["label"]["text"]) for view in self._ana.views()[-1:] for block in _fields(view.body)
        ]

    async def fill(self, **values: str) -> None:
        view = self._ana.views()[-1]
        state = {block["block_id"]: _typed(block, values) for block in _fields(view.body)}
        self._submissions.append(self._ana.submit(view, state))

    def form_errors(self) -> list[str]:
        answer = self._submissions[-1].answer or {}
        return list(answer.get("errors", {}).values())

    def called(self) -> list[str]:
        return self._slack.mentioned()

    def _of_people(self) -> list[Delivery]:
        """What people did, without what Slack tells the bot of itself."""
        return [one for one in self._app.deliveries.all if not _is_own(_event(one))]

    def _said(self, channel: Channel) -> list[Message]:
        return self._slack.said_by(self._app, channel)

    def _new_adapter(self) -> SlackAdapter:
        return SlackAdapter(AdapterSetup(dict(self._settings), self._folder))


class SocketPlatform(SlackPlatform):
    """Slack brings events by sockets."""

    async def disconnect(self) -> None:
        await self._app.deliveries.sockets.refresh()

    def go_dead(self) -> None:
        for one in self._app.deliveries.sockets.open:
            one.freeze()


class HttpPlatform(SlackPlatform):
    """Slack calls the bot."""

    def _transport(self) -> dict[str, Any]:
        listen = free_address()
        self._app.events_url = self._url = f"http://{listen}/slack/events"
        # Python 3.11 warns of a connection that it accepts while it stops to listen, as at a test's end.
        self._slack.tells_own = False
        return {"mode": "http", "listen": listen, "signing_secret": self._app.signing_secret}

    async def forge(self, text: str) -> list[int]:
        payload = dict(self._of_people()[-1].payload)
        payload["event"] = {**payload["event"], "text": text, "ts": self._slack.new_ts()}
        body, _ = body_of("events_api", payload)
        secret, now = self._app.signing_secret, int(time.time())
        old = now - 301
        proofs = [
            {},
            _proof(now, "v0="),
            _proof(now, sign("another", now, body)),
            _proof(now, sign(secret, now, body + b" ")),
            _proof(old, sign(secret, old, body)),
            _proof(now, sign(secret, old, body)),
        ]
        async with aiohttp.ClientSession() as session:
            return list(await asyncio.gather(*(self._call(session, body, proof) for proof in proofs)))

    async def _call(self, session: aiohttp.ClientSession, body: bytes, proof: dict[str, str]) -> int:
        headers = {"Content-Type": "application/json", **proof}
        async with session.post(self._url, data=body, headers=headers) as answer:
            return answer.status


class KillablePlatform(SocketPlatform):
    """A bot's process can reach it."""

    def bot_table(self) -> BotTable:
        table = {key: value for key, value in self._settings.items() if key not in SECRETS}
        secrets = {key: str(self._settings[key]) for key in SECRETS if key in self._settings}
        return BotTable(self._team.id, table, secrets)


def _read(message: Message) -> str:
    return message.shown.rstrip()


def _event(delivery: Delivery) -> dict[str, Any]:
    event: dict[str, Any] = delivery.payload.get("event", {})
    return event


def _is_own(event: dict[str, Any]) -> bool:
    return "bot_id" in event or "bot_id" in event.get("message", event.get("previous_message", {}))


def _fields(view: dict[str, Any]) -> list[dict[str, Any]]:
    return [block for block in view["blocks"] if block["type"] == "input"]


def _typed(block: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """Return what Slack tells of a field; its name is the block's, the action's, or a part of it."""
    element = block["element"]
    value = next((v for name, v in values.items() if name in (block["block_id"], element["action_id"])), None)
    state: dict[str, Any] = {"type": element["type"]}
    if element["type"] in ("static_select", "radio_buttons"):
        chosen = [one for one in element["options"] if one["value"] == value]
        state["selected_option"] = chosen[0] if chosen else None
    else:
        state["value"] = value
    return {element["action_id"]: state}


def _proof(timestamp: int, signature: str) -> dict[str, str]:
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": signature}
