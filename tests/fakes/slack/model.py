"""Channels, messages and files."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.fakes.slack.accounts import Json, Team, User
from tests.fakes.slack.reading import mentions_in, read_blocks, unescape

PUBLIC, PRIVATE, DIRECT, GROUP_DIRECT = "channel", "group", "im", "mpim"  # `channel_type` of events


@dataclass(slots=True, eq=False)
class File:
    """Something that was uploaded."""

    id: str
    name: str
    mime_type: str
    content: bytes
    owner: User
    url: str  # where it can be downloaded with a token
    title: str = ""
    filetype: str = "text"
    snippet: bool = False
    created: int = 0
    shares: list[Message] = field(default_factory=list, repr=False)
    access: str = "visible"  # "check_file_info" in Slack Connect: the event tells nothing but the id

    def json(self) -> Json:
        if self.access != "visible":
            return {"id": self.id, "mode": "file_access", "file_access": self.access}
        return self.whole()

    def whole(self) -> Json:
        body: Json = {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mime_type,
            "filetype": self.filetype,
            "user": self.owner.id,
            "user_team": self.owner.team.id,
            "mode": "snippet" if self.snippet else "hosted",
            "editable": self.snippet,
            "size": len(self.content),
            "is_external": False,
            "is_public": False,
            "url_private": self.url,
            "url_private_download": f"{self.url}?download=1",
            "file_access": "visible",
        }
        if self.snippet:
            body["preview"] = self.content.decode(errors="replace")[:200]
        return body


@dataclass(frozen=True, slots=True)
class Version:
    """How a message looked from a certain moment on."""

    text: str  # as it was sent
    blocks: list[Json]
    at: float  # the server's clock
    metadata: Json = field(default_factory=dict)
    attachments: list[Json] = field(default_factory=list)
    method: str = ""  # of the bot's call

    @property
    def shown(self) -> str:
        """What a reader sees: the text is only for notifications when there are blocks."""
        return read_blocks(self.blocks) if self.blocks else unescape(self.text)

    @property
    def mentions(self) -> list[str]:
        """Whose attention this calls."""
        return mentions_in(self.text, self.blocks)


@dataclass(slots=True, eq=False)
class Message:
    """A message in a channel, with all its looks."""

    ts: str
    channel: Channel = field(repr=False)
    author: User
    versions: list[Version]
    thread_ts: str = ""  # of the message that began the thread, also in that message itself
    subtype: str = ""
    app_id: str = ""
    client_msg_id: str = ""
    files: list[File] = field(default_factory=list)
    extra: Json = field(default_factory=dict)  # what a subtype adds
    edited: tuple[str, str] | None = None  # by whom and the ts of that
    deleted: bool = False
    only_for: User | None = None  # an ephemeral message
    stream_began: float | None = None  # while it streams
    stream_heard: float = 0.0  # when the last piece of it came
    used_names: list[str] = field(default_factory=list)  # mentioned because of `link_names`

    @property
    def text(self) -> str:
        return self.versions[-1].text

    @property
    def blocks(self) -> list[Json]:
        return self.versions[-1].blocks

    @property
    def shown(self) -> str:
        return self.versions[-1].shown

    @property
    def metadata(self) -> Json:
        return self.versions[-1].metadata

    @property
    def mentions(self) -> list[str]:
        """Whose attention any of its looks called."""
        return [name for version in self.versions for name in version.mentions] + self.used_names

    @property
    def is_reply(self) -> bool:
        return bool(self.thread_ts) and self.thread_ts != self.ts

    @property
    def sent_at(self) -> float:
        return self.versions[0].at

    @property
    def buttons(self) -> list[Json]:
        """The buttons below it, in order."""
        blocks = [block for block in self.blocks if block.get("type") == "actions"]
        found = [element for block in blocks for element in block["elements"]]
        found += [block["accessory"] for block in self.blocks if "accessory" in block]
        return [element for element in found if element.get("type") == "button"]

    @property
    def labels(self) -> list[str]:
        return [str(button["text"]["text"]) for button in self.buttons]


@dataclass(slots=True, eq=False)
class Channel:
    """A room: public or private, a direct message, a group's direct messages."""

    id: str
    kind: str
    name: str
    team: Team = field(repr=False)
    members: dict[str, User] = field(default_factory=dict, repr=False)
    messages: dict[str, Message] = field(default_factory=dict, repr=False)  # by ts, oldest first
    is_archived: bool = False
    connected: list[Team] = field(default_factory=list, repr=False)  # other workspaces it is shared with
    created: int = 0

    @property
    def is_direct(self) -> bool:
        return self.kind == DIRECT

    @property
    def teams(self) -> list[Team]:
        return [self.team, *self.connected]

    def shown(self) -> list[Message]:
        """Return what everybody sees, oldest first."""
        return [m for m in self.messages.values() if not m.deleted and m.only_for is None]

    def replies(self, ts: str) -> list[Message]:
        """Return what was said in a thread, without what began it."""
        return [m for m in self.shown() if m.thread_ts == ts and m.is_reply]

    def json(self) -> Json:
        body: Json = {
            "id": self.id,
            "created": self.created,
            "is_archived": self.is_archived,
            "is_im": self.kind == DIRECT,
            "is_mpim": self.kind == GROUP_DIRECT,
            "is_channel": self.kind == PUBLIC,
            "is_group": self.kind == PRIVATE,
            "is_private": self.kind != PUBLIC,
            "is_org_shared": False,
            "is_shared": bool(self.connected),
            "is_ext_shared": bool(self.connected),
            "context_team_id": self.team.id,
            "updated": self.created * 1000,
        }
        if self.is_direct:
            person = next((u for u in self.members.values() if not u.is_bot), None)
            return {**body, "user": person.id if person else "", "is_user_deleted": False}
        return {
            **body,
            "name": self.name,
            "name_normalized": self.name,
            "is_general": self.name == "general",
            "creator": next(iter(self.members), ""),
            "is_pending_ext_shared": False,
            "shared_team_ids": [team.id for team in self.teams],
            "internal_team_ids": [self.team.id] if self.connected else [],
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
            "num_members": len(self.members),
        }
