"""The loopback Slack: an HTTP server that speaks the Web API, Socket Mode and OAuth."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.fakes.faults import Fault
from tests.fakes.loopback import Loopback, cut
from tests.fakes.slack.accounts import Enterprise, Team
from tests.fakes.slack.answering import answer
from tests.fakes.slack.app import App
from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.faults import refusal
from tests.fakes.slack.filing import may_see, take_upload
from tests.fakes.slack.model import Channel, Message
from tests.fakes.slack.parameters import Parameters, read_parameters
from tests.fakes.slack.people import Person
from tests.fakes.slack.responding import answer_with_ack, respond
from tests.fakes.slack.submissions import follow
from tests.fakes.slack.tiers import paces
from tests.fakes.slack.world import World


class Slack(World, Loopback):
    """The server, and the world on it. The Web API is reached at `base_url`."""

    def __init__(self, *, clock: Callable[[], float] = time.time, port: int = 0) -> None:
        super().__init__(clock, port)

    async def __aenter__(self) -> Self:
        await self.listen(
            web.route("*", "/api/{method}", self._answer),
            web.get("/link/", self._link),
            web.post("/actions/{team}/{number}", self._respond),
            web.post("/upload/v1/{number}", self._upload),
            web.get("/files-pri/{number}/{name}", self._download),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for app in self.apps.values():
            await app.deliveries.end()
        await self.stop()

    @property
    def base_url(self) -> str:
        """What slack_sdk takes as such."""
        return f"{self.origin}/api/"

    def enterprise(self, name: str = "Acme") -> Enterprise:
        return Enterprise(self.new_id("E"), name)

    def team(self, name: str = "Acme", enterprise: Enterprise | None = None) -> Team:
        return self.add_team(name, enterprise=enterprise)

    def person(self, name: str, team: Team | None = None) -> Person:
        """Make somebody; of the first workspace unless told."""
        return Person(self, self.add_user(team or next(iter(self.teams.values())), name))

    def app(self, *teams: Team, name: str = "helper") -> App:
        """Make an app and put it into each of these workspaces."""
        app = self.add_app(name)
        app.deliveries.on_answer = self._hear_answer
        for team in teams:
            self.install(app, team)
        return app

    def channel(
        self, name: str, *members: Person | App, kind: str = "channel", team: Team | None = None
    ) -> Channel:
        """Make a channel; of the first person's workspace unless told."""
        people = [member for member in members if isinstance(member, Person)]
        home = team or people[0].team
        users = [m.user if isinstance(m, Person) else m.installed_in(home).user for m in members]
        return self.add_channel(home, name, *users, kind=kind)

    def connect(self, channel: Channel, *teams: Team) -> None:
        """Share a channel with other workspaces, by Slack Connect."""
        channel.connected += teams

    def said_by(self, app: App, place: Channel) -> list[Message]:
        """Return what an app is shown to have written in a channel."""
        return [message for message in place.shown() if message.app_id == app.id]

    def answers_to(self, app: App, asked: Message) -> list[Message]:
        """Return what an app said in the thread of a message, or after it in direct messages."""
        said = self.said_by(app, asked.channel)
        root = asked.thread_ts or asked.ts
        flat = asked.channel.is_direct and not asked.thread_ts
        return [m for m in said if m.ts > asked.ts and (flat or (m.is_reply and m.thread_ts == root))]

    def mentioned(self) -> list[str]:
        """Return whom apps have called, in any look of any message: nobody should be."""
        return [
            name
            for channel in self.channels.values()
            for message in channel.messages.values()
            if message.author.is_bot and message.app_id
            for name in message.mentions
        ]

    def limit_pace(self) -> None:
        """Keep, from now on, to Slack's limits: a message a second in a channel, and each method's tier."""
        self.pace.interval, self.pace.burst = 1.0, 3
        self.method_pace = paces()

    def flood(self, channel: Channel, seconds: float) -> None:
        """Refuse every message to a channel for so long."""
        self.pace.hold(channel.id, self.clock() + seconds)

    async def until_said(self, app: App, place: Channel, text: str, seconds: float = 60.0) -> None:
        """Wait until an app is shown to have said something in a channel."""
        await self.until_among(lambda: [message.shown for message in self.said_by(app, place)], text, seconds)

    def _hear_answer(self, delivery: Any) -> None:
        answer_with_ack(self, delivery)
        follow(self, delivery)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"].lower()
        fault = self.faults.of(method)
        if fault.seconds_before:
            await asyncio.sleep(fault.seconds_before)
        if fault.cut_before:
            return cut(request)
        response, channel, error = await self._result(request, method, fault)
        self.record(method, channel, response.status, error)
        if fault.seconds_after:
            await asyncio.sleep(fault.seconds_after)
        if fault.half_open:
            await asyncio.Event().wait()
        return cut(request) if fault.cut_after else response

    async def _result(self, request: web.Request, method: str, fault: Fault) -> tuple[web.Response, str, str]:
        """Return what is answered, the channel it is about and the error."""
        parameters = Parameters({})
        try:
            parameters, token = await read_parameters(request)
            if refused := refusal(fault):
                raise refused
            body, headers = await answer(self, request, method, parameters, token)
            if fault.code_after:
                raise ApiError("internal_error", status=fault.code_after)
        except ApiError as error:
            channel = parameters.text("channel")
            if error.status >= 500:  # such an answer comes from in front of Slack, and is no JSON
                return (
                    web.Response(status=error.status, text="<html>upstream error</html>"),
                    channel,
                    error.error,
                )
            response = web.json_response(error.json(), status=error.status, headers=error.headers)
            return response, channel, error.error
        return web.json_response({"ok": True, **body}, headers=headers), parameters.text("channel"), ""

    async def _link(self, request: web.Request) -> web.StreamResponse:
        number = self.tickets.sockets.pop(request.query.get("ticket", ""), "")
        if not number:
            raise web.HTTPForbidden(text="invalid ticket")
        return await self.apps[number].deliveries.sockets.serve(request)

    async def _respond(self, request: web.Request) -> web.Response:
        fault = self.faults.of("response_url")
        try:
            if refused := refusal(fault):
                raise refused
            respond(self, request.match_info["number"], await request.json())
        except ApiError as error:
            self.record("response_url", "", error.status, error.error)
            return web.json_response(error.json(), status=error.status, headers=error.headers)
        self.record("response_url", "", 200)
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.Response:
        content = await _uploaded(request)
        try:
            if refused := refusal(self.faults.of("upload")):
                raise refused
            take_upload(self, request.match_info["number"], content)
        except ApiError as error:
            return web.Response(status=error.status, text=error.error)
        return web.Response(text=f"OK - {len(content)}")

    async def _download(self, request: web.Request) -> web.Response:
        """Give a file to whoever may see it, and to others the page where one signs in."""
        file = self.files.get(request.match_info["number"].partition("-")[2])
        bot = self.installation_of(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if bot is None or not bot.is_live or "files:read" not in bot.scopes:
            return web.Response(text="<html>Sign in to Slack</html>", content_type="text/html")
        if file is None or not may_see(bot, file):
            raise web.HTTPNotFound
        return web.Response(body=file.content, content_type=file.mime_type)


async def _uploaded(request: web.Request) -> bytes:
    """Return the bytes of an upload: the body, or the first file of a form."""
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    for value in (await request.post()).values():
        if isinstance(value, web.FileField):
            return value.file.read()
    return b""
