"""Everything there is on the loopback Slack."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from tests.fakes.faults import Faults
from tests.fakes.pace import Pace
from tests.fakes.slack.accounts import Enterprise, Json, Team, User
from tests.fakes.slack.app import App, Installation
from tests.fakes.slack.deliveries import Deliveries
from tests.fakes.slack.faults import SENDS
from tests.fakes.slack.model import DIRECT, GROUP_DIRECT, PUBLIC, Channel, File, Message
from tests.fakes.slack.sockets import Sockets
from tests.fakes.slack.tickets import Tickets
from tests.fakes.slack.views import View


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an app's that was answered, or met its fault."""

    method: str
    channel: str
    at: float
    code: int  # of HTTP; 0: no answer reached the app
    error: str = ""  # of Slack


@dataclass(slots=True, eq=False, repr=False)
class Registry:
    """Workspaces, people, channels, apps. Whatever happens to an app, this stays."""

    clock: Callable[[], float] = time.time
    port: int = 0
    pace: Pace = field(default_factory=Pace)  # of posting, by app and channel
    method_pace: dict[str, Pace] = field(default_factory=dict)  # by method, in small letters
    commercial_pace: Pace = field(default_factory=lambda: Pace(60.0))  # of history, for commercial apps
    faults: Faults = field(default_factory=lambda: Faults(SENDS))
    teams: dict[str, Team] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    apps: dict[str, App] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    homes: dict[tuple[str, str], View] = field(default_factory=dict)  # by app and user
    statuses: dict[tuple[str, str], str] = field(default_factory=dict)  # by channel and thread
    prompts: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    titles: dict[tuple[str, str], str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    tickets: Tickets = field(default_factory=Tickets)
    stream_seconds: float = 300.0  # that a stream lives
    stream_idle_seconds: float | None = None  # that it lives without a new piece; Slack says nothing of it
    tells_own: bool = True  # Slack tells an app of its own messages too
    unknown_methods: set[str] = field(default_factory=set)  # that this Slack does not have, in small letters
    on_message: Callable[[Message], object] = lambda message: None  # hears what apps have sent or changed
    _ids: count[int] = field(default_factory=lambda: count(1))
    _last_ts: int = 0  # microseconds

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def new_id(self, prefix: str) -> str:
        return f"{prefix}{next(self._ids):08d}X"

    def new_ts(self) -> str:
        """Return the next moment; no two are the same."""
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def add_team(self, name: str, team_id: str = "", enterprise: Enterprise | None = None) -> Team:
        domain = name.lower().replace(" ", "-")
        team = Team(team_id or self.new_id("T"), name, domain, enterprise, url=f"{self.origin}/{domain}/")
        self.teams[team.id] = team
        return team

    def add_user(self, team: Team, name: str, *, is_bot: bool = False) -> User:
        handle = name.lower().replace(" ", ".")
        user = User(self.new_id("U"), team, handle, name, is_bot, display_name=handle)
        if is_bot:
            user.bot_id = self.new_id("B")
        self.users[user.id] = user
        return user

    def add_channel(self, team: Team, name: str, *members: User, kind: str = PUBLIC) -> Channel:
        prefix = {DIRECT: "D", GROUP_DIRECT: "G"}.get(kind, "C")
        channel = Channel(self.new_id(prefix), kind, name, team, {u.id: u for u in members})
        channel.created = int(self.clock())
        self.channels[channel.id] = channel
        return channel

    def add_app(self, name: str) -> App:
        number = self.new_id("A")
        secret = uuid.uuid4().hex
        deliveries = Deliveries(self.clock, secret, Sockets(number))
        app = App(
            number,
            name,
            f"xapp-1-{number}-{uuid.uuid4().hex}",
            f"{next(self._ids)}.{next(self._ids)}",
            uuid.uuid4().hex,
            secret,
            uuid.uuid4().hex[:24],
            deliveries,
        )
        self.apps[app.id] = app
        return app

    def install(
        self,
        app: App,
        *teams: Team,
        wanted: frozenset[str] | None = None,
        enterprise: Enterprise | None = None,
        installer: str = "",
    ) -> Installation:
        """Put an app into a workspace, or into all of a Grid; its bot's user stays the same."""
        before = [one for one in app.installations if one.teams == list(teams)]
        user = before[-1].user if before else self.add_user(teams[0], app.name, is_bot=True)
        user.deleted = False
        number = user.bot_id.strip("BX")
        token = f"xoxb-{teams[0].id.strip('TX') or 1}-{number}-{uuid.uuid4().hex}"
        granted = app.scopes if wanted is None else wanted
        made = Installation(app, list(teams), user, user.bot_id, token, granted, enterprise, "", installer)
        app.installations = [one for one in app.installations if one not in before] + [made]
        return made

    def installation_of(self, token: str) -> Installation | None:
        return next(
            (one for app in self.apps.values() for one in app.installations if one.token == token), None
        )

    def direct(self, person: User, bot: User) -> Channel:
        """Return the direct messages of two; they begin here."""
        for channel in self.channels.values():
            if channel.is_direct and channel.members.keys() == {person.id, bot.id}:
                return channel
        return self.add_channel(person.team, "", person, bot, kind=DIRECT)

    def add_file(self, name: str, content: bytes, owner: User, mime_type: str = "text/plain") -> File:
        number = self.new_id("F")
        url = f"{self.origin}/files-pri/{owner.team.id}-{number}/{name}"
        ending = name.rpartition(".")[2]
        file = File(number, name, mime_type, content, owner, url, filetype=ending)
        file.created = int(self.clock())
        self.files[number] = file
        return file

    def record(self, method: str, channel: str, code: int, error: str = "") -> None:
        self.calls.append(Call(method, channel, self.clock(), code, error))

    def calls_of(self, *methods: str) -> Sequence[Call]:
        """Return the calls of these methods, in the order in which they were dealt with."""
        names = {method.lower() for method in methods}
        return [call for call in self.calls if call.method in names]
