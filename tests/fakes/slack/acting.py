"""What people do on the loopback Slack besides writing: buttons, commands, shortcuts, modals."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.fakes.slack.accounts import Json, Team, User
from tests.fakes.slack.app import App, Installation
from tests.fakes.slack.deliveries import COMMANDS, INTERACTIVE, Delivery
from tests.fakes.slack.model import Channel, Message
from tests.fakes.slack.payloads import channel_reference, command_body, interaction_body, message_json
from tests.fakes.slack.views import View
from tests.fakes.slack.world import World

Place = Channel | App  # an app stands for the direct messages with its bot


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody with an account."""

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
