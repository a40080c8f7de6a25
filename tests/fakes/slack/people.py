"""What people do on the loopback Slack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.fakes.slack.app import App, Installation
from tests.fakes.slack.asking import revoke
from tests.fakes.slack.deliveries import COMMANDS, INTERACTIVE, Delivery
from tests.fakes.slack.model import Channel, File, Json, Message, Team, User, Version, View
from tests.fakes.slack.oauth import allow
from tests.fakes.slack.payloads import (
    channel_reference,
    command_body,
    interaction_body,
    message_json,
)
from tests.fakes.slack.world import World

Place = Channel | App  # an app stands for the direct messages with its bot


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. What they write is there whether or not the bot is."""

    world: World = field(repr=False)
    user: User

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def team(self) -> Team:
        return self.user.team

    def channel(self, place: Place) -> Channel:
        """Return a channel; direct messages begin here."""
        if isinstance(place, App):
            return self.world.direct(self.user, self._bot(place).user)
        return place

    def write(
        self,
        text: str,
        place: Place,
        *,
        thread: Message | None = None,
        files: Sequence[File] = (),
        subtype: str = "",
    ) -> Message:
        """Write a message, as Slack keeps it: `&`, `<` and `>` of what was typed are to be escaped."""
        channel = self.channel(place)
        root = (thread.thread_ts or thread.ts) if thread else ""
        message = self.world.add_message(
            channel,
            self.user,
            Version(text, _rich(text), self.world.clock()),
            thread_ts=root,
            files=list(files),
            subtype=subtype or ("file_share" if files else ""),
        )
        for file in files:
            file.shares.append(message)
        return message

    def upload(self, name: str, content: bytes, *, mime_type: str = "text/plain") -> File:
        return self.world.add_file(name, content, self.user, mime_type)

    def edit(self, message: Message, text: str) -> None:
        """Change one's own message."""
        assert message.author is self.user
        new = replace(message.versions[-1], text=text, blocks=_rich(text), at=self.world.clock())
        self.world.change(message, new, self.user)

    def delete(self, message: Message) -> None:
        self.world.delete(message)

    def press(self, message: Message, label: str) -> Delivery:
        """Press a button below a message."""
        button = next(one for one in message.buttons if one["text"]["text"] == label)
        block = next(b for b in message.blocks if button in [*b.get("elements", []), b.get("accessory")])
        now, channel = self.world.clock(), message.channel
        app = self.world.apps[message.app_id]
        response = self.world.tickets.new_response(self.user, app.id, channel, now, message)
        container = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.only_for is not None,
        }
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        more: Json = {
            "container": container,
            "channel": channel_reference(channel),
            "message": message_json(message, metadata=True),
            "state": {"values": {}},
            "trigger_id": self.world.tickets.new_trigger(self.user, app.id, now),
            "response_url": self._response_url(response),
            "actions": [_action(button, block, self.world.new_ts())],
        }
        return self._interact(app, "block_actions", **more)

    def press_in_view(self, view: View, action_id: str) -> Delivery:
        """Press a button in a modal or an App Home."""
        block, button = next(
            (b, e)
            for b in view.body["blocks"]
            for e in [*b.get("elements", []), *([b["accessory"]] if "accessory" in b else [])]
            if e.get("action_id") == action_id
        )
        app = self.world.apps[view.app_id]
        return self._interact(
            app,
            "block_actions",
            container={"type": "view", "view_id": view.id},
            view=view.json(),
            trigger_id=self.world.tickets.new_trigger(self.user, app.id, self.world.clock(), view.id),
            actions=[_action(button, block, self.world.new_ts())],
        )

    def command(self, app: App, command: str, text: str = "", place: Place | None = None) -> Delivery:
        """Type a slash command, `/summarize`; without a place in the direct messages with the bot."""
        channel = self.channel(place or app)
        now = self.world.clock()
        body = command_body(app, self._bot(app), self.user, channel, command, text)
        response = self.world.tickets.new_response(self.user, app.id, channel, now)
        body["response_url"] = self._response_url(response)
        body["trigger_id"] = self.world.tickets.new_trigger(self.user, app.id, now)
        return app.deliveries.add(COMMANDS, body, accepts_answer=True)

    def shortcut(self, app: App, callback_id: str, message: Message | None = None) -> Delivery:
        """Choose a shortcut, of a message or of the whole workspace."""
        now = self.world.clock()
        more: Json = {
            "callback_id": callback_id,
            "action_ts": self.world.new_ts(),
            "trigger_id": self.world.tickets.new_trigger(self.user, app.id, now),
        }
        if message is None:
            return self._interact(app, "shortcut", **more)
        response = self.world.tickets.new_response(self.user, app.id, message.channel, now)
        more |= {
            "message_ts": message.ts,
            "message": message_json(message),
            "channel": channel_reference(message.channel),
            "response_url": self._response_url(response),
        }
        return self._interact(app, "message_action", **more)

    def submit(self, view: View, values: Json) -> Delivery:
        """Submit a modal; `values` by block and action, as Slack writes its state."""
        app = self.world.apps[view.app_id]
        trigger = self.world.tickets.new_trigger(self.user, app.id, self.world.clock(), view.id)
        body = view.json(values)
        return self._interact(app, "view_submission", trigger_id=trigger, view=body, response_urls=[])

    def close(self, view: View) -> Delivery | None:
        """Close a modal; the app hears of it if it asked to."""
        view.is_open = False
        if not view.body.get("notify_on_close"):
            return None
        return self._interact(self.world.apps[view.app_id], "view_closed", view=view.json(), is_cleared=False)

    def open_home(self, app: App, tab: str = "home") -> None:
        """Look at an app's Home."""
        channel = self.channel(app)
        event: Json = {"type": "app_home_opened", "user": self.id, "channel": channel.id, "tab": tab}
        if home := self.world.homes.get((app.id, self.id)):
            event["view"] = home.json()
        self.world.tell_one(self._bot(app), {**event, "event_ts": self.world.new_ts()}, self.team)

    def open_assistant(self, app: App, looking_at: Channel | None = None) -> Message:
        """Open the assistant's pane; return the message that begins the thread there."""
        channel = self.channel(app)
        bot = self._bot(app)
        version = Version("New Assistant Thread", [], self.world.clock())
        root = Message(self.world.new_ts(), channel, bot.user, [version], app_id=app.id)
        root.subtype = "assistant_app_thread"
        channel.messages[root.ts] = root
        root.thread_ts = root.ts
        context: Json = {}
        if looking_at:
            context = {"channel_id": looking_at.id, "team_id": self.team.id, "enterprise_id": None}
        event = {
            "type": "assistant_thread_started",
            "assistant_thread": {
                "user_id": self.id,
                "context": context,
                "channel_id": channel.id,
                "thread_ts": root.ts,
            },
            "event_ts": self.world.new_ts(),
        }
        self.world.tell_one(bot, event, self.team)
        return root

    def join(self, channel: Channel) -> None:
        channel.members[self.id] = self.user
        self._note(channel, self.user, "join")

    def leave(self, channel: Channel) -> None:
        self._note(channel, self.user, "leave")
        del channel.members[self.id]

    def invite(self, app: App, channel: Channel) -> None:
        """Bring a bot into a channel."""
        user = self._bot(app).user
        channel.members[user.id] = user
        self._note(channel, user, "join", inviter=self.id)

    def remove(self, app: App, channel: Channel) -> None:
        """Take a bot out of a channel."""
        user = self._bot(app).user
        self._note(channel, user, "leave")
        del channel.members[user.id]

    def uninstall(self, app: App) -> None:
        """Take an app out of the workspace."""
        revoke(self.world, self._bot(app), "account_inactive")

    def allow(
        self, client_id: str, scopes: str, state: str, redirect_uri: str = "", *, grid: bool = False
    ) -> str:
        """Press “Allow” on the page that the app sent one to; return the address one is sent to."""
        return allow(self.world, self.user, client_id, scopes, state, redirect_uri, grid=grid)

    def sees(self, place: Place) -> list[Message]:
        """Return what is shown to this person, ephemeral messages too."""
        messages = self.channel(place).messages.values()
        return [m for m in messages if not m.deleted and m.only_for in (None, self.user)]

    def views(self) -> list[View]:
        """Return the open modals of this person, the topmost last."""
        return [view for view in self.world.views.values() if view.user is self.user and view.is_open]

    def _note(self, channel: Channel, user: User, what: str, inviter: str = "") -> None:
        """Have it said that somebody came or went, in a message and in an event."""
        verb = "joined" if what == "join" else "left"
        event: Json = {"type": f"member_{verb}_channel", "user": user.id, "channel": channel.id}
        event |= {"channel_type": channel.id[0], "team": user.team.id, "event_ts": self.world.new_ts()}
        if inviter:
            event["inviter"] = inviter
        self.world.tell(channel, event, user.team)
        text = f"<@{user.id}> has {verb} the channel"
        version = Version(text, [], self.world.clock())
        subtype = f"channel_{what}" if channel.kind == "channel" else f"group_{what}"
        self.world.add_message(channel, user, version, subtype=subtype)

    def _interact(self, app: App, kind: str, **more: object) -> Delivery:
        body = interaction_body(app, self._bot(app), self.user, kind, **more)
        return app.deliveries.add(INTERACTIVE, body, accepts_answer=kind == "view_submission")

    def _bot(self, app: App) -> Installation:
        return app.installed_in(self.team)

    def _response_url(self, number: str) -> str:
        return f"{self.world.origin}/actions/{self.team.id}/{number}"


def _action(button: Json, block: Json, ts: str) -> Json:
    body = {"block_id": block.get("block_id", ""), "action_ts": ts, "type": button["type"]}
    for name in ("action_id", "text", "value", "url", "style"):
        if name in button:
            body[name] = button[name]
    return body


def _rich(text: str) -> list[Json]:
    """Return what Slack's own editor sends beside the text."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return [{"type": "rich_text", "block_id": "r0", "elements": [section]}] if text else []
