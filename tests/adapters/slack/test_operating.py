"""What an operator does with the app: its manifest, the doctor, keys."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from cryptography.fernet import Fernet

from botcore import InputError
from botcore.checks import Finding, Health
from botcore.config import load_settings
from botcore.discovery import load_plugins
from botcore.errors import ConfigError
from botcore.store import Database
from botcore.testing.databases import make_database
from botcore_slack import checks
from botcore_slack.checks import check_slack
from botcore_slack.installations import Installations
from botcore_slack.introducing import introduce
from botcore_slack.keys import new_key, read_keys
from botcore_slack.manifest import AppWish, as_yaml, manifest
from botcore_slack.operating import described, encrypt_again, explained
from botcore_slack.scopes import FREE_METHODS, SCOPES
from botcore_slack.subscriptions import Subscriptions
from tests.adapters.slack.connected import Commits, called, free_address
from tests.adapters.slack.test_installing import installation
from tests.fakes.slack import App, Slack, Team

HERE = "https://bot.example.org"
COMMANDS = {"haiku": "Write a haiku: `/haiku`.", "help": "Help.", "status": "Tell.", "write_it": "Write."}


@pytest.fixture
def clock() -> Callable[[], float]:
    return time.time


@pytest.fixture(autouse=True)
def configured(slack: Slack, app: App, team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a configuration, and return its file."""
    file = tmp_path / "botcore.toml"
    configure(file, base_url=slack.base_url)
    monkeypatch.setenv("BOTCORE_CONFIG", str(file))
    monkeypatch.setenv("BOTCORE_SLACK__TOKEN", app.bot_token(team))
    monkeypatch.setenv("BOTCORE_SLACK__APP_TOKEN", app.app_token)
    return file


