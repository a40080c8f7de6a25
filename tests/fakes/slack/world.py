"""What happens on the loopback Slack, and what apps are told of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from tests.fakes.slack import scopes
from tests.fakes.slack.accounts import Json, Team, User
from tests.fakes.slack.app import Installation
from tests.fakes.slack.deliveries import Delivery
from tests.fakes.slack.model import Channel, Message, Version
from tests.fakes.slack.payloads import changed_event, event_body, message_event, message_json
from tests.fakes.slack.registry import Registry


@dataclass(slots=True, eq=False, repr=False)
class World(Registry):
    """Messages come, change and go; apps hear of it. Whatever happens to an app, this stays."""

    def add_message(self, channel: Channel, author: User, version: Version, **more: object) -> Message:
        """Put a message into a channel and tell the apps in it."""
        message = Message(self.new_ts(), channel, author, [version], **more)  # type: ignore[arg-type]
        if not author.is_bot:
            message.client_msg_id = str(uuid.uuid4())
        if message.is_reply and (root := channel.messages.get(message.thread_ts)):
            root.thread_ts = root.ts
        channel.messages[message.ts] = message
        if message.only_for is None:
            self.tell_of(message)
        if author.is_bot:
            self.on_message(message)
        return message

    def change(self, message: Message, version: Version, by: User | None) -> None:
        """Give a message another look, and tell the apps that see it. `by`: who edited it."""
        before = message_json(message)
        message.versions.append(version)
        ts = self.new_ts()
        if by:
            message.edited = (by.id, ts)
        if message.only_for is None:
            self.tell(message.channel, changed_event(message, before, ts), message.author.team)
        if message.author.is_bot:
            self.on_message(message)

    def delete(self, message: Message) -> None:
        """Take a message away; one that began a thread leaves a tombstone."""
        before, ts = message_json(message), self.new_ts()
        if message.channel.replies(message.ts):
            message.versions.append(Version("This message was deleted.", [], self.clock()))
            message.subtype, message.extra = "tombstone", {"hidden": True, "user": "USLACKBOT"}
            self.tell(message.channel, changed_event(message, before, ts), message.author.team)
            return
        message.deleted = True
        event = changed_event(message, before, ts, "message_deleted")
        self.tell(message.channel, event, message.author.team)

    def tell_of(self, message: Message) -> list[Delivery]:
        """Tell the apps of a new message: once as a message, and once more those that it mentions."""
        event = message_event(message)
        told = self.tell(message.channel, event, message.author.team)
        if message.author.is_bot or message.channel.is_direct or message.subtype:
            return told
        for installation in self.installations_in(message.channel):
            if f"<@{installation.user.id}>" in message.text:
                mention = {**event, "type": "app_mention"}
                del mention["channel_type"]
                told += self.tell_one(installation, mention, message.author.team, message.channel)
        return told

    def installations_in(self, channel: Channel) -> list[Installation]:
        """Return one installation of each app whose bot is in a channel."""
        found: dict[str, Installation] = {}
        for app in self.apps.values():
            for one in app.installations:
                is_here = any(one.serves(team) for team in channel.teams)
                if is_here and one.user.id in channel.members:
                    found.setdefault(app.id, one)
        return list(found.values())

    def tell(self, channel: Channel, event: Json, team: Team) -> list[Delivery]:
        """Tell the apps in a channel what happened there."""
        return [
            delivery
            for installation in self.installations_in(channel)
            if self.tells_own or not _is_by(installation, event)
            for delivery in self.tell_one(installation, event, team, channel)
        ]

    def tell_one(
        self, installation: Installation, event: Json, team: Team, channel: Channel | None = None
    ) -> list[Delivery]:
        """Tell one app, if it subscribed to that and has the scope for it."""
        app = installation.app
        if not app.wants(_subscription(event, channel)) or not _may_hear(installation, event, channel):
            return []
        body = event_body(app, installation, event, team, self.clock(), channel)
        return [app.deliveries.add("events_api", body)]


_PLURALS = {"channel": "channels", "group": "groups"}


def _is_by(installation: Installation, event: Json) -> bool:
    about = event.get("message") or event.get("previous_message") or event
    return about.get("bot_id") == installation.bot_id


def _subscription(event: Json, channel: Channel | None) -> str:
    """Return the name under which an app subscribes to an event."""
    if event["type"] != "message" or channel is None:
        return str(event["type"])
    return f"message.{_PLURALS.get(channel.kind, channel.kind)}"


def _may_hear(installation: Installation, event: Json, channel: Channel | None) -> bool:
    if event["type"] == "message" and channel is not None:
        return scopes.of_channel(channel, "history") in installation.scopes
    return event["type"] != "app_mention" or "app_mentions:read" in installation.scopes
