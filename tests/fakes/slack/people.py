"""What people do on the loopback Slack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.fakes.slack.accounts import Json, User
from tests.fakes.slack.acting import Acting, Place
from tests.fakes.slack.app import App
from tests.fakes.slack.asking import revoke
from tests.fakes.slack.model import Channel, File, Message, Version
from tests.fakes.slack.oauth import allow
from tests.fakes.slack.views import View


@dataclass(frozen=True, slots=True)
class Person(Acting):
    """Somebody with an account. What they write is there whether or not the bot is."""

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
        """Return what is shown to this person, ephemeral messages too, if Slack shows them."""
        messages = self.channel(place).messages.values()
        return [m for m in messages if not m.deleted and (m.only_for is None or self._sees_alone(m))]

    def _sees_alone(self, message: Message) -> bool:
        """Slack shows an ephemeral message in a thread only if somebody had replied there before."""
        replies = message.channel.replies(message.thread_ts) if message.thread_ts else []
        is_open = not message.thread_ts or any(reply.ts < message.ts for reply in replies)
        return message.only_for is self.user and is_open

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


def _rich(text: str) -> list[Json]:
    """Return what Slack's own editor sends beside the text."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return [{"type": "rich_text", "block_id": "r0", "elements": [section]}] if text else []
