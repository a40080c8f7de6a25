"""An app as Slack knows it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.fakes.slack import scopes
from tests.fakes.slack.accounts import Enterprise, Team, User
from tests.fakes.slack.deliveries import Deliveries


@dataclass(slots=True, eq=False)
class Installation:
    """An app in a workspace, or in a whole Grid."""

    app: App = field(repr=False)
    teams: list[Team]
    user: User  # the bot's
    bot_id: str
    token: str
    scopes: frozenset[str]
    enterprise: Enterprise | None = None  # of an installation for the whole Grid
    revoked: str = ""  # the error that its token gives from then on
    installer: str = ""  # user id

    @property
    def team(self) -> Team:
        return self.teams[0]

    @property
    def is_live(self) -> bool:
        return not self.revoked

    def serves(self, team: Team) -> bool:
        return self.is_live and team in self.teams


@dataclass(slots=True, eq=False)
class App:
    """What its page at api.slack.com says, and where its messages go."""

    id: str
    name: str
    app_token: str
    client_id: str
    client_secret: str = field(repr=False)
    signing_secret: str = field(repr=False)
    verification_token: str = field(repr=False)
    deliveries: Deliveries = field(repr=False)
    commercial: bool = False  # distributed outside the Marketplace: history has a tight limit
    scopes: frozenset[str] = scopes.ALL
    events: frozenset[str] | None = None  # what it subscribed to, "message.channels"; None: everything
    redirect_url: str = ""
    installations: list[Installation] = field(default_factory=list, repr=False)

    def installed_in(self, team: Team) -> Installation:
        """Return its installation that serves a workspace."""
        return next(one for one in self.installations if one.serves(team))

    def bot_token(self, team: Team) -> str:
        return self.installed_in(team).token

    def bot_user(self, team: Team) -> User:
        return self.installed_in(team).user

    def mention(self, team: Team) -> str:
        """What to write so that it is mentioned."""
        return f"<@{self.bot_user(team).id}>"

    def wants(self, event: str) -> bool:
        return self.events is None or event in self.events

    @property
    def events_url(self) -> str:
        """Where events go instead of through sockets; commands and presses go there too unless told."""
        return self.deliveries.urls.get("events_api", "")

    @events_url.setter
    def events_url(self, url: str) -> None:
        self.deliveries.urls = dict.fromkeys(("events_api", "slash_commands", "interactive"), url)