def configure(file: Path, **keys: str | bool) -> None:
    """Write the table of the adapter."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in keys.items()]
    file.write_text("\n".join([f'bot.data_folder = "{file.parent}/data"', "[adapters.slack]", *lines]))


async def findings() -> list[Finding]:
    """Run the check as the doctor does, beside the server."""
    return await asyncio.to_thread(lambda: list(check_slack(load_settings())))


def texts(found: list[Finding], health: Health) -> str:
    return "\n".join(f"{one.text} → {one.advice}" for one in found if one.health is health)


class TestTheDoctor:
    async def test_all_is_well(self, app: App, team: Team) -> None:
        found = await findings()

        assert {one.health for one in found} == {Health.OK}
        said = texts(found, Health.OK)
        assert f"Acme ({team.id})" in said
        assert "opens sockets" in said
        assert app.deliveries.sockets.opened == 0

    async def test_a_token_that_is_not_accepted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BOTCORE_SLACK__TOKEN", "xoxb-canary")
        monkeypatch.setenv("BOTCORE_SLACK__APP_TOKEN", "xapp-canary")
        said = texts(await findings(), Health.PROBLEM)

        assert "set BOTCORE_SLACK__TOKEN" in said
        assert "BOTCORE_SLACK__APP_TOKEN" in said
        assert "canary" not in said

    async def test_permissions_that_lack(self, app: App, team: Team) -> None:
        bot = app.installed_in(team)
        bot.scopes = (bot.scopes - {"files:write", "im:history"}) | {"canvases:write"}

        found = await findings()
        assert "needs none of these permissions, and may lose them: canvases:write" in texts(found, Health.OK)
        said = texts(found, Health.WARNING)
        assert "lacks the permission files:write: it can't send code" in said
        assert "lacks the permission im:history" in said

    async def test_an_app_outside_the_assistant_pane_is_well(self, app: App, team: Team) -> None:
        bot = app.installed_in(team)
        bot.scopes -= {"assistant:write"}

        found = await findings()
        assert {one.health for one in found} == {Health.OK}
        assert "has every permission" in texts(found, Health.OK)
        assert "not in the assistant pane" in texts(found, Health.OK)
        assert "may say no “is thinking…”" in texts(found, Health.OK)

    async def test_a_clock_that_is_wrong(self, monkeypatch: pytest.MonkeyPatch) -> None:
        behind = SimpleNamespace(time=lambda: time.time() - 60)
        monkeypatch.setattr(checks, "time", behind)
        assert re.search(r"(59|60|61) s behind Slack's", texts(await findings(), Health.WARNING))
        days_ahead = SimpleNamespace(time=lambda: time.time() + 3 * 86400)
        monkeypatch.setattr(checks, "time", days_ahead)
        assert "are refused" in texts(await findings(), Health.PROBLEM)

    async def test_a_slack_that_is_not_reached(self, configured: Path) -> None:
        configure(configured, base_url=f"http://{free_address()}/api")
        assert "gives no answer" in texts(await findings(), Health.PROBLEM)

    async def test_calls_of_slack_s_that_arrive(
        self, slack: Slack, app: App, team: Team, configured: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BOTCORE_SLACK__SIGNING_SECRET", app.signing_secret)
        async with called(slack, app, team, Commits()):
            url = app.events_url.removesuffix("/slack/events")
            configure(configured, base_url=slack.base_url, mode="http", public_url=url)
            assert f"is called at {app.events_url}" in texts(await findings(), Health.OK)
            monkeypatch.setenv("BOTCORE_SLACK__SIGNING_SECRET", "another")
            assert "answers 401" in texts(await findings(), Health.PROBLEM)
        assert "gives no answer" in texts(await findings(), Health.WARNING)
        configure(configured, base_url=slack.base_url, mode="http")
        assert "Set public_url" in texts(await findings(), Health.WARNING)


class TestManyWorkspaces:
    @pytest.fixture
    async def database(
        self, slack: Slack, app: App, configured: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Database:
        configure(configured, base_url=slack.base_url, client_id=app.client_id, public_url=HERE)
        monkeypatch.delenv("BOTCORE_SLACK__TOKEN")
        monkeypatch.setenv("BOTCORE_SLACK__CLIENT_SECRET", app.client_secret)
        monkeypatch.setenv("BOTCORE_SLACK__INSTALLATION_KEY", new_key())
        folder = configured.parent / "data"
        folder.mkdir()
        make_database(folder / "botcore.db")
        return Database(folder / "botcore.db")

    async def test_each_is_looked_at(
        self, app: App, team: Team, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert f"Open {HERE}/slack/install" in texts(await findings(), Health.WARNING)
        key = new_key()
        kept = Installations(app.client_id, database, read_keys(key))
        await kept.async_save(installation(team.id, app.bot_token(team)))
        await kept.async_save(installation("T2", "xoxb-revoked"))
        await database.close()
        monkeypatch.setenv("BOTCORE_SLACK__INSTALLATION_KEY", key)

        found = await findings()
        assert f"Acme ({team.id})" in texts(found, Health.OK)
        assert "the token of T2 is not accepted" in texts(found, Health.PROBLEM)

    async def test_their_tokens_are_encrypted_again(
        self, app: App, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        older, newer = new_key(), new_key()
        await Installations(app.client_id, database, read_keys(older)).async_save(installation())
        await database.close()
        monkeypatch.setenv("BOTCORE_SLACK__INSTALLATION_KEY", f"{newer},{older}")

        assert await encrypt_again() == "1 installation encrypted with the first key."
        again = Database(database.place)
        [bot] = await Installations(app.client_id, again, read_keys(newer)).all_bots()
        assert bot.bot_token == "xoxb-canary"
        await again.close()


class TestTheManifest:
    def test_for_sockets(self) -> None:
        told = json.loads(described(AppWish()))

        assert told["settings"]["socket_mode_enabled"] is True
        assert "request_url" not in told["settings"]["event_subscriptions"]
        commands = [one["command"] for one in told["features"]["slash_commands"]]
        assert commands[0] == "/botcore"
        assert {"/access", "/draft", "/privacy", "/stop", "/summarize"} < set(commands)
        assert not {"/help", "/status"} & set(commands)
        shortcuts = {one["callback_id"]: one["description"] for one in told["features"]["shortcuts"]}
        assert shortcuts["summarize"] == "Summarize what was said here"

    def test_for_http_and_many_workspaces(self) -> None:
        told = manifest(AppWish("Helper", by_http=True, public_url=HERE, many=True), COMMANDS, load_plugins())

        events = told["settings"]["event_subscriptions"]
        assert events["request_url"] == f"{HERE}/slack/events"
        assert {one["url"] for one in told["features"]["slash_commands"]} == {events["request_url"]}
        assert told["oauth_config"]["redirect_urls"] == [f"{HERE}/slack/oauth_redirect"]
        with pytest.raises(InputError, match="--public-url"):
            manifest(AppWish(by_http=True), {}, [])

    def test_only_names_that_slack_takes_are_in_it(self) -> None:
        told = manifest(AppWish(), COMMANDS, [])
        assert [one["command"] for one in told["features"]["slash_commands"]] == ["/botcore", "/haiku"]

        told = manifest(AppWish(one_command=True), COMMANDS, [])
        assert [one["command"] for one in told["features"]["slash_commands"]] == ["/botcore"]

    def test_without_the_assistant_pane(self) -> None:
        told = manifest(AppWish(assistant=False), {}, [])

        assert "assistant" not in json.dumps(told)

    def test_the_configuration_leaves_it_out_too(self, configured: Path, slack: Slack) -> None:
        assert "assistant:write" in described(AppWish())
        configure(configured, base_url=slack.base_url, assistant=False)
        assert "assistant" not in described(AppWish())

    def test_as_yaml(self) -> None:
        told = as_yaml(manifest(AppWish(), {}, []))

        assert told.startswith('display_information:\n  name: "botcore"\n')
        assert '\n    bot:\n      - "app_mentions:read"\n' in f"\n{told}"
        assert '    - command: "/botcore"\n      description: ' in told

    def test_as_a_link(self) -> None:
        address, _, packed = described(AppWish(), "link").partition("&manifest_json=")

        assert address == "https://api.slack.com/apps?new_app=1"
        assert json.loads(unquote(packed)) == json.loads(described(AppWish()))

    def test_what_the_configuration_says_is_taken(self, configured: Path) -> None:
        configure(configured, mode="http", public_url=f"{HERE}/")
        told = json.loads(described(AppWish()))
        assert told["settings"]["interactivity"]["request_url"] == f"{HERE}/slack/events"

    def test_every_permission_is_explained(self) -> None:
        lines = explained(AppWish()).splitlines()

        assert len(lines) == len(SCOPES)
        assert "im:write           send somebody in private what they asked for in a channel" in lines

    def test_every_method_that_is_called_has_its_permission(self) -> None:
        known = {*FREE_METHODS, *(method for scope in SCOPES for method in scope.methods)}

        assert set(methods_called()) <= known


def methods_called() -> Iterator[str]:
    """Yield the methods of the Web API that the package calls."""
    groups = "apps|assistant|auth|bots|chat|conversations|files|oauth|reactions|team|users|views"
    calls = re.compile(rf"\.((?:{groups})_[a-zA-Z_]+)\(")
    for file in Path(checks.__file__).parent.glob("*.py"):
        for match in calls.finditer(file.read_text()):
            yield match[1].replace("_", ".")


class TestIntroducing:
    async def test_slack_says_who_the_bot_is(self, slack: Slack, app: App, team: Team) -> None:
        settings = {"token": app.bot_token(team), "app_token": app.app_token, "base_url": slack.base_url}
        known = await introduce(settings)
        assert known.name == f"@{app.bot_user(team).name}"
        assert known.place == f"in the workspace Acme ({team.url})"

        app.installed_in(team).scopes -= {"assistant:write"}
        assert await introduce(settings) == known
        with pytest.raises(ConfigError, match="app-level token"):
            await introduce(settings | {"app_token": "xapp-1"})
        app.installed_in(team).scopes = frozenset({"chat:write"})
        with pytest.raises(ConfigError, match="lacks permissions: app_mentions:read"):
            await introduce(settings)
        with pytest.raises(ConfigError, match="it should begin with xoxb-"):
            await introduce({"token": "hello", "app_token": app.app_token})


class TestSubscriptions:
    def test_mentions_that_come_as_messages_too_are_well(self) -> None:
        watch = Watch()
        for number in range(9):
            watch.hear("message", number)
            watch.hear("app_mention", number)
        watch.now += 61
        assert watch.subscriptions.trouble == ""

    def test_mentions_that_come_alone_are_told(self) -> None:
        watch = Watch()
        for number in range(3):
            watch.hear("app_mention", number)
        watch.hear("message", 9, channel="D1", channel_type="im")
        assert watch.subscriptions.trouble == ""
        watch.now += 61
        assert "message.channels" in watch.subscriptions.trouble
        watch.hear("message", 10)
        assert watch.subscriptions.trouble == ""


class Watch:
    """Hears events at a time of its own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.subscriptions = Subscriptions(lambda: self.now)

    def hear(self, kind: str, ts: int, **more: str) -> None:
        self.subscriptions.hear({"event": {"type": kind, "channel": "C1", "ts": str(ts)} | more})


def test_a_new_key_is_one() -> None:
    Fernet(new_key())
    with pytest.raises(ValueError, match="new-key") as error:
        read_keys("canary")
    assert "canary" not in str(error.value)
